/// One direction of an emulated link above TCP, with what is on its way: what delays in the clients
/// (tier 2 of link emulation) and in the relay for browsers.
///
/// The layer stands above TCP, between whoever speaks and its socket. It knows when bytes were written
/// and when they shall arrive, and nothing of segments: laws of requests and answers hold on it, and
/// what TCP does by itself (slow start, Nagle's algorithm, its way with losses) does not show.
package struct DelayLine: Sendable {
    private struct Piece {
        let entered: Instant
        let arrival: Instant
        /// Empty for the end of the connection.
        let bytes: [UInt8]
    }

    /// The payload of a full segment with timestamps on Ethernet, and its headers of TCP and IP: what
    /// bandwidth and loss are reckoned by.
    private static let segmentBytes = 1448
    private static let headerBytes = 52
    /// How long Linux waits before it repeats a SYN (RFC 6298 §2.1), and what it adds to the round
    /// trip before it repeats anything else (TCP_RTO_MIN).
    private static let openingTimeout = Duration.seconds(1)
    private static let smallestTimeout = Duration.milliseconds(200)

    private var direction: LinkDirection
    private let retransmissionTimeout: Duration
    /// Pieces before `first` have arrived.
    private var pieces: [Piece] = []
    private var first = 0
    /// The latest moment at which something was given: moments do not go backwards.
    private var latest = Instant.distantPast

    /// A line with nothing on it; the two directions of one seed draw differently.
    package init(_ profile: LinkProfile, _ way: LinkDirection.Way, seed: UInt64) {
        direction = LinkDirection(profile, way, seed: seed)
        retransmissionTimeout = profile.roundTripTime + Self.smallestTimeout
    }

    /// When the next piece arrives; never when nothing is on its way.
    package var next: Instant {
        first < pieces.count ? pieces[first].arrival : .distantFuture
    }

    /// How many pieces are on their way, the end being one.
    package var count: Int { pieces.count - first }

    /// Takes bytes that are written, or read from the socket, at `now`.
    package mutating func put(_ bytes: [UInt8], at now: Instant) {
        var arrival = latest
        var rest = bytes.count
        while rest > 0 {
            let segment = min(rest, Self.segmentBytes)
            arrival = cross(segment + Self.headerBytes, now, timeout: retransmissionTimeout)
            rest -= segment
        }
        guard !bytes.isEmpty else { return }
        pieces.append(Piece(entered: latest, arrival: arrival, bytes: bytes))
    }

    /// Takes the end of the connection.
    package mutating func putEnd(at now: Instant) {
        let arrival = cross(Self.headerBytes, now, timeout: retransmissionTimeout)
        pieces.append(Piece(entered: latest, arrival: arrival, bytes: []))
    }

    /// When a segment that opens a connection, and carries nothing, arrives.
    package mutating func open(at now: Instant) -> Instant {
        cross(Self.headerBytes + 8, now, timeout: Self.openingTimeout)
    }

    /// The next piece that has arrived by `now`, the end being no bytes; nil when none has.
    package mutating func take(by now: Instant) -> [UInt8]? {
        guard next <= now, first < pieces.count else { return nil }
        let bytes = pieces[first].bytes
        first += 1
        if first == pieces.count {
            pieces.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 64, first * 2 >= pieces.count {
            pieces.removeFirst(first)
            first = 0
        }
        return bytes
    }

    /// Takes back everything that is on its way.
    package mutating func clear() -> [UInt8] {
        let bytes = pieces[first...].flatMap(\.bytes)
        pieces = []
        first = 0
        return bytes
    }

    /// Takes back every piece that is on its way, with the moment at which it went in; the end is
    /// one of no bytes. For a line that is cut, or replaced by another.
    package mutating func recall() -> [(entered: Instant, bytes: [UInt8])] {
        let recalled = pieces[first...].map { (entered: $0.entered, bytes: $0.bytes) }
        pieces = []
        first = 0
        return recalled
    }

    private mutating func cross(
        _ bytes: Int, _ now: Instant, timeout: Duration
    ) -> Instant {
        latest = max(latest, now)
        return direction.arrival(of: bytes, at: latest, retransmissionTimeout: timeout)
    }
}

/// Both directions of one client's emulated link above TCP. It is the client's own, as a line to a
/// house is: clients do not share its bandwidth, and its connections follow each other on it.
package struct DelayedLink: Sendable {
    /// What is on its way to the server.
    package var up: DelayLine
    /// What is on its way to the client.
    package var down: DelayLine
    /// The moment of the one timer that is armed for the link.
    package var timer = Instant.distantFuture
    /// Whether the server's end was read from the socket, which is not watched any more then.
    package var hasReadEnd = false

    /// A link with nothing on it.
    package init(_ profile: LinkProfile, seed: UInt64) {
        up = DelayLine(profile, .up, seed: seed)
        down = DelayLine(profile, .down, seed: seed)
    }

    /// When the next piece arrives at either end.
    package var next: Instant { min(up.next, down.next) }

    /// Whether nothing is on its way.
    package var isIdle: Bool { next == .distantFuture }

    /// When a connection that is asked for at `now` stands: one crossing there, one back.
    package mutating func open(at now: Instant) -> Instant {
        down.open(at: up.open(at: now))
    }
}
