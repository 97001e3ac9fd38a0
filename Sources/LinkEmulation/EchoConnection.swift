import Glibc
import Link
import Reactor

/// One connection over a link whose far end sends everything back: how long a round trip really
/// takes, and whether bytes arrive as they left.
///
/// Both ends wait in epoll, as the lab server and the load generator do, so that what their waking
/// up takes is in the round trip.
package struct EchoConnection: ~Copyable {
    private let socket: Socket
    private var poller: Poller
    private let server: ThreadGroup<Bool>
    private var buffer = [UInt8](repeating: 0, count: bufferBytes)

    /// What one read takes at most: a receive window of the first round trips.
    private static let bufferBytes = 65_536

    /// How long connecting took.
    package let connectTime: Duration

    /// Starts the far end and connects to it; throws ETIMEDOUT when `deadline` comes first. The far
    /// end ends by then, too, however the connection fares.
    package static func open(
        over link: EmulatedLink, until deadline: Instant
    ) throws(SystemError) -> EchoConnection {
        let listener = try Socket.listen(
            on: link.serverAddress, backlog: 1, sharingPort: false)
        let address = link.clientAddress(of: listener.localAddress)
        let descriptor = listener.release()
        let server = ThreadGroup<Bool>()
        do throws(SystemError) {
            try server.start(name: "echo") {
                (try? serve(Socket(adopting: descriptor), until: deadline)) != nil
            }
        } catch {
            _ = Socket(adopting: descriptor)
            throw error
        }
        var poller = try Poller(capacity: 1)
        let start = MonotonicClock.now()
        let socket = try Socket.connect(to: address)
        try poller.add(socket.descriptor, .writable, token: 0)
        try wait(&poller, until: deadline, for: "connect \(address)")
        if let error = socket.pendingError() { throw error }
        return EchoConnection(
            socket: socket, poller: poller, server: server,
            connectTime: MonotonicClock.now() - start)
    }

    private init(
        socket: consuming Socket, poller: consuming Poller, server: ThreadGroup<Bool>,
        connectTime: Duration
    ) {
        self.socket = socket
        self.poller = poller
        self.server = server
        self.connectTime = connectTime
    }

    /// Ends the connection, and waits for the far end to have noticed.
    package consuming func close() {
        let server = server
        socket.shutdownWriting()
        _ = server.joinAll()
    }

    /// Sends `bytes` and hands back as many as came; throws ETIMEDOUT when `deadline` came before
    /// all of them.
    package mutating func echo(
        _ bytes: [UInt8], until deadline: Instant
    ) throws(SystemError) -> [UInt8] {
        var received: [UInt8] = []
        received.reserveCapacity(bytes.count)
        var sent = 0
        while received.count < bytes.count {
            sent += try Self.send(bytes, from: sent, on: socket)
            let interest: Interest = sent < bytes.count ? [.readable, .writable] : .readable
            poller.modify(socket.descriptor, interest, token: 0)
            try Self.wait(&poller, until: deadline, for: "echo")
            guard poller[0].readiness.readable else { continue }
            guard try Self.receive(into: &received, by: &buffer, from: socket) else {
                throw SystemError(call: "echo", code: ECONNRESET)
            }
        }
        return received
    }

    // The far end.

    /// Accepts one connection and sends back what comes, until the peer's end or the deadline.
    private static func serve(
        _ listener: consuming Socket, until deadline: Instant
    ) throws(SystemError) {
        var poller = try Poller(capacity: 1)
        try poller.add(listener.descriptor, .readable, token: 0)
        try wait(&poller, until: deadline, for: "accept")
        guard let socket = try listener.accept() else { return }
        poller.remove(listener.descriptor)
        try poller.add(socket.descriptor, .readable, token: 0)
        var waiting: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: bufferBytes)
        while true {
            try wait(&poller, until: deadline, for: "echo")
            if poller[0].readiness.readable || poller[0].readiness.hungUp {
                guard try receive(into: &waiting, by: &buffer, from: socket) else { return }
            }
            waiting.removeFirst(try send(waiting, from: 0, on: socket))
            poller.modify(
                socket.descriptor, waiting.isEmpty ? .readable : [.readable, .writable], token: 0)
        }
    }

    // Both ends.

    private static func wait(
        _ poller: inout Poller, until deadline: Instant, for call: String
    ) throws(SystemError) {
        while try poller.wait(until: deadline) == 0 {
            guard MonotonicClock.now() < deadline else {
                throw SystemError(call: call, code: ETIMEDOUT)
            }
        }
    }

    /// Sends what the kernel takes of `bytes` from an offset on.
    private static func send(
        _ bytes: [UInt8], from offset: Int, on socket: borrowing Socket
    ) throws(SystemError) -> Int {
        guard offset < bytes.count else { return 0 }
        let descriptor = socket.descriptor
        return try bytes.span.withUnsafeBytes { (raw) throws(SystemError) in
            try Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: raw[offset...]))
        } ?? 0
    }

    /// Adds what has come to `bytes`, by way of `buffer`; false when the peer has ended.
    private static func receive(
        into bytes: inout [UInt8], by buffer: inout [UInt8], from socket: borrowing Socket
    ) throws(SystemError) -> Bool {
        let descriptor = socket.descriptor
        var span = buffer.mutableSpan
        let received = try span.withUnsafeMutableBytes { (raw) throws(SystemError) in
            try Socket.receive(descriptor, into: raw)
        }
        bytes += buffer[..<(received ?? 0)]
        return received != 0
    }
}
