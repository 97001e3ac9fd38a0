import Measurement

/// What was checked, as a table, and a sentence for each check that did not pass.
///
/// Every check has a row of its own but those that passed and would say the same: all exact counts
/// of a technique, of which there are dozens, and one assertion about several techniques.
enum CheckSection {
    static func section(for record: RunRecord) -> Section? {
        guard let checks = record.checks, !checks.isEmpty else { return nil }
        var table = TextTable(columns: [
            .init("", .left), .init("transport", .left), .init("metric", .left), .init("expected"),
            .init("now"),
        ])
        for group in grouped(checks) { table.append(row(for: group)) }
        let notes = checks.filter { $0.outcome == .failed || $0.outcome == .cannotTell }
        return Section(
            title: "Checks", table: table,
            notes: notes.map(\.message) + [CheckVerdict(checks).sentence])
    }

    /// Checks that share a row, in the order of the first of each.
    private static func grouped(_ checks: [CheckResult]) -> [[CheckResult]] {
        var groups: [[CheckResult]] = []
        for check in checks {
            if let last = groups.last?.last, sharesRow(check, with: last) {
                groups[groups.count - 1].append(check)
            } else {
                groups.append([check])
            }
        }
        return groups
    }

    private static func sharesRow(_ check: CheckResult, with last: CheckResult) -> Bool {
        guard check.kind == last.kind, check.outcome == .passed, last.outcome == .passed else {
            return false
        }
        return switch check.kind {
        case .exact: check.transport == last.transport
        case .threshold: check.metric == last.metric && check.expected == last.expected
        case .paired, .descriptive: false
        }
    }

    private static func row(for group: [CheckResult]) -> [TextTable.Cell] {
        let check = group[0]
        let (word, tone) = words(for: check.outcome)
        let start: [TextTable.Cell] = [.init(word, tone)]
        guard group.count > 1 else {
            return start + [
                .init(check.transport), .init(check.metric), .init(text(of: check.expected, check)),
                .init(text(of: check.actual, check), tone),
            ]
        }
        guard check.kind == .threshold else {
            return start + [
                .init(check.transport), .init(Readable.count(group.count, "exact count")),
                .init("as before"), .init("same", tone),
            ]
        }
        return start + [
            .init(Readable.count(group.count, "technique")), .init(check.metric),
            .init(text(of: check.expected, check)), .init(range(of: group), tone),
        ]
    }

    private static func range(of group: [CheckResult]) -> String {
        let values = group.compactMap(\.actual)
        let least = text(of: values.min(), group[0])
        let most = text(of: values.max(), group[0])
        return least == most ? least : "\(least) to \(most)"
    }

    private static func words(for outcome: CheckResult.Outcome) -> (String, TextTable.Tone) {
        switch outcome {
        case .passed: ("passed", .good)
        case .better: ("better", .good)
        case .failed: ("FAILED", .bad)
        case .cannotTell: ("cannot tell", .doubtful)
        case .skipped: ("skipped", .faint)
        }
    }

    /// The value with its unit: as the metric's registry writes it, or for a figure that is not in
    /// it, by the unit in the record.
    private static func text(of value: Double?, _ check: CheckResult) -> String {
        guard let value else { return Readable.nothing }
        if let unit = Metric.named(check.metric)?.unit, unit.text == check.unit {
            return unit.text(of: value)
        }
        switch check.unit {
        case MetricUnit.nanoseconds.text: return Readable.duration(nanoseconds: value)
        case MetricUnit.count.text: return Readable.number(value)
        default: return "\(Readable.number(value)) \(check.unit)"
        }
    }
}
