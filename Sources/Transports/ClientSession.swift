import Link
import Wire

/// The client half of a technique: bytes in, events out, with no socket and no clock.
///
/// A session outlives its connections. It holds the cursor, so that whatever ends a connection, the
/// next one resumes where the last one stopped.
package protocol ClientSession: Sendable {
    /// When the session next wants to act of itself; `distantFuture` when it only waits for bytes.
    var deadline: Instant { get }

    /// The connection is open: writes what the client says first.
    mutating func connected(_ context: inout ClientContext)

    /// Takes what the server sent.
    ///
    /// - Throws: the rule that the server broke; the connection is of no use any more, but what was
    ///   written says so to the server, where the technique has a way to.
    mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep

    /// The deadline has passed: writes what was waiting for it.
    mutating func deadlineReached(_ context: inout ClientContext) -> ClientStep

    /// The server closed the connection.
    ///
    /// - Throws: `httpTruncated` or the like when it did so in the middle of something.
    mutating func peerClosed(_ context: inout ClientContext) throws(ProtocolError) -> ClientStep

    /// The client is leaving for good: writes what good manners ask for.
    mutating func leave(_ context: inout ClientContext)
}

extension ClientSession {
    package var deadline: Instant { .distantFuture }
    package mutating func deadlineReached(_ context: inout ClientContext) -> ClientStep { .carryOn }
    package mutating func leave(_ context: inout ClientContext) {}
}

/// What the driver of a session does next.
package enum ClientStep: Equatable, Sendable {
    /// Send what was written and go on.
    case carryOn
    /// This connection has served; open the next one at the given moment.
    case reconnect(at: Instant)
    /// The server asked not to come back.
    case finished
}

/// An event as a client got it.
package struct DeliveredEvent: Equatable, Sendable {
    /// The event's number.
    package let id: UInt64
    /// When it was due.
    package let intendedTime: Instant
}

/// What a session reads from and writes to while it handles one input: the moment, its output, what
/// arrived, and the ledger of both directions. One loop reuses one context for all its sessions.
package struct ClientContext: Sendable {
    /// The present moment.
    package var now = Instant(nanoseconds: 0)
    /// Bytes for the server.
    package var output = WireBuffer()
    /// Events that arrived, in order of arrival.
    package var events: [DeliveredEvent] = []
    /// Bytes that arrived, by class.
    package var received = ByteLedger()
    /// Events that the server announced as lost.
    package var announcedLost: UInt64 = 0
    /// Requests written.
    package var requests = 0
    /// Answers to polls read, and those among them that held no event.
    package var answers = 0
    package var emptyAnswers = 0
    /// The session's source of randomness: masking keys.
    package var random: SeededGenerator
    /// The workspace in which heads of answers are parsed.
    var parser = HTTPResponseParser()
    /// Payloads as they arrived, kept only when asked: tests compare them.
    package var payloads: [[UInt8]] = []
    private let keepsPayloads: Bool

    package init(seed: UInt64, keepingPayloads: Bool = false) {
        random = SeededGenerator(seed: seed)
        keepsPayloads = keepingPayloads
    }

    /// Takes the bytes of `range` as an event's payload, which took `wireBytes` if not their number.
    package mutating func deliver(
        _ bytes: Span<UInt8>, in range: Range<Int>, wireBytes: Int? = nil
    ) throws(ProtocolError) {
        let header = try EventPayload.header(of: bytes, in: range)
        events.append(DeliveredEvent(id: header.id, intendedTime: header.intendedTime))
        received[.payload] += wireBytes ?? range.count
        cursor = header.id
        if keepsPayloads { payloads.append(bytes.array(range)) }
    }

    /// Takes the bytes of `range` as an event or, where they are one, as a position notice, which took
    /// `wireBytes` if not their number.
    package mutating func deliverMessage(
        _ bytes: Span<UInt8>, in range: Range<Int>, wireBytes: Int? = nil
    ) throws(ProtocolError) {
        guard PositionNotice.begins(bytes, in: range) else {
            return try deliver(bytes, in: range, wireBytes: wireBytes)
        }
        let notice = try PositionNotice.read(bytes, in: range)
        received[.notice] += wireBytes ?? range.count
        notePosition(cursor: notice.cursor, lost: notice.lost)
    }

    /// Where the stream stands after this input: the last event's id or, when it came later, the
    /// cursor that the server told. Nil when neither came.
    package private(set) var cursor: UInt64?

    /// Notes where the server says the stream stands.
    package mutating func notePosition(cursor told: UInt64, lost: UInt64) {
        cursor = told
        // A server may announce any number, and as often as it likes.
        let (sum, overflow) = announcedLost.addingReportingOverflow(lost)
        announcedLost = overflow ? .max : sum
    }

    /// Forgets what the last input brought; ledgers and counts go on.
    package mutating func startInput(now moment: Instant) {
        now = moment
        events.removeAll(keepingCapacity: true)
        cursor = nil
        output.removeAll()
        if keepsPayloads { payloads.removeAll() }
    }
}

/// What all clients of a run have in common.
package struct ClientProfile: Sendable {
    /// Host and port, as the Host field says them.
    package var authority: String
    /// The field lines sent beside what a technique needs.
    package var headers: HeaderProfile
    /// Whether polls share a connection or open a new one each.
    package var keepsAlive: Bool
    /// Time between the requests of short polling.
    package var pollInterval: Duration
    /// Where a new client begins; nil asks for live events only.
    package var since: UInt64?
    /// Whether a WebSocket client offers permessage-deflate, if the program has it.
    package var deflates: Bool

    package init(
        authority: String, headers: HeaderProfile = .minimal, keepsAlive: Bool = true,
        pollInterval: Duration = .seconds(1), since: UInt64? = nil, deflates: Bool = false
    ) {
        self.deflates = deflates
        self.authority = authority
        self.headers = headers
        self.keepsAlive = keepsAlive
        self.pollInterval = pollInterval
        self.since = since
    }
}
