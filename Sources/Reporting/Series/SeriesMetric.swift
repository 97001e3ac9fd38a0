import Measurement

/// A figure that a series is drawn and compared by: one number for each technique and point.
package struct SeriesMetric: Sendable {
    /// How far two figures must lie apart before they are told apart.
    enum Noise: Sendable {
        /// Times and processor time of a shared machine: one run's median moves by a fifth from one
        /// minute to the next, and a table of a sweep holds a hundred pairs, so that one round needs
        /// half as much again; rounds that do not overlap need a little.
        case time
        /// Counts of what was written: the same in every run, but for answers that merge or do not.
        case count
        /// Bytes on the wire, whose acknowledgements may ride on data or not.
        case wire
    }

    /// The name in the registry of metrics, or one made like those.
    package let name: String
    /// The heading of its table and chart.
    package let title: String
    /// A value with its unit.
    package let text: @Sendable (Double) -> String
    /// What a sentence about it begins with.
    let subject: String
    /// How it is said that one technique has a lower value than another, of one and of several.
    let comparison: (one: String, several: String)
    let noise: Noise
    let figure: @Sendable (Contender) -> Figure?

    /// What a series shows, in the order of reading. All of them are better when lower.
    package static let all: [SeriesMetric] = [
        SeriesMetric(
            name: "latency.p50", title: "Delivery latency, p50", text: Readable.duration,
            subject: "Median latency", comparison: ("is sooner than", "are sooner than"),
            noise: .time, figure: { $0.latency(\.p50) }),
        SeriesMetric(
            name: "latency.p99", title: "Delivery latency, p99", text: Readable.duration,
            subject: "Latency at the 99th percentile",
            comparison: ("is sooner than", "are sooner than"), noise: .time,
            figure: { $0.latency(\.p99) }),
        SeriesMetric(
            name: "gap.in_rtt", title: "Gap between deliveries, in round trips",
            text: { NumberText.fixed($0, places: 2) }, subject: "Gap",
            comparison: ("has a smaller one than", "have smaller ones than"),
            noise: .time, figure: \.gapInRoundTrips),
        SeriesMetric(
            name: "bytes.total_per_event", title: "Bytes an event that the technique wrote",
            text: bytes, subject: "Bytes written",
            comparison: ("needs fewer than", "need fewer than"), noise: .count,
            figure: { $0.bytes(\.total) }),
        SeriesMetric(
            name: "wire.total_bytes",
            title: "Bytes an event on the wire, headers of TCP and IP included",
            text: bytes, subject: "Bytes on the wire",
            comparison: ("needs fewer than", "need fewer than"), noise: .wire,
            figure: \.wireBytes),
        SeriesMetric(
            name: "requests_per_event", title: "Requests an event",
            text: { $0 == 0 ? "0" : NumberText.fixed($0, places: 2) },
            subject: "Requests", comparison: ("needs fewer than", "need fewer than"), noise: .count,
            figure: { contender in
                contender.figure { $0.deliveries.received > 0 ? $0.requestsPerEvent : nil }
            }),
        SeriesMetric(
            name: "server.cpu_per_delivery", title: "Processor time of the server, an event",
            text: Readable.duration, subject: "Processor time of the server",
            comparison: ("needs less than", "need less than"), noise: .time,
            figure: { $0.figure(\.server.cpuNanosecondsPerDelivery) }),
        SeriesMetric(
            name: "lost", title: "Events lost", text: { Readable.count(Int($0)) },
            subject: "Loss", comparison: ("loses fewer than", "lose fewer than"), noise: .count,
            figure: { Figure([Double($0.sum { $0.deliveries.undelivered })]) }),
    ]

    /// A number of bytes in a column: all in one unit, so that they compare at a glance.
    private static let bytes: @Sendable (Double) -> String = { bytes in
        bytes < 99_950
            ? NumberText.fixed(bytes, places: 1) + " B" : Readable.bytes(bytes)
    }

    /// What one round must differ by, as a ratio, and what several that do not overlap must.
    private var establishedRatio: (oneRound: Double, rounds: Double) {
        switch noise {
        case .time: (1.5, Findings.establishedRatio)
        case .count: (1.02, 1.02)
        case .wire: (1.05, 1.05)
        }
    }

    /// Rounds from which their own spread says more than a rule of thumb: of two, the lower and the
    /// higher are in order half of the time by chance.
    private static let fewestRounds = 3

    /// −1 when the first is lower beyond noise, 1 when the second is, 0 when they cannot be told
    /// apart.
    func order(_ first: Figure, _ second: Figure, rounds: Int) -> Int {
        let hasSpread = noise == .time && rounds >= Self.fewestRounds
        if hasSpread, first.overlaps(second) { return 0 }
        let ratio = hasSpread ? establishedRatio.rounds : establishedRatio.oneRound
        if second.median > first.median * ratio { return -1 }
        return first.median > second.median * ratio ? 1 : 0
    }
}
