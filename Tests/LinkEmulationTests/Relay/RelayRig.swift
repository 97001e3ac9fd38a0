import Glibc
import Link
import LinkEmulation
import Reactor

/// One end of a connection through a relay, which the test drives by itself.
final class RelayEnd {
    enum State: Hashable {
        case open, finished, reset
    }

    fileprivate(set) var received: [UInt8] = []
    /// When the last bytes or the end came.
    fileprivate(set) var heardAt = Instant.distantPast
    fileprivate(set) var state = State.open
    /// Whether the kernel ever took less than it was given.
    fileprivate(set) var wasBlocked = false
    fileprivate var outgoing: ArraySlice<UInt8> = []
    fileprivate var socket: Socket?
    fileprivate var finishes = false

    /// Nil once it was reset from here.
    fileprivate var descriptor: Int32?

    init(_ socket: consuming Socket) {
        descriptor = socket.descriptor
        self.socket = .some(socket)
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    func say(_ text: String) { outgoing += Array(text.utf8) }

    func say(_ bytes: [UInt8]) { outgoing += bytes }

    func finish() { socket?.shutdownWriting() }

    /// Ends this half as soon as everything was said.
    func finishWhenSaid() { finishes = true }

    func reset() {
        socket?.setLinger(reset: true)
        socket = nil
        descriptor = nil
    }
}

/// A relay, with the server behind it and the clients before it all on the test's one thread.
final class RelayRig {
    let relay: LinkRelay
    private var listener: Socket?
    private var ends: [RelayEnd] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(_ profile: LinkProfile, doors: Int = 1, limit: Int = 1000) throws {
        let listener = try Socket.listen(
            on: .loopback(port: 0), backlog: 16, sharingPort: false)
        relay = try LinkRelay(
            doors: Array(repeating: .loopback(port: 0), count: doors),
            server: listener.localAddress, profile: profile, seed: 1, connectionLimit: limit)
        self.listener = .some(listener)
    }

    /// Dials a door.
    func connect(door: Int = 0) throws -> RelayEnd {
        let end = RelayEnd(try Socket.connect(to: relay.addresses[door]))
        ends.append(end)
        return end
    }

    /// The next connection that the relay makes to the server.
    func accept() throws -> RelayEnd {
        var accepted: RelayEnd?
        try run {
            accepted = try self.takeConnection()
            return accepted != nil
        }
        guard let accepted else { throw SystemError(call: "accept", code: ETIMEDOUT) }
        ends.append(accepted)
        return accepted
    }

    private func takeConnection() throws -> RelayEnd? {
        guard let socket = try listener?.accept() else { return nil }
        return RelayEnd(socket)
    }

    /// A client and the server's end of its connection, which stands.
    func pair(door: Int = 0) throws -> (client: RelayEnd, server: RelayEnd) {
        let client = try connect(door: door)
        return (client, try accept())
    }

    /// Makes the server refuse.
    func stopListening() {
        listener = nil
    }

    /// Lets the ends talk until a condition holds, which is looked at every ten milliseconds at
    /// least; throws after a minute, which no passing test waits for.
    func run(until condition: () throws -> Bool) throws {
        let limit = MonotonicClock.now() + .seconds(60)
        while try !condition() {
            guard MonotonicClock.now() < limit else {
                throw SystemError(call: "relay test", code: ETIMEDOUT)
            }
            try turn()
        }
    }

    private func turn() throws {
        var poller = try Poller(capacity: 64)
        for (index, end) in ends.enumerated() {
            guard let descriptor = end.descriptor, !end.interest.isEmpty else { continue }
            try poller.add(descriptor, end.interest, token: UInt64(index))
        }
        let count = try poller.wait(until: MonotonicClock.now() + .milliseconds(10))
        for index in 0..<count {
            let (token, readiness) = poller[index]
            let end = ends[Int(token)]
            do {
                if readiness.writable { try end.send() }
                if end.state == .open, !readiness.isOnlyWritable {
                    try end.receive(by: &buffer)
                }
            } catch let error as SystemError where error.isConnectionLoss {
                end.state = .reset
                end.heardAt = MonotonicClock.now()
            }
        }
    }
}

extension Readiness {
    fileprivate var isOnlyWritable: Bool { !readable && !hungUp && !failed }
}

extension RelayEnd {
    /// What is still to be done: an end is told for ever, and is not asked for twice.
    fileprivate var interest: Interest {
        var interest: Interest = state == .open ? .readable : []
        if state != .reset, !outgoing.isEmpty { interest.insert(.writable) }
        return interest
    }

    fileprivate func send() throws {
        guard let descriptor, !outgoing.isEmpty else { return }
        let bytes = outgoing
        let sent = try bytes.span.withUnsafeBytes { (raw) throws(SystemError) in
            try Socket.send(descriptor, raw)
        }
        wasBlocked = wasBlocked || sent ?? 0 < bytes.count
        outgoing = outgoing.dropFirst(sent ?? 0)
        if outgoing.isEmpty, finishes { finish() }
    }

    fileprivate func receive(by buffer: inout [UInt8]) throws {
        guard let descriptor else { return }
        var span = buffer.mutableSpan
        let count = try span.withUnsafeMutableBytes { (raw) throws(SystemError) in
            try Socket.receive(descriptor, into: raw)
        }
        guard let count else { return }
        received += buffer[..<count]
        heardAt = MonotonicClock.now()
        if count == 0 { state = .finished }
    }
}
