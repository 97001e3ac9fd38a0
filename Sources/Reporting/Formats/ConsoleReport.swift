import Link
import Measurement

extension Report {
    /// What a terminal shows, without colour.
    package static let console = Report(
        name: "console", summary: "a table, findings and warnings as text", fileExtension: "txt",
        isForTerminal: true, render: { Array(ConsoleReport.render($0, color: false).utf8) })
}

/// The record as text: what was run, a table with a row for each technique, theory and whatever else
/// was measured, the findings in words, and every warning with its cause and remedy.
package enum ConsoleReport {
    /// The report on `record`, with the colours of a terminal if it has them.
    package static func render(_ record: RunRecord, color: Bool) -> String {
        let contenders = Contender.all(in: record)
        var sections = [title(of: record, color: color)]
        if !contenders.isEmpty, !record.hasFaults {
            sections.append(
                MainTable.table(of: contenders).render(color: color)
                    + spread(of: contenders, color: color))
        } else if contenders.isEmpty, record.checks == nil {
            sections.append("Nothing was measured.\n")
        }
        for section in Section.all(for: record, contenders: contenders) {
            sections.append(text(of: section, color: color))
        }
        let findings = Findings.sentences(for: record)
        if !findings.isEmpty {
            sections.append(
                Ink.bold.paint("Findings", color: color) + "\n"
                    + findings.map { Prose.wrapped($0, after: "- ") }.joined())
        }
        sections.append(
            warnings(WarningText.all(in: record, contenders: contenders), color: color))
        return sections.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// What a gate prints: which run it was, what came of the checks, and the warnings because of
    /// which some could not be decided.
    package static func checks(of record: RunRecord, color: Bool) -> String {
        var parts = [title(of: record, color: color)]
        if record.checks?.contains(where: { $0.outcome == .cannotTell }) == true {
            let contenders = Contender.all(in: record)
            parts.append(
                warnings(WarningText.all(in: record, contenders: contenders), color: color))
        }
        parts.append(CheckSection.section(for: record).map { text(of: $0, color: color) } ?? "")
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func warnings(_ warnings: [String], color: Bool) -> String {
        guard !warnings.isEmpty else { return "" }
        return Ink.yellow.paint("Warnings", color: color) + "\n"
            + warnings.map { Prose.wrapped($0, after: "! ") }.joined()
    }

    /// A section: its heading, its table, what it means, and how to read it, in fainter ink.
    package static func text(of section: Section, color: Bool) -> String {
        var text = Prose.wrapped(section.title).split(
            separator: "\n", omittingEmptySubsequences: true
        )
        .map { Ink.bold.paint(String($0), color: color) + "\n" }.joined()
        if let table = section.table {
            text += table.render(color: color)
        }
        text += section.notes.map { Prose.wrapped($0, after: "- ") }.joined()
        if let legend = section.legend {
            text += Prose.wrapped(legend).split(separator: "\n")
                .map { Ink.faint.paint(String($0), color: color) + "\n" }.joined()
        }
        return text
    }

    private static func title(of record: RunRecord, color: Bool) -> String {
        let state = RecordTitle.state(of: record).map { $0 + "\n" } ?? ""
        return Ink.bold.paint(RecordTitle.tool(record).printable, color: color) + "\n"
            + Prose.wrapped(RecordTitle.machine(record.machine))
            + Prose.wrapped(RecordTitle.scenario(record.scenario))
            + RecordTitle.links(of: record).map { Prose.wrapped($0) }.joined()
            + Ink.yellow.paint(state, color: color)
    }

    private static func spread(of contenders: [Contender], color: Bool) -> String {
        MainTable.spread(of: contenders).map { table in
            MainTable.spreadCaption + "\n\n" + table.render(color: color)
        } ?? ""
    }
}
