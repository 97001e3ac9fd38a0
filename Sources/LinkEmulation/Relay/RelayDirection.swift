import Link

/// One direction of a relayed connection, without sockets and without a clock: bytes come in at a
/// moment, and it says which may go out by when.
///
/// ```text
///   put ──▶ waiting ──────────▶ line ─────────▶ output ──▶ sent
///           (handshake, cut)    (its time)      (what the far socket has not taken)
/// ```
///
/// Whatever is in it counts towards a bound, behind which the socket is not read any more: TCP's own
/// flow control then slows the sender, as a full path would.
struct RelayDirection: Sendable {
    /// How one side's speaking ends.
    enum End: Sendable {
        /// It has nothing more to say (FIN).
        case finished
        /// The connection is gone (RST).
        case reset
    }

    private struct Piece {
        let entered: Instant
        /// Empty for an end.
        let bytes: [UInt8]
    }

    /// What may be held beside what fills the link: as much as a kernel of this age gives one
    /// connection's sender and receiver together before they grow their buffers far.
    static let slackBytes = 1 << 20
    /// What fills a link may be no more than this: 16 MiB are 2.6 Gbit/s at 50 ms.
    private static let mostInFlightBytes = 16 << 20
    /// Pieces that may be held: with what each costs beside its bytes, two mebibytes, for a sender
    /// whose every byte comes by itself.
    private static let mostPieces = 1 << 14
    /// The payload of a full segment (see `DelayLine`).
    private static let segmentBytes = 1448

    private let way: LinkDirection.Way
    private var line: DelayLine
    /// What may not set out yet.
    private var waiting: [Piece] = []
    /// The ends that are on their way: a half-close, and perhaps a reset behind it.
    private var ends: [End] = []
    /// What has arrived; up to `sentBytes` of it has gone out.
    private var arrived: [UInt8] = []
    private var sentBytes = 0
    /// The end that has arrived, to be told when the output has gone out.
    private var arrivedEnd: End?
    /// The end that came in.
    private var enteredEnd: End?
    /// Bytes in `waiting` and `line`.
    private var underWayBytes = 0
    /// What may be held of this direction.
    private(set) var boundBytes: Int
    /// What a piece may be, so that a slow link lets bytes trickle rather than gush.
    private var pieceBytes: Int
    /// When the cable is plugged in; nothing goes out before.
    private var pluggedAt = Instant.distantPast
    /// When something may set out: not before the connection stands nor before the cable does.
    private(set) var openAt = Instant.distantFuture
    /// Whether the receiver does not read, and nothing is taken in for it either.
    var isFrozen = false

    init(_ profile: LinkProfile, _ way: LinkDirection.Way, seed: UInt64) {
        self.way = way
        line = DelayLine(profile, way, seed: seed)
        (boundBytes, pieceBytes) = Self.sizes(profile, way)
    }

    private static func sizes(
        _ profile: LinkProfile, _ way: LinkDirection.Way
    ) -> (bound: Int, piece: Int) {
        let bandwidth = way == .up ? profile.up : profile.down
        guard let bits = bandwidth.bitsPerSecond else { return (slackBytes, .max) }
        let inFlight = Double(bits) / 8 * profile.roundTripTime.seconds
        // About a millisecond of the line, in whole segments.
        let segments = Int(min(Double(bits) / 8 / 1000, 1e6)) / segmentBytes
        return (
            slackBytes + Int(min(inFlight, Double(mostInFlightBytes))),
            max(1, segments) * segmentBytes
        )
    }

    // Coming in.

    /// Bytes that are in it.
    var heldBytes: Int { underWayBytes + arrived.count - sentBytes }

    /// How many bytes it takes now; none when the socket is not to be read.
    var room: Int {
        guard enteredEnd == nil, !isFrozen, waiting.count + line.count < Self.mostPieces else {
            return 0
        }
        return max(0, boundBytes - heldBytes)
    }

    /// Whether the socket shall be read. One that is not, because there was no room, is read again
    /// when a quarter is free: not for every few bytes that leave.
    func takes(isReading: Bool) -> Bool {
        room > (isReading ? 0 : boundBytes / 4)
    }

    /// Takes bytes that were read at `now`.
    mutating func put(_ bytes: [UInt8], at now: Instant) {
        guard !bytes.isEmpty, enteredEnd == nil else { return }
        underWayBytes += bytes.count
        waiting.append(Piece(entered: now, bytes: bytes))
        depart(by: now)
    }

