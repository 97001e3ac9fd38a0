import Link
import Reactor

/// Something did not come in time, or not as it should.
struct Disappointment: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A client over a real connection that sends bytes and waits for others.
final class Guest {
    /// Whether nothing more will come.
    private(set) var hasEnded = false

    private let socket: Socket
    private var poller: Poller
    /// A moment that comes only if something hangs; no passing test waits for it.
    private let limit = MonotonicClock.now() + .seconds(20)

    init(_ address: SocketAddress) throws {
        socket = try Socket.connect(to: address)
        poller = try Poller(capacity: 1)
        try poller.add(socket.descriptor, .writable, token: 0)
        guard try poller.wait(until: limit) == 1, socket.pendingError() == nil else {
            throw Disappointment("no connection to \(address)")
        }
        poller.modify(socket.descriptor, .readable, token: 0)
    }

    /// Sends all of `bytes`, which are few enough for the kernel to take at once.
    func send(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        let sent = try bytes.withUnsafeBytes { try Socket.send(socket.descriptor, $0) }
        guard sent == bytes.count else { throw Disappointment("the kernel took \(sent ?? 0)") }
    }

    /// Takes what comes next; empty when that is the end, or when `deadline` came first.
    func receive(until deadline: Instant = .distantFuture) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while !hasEnded {
            let count = try buffer.withUnsafeMutableBytes {
                try Socket.receive(socket.descriptor, into: $0)
            }
            if let count {
                hasEnded = count == 0
                return Array(buffer[..<count])
            }
            guard try poller.wait(until: min(deadline, limit)) == 1 else {
                guard deadline < limit else { throw Disappointment("nothing came") }
                return []
            }
        }
        return []
    }

    /// The answer to a request on a connection of its own: its head and its content.
    static func ask(
        _ address: SocketAddress, _ method: String, _ target: String, content: String? = nil,
        type: String = "application/json"
    ) throws -> (head: String, content: [UInt8]) {
        let guest = try Guest(address)
        var lines = "\(method) \(target) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n"
        if let content {
            lines += "Content-Type: \(type)\r\nContent-Length: \(content.utf8.count)\r\n"
        }
        try guest.send(Array((lines + "\r\n" + (content ?? "")).utf8))
        var answer: [UInt8] = []
        while !guest.hasEnded { answer += try guest.receive() }
        let mark = Array("\r\n\r\n".utf8)
        let end = answer.indices.first { answer[$0...].starts(with: mark) }
        guard let end else { throw Disappointment("no head in \(answer.count) bytes") }
        return (String(decoding: answer[..<end], as: UTF8.self), Array(answer[(end + 4)...]))
    }
}
