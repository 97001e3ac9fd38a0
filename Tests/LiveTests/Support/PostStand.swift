import Reactor
import Wire

/// A server that answers what is posted to it by a script: the n-th request gets the n-th answer, and
/// the last one all that follow. An empty answer ends the connection.
final class PostStand {
    let address: SocketAddress
    private let stop: Inbox<Void>
    private let thread = ThreadGroup<[String]>()

    init(_ answers: [String]) throws {
        let listener = try Socket.listen(
            on: .loopback(port: 0), backlog: 8, sharingPort: false)
        address = listener.localAddress
        let stop: Inbox<Void> = try Inbox()
        self.stop = stop
        let descriptor = listener.release()
        try thread.start(name: "stand") {
            (try? Self.serve(Socket(adopting: descriptor), answers, stop)) ?? []
        }
    }

    /// Ends it.
    ///
    /// - Returns: the requests that were read, heads and contents.
    func finish() -> [String] {
        stop.post(())
        return thread.joinAll().first ?? []
    }

    private static func serve(
        _ listener: consuming Socket, _ answers: [String], _ stop: Inbox<Void>
    ) throws -> [String] {
        var requests: [String] = []
        var poller = try Poller(capacity: 4)
        try poller.add(stop.descriptor, .readable, token: 0)
        try poller.add(listener.descriptor, .readable, token: 1)
        var visitor: Socket?
        var text = ""
        while true {
            let ready = try poller.wait(until: limit())
            guard ready > 0, !(0..<ready).contains(where: { poller[$0].token == 0 }) else {
                return requests
            }
            for index in 0..<ready where poller[index].token == 1 {
                guard let accepted = try listener.accept() else { continue }
                try poller.add(accepted.descriptor, .readable, token: 2)
                visitor = consume accepted
                text = ""
            }
            guard (0..<ready).contains(where: { poller[$0].token == 2 }) else { continue }
            guard let socket = visitor.take() else { continue }
            var isOver = try !read(socket, into: &text)
            while !isOver, let request = takeRequest(&text) {
                let answer = answers[min(requests.count, answers.count - 1)]
                requests.append(request)
                _ = try Array(answer.utf8).withUnsafeBytes { try socket.send($0) }
                isOver = answer.isEmpty || answer.contains("Connection: close")
            }
            if isOver {
                poller.remove(socket.descriptor)
            } else {
                visitor = consume socket
            }
        }
    }

    /// Takes what came; false at the end of the connection.
    private static func read(_ socket: borrowing Socket, into text: inout String) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = try buffer.withUnsafeMutableBytes { try socket.receive(into: $0) }
        text += String(decoding: buffer[..<(count ?? 0)], as: UTF8.self)
        return count != 0
    }

    private static func takeRequest(_ text: inout String) -> String? {
        guard let end = text.firstRange(of: "\r\n\r\n"),
            let length = text[..<end.lowerBound].firstRange(of: "Content-Length: ")
        else { return nil }
        let digits = text[length.upperBound...].prefix { $0.isNumber }
        let size =
            text.utf8.distance(from: text.startIndex, to: end.upperBound) + (Int(digits) ?? 0)
        guard text.utf8.count >= size else { return nil }
        let request = String(decoding: text.utf8.prefix(size), as: UTF8.self)
        text = String(decoding: text.utf8.dropFirst(size), as: UTF8.self)
        return request
    }
}
