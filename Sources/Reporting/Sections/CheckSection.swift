import Measurement

/// What was checked of the run: what failed, what could not be told, and how much passed.
enum CheckSection {
    static func section(for record: RunRecord) -> Section? {
        guard let checks = record.checks, !checks.isEmpty else { return nil }
        let shown = checks.filter(isShown)
        var table = TextTable(
            columns: [
                .init("check", .left), .init("transport", .left), .init("metric", .left),
                .init("expected"), .init("actual"), .init("outcome", .left),
            ])
        for group in grouped(shown) {
            let check = group[0]
            table.append([
                TextTable.Cell(check.kind.rawValue), transports(of: group),
                TextTable.Cell(check.metric), value(check.expected, of: check),
                actual(of: group), outcome(of: check),
            ])
        }
        let troubled = checks.filter { $0.outcome != .passed && $0.outcome != .better }
        return Section(
            title: "Checks: " + summary(of: checks), table: shown.isEmpty ? nil : table,
            notes: troubled.map { check in
                (check.transport.isEmpty ? "" : "\(check.transport), ") + "\(check.metric): "
                    + check.message
            })
    }

    /// There are hundreds of exact counts, and the ones that did not change say nothing; the others
    /// were asked for one by one.
    private static func isShown(_ check: CheckResult) -> Bool {
        check.kind != .exact || check.outcome != .passed
    }

    /// One assertion about several techniques that holds for all of them has one row.
    private static func grouped(_ checks: [CheckResult]) -> [[CheckResult]] {
        var groups: [[CheckResult]] = []
        for check in checks {
            if let last = groups.last?.last, check.kind == .threshold, last.kind == .threshold,
                check.outcome == .passed, last.outcome == .passed, check.metric == last.metric,
                check.expected == last.expected
            {
                groups[groups.count - 1].append(check)
            } else {
                groups.append([check])
            }
        }
        return groups
    }

    private static func transports(of group: [CheckResult]) -> TextTable.Cell {
        guard group.count == 1 else {
            return TextTable.Cell(Readable.count(group.count, "technique"))
        }
        return TextTable.Cell(group[0].transport.isEmpty ? Readable.nothing : group[0].transport)
    }

    private static func actual(of group: [CheckResult]) -> TextTable.Cell {
        let values = group.compactMap(\.actual)
        let least = value(values.min(), of: group[0])
        let most = value(values.max(), of: group[0])
        return least.text == most.text ? least : TextTable.Cell("\(least.text) to \(most.text)")
    }

    /// How many came out how: "1 failed, 1 cannot tell, 310 passed".
    private static func summary(of checks: [CheckResult]) -> String {
        let order: [CheckResult.Outcome] = [.failed, .cannotTell, .skipped, .better, .passed]
        return order.compactMap { outcome in
            let count = checks.count { $0.outcome == outcome }
            return count == 0 ? nil : "\(Readable.count(count)) \(words(for: outcome))"
        }.joined(separator: ", ")
    }

    private static func words(for outcome: CheckResult.Outcome) -> String {
        outcome == .cannotTell ? "cannot tell" : outcome.rawValue
    }

    private static func outcome(of check: CheckResult) -> TextTable.Cell {
        let tone: TextTable.Tone =
            switch check.outcome {
            case .passed, .better: .good
            case .failed: .bad
            case .cannotTell: .doubtful
            case .skipped: .faint
            }
        return TextTable.Cell(words(for: check.outcome), tone)
    }

    private static func value(_ value: Double?, of check: CheckResult) -> TextTable.Cell {
        guard let value else { return TextTable.Cell(Readable.nothing) }
        switch check.unit {
        case "ns": return TextTable.Cell(Readable.duration(nanoseconds: value))
        case "1": return TextTable.Cell(Readable.number(value))
        default: return TextTable.Cell("\(Readable.number(value)) \(check.unit)")
        }
    }
}
