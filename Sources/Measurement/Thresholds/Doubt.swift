/// What the warnings of a record make doubtful: a figure of which neither yes nor no is honest.
///
/// Only what the clock measured can become doubtful by a busy machine. Counts stay what they are,
/// and the figures of the harness itself are what the warnings are made from.
enum Doubt {
    /// Warnings after which no time of the run, or of the technique, decides anything.
    private static let ofEveryTime: Set<String> = [
        "generator-saturated", "loop-lag", "generator-stalled", "source-late", "mirror-saturated",
        "steal", "interrupted", "round-failed", "periodic-locked",
    ]

    /// The warning that forbids a verdict on `metric` of these results; nil when it may be judged.
    static func of(
        _ metric: Metric, in results: [TransportResult], of record: RunRecord
    ) -> RecordedWarning? {
        guard metric.isTiming else { return nil }
        // The gap was probed before any round, so a round's warnings are none of it.
        let own = metric.name.hasPrefix("gap.") ? [] : results.flatMap(\.warnings)
        let warnings = record.warnings + own
        return warnings.first { warning in
            ofEveryTime.contains(warning.id)
                || warning.id == "too-few-samples" && metric.isTail
        }
    }
}

extension Metric {
    /// Whether the clock measured it, and of the techniques, not of the harness.
    package var isTiming: Bool {
        guard !name.hasPrefix("generator."), !name.hasPrefix("source.") else { return false }
        return switch unit {
        case .nanoseconds, .share, .perSecond: true
        case .ratio: name.hasPrefix("gap.")
        case .bytes, .count: false
        }
    }

    /// Whether it is one of the highest percentiles, which few samples do not have.
    fileprivate var isTail: Bool {
        [".p99", ".p99_9", ".max"].contains { name.hasSuffix($0) }
    }
}
