import Link
import Transports
import Wire

/// What a server hosts beside the techniques: pages, orders, and whoever listens under a name.
///
/// A value with no socket and no clock. All calls come on the thread of the loop that owns it, one
/// after the other; what it wants done it says to `host`, which does it when the call is over.
package protocol HostedApplication: Sendable {
    /// Whether it is shown every message of the connections that name a session.
    var observes: Bool { get }

    /// When `advance` is to be called; `distantFuture` for never.
    var deadline: Instant { get }

    /// Answers a request that is no technique's; nil when there is no such page.
    mutating func answer(_ request: PlainRequest, _ host: inout ApplicationHost) -> HostedAnswer?

    /// Takes a message that a subscriber sent on its open stream, and says what it is told in return.
    mutating func hear(
        _ message: InboundMessage, of session: String, _ host: inout ApplicationHost
    ) -> [UInt8]?

    /// Somebody has begun to listen under this name: a stream is open, or a poll was asked.
    mutating func began(_ listening: Listening, _ host: inout ApplicationHost)

    /// It listens no more: the stream is over, or the poll was answered.
    mutating func ended(_ listening: Listening, _ host: inout ApplicationHost)

    /// The moment of `deadline` has come.
    mutating func advance(_ host: inout ApplicationHost)

    /// A connection that names a session carried this.
    mutating func observe(_ message: ObservedMessage)

    /// A connection that named a session is gone.
    mutating func lost(session: String, technique: String, _ reason: DisconnectReason, at: Instant)

    /// What waits to be acknowledged for each session that is connected, a row a connection, five
    /// times a second at most.
    mutating func held(_ backlogs: [(session: String, bytes: Int)])
}

extension HostedApplication {
    package var observes: Bool { false }
    package var deadline: Instant { .distantFuture }
    package mutating func hear(
        _ message: InboundMessage, of session: String, _ host: inout ApplicationHost
    ) -> [UInt8]? { nil }
    package mutating func began(_ listening: Listening, _ host: inout ApplicationHost) {}
    package mutating func ended(_ listening: Listening, _ host: inout ApplicationHost) {}
    package mutating func advance(_ host: inout ApplicationHost) {}
    package mutating func observe(_ message: ObservedMessage) {}
    package mutating func lost(
        session: String, technique: String, _ reason: DisconnectReason, at: Instant
    ) {}
    package mutating func held(_ backlogs: [(session: String, bytes: Int)]) {}
}

/// Somebody who listens under a name.
package struct Listening: Hashable, Sendable {
    /// The name, as `session=NAME` said it.
    package let session: String
    /// The id of the technique.
    package let technique: String
    /// The connection, as long as it lives.
    package let connection: UInt64

    package init(session: String, technique: String, connection: UInt64) {
        self.session = session
        self.technique = technique
        self.connection = connection
    }
}

/// The answer to a request that is no technique's.
package struct HostedAnswer: Sendable {
    /// The status code.
    package var status: Int
    /// The Content-Type.
    package var contentType: String
    /// Further field lines, each with its CR LF.
    package var fields: String
    /// The content.
    package var body: [UInt8]

    package init(status: Int = 200, contentType: String, fields: String = "", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }
}

/// What an application knows of its server during a call, and what it asks of it.
package struct ApplicationHost: Sendable {
    /// What an application can have done.
    enum Order: Sendable {
        case publish([UInt8])
        case burst(count: Int, payloadBytes: Int)
        case schedule(PublishPlan?)
        case hold(Duration)
        case batchLimit(Int)
        case heartbeat(Duration)
        case responseLimit(Int)
    }

    /// The present moment.
    package let now: Instant
    /// The id of the newest event, with those that this call has published.
    package private(set) var newest: UInt64
    /// The id of the oldest event that is retained.
    package let oldest: UInt64
    private(set) var orders: [Order] = []

    /// A host, for a test of an application.
    package init(now: Instant, newest: UInt64 = 0, oldest: UInt64 = 1) {
        self.now = now
        self.newest = newest
        self.oldest = oldest
    }

    /// Publishes an event with `data`, one line of JSON, and returns its id.
    @discardableResult
    package mutating func publish(_ data: [UInt8]) -> UInt64 {
        orders.append(.publish(data))
        newest += 1
        return newest
    }

    /// Publishes `count` events of `payloadBytes` at once.
    package mutating func publishBurst(of count: Int, payloadBytes: Int) {
        orders.append(.burst(count: count, payloadBytes: payloadBytes))
        newest += UInt64(count)
    }

    /// Publishes on this schedule from now on instead of the one before; nil for none.
    package mutating func follow(_ plan: PublishPlan?) {
        orders.append(.schedule(plan))
    }

    /// Sets how long a poll waits for an event; those that wait already keep theirs.
    package mutating func setHold(_ hold: Duration) {
        orders.append(.hold(hold))
    }

    /// Sets how many events an answer to a poll has at most; 0 for all that are pending.
    package mutating func setBatchLimit(_ limit: Int) {
        orders.append(.batchLimit(limit))
    }

    /// Sets after how long a silence a stream says that it is still there; 0 for never.
    package mutating func setHeartbeat(_ heartbeat: Duration) {
        orders.append(.heartbeat(heartbeat))
    }

    /// Sets after how many bytes a stream ends and is asked for again; 0 for never. Streams that are
    /// open keep theirs.
    package mutating func setResponseLimit(_ bytes: Int) {
        orders.append(.responseLimit(bytes))
    }

    /// What was published by this call, for a test of an application.
    package var published: [[UInt8]] {
        orders.compactMap { order in
            if case .publish(let data) = order { data } else { nil }
        }
    }
}

/// A message of a connection that names a session, as the server saw it.
package struct ObservedMessage: Sendable {
    /// Whose connection it is.
    package let session: String
    /// The id of the technique.
    package let technique: String
    /// The connection, as long as it lives.
    package let connection: UInt64
    /// Towards the server, or from it.
    package let way: LinkDirection.Way
    /// When the server read it, or handed it to the kernel.
    package let at: Instant
    /// What it says.
    package let bytes: [UInt8]
    /// What its bytes are for.
    package let runs: [ByteRun]
    /// The events in it, nil when there are none.
    package let events: ClosedRange<UInt64>?

    package init(
        session: String, technique: String, connection: UInt64, way: LinkDirection.Way,
        at: Instant, bytes: [UInt8], runs: [ByteRun], events: ClosedRange<UInt64>?
    ) {
        self.session = session
        self.technique = technique
        self.connection = connection
        self.way = way
        self.at = at
        self.bytes = bytes
        self.runs = runs
        self.events = events
    }
}
