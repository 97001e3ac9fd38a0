import Link
import Measurement
import Reactor
import Transports
import Wire

/// How a plain question was answered.
enum PlainAnswer: Hashable, Sendable {
    /// With this status, by whoever calls himself so; `arrived` says whether the question came to the
    /// server's place.
    case status(Int, arrived: Bool, server: String?)
    /// Not at all, within the time for it.
    case silence(arrived: Bool)
    /// By the end of the connection.
    case cut(arrived: Bool)
    /// With something that is not HTTP.
    case broke(String)
    /// There was no connection to ask on.
    case unreachable(SystemError)
}

/// What became of the Host field and of a page's question.
struct HostObservation: Hashable, Sendable {
    /// What the client said.
    let asked: String
    /// What arrived; nil when nothing did, or no such field.
    let arrived: String?
    /// How a page of the proxy's own origin was answered.
    let answer: PlainAnswer
}

/// What became of a technique's client.
struct TechniqueObservation: Sendable {
    /// What kept it from working at all.
    enum Failure: Hashable, Sendable {
        /// There was no connection to ask on.
        case unreachable(SystemError)
        /// Its request was answered with a status that it has no use for.
        case status(Int)
        /// The answer broke a rule.
        case broke(ProtocolError)
        /// The connection ended.
        case ended
        /// Nothing came.
        case silent
    }

    /// Events that were kept back.
    struct Held: Hashable, Sendable {
        /// Bytes that had left the server and not arrived, at most.
        var bytes: Int
        /// Whether they came in the end.
        var wasReleased: Bool
    }

    /// The technique.
    let transport: Transport
    /// What kept it from working.
    var failure: Failure?
    /// Events published one by one, and those of them that came before the next one was.
    var published = 0
    var delivered = 0
    /// How long the slowest of these took, in nanoseconds.
    var slowest: Int64 = 0
    /// What was kept back; nil when nothing was.
    var held: Held?
    /// Whether it was told what it had missed when it resumed.
    var isResumed = false
    /// The content coding that the proxy put on it, when the client said that it knows some; and
    /// whether what was so coded came at once all the same.
    var encoding: String?
    var isFlushed = true
    /// How the content of its answers ends.
    var framing: HTTPBodyFraming?
    /// Events published at once, and the chunks that they came in; 0 where that was not looked at.
    var burst = 0
    var burstChunks = 0
    /// Requests that it asked, and connections that it took, before the proxy and behind it.
    var requests = 0
    var connections = 0
    var serverConnections = 0
    /// Its first request as it arrived; nil when none did.
    var arrived: SeenRequest?
    /// Where the client said that it stood, for that request.
    var cursor: UInt64 = 0

    /// Whether it is a stream, as opposed to polls.
    var isStream: Bool { transport.server.stream != nil }
    /// Whether events come through as they are published.
    var works: Bool {
        failure == nil && held == nil && published > 0 && delivered == published
    }
}

/// What became of a connection on which nothing was said.
struct SilenceObservation: Sendable {
    /// The technique.
    let transport: Transport
    /// How long it was kept silent.
    let idle: Duration
    /// When its connection ended before that; nil when it stood.
    var cutAfter: Duration?
    /// The status that ended it; nil when it ended without one.
    var status: Int?
    /// Whether the event after the silence came.
    var cameAfter = false
}

/// What the proxy adds to the latency of an event, in nanoseconds.
struct LatencyObservation: Sendable {
    /// The technique that it was measured with.
    let transport: Transport
    /// Latencies past the proxy and through it, in alternating series.
    var direct: [Int64] = []
    var through: [Int64] = []
    /// The way to the proxy and back, as the kernel smoothed it.
    var roundTrip: Int64?
}

/// Everything that was seen.
struct ProxyObservations: Sendable {
    /// How the first question was answered; nothing else was looked at when that says it cannot be.
    let reach: PlainAnswer
    /// The rest, in the order of looking.
    var host: HostObservation?
    var techniques: [TechniqueObservation] = []
    var post: PlainAnswer?
    var silences: [SilenceObservation] = []
    var latency: LatencyObservation?

    /// Whether the first question came to the server's place, so that there is more to look at.
    var isReached: Bool {
        if case .status(_, arrived: true, _) = reach { true } else { false }
    }
}
