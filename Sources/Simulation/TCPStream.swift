import Link

/// One direction of a TCP connection in virtual time: what one end writes, the other end reads, in
/// order and nothing missing, at the moments at which the link and TCP's own rules let it arrive.
///
/// What of TCP is modelled, because it shows in what these techniques measure:
///
/// - **Segments** of 1,448 bytes at most, each with 52 bytes of headers on the line, one after the
///   other through the link's bandwidth.
/// - **Order.** What arrives behind a lost segment waits for it.
/// - **Loss as delay.** A lost segment is sent again when one that left after it has been
///   acknowledged, plus a quarter of a round trip in case the network only reordered them (RACK,
///   RFC 8985 §6.2): a stream is repaired by what follows. With nothing behind it, it waits for the
///   retransmission timer, which in Linux is the round trip and 200 ms (TCP_RTO_MIN), and doubles:
///   a poll is repaired by nothing else.
/// - **Nagle's algorithm**, when asked for: a segment that is not full waits while another such one
///   is unacknowledged (RFC 896, in Minshall's form, which is Linux's).
///
/// What is not: the congestion window (its effect begins at 14 kB and at more than ten messages a
/// round trip), and the loss of acknowledgements, which those that follow would repeat.
struct TCPStream {
    /// 1,500 bytes of Ethernet, less 20 for IP, 20 for TCP and 12 for TCP's timestamps.
    static let segmentBytes = 1448
    /// What a segment carries beside its content.
    static let headerBytes = 52
    /// TCP_RTO_MIN of Linux.
    private static let shortestTimeout = Duration.milliseconds(200)

    /// What the stream must be told later.
    enum Alarm {
        /// A segment reaches the far end.
        case arrival(segment: Int)
        /// A lost segment is sent again, unless it was in the meantime.
        case retransmission(segment: Int)
    }

    /// What a call had for consequences.
    struct Consequences {
        /// What the stream must be told, and when.
        var alarms: [(time: Instant, alarm: Alarm)] = []
        /// Messages whose last byte was sent just now.
        var sentMessages: [Int] = []
    }

    /// What the far end may read.
    struct Reading {
        var bytes: [UInt8] = []
        /// Whether the sender has closed its half behind these bytes.
        var isEnd = false
        /// Messages of which the last byte is among these.
        var messages: [Int] = []
        /// What the sender says it has received of the other direction.
        var acknowledges = 0
    }

    private struct Segment {
        let bytes: ArraySlice<UInt8>
        let isEnd: Bool
        let messages: [Int]
        let acknowledges: Int
        /// When it arrives; nil while it is lost.
        var arrival: Instant?
        /// When it is sent again if nothing happens before.
        var resendAt = Instant.distantFuture
        var attempts = 0
    }

    private let roundTripTime: Duration
    private let usesNagle: Bool
    private var link: LinkDirection

    /// Segments that were sent and not read yet; the first is number `firstNumber`.
    private var segments: [Segment] = []
    private var firstNumber = 0
    /// What was written and waits to be sent.
    private var unsent: [UInt8] = []
    /// Messages that end within `unsent`, each at an offset.
    private var boundaries: [(offset: Int, message: Int)] = []
    private var endIsUnsent = false
    private var hasEnded = false
    /// The last segment that was not full, and how many segments the far end is known to have.
    private var lastSmall = -1
    private var acknowledged = 0

    init(_ profile: LinkProfile, _ way: LinkDirection.Way, usesNagle: Bool, seed: UInt64) {
        roundTripTime = profile.roundTripTime
        self.usesNagle = usesNagle
        link = LinkDirection(profile, way, seed: seed)
    }

    /// The number of segments that the far end has read.
    var segmentsRead: Int { firstNumber }

    // MARK: - The sender

    /// Sends a packet outside the stream, as those that open a connection are; nil when it is lost.
    mutating func arrivalOfControl(bytes: Int, at now: Instant) -> Instant? {
        link.arrival(of: bytes, at: now)
    }

    /// Writes `bytes`, the whole of a message; `push` sends them.
    mutating func write(_ bytes: [UInt8], message: Int?) {
        guard !hasEnded else { return }
        unsent += bytes
        if let message { boundaries.append((unsent.count, message)) }
    }

