import Measurement

/// Two records side by side: the exact counts that changed, and the other figures with their spread.
package enum RecordComparisonSection {
    /// The sections of a comparison, in the order of reading.
    package static func sections(for comparison: RecordComparison) -> [Section] {
        [exact(comparison), figures(comparison)].compactMap(\.self)
    }

    /// What changed among what may not; nil when nothing exact was compared.
    private static func exact(_ comparison: RecordComparison) -> Section? {
        guard !comparison.exact.isEmpty else { return nil }
        let changed = comparison.exact.filter { $0.outcome != .passed }
        let same = Readable.count(comparison.exact.count - changed.count, "exact count")
        return Section(
            title: "Exact counts",
            notes: changed.map { "\($0.outcome == .better ? "Better" : "Changed"): \($0.message)" }
                + [changed.isEmpty ? "\(same), all the same." : "\(same) are the same."])
    }

    private static func figures(_ comparison: RecordComparison) -> Section {
        var table = TextTable(columns: [
            .init("transport", .left), .init("figure", .left), .init("base"), .init("rounds"),
            .init("change"), .init("rounds"), .init("difference"),
        ])
        for row in comparison.rows {
            table.append([
                .init(row.transport), .init(row.metric.name),
                .init(value(row.base.median, row.metric.unit)), spread(row.base, row.metric.unit),
                .init(value(row.change.median, row.metric.unit)),
                spread(row.change, row.metric.unit), difference(row),
            ])
        }
        return Section(
            title: "Figures of two runs", table: comparison.rows.isEmpty ? nil : table,
            notes: comparison.remarks,
            legend:
                "Medians over the rounds, and their lowest and highest; a difference marked * is "
                + "larger than what the rounds of either run differ by. Nothing here fails.")
    }

    private static func value(_ value: Double, _ unit: MetricUnit) -> String {
        switch unit {
        case .nanoseconds: Readable.duration(nanoseconds: value)
        case .bytes: Readable.bytes(value)
        case .share: Readable.percent(value)
        case .count, .ratio, .perSecond: Readable.number(value)
        }
    }

    private static func spread(
        _ spread: RecordComparison.Spread, _ unit: MetricUnit
    ) -> TextTable.Cell {
        let (lowest, highest) = (value(spread.lowest, unit), value(spread.highest, unit))
        return .init(
            lowest == highest ? Readable.nothing : "\(lowest) … \(highest)", .faint)
    }

    private static func difference(_ row: RecordComparison.Row) -> TextTable.Cell {
        guard row.base.median != row.change.median else { return .init("0", .faint) }
        guard let ratio = row.ratio else { return .init(Readable.nothing, .faint) }
        let size = NumberText.fixed(abs(ratio - 1) * 100, places: 1)
        let text = "\(ratio < 1 ? "−" : "+")\(size) %\(row.isApart ? " *" : "")"
        return .init(text, row.isApart ? .plain : .faint)
    }
}
