/// What theory says a technique must measure, in the same shape as the result, where it says
/// anything; and, once both are known, how they agree.
package struct Prediction: Hashable, Sendable {
    /// How theory and measurement agree, all in all.
    package var verdict: Verdict
    /// The law in words, in one line: "L = d + w, w uniform in (0, W); W = 1·R + c".
    package var law: String?
    /// From the intended time of publishing to the event in the client's hands.
    package var latency: PredictedLatency?
    /// The time between deliveries under saturation.
    package var gap: GapResult?
    /// Requests a delivery.
    package var requestsPerEvent: Double?
    /// Events in an answer that has any.
    package var eventsPerAnswer: Double?
    /// Answers without an event, of all clients.
    package var emptyAnswers: Double?
    /// Bytes a delivery, after the connection's beginning.
    package var bytesPerEvent: ByteTraffic?
    /// The bytes of one event, request and answer, which give the bytes for any number of these.
    package var byteCosts: ByteCosts?
    /// What the kernel sends a delivery, headers of TCP and IP included.
    package var wirePerEvent: WireCount?
    /// How far the wire's figures may be off, because nobody knows when a receiver acknowledges.
    package var wireTolerance: WireCount?
    /// What the conditions add to the tolerance of every time, in nanoseconds: the link's jitter,
    /// the spread of a kernel's timer.
    package var timeSlack: Double
    /// Groups of figures (`latency_ns`, `gap`, `bytes_per_event` …) for which theory has no law
    /// under these conditions, and why.
    package var exclusions: [String: String]
    /// Figure by figure, once the measurement is known.
    package var rows: [PredictionRow]

    package init(
        verdict: Verdict = .notCompared, law: String? = nil, latency: PredictedLatency? = nil,
        gap: GapResult? = nil, requestsPerEvent: Double? = nil, eventsPerAnswer: Double? = nil,
        emptyAnswers: Double? = nil, bytesPerEvent: ByteTraffic? = nil,
        byteCosts: ByteCosts? = nil, wirePerEvent: WireCount? = nil,
        wireTolerance: WireCount? = nil, timeSlack: Double = 0,
        exclusions: [String: String] = [:], rows: [PredictionRow] = []
    ) {
        self.verdict = verdict
        self.law = law
        self.latency = latency
        self.gap = gap
        self.requestsPerEvent = requestsPerEvent
        self.eventsPerAnswer = eventsPerAnswer
        self.emptyAnswers = emptyAnswers
        self.bytesPerEvent = bytesPerEvent
        self.byteCosts = byteCosts
        self.wirePerEvent = wirePerEvent
        self.wireTolerance = wireTolerance
        self.timeSlack = timeSlack
        self.exclusions = exclusions
        self.rows = rows
    }
}

/// In the record, exclusions are part of the rows' verdicts and do not stand a second time.
extension Prediction: Codable {
    private enum CodingKeys: String, CodingKey {
        case verdict
        case law
        case latency = "latency_ns"
        case gap
        case requestsPerEvent = "requests_per_event"
        case eventsPerAnswer = "events_per_answer"
        case emptyAnswers = "empty_answers"
        case bytesPerEvent = "bytes_per_event"
        case byteCosts = "byte_costs"
        case wirePerEvent = "wire_per_event"
        case wireTolerance = "wire_tolerance"
        case timeSlack = "time_slack_ns"
        case rows
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        verdict = try values.decode(Verdict.self, forKey: .verdict)
        law = try values.decodeIfPresent(String.self, forKey: .law)
        latency = try values.decodeIfPresent(PredictedLatency.self, forKey: .latency)
        gap = try values.decodeIfPresent(GapResult.self, forKey: .gap)
        requestsPerEvent = try values.decodeIfPresent(Double.self, forKey: .requestsPerEvent)
        eventsPerAnswer = try values.decodeIfPresent(Double.self, forKey: .eventsPerAnswer)
        emptyAnswers = try values.decodeIfPresent(Double.self, forKey: .emptyAnswers)
        bytesPerEvent = try values.decodeIfPresent(ByteTraffic.self, forKey: .bytesPerEvent)
        byteCosts = try values.decodeIfPresent(ByteCosts.self, forKey: .byteCosts)
        wirePerEvent = try values.decodeIfPresent(WireCount.self, forKey: .wirePerEvent)
        wireTolerance = try values.decodeIfPresent(WireCount.self, forKey: .wireTolerance)
        timeSlack = try values.decodeIfPresent(Double.self, forKey: .timeSlack) ?? 0
        rows = try values.decodeIfPresent([PredictionRow].self, forKey: .rows) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(verdict, forKey: .verdict)
        try values.encodeIfPresent(law, forKey: .law)
        try values.encodeIfPresent(latency, forKey: .latency)
        try values.encodeIfPresent(gap, forKey: .gap)
        try values.encodeIfPresent(requestsPerEvent, forKey: .requestsPerEvent)
        try values.encodeIfPresent(eventsPerAnswer, forKey: .eventsPerAnswer)
        try values.encodeIfPresent(emptyAnswers, forKey: .emptyAnswers)
        try values.encodeIfPresent(bytesPerEvent, forKey: .bytesPerEvent)
        try values.encodeIfPresent(byteCosts, forKey: .byteCosts)
        try values.encodeIfPresent(wirePerEvent, forKey: .wirePerEvent)
        try values.encodeIfPresent(wireTolerance, forKey: .wireTolerance)
        try values.encode(timeSlack, forKey: .timeSlack)
        try values.encode(rows, forKey: .rows)
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

/// One figure as theory has it and as it was measured.
package struct PredictionRow: Hashable, Sendable, Codable {
    /// The figure, by its place in the result: `latency_ns.p50`, `bytes_per_event.down.payload`.
    package var metric: String
    /// What theory says, in the unit of the figure.
    package var predicted: Double
    /// What was measured; nil when nothing was.
    package var measured: Double?
    /// By how much they may differ, in the same unit.
    package var tolerance: Double
    /// How they agree.
    package var verdict: Verdict
    /// What a reader must know to read the row.
    package var note: String?

    package init(
        metric: String, predicted: Double, measured: Double?, tolerance: Double, verdict: Verdict,
        note: String? = nil
    ) {
        self.metric = metric
        self.predicted = predicted
        self.measured = measured
        self.tolerance = tolerance
        self.verdict = verdict
        self.note = note
    }

    private enum CodingKeys: String, CodingKey {
        case metric
        case predicted
        case measured
        case tolerance
        case verdict
        case note
    }
}