    /// Takes the end of what is said, or of the connection. After a reset nothing is taken.
    mutating func putEnd(_ end: End, at now: Instant) {
        guard enteredEnd == nil || (enteredEnd == .finished && end == .reset) else { return }
        enteredEnd = end
        ends.append(end)
        waiting.append(Piece(entered: now, bytes: []))
        depart(by: now)
    }

    /// Forgets everything, and takes nothing more: nobody is left to hear it.
    mutating func close() {
        waiting = []
        ends = []
        arrived = []
        sentBytes = 0
        underWayBytes = 0
        _ = line.recall()
        enteredEnd = .reset
        arrivedEnd = nil
    }

    // Under way.

    /// When a segment that opens a connection and goes in at `moment` arrives.
    mutating func open(at moment: Instant) -> Instant {
        line.open(at: moment)
    }

    /// Takes another link, and everything that has not arrived back to its beginning. It sets out
    /// anew by `open(from:pluggedAt:now:)`.
    mutating func restart(over profile: LinkProfile, seed: UInt64) {
        let recalled = line.recall().map { Piece(entered: $0.entered, bytes: $0.bytes) }
        waiting.insert(contentsOf: recalled, at: 0)
        line = DelayLine(profile, way, seed: seed)
        (boundBytes, pieceBytes) = Self.sizes(profile, way)
        openAt = .distantFuture
    }

    /// Lets pieces set out from `moment` on, and arrive while the cable is plugged in.
    mutating func open(from moment: Instant, pluggedAt: Instant, now: Instant) {
        openAt = max(moment, pluggedAt)
        self.pluggedAt = pluggedAt
        advance(to: now)
    }

    /// Puts on the line what may set out by `now`, each piece when it came or as soon as it could.
    private mutating func depart(by now: Instant) {
        guard openAt <= now else { return }
        for piece in waiting {
            let moment = max(piece.entered, openAt)
            if piece.bytes.isEmpty { line.putEnd(at: moment) }
            var start = 0
            while start < piece.bytes.count {
                let end =
                    piece.bytes.count - start > pieceBytes ? start + pieceBytes : piece.bytes.count
                let isWhole = start == 0 && end == piece.bytes.count
                line.put(isWhole ? piece.bytes : Array(piece.bytes[start..<end]), at: moment)
                start = end
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }

    /// Lets everything arrive that is due.
    mutating func advance(to now: Instant) {
        depart(by: now)
        while let bytes = line.take(by: now) {
            guard !bytes.isEmpty else {
                arrivedEnd = ends.isEmpty ? nil : ends.removeFirst()
                continue
            }
            underWayBytes -= bytes.count
            arrived += bytes
        }
    }

    /// When something changes by itself after `now`; never when nothing is on its way.
    func next(after now: Instant) -> Instant {
        var moment = line.next
        if !waiting.isEmpty { moment = min(moment, openAt) }
        if hasOutput, !isFrozen, pluggedAt > now { moment = min(moment, pluggedAt) }
        return moment
    }

    /// Whether the end came in, and nothing is left to go out.
    var isDone: Bool {
        enteredEnd != nil && ends.isEmpty && !hasOutput && arrivedEnd == nil
    }

    // Going out.

    private var hasOutput: Bool { sentBytes < arrived.count || arrivedEnd == .finished }

    /// What may go out at `now`.
    func output(at now: Instant) -> ArraySlice<UInt8> {
        pluggedAt <= now && !isFrozen ? arrived[sentBytes...] : []
    }

    /// Forgets output that has gone out.
    mutating func sent(_ count: Int) {
        sentBytes += count
        precondition(sentBytes <= arrived.count, "More went out than there was.")
        if sentBytes == arrived.count {
            arrived.removeAll(keepingCapacity: arrived.capacity <= 1 << 17)
            sentBytes = 0
        } else if sentBytes * 2 >= arrived.count {
            arrived.removeFirst(sentBytes)
            sentBytes = 0
        }
    }

    /// The end, once: a half-close when everything before it has gone out and the far socket can be
    /// told, a reset as soon as it arrives, because whoever is reset loses what it has not read.
    mutating func takeEnd(at now: Instant, canFinish: Bool) -> End? {
        guard let end = arrivedEnd else { return nil }
        if end == .finished {
            guard canFinish, pluggedAt <= now, !isFrozen, sentBytes == arrived.count else {
                return nil
            }
        }
        arrivedEnd = nil
        return end
    }
}
