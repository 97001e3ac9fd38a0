import Measurement

/// Several records in one report: before and after, one machine and another, one option and another.
///
/// It shows and does not decide: counts of lock-step runs are the same or they are not; of times of
/// different runs one cannot say on a shared machine whether a difference is the program's, so that
/// they only stand beside each other.
package struct SideBySide: Sendable {
    /// A record and what it is called here.
    package struct Entry: Sendable {
        /// Its name in the tables: that of its file, most often.
        package let label: String
        /// What was measured.
        package let record: RunRecord

        package init(label: String, record: RunRecord) {
            self.label = label
            self.record = record
        }
    }

    private let entries: [Entry]
    private let contenders: [[Contender]]

    /// - Precondition: there are two records or more.
    package init(_ entries: [Entry]) {
        precondition(entries.count > 1, "one record has nothing beside it")
        self.entries = entries
        contenders = entries.map { Contender.all(in: $0.record) }
    }

    /// The report.
    package var page: ReportPage {
        ReportPage(
            title: entries.map(\.label).joined(separator: " · "),
            lead: entries.map { "\($0.label): \(RecordTitle.tool($0.record))" }
                + [RecordTitle.scenario(entries[0].record.scenario) + "."],
            flaws: flaws, sections: [circumstances].compactMap(\.self) + figures + exact,
            findings: findings,
            warnings: entries.flatMap { entry in
                WarningText.all(in: entry.record, contenders: Contender.all(in: entry.record))
                    .map { "\(entry.label): \($0)" }
            })
    }

    private var flaws: [String] {
        entries.compactMap { entry in
            RecordTitle.state(of: entry.record).map { "\(entry.label): \($0)" }
        }
    }

    // MARK: - What was different beforehand

    /// What was asked for, by whom and where, as far as it is not the same for all.
    private var circumstances: Section? {
        let rows = entries.map { circumstances(of: $0.record) }
        var table = TextTable(
            columns: [.init("what differs", .left)] + entries.map { .init($0.label, .left) })
        for place in rows[0].indices {
            let texts = rows.map { $0[place].text }
            guard Set(texts).count > 1 else { continue }
            table.append([.init(rows[0][place].name)] + texts.map { .init($0) })
        }
        guard !table.rows.isEmpty else { return nil }
        return Section(
            title: "What was different beforehand", table: table,
            notes: tiers.count > 1
                ? [
                    "The links were made in different ways (\(Readable.list(tiers))), so times and "
                        + "bytes on the wire do not compare."
                ] : [])
    }

    private func circumstances(of record: RunRecord) -> [(name: String, text: String)] {
        let machine = record.machine
        return record.scenario.fields + [
            ("version", "\(record.tool.version) (\(record.tool.commit))"),
            ("processor", machine.cpu), ("processors", "\(machine.cores)"),
            ("kernel", machine.kernel), ("system", machine.os),
            ("link made by", Self.tiers(of: record).joined(separator: ", ")),
        ]
    }

    private var tiers: [String] {
        entries.flatMap { Self.tiers(of: $0.record) }.reduce(into: []) { tiers, tier in
            if !tiers.contains(tier) { tiers.append(tier) }
        }
    }

    private static func tiers(of record: RunRecord) -> [String] {
        record.results.map { LinkText.tier($0.link.tier) }.reduce(into: []) { tiers, tier in
            if !tiers.contains(tier) { tiers.append(tier) }
        }
    }

    // MARK: - Figures

    /// The techniques of all records, in the order of the first that has them.
    private var names: [String] {
        contenders.joined().map(\.name).reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }

    private func contender(_ name: String, _ entry: Int) -> Contender? {
        contenders[entry].first { $0.name == name }
    }

    /// A table for each figure: a technique a row, a record a column, and how it changed since the
    /// first.
    private var figures: [Section] {
        SeriesMetric.all.compactMap { metric in
            var table = TextTable(
                columns: [.init("transport", .left), .init(entries[0].label)]
                    + entries.dropFirst().flatMap {
                        [TextTable.Column($0.label), TextTable.Column("change")]
                    })
            for name in names {
                let figures = entries.indices.map { contender(name, $0).flatMap(metric.figure) }
                guard figures.contains(where: { $0 != nil }) else { continue }
                table.append([.init(name)] + cells(of: figures, metric))
            }
            let isQuiet =
                metric.name == "lost"
                && !table.rows.contains { row in row.dropFirst().contains { $0.tone == .bad } }
            guard !table.rows.isEmpty, !isQuiet else { return nil }
            return Section(title: metric.title, table: table)
        }
    }

    private func cells(of figures: [Figure?], _ metric: SeriesMetric) -> [TextTable.Cell] {
        var cells: [TextTable.Cell] = []
        for (index, figure) in figures.enumerated() {
            let isLoss = metric.name == "lost" && (figure?.median ?? 0) > 0
            cells.append(
                figure.map { .init(text(of: $0, metric), isLoss ? .bad : .plain) }
                    ?? .init(Readable.nothing, .faint))
            if index > 0 { cells.append(Self.change(from: figures[0], to: figure, metric)) }
        }
        return cells
    }

    /// The median, and the lowest and highest round where there are several.
    private func text(of figure: Figure, _ metric: SeriesMetric) -> String {
        guard figure.lowest < figure.highest else { return metric.text(figure.median) }
        return "\(metric.text(figure.median)) (\(metric.text(figure.lowest)) – "
            + "\(metric.text(figure.highest)))"
    }

    /// By what share it changed, with its sign; from nothing on there is none, only the figure.
    private static func change(
        from base: Figure?, to figure: Figure?, _ metric: SeriesMetric
    ) -> TextTable.Cell {
        guard let base, let figure else { return .init(Readable.nothing, .faint) }
        guard base.median != figure.median else { return .init("same", .faint) }
        guard base.median != 0 else { return .init("+" + metric.text(figure.median)) }
        let share = (figure.median - base.median) / abs(base.median)
        let text = Readable.percent(abs(share))
        return .init("\(share < 0 ? "−" : "+")\(text)")
    }

    // MARK: - Exact counts

    /// Whether all counts of lock-step runs may be compared to the last bit: the scenarios ask for
    /// the same.
    private var isExact: Bool {
        entries.allSatisfy { $0.record.scenario.lockstep }
    }

    /// What differs of what is the same in every lock-step run.
    private var differences: [(metric: Metric, name: String, values: [Double?])] {
        guard isExact else { return [] }
        return names.flatMap { name in
            Metric.all.filter(\.isExact).compactMap { metric in
                let values = entries.indices.map { entry in
                    contender(name, entry)?.rounds.first.flatMap(metric.value)
                }
                return Set(values).count > 1 ? (metric, name, values) : nil
            }
        }
    }

    private var exact: [Section] {
        guard isExact, !differences.isEmpty else { return [] }
        var table = TextTable(
            columns: [.init("transport", .left), .init("exact figure", .left)]
                + entries.map { .init($0.label) } + [.init("change")])
        for difference in differences {
            let ends = (difference.values[0], difference.values[difference.values.count - 1])
            table.append(
                [.init(difference.name), .init(difference.metric.name)]
                    + difference.values.map {
                        .init($0.map { Self.exact($0) } ?? Readable.nothing)
                    }
                    + [
                        ends.0.flatMap { first in
                            ends.1.map { last in
                                TextTable.Cell(
                                    (last < first ? "−" : "+") + Self.exact(abs(last - first)))
                            }
                        } ?? .init(Readable.nothing, .faint)
                    ])
        }
        return [
            Section(
                title: "Exact figures that differ", table: table,
                legend: "The same in every lock-step run of one program and scenario.")
        ]
    }

    /// A count to the last digit that there is.
    private static func exact(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15
            ? Readable.count(Int(value)) : NumberText.fixed(value, places: 3)
    }

    // MARK: - Findings

    private var findings: [String] {
        var sentences: [String] = []
        if isExact {
            let count = Metric.all.count(where: \.isExact)
            sentences.append(
                differences.isEmpty
                    ? "In lock-step all of \(count) exact figures are the same for every technique."
                    : "\(Readable.count(differences.count, "exact figure")) of lock-step differ.")
        }
        for name in names where contenders.contains(where: { !$0.contains { $0.name == name } }) {
            let having = entries.indices.filter { contender(name, $0) != nil }
            sentences.append(
                "\(name) is only in \(Readable.list(having.map { entries[$0].label })).")
        }
        if !isExact {
            sentences.append(
                "Times of different runs stand here for orientation: on a shared machine the same "
                    + "program differs by a fifth from one minute to the next. Whether a change of "
                    + "the program made it, pushbench compare --base … --change … decides.")
        }
        return sentences
    }
}
