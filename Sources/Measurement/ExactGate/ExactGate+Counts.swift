import Wire

extension ExactGate {
    /// What became of the events; in a baseline each of these is zero.
    private static let mistakes: Set = ["lost", "duplicate", "reordered"]

    /// What is compared: the mistakes, and every exact count.
    private static let metrics = Metric.all.filter {
        mistakes.contains($0.name) || $0.name.hasPrefix("exact.")
    }

    /// Holds the rounds of one technique against the counts of `old`.
    static func compare(
        _ rounds: [TransportResult], with old: TransportResult, named name: String
    ) -> [CheckResult] {
        metrics.compactMap { metric in
            // An older version may not have counted it.
            guard let expected = metric.value(old) else { return nil }
            let worst = rounds.first { metric.value($0) != expected }
            let actual = metric.value(worst ?? old)
            // Most classes of bytes do not occur in most techniques, which is not worth a line.
            guard expected != 0 || actual != 0 || mistakes.contains(metric.name) else { return nil }
            var message =
                "\(name): \(metric.summary): \(metric.unit.text(of: expected)), as before."
            if let worst {
                let counts = rounds.count > 1 ? " in round \(worst.round)" : ""
                message = change(of: metric, from: old, to: worst, named: name + counts)
            }
            return CheckResult(
                kind: .exact, transport: old.transport, metric: metric.name,
                outcome: worst == nil ? .passed : .failed, message: message, unit: metric.unit.text,
                expected: expected, actual: actual)
        }
    }

    /// The change in words: "sse: bytes from server to clients, in lock-step: 5400B, now 5450B
    /// (+50B, 1B a delivery); message_framing +50B".
    private static func change(
        of metric: Metric, from old: TransportResult, to new: TransportResult, named name: String
    ) -> String {
        guard let expected = metric.value(old) else { return "" }
        let was = "\(name): \(metric.summary): \(metric.unit.text(of: expected))"
        guard let actual = metric.value(new) else { return "\(was), and now it is not counted." }
        let difference = signed(actual - expected, metric.unit)
        var parts = [difference] + perEvent(actual - expected, of: metric, in: old, new)
        parts += classes(behind: metric, from: old, to: new)
        return "\(was), now \(metric.unit.text(of: actual)) (\(parts.joined(separator: ", ")))."
    }

    /// What it is a delivery, or for bytes of the connections a client, where that comes out whole.
    private static func perEvent(
        _ difference: Double, of metric: Metric, in old: TransportResult, _ new: TransportResult
    ) -> [String] {
        let isAtConnect = metric.name.hasPrefix("exact.connect_bytes.")
        let divisor = isAtConnect ? old.clients : old.exact?.deliveries ?? 0
        let sameNumber =
            old.clients == new.clients && old.exact?.deliveries == new.exact?.deliveries
        guard sameNumber, divisor > 1,
            difference.truncatingRemainder(dividingBy: Double(divisor)) == 0
        else { return [] }
        let share = signed(difference / Double(divisor), metric.unit)
        return ["\(share) a \(isAtConnect ? "client" : "delivery")"]
    }

    /// The classes of bytes that a total's change is made of, the largest change first.
    private static func classes(
        behind metric: Metric, from old: TransportResult, to new: TransportResult
    ) -> [String] {
        let direction: KeyPath<ExactTraffic, ExactBytes>
        switch metric.name {
        case "exact.up_bytes": direction = \.up
        case "exact.down_bytes": direction = \.down
        default: return []
        }
        guard let before = old.exact?.bytes?[keyPath: direction],
            let after = new.exact?.bytes?[keyPath: direction]
        else { return [] }
        let changes = ByteClass.allCases.map { ($0.name, after[$0] - before[$0]) }
        return changes.filter { $0.1 != 0 }
            .sorted { abs($0.1) > abs($1.1) }
            .map { "\($0.0) \(signed(Double($0.1), .bytes))" }
    }

    private static func signed(_ value: Double, _ unit: MetricUnit) -> String {
        (value > 0 ? "+" : "") + unit.text(of: value)
    }
}
