import Measurement

/// One way to show a series. A format is a file with one of these, and its line in `all`.
package struct SeriesReport: Sendable {
    /// The format's name on the command line.
    package let name: String
    /// What it is for, in a few words.
    package let summary: String
    /// The series in this format.
    package let render: @Sendable (RecordSeries) throws -> [UInt8]

    package init(
        name: String, summary: String,
        render: @escaping @Sendable (RecordSeries) throws -> [UInt8]
    ) {
        self.name = name
        self.summary = summary
        self.render = render
    }

    /// Every format.
    package static let all: [SeriesReport] = [
        SeriesReport(
            name: "console", summary: "tables over the values, findings and warnings as text",
            render: { Array(ReportPage(of: $0).console(color: false).utf8) }),
        SeriesReport(
            name: "json", summary: "the series itself, with the record of every run",
            render: { try $0.encoded() }),
        SeriesReport(
            name: "markdown", summary: "the tables and findings for a comment or a job summary",
            render: { Array(ReportPage(of: $0).markdown.utf8) }),
        SeriesReport(
            name: "csv", summary: "every figure of every run, one a row, for spreadsheets",
            render: { CSVReport.render($0) }),
        .html,
    ]
}

extension ReportPage {
    /// What a series comes to: its parameter, a table for each figure, findings, warnings. That of a
    /// search has knees instead.
    package init(of series: RecordSeries) {
        if let findings = series.findings {
            self = KneePage(series, findings).page
            return
        }
        let table = SeriesTable(series)
        let values = series.parameter.values.map(\.text)
        var lead: [String] = []
        if let run = series.runs.first {
            lead.append(RecordTitle.machine(run.machine))
            lead.append(
                "Sweep over \(series.parameter.name): \(Readable.list(values)). "
                    + ScenarioText.words(for: run.scenario, leavingOut: series.parameter.name) + "."
            )
        } else {
            lead.append("Sweep over \(series.parameter.name): nothing was measured.")
        }
        self.init(
            title: "\(series.tool.name) \(series.tool.version), \(series.started)", lead: lead,
            flaws: (series.partial ? ["Partial: not every value was measured to its end."] : [])
                + series.failures.map { "\(series.parameter.name) \($0.value): \($0.reason)" },
            sections: table.metrics.map(table.section),
            findings: SeriesFindings.sentences(for: table), warnings: Self.warnings(of: series))
    }

    /// The warnings of all runs; what several runs say in the same words is said once, with their
    /// values.
    private static func warnings(of series: RecordSeries) -> [String] {
        var warnings: [(id: String, subject: String, remedy: String, values: [String])] = []
        for (run, value) in zip(series.runs, series.parameter.values) {
            let own = run.warnings.map { ($0, "the run") }
            let results = run.results.flatMap { result in
                result.warnings.map { ($0, result.transport) }
            }
            for (warning, subject) in own + results {
                let place = warnings.firstIndex { $0.id == warning.id && $0.subject == subject }
                if let place {
                    if warnings[place].values.last != value.text {
                        warnings[place].values.append(value.text)
                    }
                } else {
                    warnings.append((warning.id, subject, warning.remedy, [value.text]))
                }
            }
        }
        return warnings.map { warning in
            "\(warning.subject) at \(series.parameter.name) \(Readable.list(warning.values)): "
                + "\(warning.id). \(warning.remedy)"
        }
    }
}
