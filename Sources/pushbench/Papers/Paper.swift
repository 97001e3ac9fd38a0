import Measurement
import Reporting

/// A published comparison of push techniques that the lab measures again.
struct Paper: Sendable {
    /// Its name on the command line, and that of its scenario.
    let name: String
    /// Where it was published.
    let citation: String
    /// What it claims, in a few words.
    let claim: String
    /// What it printed, the arithmetic behind it, and what a record has beside it.
    let sections: @Sendable (StoredRecord) throws -> [Section]
    /// How printed and measured agree, in sentences.
    let findings: @Sendable (StoredRecord) throws -> [String]

    /// Every paper, oldest first.
    static let all: [Paper] = [.quantumLeap, .rfc6202, .pimentel, .agarwal]

    /// The page on what `stored` has to say about the paper.
    func page(of stored: StoredRecord) throws -> ReportPage {
        let runs: [RunRecord]
        let warnings: [String]
        switch stored {
        case .run(let record):
            runs = [record]
            warnings = WarningText.all(in: record, contenders: Contender.all(in: record))
        case .series(let series):
            runs = series.runs
            warnings = ReportPage(of: series).warnings
        }
        return ReportPage(
            title: citation,
            lead: [claim]
                + (runs.first.map { run in
                    [
                        "Measured \(run.started) on \(RecordTitle.machine(run.machine)).",
                        RecordTitle.links(of: run).first ?? "",
                    ]
                } ?? []).filter { !$0.isEmpty },
            flaws: runs.contains(where: \.partial)
                ? ["Partial: the measurement ended before its time."] : [],
            sections: try sections(stored), findings: try findings(stored),
            warnings: warnings)
    }
}

/// A record that does not have what a paper is about.
struct PaperError: Error, CustomStringConvertible {
    let description: String

    /// `what` is missing; `paper` names the scenario that has it.
    init(_ what: String, paper: String) {
        description =
            "the record has no \(what): \(CommandSpec.tool) paper \(paper) measures what is needed"
    }
}

extension StoredRecord {
    /// The record of one run.
    func run(for paper: String) throws -> RunRecord {
        guard case .run(let record) = self else {
            throw PaperError("single run, but a series", paper: paper)
        }
        return record
    }

    /// The series over this option.
    func series(over name: String, for paper: String) throws -> RecordSeries {
        guard case .series(let series) = self, series.parameter.name == name else {
            throw PaperError("series over \(name)", paper: paper)
        }
        return series
    }
}

extension RunRecord {
    /// The technique's result of the first round, in which something arrived.
    func result(_ transport: String, for paper: String) throws -> TransportResult {
        let result = results.first { $0.transport == transport && $0.deliveries.received > 0 }
        guard let result else { throw PaperError("deliveries of \(transport)", paper: paper) }
        return result
    }
}

extension TextTable {
    /// A table of texts, the first column to the left.
    init(_ titles: [String], _ rows: [[String]]) {
        self.init(
            columns: titles.enumerated().map { .init($1, $0 == 0 ? .left : .right) })
        rows.forEach { append($0.map { TextTable.Cell($0) }) }
    }
}
