import Link
import Measurement
import Transports

/// What theory says of a lane under the present settings.
struct LabLaw: Hashable {
    let transport: Transport
    let settings: LabSettings
    let connection: ConnectionPolicy
    let pollInterval: Duration
    /// What the page's requests look like; nil while there was none, and then they are bare.
    let shape: RequestShape?

    /// Poll intervals that can be asked about, in milliseconds.
    static let pollIntervals = 10.0...3_600_000

    /// Events of the schedule that is replayed: the 99th percentile is that of ten events.
    private static let events = 1000.0
    /// Questions in a replay at most, so that a rare event and a short interval are not much work
    /// for the thread that also delivers.
    private static let questions = 5000.0
    /// Where in its interval a client may begin to ask: the middle of each eighth.
    private static let phases = 8

    func hash(into hasher: inout Hasher) {
        hasher.combine(transport.id)
        hasher.combine(settings)
        hasher.combine(connection)
        hasher.combine(pollInterval)
        hasher.combine(shape)
    }

    /// What the law is asked for. No time of the software's is in it.
    private var conditions: Conditions {
        let rate = settings.ratePerSecond
        var seconds = rate > 0 ? Self.events / rate : 0
        if let pause { seconds = min(seconds, Self.questions * pause.seconds) }
        let interval = Double(pollInterval.nanoseconds)
        return Conditions(
            roundTrip: Double(settings.roundTripTime.nanoseconds), connection: connection,
            schedule: rate > 0
                ? ArrivalSchedule.dueTimes(
                    settings.arrivals, ratePerSecond: rate, seed: 1, before: .seconds(seconds))
                : [],
            window: 0..<max(seconds * 1e9, 1), payloadBytes: settings.payloadBytes,
            pollInterval: interval,
            phases: (0..<Self.phases).map { (Double($0) + 0.5) / Double(Self.phases) * interval },
            hold: Double(settings.hold.nanoseconds), batchLimit: settings.batchLimit,
            lossRate: settings.lossRate, jitter: Double(settings.jitter.nanoseconds))
    }

    /// The longest pause between two questions of a client; nil for a stream, which asks once.
    private var pause: Duration? {
        guard case .polling(let server) = transport.server else { return nil }
        return server.hold == .untilEvent ? settings.hold : pollInterval
    }

    var prediction: Prediction {
        let keepsAlive = connection == .keepAlive
        let profile =
            shape?.profile(of: transport, keepsAlive: keepsAlive, pollInterval: pollInterval)
            ?? ClientProfile(
                authority: "127.0.0.1:8081", keepsAlive: keepsAlive, pollInterval: pollInterval)
        return transport.prediction(under: conditions, profile: profile)
    }

    /// What holds, in one line.
    private var conditionText: String {
        let rate = Units.text(ofRate: settings.ratePerSecond)
        let when = settings.arrivals == .periodic ? "at equal intervals" : "at random times"
        var parts = [
            "R = \(Units.text(of: settings.roundTripTime))", "\(rate) \(when)",
            "\(settings.payloadBytes) B each",
        ]
        if case .polling(let server) = transport.server {
            parts.append(connection == .close ? "a new connection each" : "a kept connection")
            if server.hold == .none { parts.append("P = \(Units.text(of: pollInterval))") }
        }
        return parts.joined(separator: ", ")
    }

    /// The answer of `/lab/law`.
    var answer: LawAnswer {
        let prediction = prediction
        let excluded = prediction.exclusions
        let latency = excluded["latency_ns"] == nil ? prediction.latency : nil
        return LawAnswer(
            law: prediction.law, conditions: conditionText, latency: latency,
            gap: excluded["gap"] == nil ? prediction.gap?.minimumNanoseconds : nil,
            requestsPerEvent: excluded["requests_per_event"] == nil
                ? prediction.requestsPerEvent : nil,
            bytesPerEvent: excluded["bytes_per_event"] == nil ? prediction.bytesPerEvent : nil,
            slack: prediction.timeSlack, exclusions: excluded)
    }
}

/// What theory says, for a page; null where it says nothing.
struct LawAnswer: Encodable {
    let law: String?
    let conditions: String
    let latency: PredictedLatency?
    let gap: Int64?
    let requestsPerEvent: Double?
    let bytesPerEvent: ByteTraffic?
    /// What jitter adds to the tolerance of every time.
    let slack: Double
    /// Why theory has no law for some of it.
    let exclusions: [String: String]

    private enum CodingKeys: String, CodingKey {
        case law
        case conditions
        case latency = "latency_ns"
        case gap = "gap_ns"
        case requestsPerEvent = "requests_per_event"
        case bytesPerEvent = "bytes_per_event"
        case slack = "slack_ns"
        case exclusions
    }

    private enum LatencyKeys: String, CodingKey {
        case mean
        case p50
        case p99
        case max
    }

    private enum ByteKeys: String, CodingKey {
        case up
        case down
        case total
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(law, forKey: .law)
        try values.encode(conditions, forKey: .conditions)
        var times = values.nestedContainer(keyedBy: LatencyKeys.self, forKey: .latency)
        try times.encode(latency?.mean, forKey: .mean)
        try times.encode(latency?.p50, forKey: .p50)
        try times.encode(latency?.p99, forKey: .p99)
        try times.encode(latency?.max, forKey: .max)
        try values.encode(gap, forKey: .gap)
        try values.encode(requestsPerEvent, forKey: .requestsPerEvent)
        if let bytesPerEvent {
            var bytes = values.nestedContainer(keyedBy: ByteKeys.self, forKey: .bytesPerEvent)
            try bytes.encode(bytesPerEvent.up, forKey: .up)
            try bytes.encode(bytesPerEvent.down, forKey: .down)
            try bytes.encode(bytesPerEvent.total, forKey: .total)
        } else {
            try values.encodeNil(forKey: .bytesPerEvent)
        }
        try values.encode(slack, forKey: .slack)
        try values.encode(exclusions, forKey: .exclusions)
    }
}
