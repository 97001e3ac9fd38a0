/// What theory says a technique must measure, in the same shape as the result, where it says
/// anything; and, once both are known, how they agree.
package struct Prediction: Hashable, Sendable, Codable {
    /// How theory and measurement agree, in words.
    package var verdict: String
    /// From the intended time of publishing to the event in the client's hands.
    package var latency: PredictedLatency?
    /// The time between deliveries under saturation.
    package var gap: GapResult?
    /// Requests a delivery.
    package var requestsPerEvent: Double?
    /// Events in an answer that has any.
    package var eventsPerAnswer: Double?
    /// Bytes a delivery, after the connection's beginning.
    package var bytesPerEvent: ByteTraffic?

    package init(
        verdict: String = "not compared", latency: PredictedLatency? = nil, gap: GapResult? = nil,
        requestsPerEvent: Double? = nil, eventsPerAnswer: Double? = nil,
        bytesPerEvent: ByteTraffic? = nil
    ) {
        self.verdict = verdict
        self.latency = latency
        self.gap = gap
        self.requestsPerEvent = requestsPerEvent
        self.eventsPerAnswer = eventsPerAnswer
        self.bytesPerEvent = bytesPerEvent
    }

    private enum CodingKeys: String, CodingKey {
        case verdict
        case latency = "latency_ns"
        case gap
        case requestsPerEvent = "requests_per_event"
        case eventsPerAnswer = "events_per_answer"
        case bytesPerEvent = "bytes_per_event"
    }
}

/// The points of a latency distribution that a formula gives, in nanoseconds.
package struct PredictedLatency: Hashable, Sendable, Codable {
    /// The arithmetic mean.
    package var mean: Double?
    /// The median.
    package var p50: Double?
    /// What 90 % do not exceed.
    package var p90: Double?
    /// What 99 % do not exceed.
    package var p99: Double?
    /// The bound, where there is one.
    package var max: Double?

    package init(
        mean: Double? = nil, p50: Double? = nil, p90: Double? = nil, p99: Double? = nil,
        max: Double? = nil
    ) {
        self.mean = mean
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.max = max
    }

    private enum CodingKeys: String, CodingKey {
        case mean
        case p50
        case p90
        case p99
        case max
    }
}
