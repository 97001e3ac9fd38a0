import LabServer
import Link
import Measurement
import Transports

/// Everything of the lab that a page can set.
struct LabSettings: Hashable, Sendable {
    /// Events a second; 0 for none.
    var ratePerSecond = 4.0
    /// When events are due.
    var arrivals = Arrivals.poisson
    /// The length of an event's JSON.
    var payloadBytes = 100
    /// How long a poll waits for an event.
    var hold = Duration.seconds(25)
    /// After how long a silence a stream says that it is still there; zero for never.
    var heartbeat = Duration.seconds(15)
    /// After how many bytes a stream ends and is asked for again; 0 for never. A mebibyte is what a
    /// page may keep of an answer that it can only read from the beginning.
    var responseLimitBytes = 1 << 20
    /// Events in one answer to a poll at most; 0 for all that are pending.
    var batchLimit = 0
    /// The lanes' round trip.
    var roundTripTime = Duration.zero
    /// By how much one crossing differs from its mean at most; never more than half a round trip.
    var jitter = Duration.zero
    /// The probability that a crossing loses a packet, and that it comes late therefore.
    var lossRate = 0.0

    /// How often a stream speaks in the lesson on peers that are half dead: so often that the class
    /// sees who is missed.
    static let halfDeadHeartbeat = Duration.seconds(2)

    /// The link of the lanes.
    var link: LinkProfile {
        LinkProfile(roundTripTime: roundTripTime, jitter: jitter, lossRate: lossRate)
    }

    /// What to publish from `start` on; nil for nothing.
    func plan(start: Instant, seed: UInt64) -> PublishPlan? {
        guard ratePerSecond > 0 else { return nil }
        return PublishPlan(
            content: .padded(payloadBytes), arrivals: arrivals, ratePerSecond: ratePerSecond,
            seed: seed, events: nil, start: start)
    }

    /// Whether the same events are due under `other`.
    func publishesLike(_ other: LabSettings) -> Bool {
        (ratePerSecond, arrivals, payloadBytes)
            == (other.ratePerSecond, other.arrivals, other.payloadBytes)
    }
}

extension LabSettings: Encodable {
    private enum CodingKeys: String, CodingKey {
        case rate
        case arrivals
        case payloadBytes = "payload_bytes"
        case hold = "hold_ms"
        case heartbeat = "heartbeat_ms"
        case responseLimitBytes = "response_limit_bytes"
        case batch
        case roundTrip = "rtt_ms"
        case jitter = "jitter_ms"
        case loss
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(ratePerSecond, forKey: .rate)
        try values.encode(arrivals, forKey: .arrivals)
        try values.encode(payloadBytes, forKey: .payloadBytes)
        try values.encode(hold.milliseconds, forKey: .hold)
        try values.encode(heartbeat.milliseconds, forKey: .heartbeat)
        try values.encode(responseLimitBytes, forKey: .responseLimitBytes)
        try values.encode(batchLimit, forKey: .batch)
        try values.encode(roundTripTime.milliseconds, forKey: .roundTrip)
        try values.encode(jitter.milliseconds, forKey: .jitter)
        try values.encode(lossRate, forKey: .loss)
    }

    /// Any of the settings, as a page posts them.
    struct Change: LabOrder {
        static let fields = [
            "rate", "arrivals", "payload_bytes", "hold_ms", "heartbeat_ms", "response_limit_bytes",
            "batch", "rtt_ms", "jitter_ms", "loss",
        ]

        let rate: Double?
        let arrivals: Arrivals?
        let payloadBytes: Int?
        let hold: Double?
        let heartbeat: Double?
        let responseLimitBytes: Int?
        let batch: Int?
        let roundTrip: Double?
        let jitter: Double?
        let loss: Double?

        private typealias CodingKeys = LabSettings.CodingKeys
    }
}

