import Measurement

/// What `pushbench compare` prints: no more of a run than what was compared.
package enum ComparisonReport {
    /// Two programs in pairs: on what, what came of it, and how it was decided.
    package static func render(_ record: RunRecord, color: Bool) -> String {
        let section = ComparisonSection.section(for: record)
        return head(of: record, color: color)
            + (section.map { ConsoleReport.text(of: $0, color: color) } ?? "Nothing was measured.\n")
    }

    /// Two records.
    package static func render(_ comparison: RecordComparison, color: Bool) -> String {
        RecordComparisonSection.sections(for: comparison)
            .map { ConsoleReport.text(of: $0, color: color) }.joined(separator: "\n")
    }

    private static func head(of record: RunRecord, color: Bool) -> String {
        let state = record.partial ? "Partial: it was ended before its time.\n" : ""
        return Ink.bold.paint(RecordTitle.tool(record), color: color) + "\n"
            + Prose.wrapped(RecordTitle.machine(record.machine))
            + Ink.yellow.paint(state, color: color) + "\n"
    }
}
