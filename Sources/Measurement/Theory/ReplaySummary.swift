/// The figures of one or more replays over the measured window: one replay for each phase that a
/// client may have, all with the same weight.
package struct ReplaySummary: Sendable {
    /// Latency of the events due in the window, in nanoseconds.
    package private(set) var latency = PredictedLatency()
    /// Events due in the window, over all replays.
    package private(set) var due = 0
    /// Events that a client had in the window, whenever they were due.
    package private(set) var events = 0
    /// Questions written in the window.
    package private(set) var requests = 0
    /// Answers read in the window.
    package private(set) var answers = 0
    /// Those among them without an event.
    package private(set) var emptyAnswers = 0
    /// The least time between two answers with events, in nanoseconds; nil with fewer than two.
    package private(set) var minimumGap: Double?
    /// The median of these times.
    package private(set) var medianGap: Double?

    /// Places in a fan-out that stand for all of them.
    private static let places = 20

    /// The figures of `replays` in `window`. The clients of a fan-out get an event one behind the
    /// other: around each latency of replay theirs are evenly spread, by `spread` at most.
    package init(_ replays: [Replay], in window: Range<Double>, spread: Double = 0) {
        var latencies: [Double] = []
        var gaps: [Double] = []
        for replay in replays {
            for (index, moment) in replay.schedule.enumerated() where window.contains(moment) {
                latencies.append(replay.latencies[index])
            }
            var last: Double?
            for exchange in replay.exchanges {
                if window.contains(exchange.asked) { requests += 1 }
                guard window.contains(exchange.delivered) else { continue }
                answers += 1
                events += exchange.events.count
                guard !exchange.events.isEmpty else {
                    emptyAnswers += 1
                    continue
                }
                if let last { gaps.append(exchange.delivered - last) }
                last = exchange.delivered
            }
        }
        due = latencies.count
        if spread > 0 { latencies = latencies.flatMap { Self.spread($0, by: spread) } }
        latencies.sort()
        gaps.sort()
        minimumGap = gaps.first
        medianGap = Self.value(0.5, of: gaps)
        latency = PredictedLatency(
            mean: latencies.isEmpty ? nil : latencies.reduce(0, +) / Double(latencies.count),
            p50: Self.value(0.5, of: latencies), p90: Self.value(0.9, of: latencies),
            p99: Self.value(0.99, of: latencies), max: latencies.last)
    }

    private static func spread(_ latency: Double, by spread: Double) -> [Double] {
        (0..<places).map { place in
            latency + spread * ((Double(place) + 0.5) / Double(places) * 2 - 1)
        }
    }

    /// The value that the share `share` of the sorted values does not exceed, by rank as the
    /// histogram has it.
    private static func value(_ share: Double, of sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    /// Questions for each event; nil when no event came.
    package var requestsPerEvent: Double? {
        events > 0 ? Double(requests) / Double(events) : nil
    }

    /// Events in an answer that has any; nil when none has.
    package var eventsPerAnswer: Double? {
        answers > emptyAnswers ? Double(events) / Double(answers - emptyAnswers) : nil
    }
}
