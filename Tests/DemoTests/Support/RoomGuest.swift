import Link
import Reactor
import Testing
import Transports
import Wire

@testable import Demo

/// A client of a room over real sockets: it joins, listens by one technique and speaks by what goes
/// with it.
final class RoomGuest {
    /// What was heard, in order: the events' ids and data.
    private(set) var events: [(id: UInt64, content: RoomContent)] = []
    let session: String
    private let transport: Transport
    private let address: SocketAddress
    private var cursor: UInt64
    private var connection: RoomConnection?

    /// Joins a chat at `address`.
    init(_ name: String, _ transport: Transport, at address: SocketAddress) throws {
        self.transport = transport
        self.address = address
        let answer = try Self.post("/room/join", "{\"name\":\"\(name)\"}", at: address)
        session = try #require(answer.session)
        cursor = try #require(answer.cursor)
    }

    /// Opens a connection that listens from the cursor on.
    func listen() throws {
        connection = try RoomConnection(address)
        try ask()
    }

    /// Closes it without a word.
    func cut() {
        connection = nil
    }

    /// Waits until there are `count` events.
    func hear(_ count: Int) throws {
        while events.count < count {
            guard let connection else { throw RoomDisappointment("nobody listens") }
            try connection.receive()
            while let message = connection.takeEvent() {
                events.append((message.id, try RoomContent(message.data)))
                cursor = message.id
            }
            // The next question follows when the answer is whole: behind its last event.
            if case .polling = transport.server, connection.takeEndOfBatch() { try ask() }
        }
    }

    /// Says something as a page would, and returns the receipt.
    func say(_ text: String, ref: Int) throws {
        if transport == .webSocket {
            var frame = WireBuffer()
            WebSocketFrame.encodeText(
                Array("{\"say\":\"\(text)\",\"ref\":\(ref)}".utf8), mask: 1, into: &frame)
            try #require(connection).send(frame.bytes)
        } else if transport == .jsonpPolling {
            let query = "session=\(session)&text=\(text)&ref=\(ref)&callback=f"
            let answer = try Self.ask(
                "GET /room/say.js?\(query) HTTP/1.1\r\nHost: localhost\r\n\r\n", at: address)
            #expect(answer.contains("/**/f({\"receipt\":"))
        } else {
            let json = "{\"session\":\"\(session)\",\"text\":\"\(text)\",\"ref\":\(ref)}"
            let answer = try Self.post("/room/say", json, at: address)
            #expect(answer.receipt?.ref == ref)
        }
    }

    func leave() throws {
        let json = "{\"session\":\"\(session)\"}"
        let answer = try Self.ask(Self.request("/room/leave", json), at: address)
        #expect(answer.hasPrefix("HTTP/1.1 204"))
    }

    private func ask() throws {
        var request =
            "GET \(transport.path)?session=\(session)&since=\(cursor)&callback=f HTTP/1.1\r\nHost: localhost\r\n"
        if transport == .webSocket {
            request +=
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        }
        try connection?.send(Array((request + "\r\n").utf8))
    }

    static func post(_ path: String, _ json: String, at address: SocketAddress) throws
        -> RoomContent
    {
        let answer = try ask(request(path, json), at: address)
        let content = try #require(answer.firstRange(of: "\r\n\r\n"))
        return try RoomContent(Array(answer[content.upperBound...].utf8))
    }

    private static func request(_ path: String, _ json: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(json.utf8.count)\r\n\r\n\(json)"
    }

    /// Sends a request on a connection of its own, which the server closes behind its answer.
    static func ask(_ request: String, at address: SocketAddress) throws -> String {
        let connection = try RoomConnection(address)
        let closing = request.replacing(
            "Host: localhost\r\n", with: "Host: localhost\r\nConnection: close\r\n")
        try connection.send(Array(closing.utf8))
        while !connection.hasEnded { try connection.receive() }
        return String(decoding: connection.bytes, as: UTF8.self)
    }
}

/// Something did not come.
struct RoomDisappointment: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A socket that waits for what it sends and receives.
final class RoomConnection {
    private(set) var bytes: [UInt8] = []
    private(set) var hasEnded = false
    private let socket: Socket
    private var poller: Poller

    init(_ address: SocketAddress) throws {
        socket = try Socket.connect(to: address)
        poller = try Poller(capacity: 1)
        try poller.add(socket.descriptor, .writable, token: 0)
        try wait(.writable)
    }

    func send(_ content: [UInt8]) throws {
        var sent = 0
        while sent < content.count {
            let count = try content[sent...].withUnsafeBytes {
                try Socket.send(socket.descriptor, $0)
            }
            guard let count else {
                try wait(.writable)
                continue
            }
            sent += count
        }
    }

    /// Waits for more bytes, or for the end.
    func receive() throws {
        guard !hasEnded else { throw RoomDisappointment("the server has gone") }
        try wait(.readable)
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = try buffer.withUnsafeMutableBytes {
            try Socket.receive(socket.descriptor, into: $0)
        }
        guard let count else { return }
        hasEnded = count == 0
        bytes.append(contentsOf: buffer[..<count])
    }

    /// Takes the first whole event out of what has arrived, whatever it is wrapped in: only events
    /// begin with an id and a time.
    func takeEvent() -> (id: UInt64, data: [UInt8])? {
        let start = Array("{\"id\":".utf8)
        let arrived = bytes
        let span = arrived.span
        for index in bytes.indices
        where bytes.count - index > start.count && bytes[index...].starts(with: start) {
            guard let end = JSONText.endOfTrustedObject(in: span, at: index, to: bytes.count) else {
                return nil
            }
            guard let header = try? EventPayload.header(of: span, in: index..<end) else { continue }
            let payload = Array(bytes[index..<end])
            let data = Array(",\"data\":".utf8)
            guard
                let dataStart = payload.indices.first(where: { payload[$0...].starts(with: data) })
            else { return nil }
            bytes.removeFirst(end)
            return (header.id, Array(payload[(dataStart + data.count)..<payload.count - 1]))
        }
        return nil
    }

    /// Takes what ends an answer to a poll, if it is there.
    func takeEndOfBatch() -> Bool {
        let rest = String(decoding: bytes, as: UTF8.self)
        guard rest == "]}" || rest == "]});" else { return false }
        bytes = []
        return true
    }

    /// Ten seconds bound what a failure costs; nothing that passes waits for them.
    private func wait(_ interest: Interest) throws {
        poller.modify(socket.descriptor, interest, token: 0)
        guard try poller.wait(until: MonotonicClock.now() + .seconds(10)) == 1 else {
            throw RoomDisappointment("nothing came")
        }
    }
}
