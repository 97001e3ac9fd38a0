import Link
import LoadGen
import Measurement
import Reactor
import Transports
import Wire

/// One connection of the conformance suite: a session over a socket, until the server has ended it.
struct AutobahnConnection: ~Copyable {
    /// The longest that Autobahn gives a case is eight minutes.
    private static let patience = Duration.seconds(500)
    /// How long a server may take to end a connection that is over (RFC 6455 §7.1.1).
    private static let farewell = Duration.seconds(2)

    /// The conversation.
    private(set) var session: WebSocketEchoClient
    private let socket: Socket
    private var poller: Poller
    private var context = ClientContext(seed: 1)
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    /// Output that the socket has not taken.
    private var output: [UInt8] = []
    private var isOver = false

    /// Connects to `address`.
    static func open(
        _ address: SocketAddress, for session: WebSocketEchoClient
    ) throws -> AutobahnConnection {
        let socket = try Socket.connect(to: address)
        var poller = try Poller(capacity: 1)
        try poller.add(socket.descriptor, .writable, token: 0)
        guard try poller.wait(until: MonotonicClock.now() + .seconds(10)) == 1 else {
            throw LoadError("\(address) does not take connections")
        }
        if let error = socket.pendingError() { throw error }
        return AutobahnConnection(session: session, socket: socket, poller: poller)
    }

    private init(
        session: WebSocketEchoClient, socket: consuming Socket, poller: consuming Poller
    ) {
        self.session = session
        self.socket = socket
        self.poller = poller
    }

    /// Holds the conversation to its end. What the server does wrong ends it and is no error: the
    /// server wants to see how.
    mutating func run() throws {
        var deadline = MonotonicClock.now() + Self.patience
        context.startInput(now: MonotonicClock.now())
        session.connected(&context)
        output += context.output.bytes
        do throws(SystemError) {
            while true {
                try sendOutput()
                let interest: Interest =
                    output.isEmpty ? .readable : isOver ? [.readable, .writable] : .writable
                poller.modify(socket.descriptor, interest, token: 0)
                guard try poller.wait(until: deadline) > 0 else { return }
                let readiness = poller[0].readiness
                guard readiness.readable || readiness.hungUp || readiness.failed else { continue }
                guard let count = try fillBuffer() else { continue }
                guard count > 0 else { return }
                guard !isOver else { continue }
                hear(count)
                guard isOver else { continue }
                deadline = MonotonicClock.now() + Self.farewell
            }
        } catch {
            guard error.isConnectionLoss else { throw error }
        }
    }

    private mutating func hear(_ count: Int) {
        context.startInput(now: MonotonicClock.now())
        let bytes = buffer
        do throws(ProtocolError) {
            isOver = try session.receive(bytes.span.extracting(0..<count), &context) != .carryOn
        } catch {
            isOver = true
        }
        output += context.output.bytes
    }

    private mutating func sendOutput() throws(SystemError) {
        guard !output.isEmpty else { return }
        let descriptor = socket.descriptor
        let sent = try output.span.withUnsafeBytes { (raw) throws(SystemError) in
            try Socket.send(descriptor, raw)
        }
        output.removeFirst(sent ?? 0)
    }

    private mutating func fillBuffer() throws(SystemError) -> Int? {
        let descriptor = socket.descriptor
        var room = buffer.mutableSpan
        return try room.withUnsafeMutableBytes { (raw) throws(SystemError) in
            try Socket.receive(descriptor, into: raw)
        }
    }
}
