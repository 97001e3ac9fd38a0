import Measurement

/// The figures of a series by technique: what its tables, charts and findings are made from.
package struct SeriesTable: Sendable {
    /// One technique at every value of the parameter.
    package struct Line: Sendable {
        /// The technique's name in the record.
        package let name: String
        /// It at each value; nil where it was not measured.
        package let contenders: [Contender?]

        /// The metric at each value; nil where it was not measured.
        package func figures(of metric: SeriesMetric) -> [Figure?] {
            contenders.map { $0.flatMap(metric.figure) }
        }
    }

    /// What is changed.
    package let parameter: RecordSeries.Parameter
    /// The techniques, in the order that the first run names them.
    package let lines: [Line]

    package init(_ series: RecordSeries) {
        parameter = series.parameter
        let runs = series.runs.map(Contender.all)
        var names: [String] = []
        for contender in runs.joined() where !names.contains(contender.series) {
            names.append(contender.series)
        }
        lines = names.map { name in
            Line(
                name: name,
                contenders: runs.map { run in run.first { $0.series == name } })
        }
    }

    /// The metrics that any technique has, without those in which nothing happened.
    package var metrics: [SeriesMetric] {
        SeriesMetric.all.filter { metric in
            let figures = lines.flatMap { $0.figures(of: metric) }.compactMap(\.self)
            return metric.name == "lost"
                ? figures.contains { $0.median > 0 } : !figures.isEmpty
        }
    }

    /// Whether the values are numbers, so that there is something between two of them.
    package var isNumeric: Bool {
        parameter.values.allSatisfy { $0.number != nil }
    }

    /// A value of the parameter that nobody asked for, in its unit: "34.1 ms".
    package func text(of number: Double) -> String {
        switch parameter.unit {
        case "ns": Readable.duration(nanoseconds: number)
        case "B": Readable.bytes(number)
        case "1/s": NumberText.significant(number) + "/s"
        default: NumberText.significant(number)
        }
    }

    /// A technique a row, a value a column; the lowest of each column stands out.
    func section(of metric: SeriesMetric) -> Section {
        var table = TextTable(
            columns: [.init(parameter.name, .left)] + parameter.values.map { .init($0.text) })
        let rows = lines.map { $0.figures(of: metric) }
        let lowest = parameter.values.indices.map { column in
            rows.compactMap { $0[column]?.median }.min()
        }
        for (line, figures) in zip(lines, rows) {
            table.append(
                [.init(line.name)]
                    + figures.enumerated().map { column, figure in
                        guard let figure else { return .init(Readable.nothing, .faint) }
                        let isLowest = lines.count > 1 && figure.median == lowest[column]
                        return .init(metric.text(figure.median), isLowest ? .good : .plain)
                    })
        }
        return Section(title: metric.title, table: table)
    }
}

extension Contender {
    /// What it is called across the runs of a series: its name, which has nothing of the link in it
    /// as long as a run has one link.
    fileprivate var series: String { name }
}