    /// Sends what TCP's rules allow. `acknowledges` is what this end has read of the other direction.
    mutating func push(at now: Instant, acknowledges: Int, _ consequences: inout Consequences) {
        while !unsent.isEmpty {
            let count = min(unsent.count, Self.segmentBytes)
            let isSmall = count < Self.segmentBytes
            // The end of the connection flushes what waits.
            if isSmall, usesNagle, !endIsUnsent, lastSmall >= acknowledged { return }
            let carriesEnd = endIsUnsent && count == unsent.count
            if isSmall { lastSmall = firstNumber + segments.count }
            let messages = boundaries.filter { $0.offset <= count }.map(\.message)
            boundaries = boundaries.dropFirst(messages.count).map {
                ($0.offset - count, $0.message)
            }
            segments.append(
                Segment(
                    bytes: unsent[..<count], isEnd: carriesEnd, messages: messages,
                    acknowledges: acknowledges))
            unsent = count == unsent.count ? [] : Array(unsent[count...])
            if carriesEnd { endIsUnsent = false }
            transmit(segments.count - 1, at: now, &consequences)
            consequences.sentMessages += messages
        }
        guard endIsUnsent else { return }
        endIsUnsent = false
        segments.append(Segment(bytes: [], isEnd: true, messages: [], acknowledges: acknowledges))
        transmit(segments.count - 1, at: now, &consequences)
    }

    /// Closes this half: what waits is sent, and the end behind it.
    mutating func end(at now: Instant, acknowledges: Int, _ consequences: inout Consequences) {
        guard !hasEnded else { return }
        hasEnded = true
        endIsUnsent = true
        push(at: now, acknowledges: acknowledges, &consequences)
    }

    /// The far end has told that it has read so many segments.
    mutating func acknowledge(_ count: Int) {
        acknowledged = max(acknowledged, count)
    }

    private mutating func transmit(
        _ index: Int, at now: Instant, _ consequences: inout Consequences
    ) {
        let number = firstNumber + index
        segments[index].attempts += 1
        let size = segments[index].bytes.count + Self.headerBytes
        if let arrival = link.arrival(of: size, at: now) {
            segments[index].arrival = arrival
            segments[index].resendAt = .distantFuture
            consequences.alarms.append((arrival, .arrival(segment: number)))
        } else {
            let backoff = 1 << min(segments[index].attempts - 1, 6)
            resend(
                index, at: now + (roundTripTime + Self.shortestTimeout) * backoff, &consequences)
        }
    }

    private mutating func resend(
        _ index: Int, at moment: Instant, _ consequences: inout Consequences
    ) {
        segments[index].resendAt = moment
        consequences.alarms.append((moment, .retransmission(segment: firstNumber + index)))
    }

    /// The moment of a retransmission has come.
    mutating func retransmit(
        _ number: Int, at now: Instant, _ consequences: inout Consequences
    ) {
        let index = number - firstNumber
        guard segments.indices.contains(index), segments[index].arrival == nil,
            segments[index].resendAt == now
        else { return }
        transmit(index, at: now, &consequences)
    }

    // MARK: - The far end

    /// A segment has reached the far end: what may be read now, if anything may.
    mutating func arrive(
        _ number: Int, at now: Instant, _ consequences: inout Consequences
    ) -> Reading? {
        // What was lost before it is now known to be: the news travels back, and a quarter of a
        // round trip is left for segments that were only late.
        let repair = now + roundTripTime / 2 + roundTripTime / 4
        for index in 0..<max(number - firstNumber, 0)
        where segments[index].arrival == nil && segments[index].resendAt > repair {
            resend(index, at: repair, &consequences)
        }
        var reading = Reading()
        var count = 0
        for segment in segments {
            guard let arrival = segment.arrival, arrival <= now else { break }
            reading.bytes += segment.bytes
            reading.isEnd = segment.isEnd
            reading.messages += segment.messages
            reading.acknowledges = max(reading.acknowledges, segment.acknowledges)
            count += 1
        }
        guard count > 0 else { return nil }
        segments.removeFirst(count)
        firstNumber += count
        return reading
    }
}
