import Measurement

/// What holds for every sound run, whatever it measured: nothing lost, nothing twice, nothing out of
/// order, and its end reached. It is what a record without checks of its own can be judged by.
enum RunInvariants {
    /// What was checked of this run: its own checks where it has any, or else the invariants.
    static func checks(of record: RunRecord) -> [CheckResult] {
        record.checks ?? invariants(of: record)
    }

    private static func invariants(of record: RunRecord) -> [CheckResult] {
        Contender.all(in: record).flatMap { contender in
            let deliveries = contender.rounds.map(\.deliveries)
            func none(_ metric: String, _ count: Int, _ verb: String) -> CheckResult {
                CheckResult(
                    kind: .exact, transport: contender.name, metric: metric,
                    outcome: count == 0 ? .passed : .failed,
                    message:
                        "\(count == 1 ? "1 delivery was" : "\(count) deliveries were") \(verb).",
                    unit: "1", expected: 0, actual: Double(count))
            }
            return [
                none("lost", deliveries.reduce(0) { $0 + $1.undelivered }, "lost"),
                none("duplicate", deliveries.reduce(0) { $0 + $1.duplicate }, "made twice"),
                none("reordered", deliveries.reduce(0) { $0 + $1.reordered }, "out of order"),
            ] + trust(in: contender)
        } + completeness(of: record)
    }

    /// Whether the figures of a technique can be trusted: with a warning, nobody can tell.
    private static func trust(in contender: Contender) -> [CheckResult] {
        let warnings = contender.rounds.flatMap(\.warnings)
        return [
            CheckResult(
                kind: .descriptive, transport: contender.name, metric: "warnings",
                outcome: warnings.isEmpty ? .passed : .cannotTell,
                message: warnings.isEmpty
                    ? "Nothing speaks against the figures."
                    : warnings.map { "\($0.cause) \($0.remedy)" }.joined(separator: " "),
                unit: "1", expected: 0, actual: Double(warnings.count))
        ]
    }

    private static func completeness(of record: RunRecord) -> [CheckResult] {
        let isPartial = record.partial || record.results.contains(where: \.partial)
        let causes = record.warnings.map { "\($0.cause) \($0.remedy)" }
        return [
            CheckResult(
                kind: .descriptive, transport: "", metric: "complete",
                outcome: isPartial ? .failed : .passed,
                message: isPartial
                    ? "The run ended before its time; measure again." : "The run reached its end.",
                unit: "1"),
            CheckResult(
                kind: .descriptive, transport: "", metric: "warnings",
                outcome: causes.isEmpty ? .passed : .cannotTell,
                message: causes.isEmpty
                    ? "Nothing speaks against the run." : causes.joined(separator: " "),
                unit: "1", expected: 0, actual: Double(causes.count)),
        ]
    }
}
