import Link
import Reactor

/// A socket of the recorder's, with what it has not taken yet.
final class TracedSocket {
    private let socket: Socket
    private var pending: [UInt8] = []
    private var endsNext = false
    /// Whether somebody waits for it to take more.
    var isBlocked: Bool { !pending.isEmpty }
    var descriptor: Int32 { socket.descriptor }

    init(_ socket: consuming Socket) {
        self.socket = socket
    }

    var pendingError: SystemError? { socket.pendingError() }

    /// Sends `bytes` behind what waits.
    func send(_ bytes: [UInt8]) throws(SystemError) {
        pending += bytes
        try flush()
    }

    /// Ends this half of the connection once everything has left.
    func end() throws(SystemError) {
        endsNext = true
        try flush()
    }

    /// Sends what waits, as far as the kernel takes it.
    func flush() throws(SystemError) {
        while !pending.isEmpty {
            let waiting = pending
            let sent = try waiting.span.withUnsafeBytes { (raw) throws(SystemError) in
                try socket.send(raw)
            }
            guard let sent else { return }
            pending.removeFirst(sent)
        }
        if endsNext {
            endsNext = false
            socket.shutdownWriting()
        }
    }

    /// What has come: nil when nothing has, no bytes at the peer's end.
    func receive(into buffer: inout [UInt8]) throws(SystemError) -> ArraySlice<UInt8>? {
        var room = buffer.mutableSpan
        let count = try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try socket.receive(into: bytes)
        }
        return count.map { buffer[..<$0] }
    }
}

/// One connection of the client's, and what it is made of.
///
///     client ═══ the link ═══ door ── server
///
/// The client dials the recorder's door through the link, and the recorder passes what comes there on
/// to the server, on loopback and without a link: what is read at the door has crossed, and what the
/// server wrote begins to. So both ends of a crossing are seen by one clock, and the server is not
/// touched. Where there is no private network, the door delays what passes, and the client's own
/// connection stands for nothing.
final class TracedConnection {
    /// How far the client's end is.
    enum State {
        case connecting, opening, open, closed
    }

    /// Numbered in the order of opening.
    let number: Int
    let client: TracedSocket
    /// The link's end at the server, once the kernel has made the connection.
    var door: TracedSocket?
    var server: TracedSocket?
    /// The link, where nothing below makes it.
    var link: DelayedLink?
    var state = State.connecting
    /// When an opening handshake on a link of the door's is over.
    var opens = Instant.distantFuture
    let began: Instant
    var up = TracedStream()
    var down = TracedStream()

    init(number: Int, client: consuming Socket, link: DelayedLink?, began: Instant) {
        self.number = number
        self.client = TracedSocket(client)
        self.link = link
        self.began = began
    }
}

/// The bytes of one direction of a connection: which message each is part of.
struct TracedStream {
    /// Where each message ends, counted from the first byte, and its place in the exchange.
    private var ends: [(offset: Int, message: Int)] = []
    private var written = 0
    private var read = 0

    /// Adds a message's bytes at the end.
    mutating func write(_ count: Int, message: Int) {
        written += count
        ends.append((written, message))
    }

    /// The next bytes that were read, up to `count`: how many of them are the next message's, which
    /// one that is, and whether it is whole with them.
    mutating func read(_ count: Int) -> (count: Int, message: Int, isWhole: Bool)? {
        guard let next = ends.first else { return nil }
        let taken = min(next.offset - read, count)
        read += taken
        let isWhole = read == next.offset
        if isWhole { ends.removeFirst() }
        return (taken, next.message, isWhole)
    }
}
