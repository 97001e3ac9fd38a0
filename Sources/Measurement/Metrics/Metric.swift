/// One figure of a result that has a name: what thresholds, comparisons and formats speak of.
///
/// Names are dotted, from the general to the particular, in snake_case and without a unit:
/// `latency.p99`, `bytes.down.payload`, `server.cpu_per_delivery`. A name is never given another
/// meaning. "Per event" means per delivery: one event at one client.
package struct Metric: Sendable {
    /// Which way is better.
    package enum Direction: String, Hashable, Sendable, CaseIterable {
        /// Less is better.
        case lower
        /// More is better.
        case higher
        /// Neither is: the figure says what happened, not how well.
        case none
    }

    /// The name that people write.
    package let name: String
    /// What it is counted in.
    package let unit: MetricUnit
    /// Which way is better.
    package let direction: Direction
    /// Whether it is the same in every lock-step run of one scenario and seed, to the last bit,
    /// on every machine.
    package let isExact: Bool
    /// What it is, as one sentence without its full stop.
    package let summary: String
    /// The figure of a result; nil where it was not measured or does not exist for the technique.
    package let value: @Sendable (TransportResult) -> Double?

    init(
        _ name: String, _ unit: MetricUnit, _ summary: String, better direction: Direction = .lower,
        isExact: Bool = false, value: @escaping @Sendable (TransportResult) -> Double?
    ) {
        self.name = name
        self.unit = unit
        self.direction = direction
        self.isExact = isExact
        self.summary = summary
        self.value = value
    }

    /// Every metric, family by family, in the order in which reports list them.
    package static let all: [Metric] =
        latencies + deliveries + exchanges + bytes + wire + gaps + costs + exactCounts

    /// The metric of this name.
    package static func named(_ name: String) -> Metric? {
        byName[name]
    }

    /// The name that a mistyped one most likely stands for; nil when none is close.
    ///
    /// A family's name alone, such as `latency`, leads to its first member.
    package static func suggestion(for name: String) -> String? {
        let member = all.first { $0.name.hasPrefix(name + ".") }
        return member?.name ?? Suggestion.closest(to: name, among: all.map(\.name))
    }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

/// What a metric is counted in.
package enum MetricUnit: String, Hashable, Sendable, CaseIterable {
    /// A duration.
    case nanoseconds
    /// A number of bytes, whole or an average.
    case bytes
    /// A number of things: events, requests, packets, calls.
    case count
    /// One number by another of the same kind: requests an event, round trips.
    case ratio
    /// A part of a whole, from 0 to 1; read and written in percent.
    case share
    /// A number of things a second.
    case perSecond

    /// The unit as records and formats write it: `ns`, `B`, `1`, `1/s`.
    package var text: String {
        switch self {
        case .nanoseconds: "ns"
        case .bytes: "B"
        case .count, .ratio, .share: "1"
        case .perSecond: "1/s"
        }
    }
}