extension LabSettings {
    /// What may be set, each with its reason.
    private enum Limits {
        /// A thousand a second are more than a page can draw.
        /// And with one in two minutes a class goes home.
        static let rate = 0.01...1000
        /// Up to what a socket usually takes in one call.
        static let payload = EventPayload.smallestSize...64 << 10
        /// From what a timer can do to an hour.
        static let milliseconds = 10.0...3_600_000
        /// A stream that ended with every event would be a poll.
        static let responseLimit = 4096...1 << 30
        static let batch = 0...1000
        /// Farther than any satellite.
        static let roundTrip = 0.0...5000
        static let loss = 0.0...0.5
        /// Bytes of events a second: seven lanes get each of them.
        static let bytesPerSecond = 2 << 20
    }

    /// These settings with some of them changed.
    func with(_ change: Change) throws(LabRefusal) -> LabSettings {
        var settings = self
        settings.ratePerSecond = try Self.value(
            change.rate, "rate", Limits.rate, isOffAtZero: true, or: ratePerSecond)
        settings.payloadBytes = try Self.value(
            change.payloadBytes, "payload_bytes", Limits.payload, or: payloadBytes)
        settings.batchLimit = try Self.value(change.batch, "batch", Limits.batch, or: batchLimit)
        settings.lossRate = try Self.value(change.loss, "loss", Limits.loss, or: lossRate)
        settings.hold = try Self.duration(change.hold, "hold_ms", Limits.milliseconds, or: hold)
        settings.heartbeat = try Self.duration(
            change.heartbeat, "heartbeat_ms", Limits.milliseconds, isOffAtZero: true, or: heartbeat)
        settings.responseLimitBytes = try Self.value(
            change.responseLimitBytes, "response_limit_bytes", Limits.responseLimit,
            isOffAtZero: true, or: responseLimitBytes)
        settings.roundTripTime = try Self.duration(
            change.roundTrip, "rtt_ms", Limits.roundTrip, or: roundTripTime)
        let widest = settings.roundTripTime / 2
        settings.jitter = try Self.duration(
            change.jitter, "jitter_ms", 0...widest.milliseconds,
            // A shorter round trip takes its jitter with it.
            or: min(jitter, widest))
        if let arrivals = change.arrivals {
            guard arrivals != .saturate else {
                throw LabRefusal(
                    "\"arrivals\" is saturate, which a page cannot draw.",
                    remedy: "poisson or periodic; a burst saturates for a moment.")
            }
            settings.arrivals = arrivals
        }
        let bytes = settings.ratePerSecond * Double(settings.payloadBytes)
        guard bytes <= Double(Limits.bytesPerSecond) else {
            throw LabRefusal(
                """
                \(Units.text(ofRate: settings.ratePerSecond)) of \(settings.payloadBytes) bytes \
                are more than 2 MiB a second.
                """,
                remedy: "Lower the rate or the payload: every lane gets all of it.")
        }
        return settings
    }

    private static func value<Number: Comparable & Numeric>(
        _ asked: Number?, _ name: String, _ range: ClosedRange<Number>, isOffAtZero: Bool = false,
        or present: Number
    ) throws(LabRefusal) -> Number {
        guard let asked else { return present }
        guard range.contains(asked) || isOffAtZero && asked == 0 else {
            throw LabRefusal(
                "\"\(name)\" is \(text(asked)).",
                remedy: (isOffAtZero ? "0 for none, or from " : "From ")
                    + "\(text(range.lowerBound)) to \(text(range.upperBound)).")
        }
        return asked
    }

    private static func text(_ number: some Comparable) -> String {
        (number as? Double).map { NumberText.exact($0) } ?? "\(number)"
    }

    private static func duration(
        _ asked: Double?, _ name: String, _ range: ClosedRange<Double>, isOffAtZero: Bool = false,
        or present: Duration
    ) throws(LabRefusal) -> Duration {
        guard let asked else { return present }
        if isOffAtZero, asked == 0 { return .zero }
        let milliseconds = try value(asked, name, range, isOffAtZero: isOffAtZero, or: asked)
        return .nanoseconds(Int64((milliseconds * 1e6).rounded()))
    }
}

extension Duration {
    /// This duration in milliseconds, as a page has it.
    var milliseconds: Double { Double(nanoseconds) / 1e6 }
}
