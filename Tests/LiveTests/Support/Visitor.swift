import Link
import Reactor

/// A client that sends and receives plain bytes and waits for them, with a deadline.
final class Visitor {
    /// Bytes that arrived and were not taken yet.
    private(set) var arrived: [UInt8] = []
    /// Whether the server has ended its half, or the connection is gone.
    private(set) var hasEnded = false
    /// Whether the connection is gone without an end.
    private(set) var wasReset = false

    private let socket: Socket
    private var poller: Poller

    /// Connects; the kernel takes `receiveBuffer` bytes for it unread, or as many as it likes.
    init(_ address: SocketAddress, receiveBuffer: Int? = nil) throws {
        socket = try Socket.connect(to: address, receiveBuffer: receiveBuffer)
        poller = try Poller(capacity: 1)
        try poller.add(socket.descriptor, .writable, token: 0)
        guard try poller.wait(until: limit()) == 1, socket.pendingError() == nil else {
            throw Disappointment("no connection to \(address)")
        }
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Sends all of `bytes`. A server that is gone takes none of them, which is no error here.
    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            do {
                let count = try bytes[sent...].withUnsafeBytes {
                    try Socket.send(socket.descriptor, $0)
                }
                sent += count ?? 0
                guard try count != nil || wait(.writable, until: limit()) else {
                    throw Disappointment("the server takes no more")
                }
            } catch let error as SystemError where error.isConnectionLoss {
                return
            }
        }
    }

    /// Sends as much of `text` as the kernel takes at once, and says how many bytes that were.
    func sendAvailable(_ text: String) throws -> Int {
        let bytes = Array(text.utf8)
        var sent = 0
        while let count = try bytes[sent...].withUnsafeBytes({
            try Socket.send(socket.descriptor, $0)
        }), count > 0 {
            sent += count
        }
        return sent
    }

    /// Sends `batch` again and again, `limit` bytes at most, until the server has taken nothing for a
    /// while, and says how many bytes that were.
    func sendUntilStuck(_ batch: [UInt8], limit: Int) throws -> Int {
        var sent = 0
        while sent < limit {
            let rest = batch[(sent % batch.count)...]
            if let count = try rest.withUnsafeBytes({ try Socket.send(socket.descriptor, $0) }) {
                sent += count
            } else if try !wait(.writable, until: MonotonicClock.now() + .milliseconds(300)) {
                break
            }
        }
        return sent
    }

    /// Ends this half of the connection.
    func finishSending() {
        socket.shutdownWriting()
    }

    /// Waits for more bytes, and says whether some came before `deadline` or the end.
    func receiveMore(until deadline: Instant? = nil) throws -> Bool {
        guard !hasEnded else { return false }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            do {
                let count = try buffer.withUnsafeMutableBytes {
                    try Socket.receive(socket.descriptor, into: $0)
                }
                if let count {
                    arrived.append(contentsOf: buffer[..<count])
                    hasEnded = count == 0
                    return count > 0
                }
            } catch let error as SystemError where error.isConnectionLoss {
                hasEnded = true
                wasReset = true
                return false
            }
            let moment = deadline ?? limit()
            if try !wait(.readable, until: moment) {
                guard deadline == nil else { return false }
                throw Disappointment("nothing came behind \(lastWords)")
            }
        }
    }

    /// Takes the next `count` bytes.
    func take(_ count: Int) throws -> [UInt8] {
        while arrived.count < count {
            guard try receiveMore() else {
                throw Disappointment("the end came behind \(lastWords)")
            }
        }
        defer { arrived.removeFirst(count) }
        return Array(arrived[..<count])
    }

    /// Takes everything up to and with `mark`.
    func take(through mark: String) throws -> String {
        var searched = 0
        while true {
            if let end = end(of: Array(mark.utf8), from: searched) {
                return text(try take(end))
            }
            searched = max(arrived.count - mark.utf8.count, 0)
            guard try receiveMore() else {
                throw Disappointment("\(mark) did not come, but \(lastWords)")
            }
        }
    }

    /// Takes everything that comes until the server ends its half.
    func takeToEnd() throws -> [UInt8] {
        while try receiveMore() {}
        defer { arrived = [] }
        return arrived
    }

    /// Takes an answer whose content has a Content-Length, or none.
    func takeAnswer(toHead: Bool = false) throws -> Answer {
        var answer = Answer(head: try take(through: "\r\n\r\n"))
        if !toHead, let length = answer.field("content-length").flatMap({ Int($0) }) {
            answer.content = text(try take(length))
        }
        return answer
    }

    /// Asks and takes the answer.
    func ask(_ request: String) throws -> Answer {
        try send(request)
        return try takeAnswer()
    }

    private func wait(_ interest: Interest, until deadline: Instant) throws -> Bool {
        poller.modify(socket.descriptor, interest, token: 0)
        return try poller.wait(until: deadline) == 1
    }

    private func end(of mark: [UInt8], from start: Int) -> Int? {
        guard arrived.count >= mark.count else { return nil }
        for index in start...(arrived.count - mark.count)
        where arrived[index..<index + mark.count].elementsEqual(mark) {
            return index + mark.count
        }
        return nil
    }

    /// What came last and was not taken, for a message; an answer may have megabytes.
    private var lastWords: String { text(Array(arrived.suffix(500))) }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}

/// An answer of the server, as text.
struct Answer {
    let status: Int
    let fields: [(name: String, value: String)]
    var content = ""

    init(head: String) {
        // CR LF is one character to Swift.
        let lines = head.split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.dropFirst(9).prefix(3)) } ?? 0
        fields = lines.dropFirst().map { line in
            let name = line.prefix { $0 != ":" }
            let value = line.dropFirst(name.count + 1).drop { $0 == " " }
            return (name.lowercased(), String(value))
        }
    }

    /// The value of the field called `name`, in lower case.
    func field(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }
}

/// Requests as text.
enum Request {
    static func get(_ target: String, _ fields: String...) -> String {
        make("GET", target, fields)
    }

    static func post(_ content: String, _ fields: String...) -> String {
        make("POST", "/events", fields + ["Content-Length: \(content.utf8.count)"], content)
    }

    static func make(
        _ method: String, _ target: String, _ fields: [String] = [], _ content: String = ""
    ) -> String {
        let lines = (["Host: lab"] + fields).map { $0 + "\r\n" }.joined()
        return "\(method) \(target) HTTP/1.1\r\n\(lines)\r\n\(content)"
    }

    /// The opening handshake of RFC 6455 §1.3.
    static let handshake = get(
        "/events/websocket", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
}
