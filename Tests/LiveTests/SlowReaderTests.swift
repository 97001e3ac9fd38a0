import LabServer
import Link
import Measurement
import Reactor
import Testing
import Transports

extension Live {
    /// Clients that read late or never, over real sockets: what they get, what the server holds for
    /// them, and how it parts with them.
    @Suite("A server with slow and dead readers")
    struct SlowReaderTests {
        private static let streaming = Transport.all.filter { $0.server.stream != nil }
        private static let polling = Transport.all.filter { $0.server.stream == nil }
        /// 24 MB of events: the kernel takes 4 MB for a socket that nobody reads, and 6 MB at the
        /// other end.
        private static let data = Array("\"\(String(repeating: "x", count: 256 * 1024))\"".utf8)
        private static let events = 96

        private func publish(on server: LabServer, _ count: Int = events) throws {
            for _ in 0..<count { server.publish(data: Self.data) }
            try server.waitUntil { $0.events == count }
        }

        @Test(
            "gives who resumes far behind and reads late everything, piece by piece",
            arguments: Transport.all)
        func resumesInPieces(transport: Transport) throws {
            let counters = try withServer {
                $0.backlogLimit = 1 << 20
            } _: { server in
                try publish(on: server)
                let late = try Subscriber(transport, of: server, since: 0)
                try server.waitUntil { $0.heldBytes > 0 }
                // It joins the stream while it still reads what was before.
                server.publish(data: Array("\"last\"".utf8))
                try late.converse { $0.ids.count == Self.events + 1 }
                #expect(late.ids == Array(1...UInt64(Self.events + 1)))
                #expect(late.payloads.last?.contains("\"last\"") == true)
            }
            // An answer to a poll may be eight times as long as a piece.
            let piece = (1 << 20) + 257 * 1024
            let most = transport.server.stream == nil ? 8 * piece : 2 * piece
            #expect(counters.heldPeakBytes > 0 && counters.heldPeakBytes <= most)
            #expect(counters.disconnects[.slowReader] == nil)
        }

        @Test("holds no more than it may for clients that never read, and parts with the rest")
        func totalBacklog() throws {
            let counters = try withServer {
                $0.backlogLimit = 512 * 1024
                $0.totalBacklogLimit = 2 << 20
            } _: { server in
                try publish(on: server)
                let address = server.address(of: .rawTCP)
                var silent: [Visitor] = []
                for _ in 0..<12 {
                    let visitor = try Visitor(address, receiveBuffer: 4096)
                    try visitor.send("SUBSCRIBE since=0\n")
                    silent.append(visitor)
                }
                try server.waitForRequests(12, of: .rawTCP)
                try server.waitUntil { $0.disconnects[.slowReader, default: 0] > 0 }
                #expect(try Visitor(server.address).ask(Request.get("/healthz")).status == 200)
                #expect(server.counters.heldBytes <= 2 << 20)
            }
            #expect(counters.heldPeakBytes <= 2 << 20)
            let index = try #require(Transport.all.firstIndex(of: .rawTCP))
            #expect(
                counters.techniques[index].slowReaders == counters.disconnects[.slowReader])
        }

        @Test(
            "gives up who takes nothing for the idle timeout, on any stream and with either policy",
            arguments: streaming, [SlowReaderPolicy.disconnect, .drop])
        func stalled(transport: Transport, policy: SlowReaderPolicy) throws {
            let counters = try withServer {
                $0.idleTimeout = .milliseconds(200)
                $0.slowReaderPolicy = policy
                $0.backlogLimit = 1 << 30
            } _: { server in
                let address = server.address(of: transport)
                let silent = try Visitor(address, receiveBuffer: 4096)
                switch transport {
                case .rawTCP: try silent.send("SUBSCRIBE\n")
                case .webSocket: try silent.send(Request.handshake)
                default: try silent.send(Request.get(transport.path))
                }
                try server.waitForRequests(1, of: transport)
                let reader = try Subscriber(transport, of: server)
                try reader.subscribe()
                for id in 1...UInt64(Self.events) {
                    server.publish(data: Self.data)
                    try reader.converse { $0.ids.last == id }
                }
                try server.waitUntil { $0.disconnects[.slowReader] == 1 }
                #expect(reader.connections == 1)
            }
            let index = try #require(Transport.all.firstIndex(of: transport))
            #expect(counters.techniques[index].slowReaders == 1)
            #expect(counters.techniques[index].backlogPeakBytes > 1 << 20)
            #expect(counters.disconnects[.timeout] == nil)
        }

        @Test("gives up who polls and takes no answer for the idle timeout", arguments: polling)
        func stalledPoll(transport: Transport) throws {
            let counters = try withServer {
                $0.idleTimeout = .milliseconds(200)
            } _: { server in
                try publish(on: server)
                let silent = try Visitor(server.address, receiveBuffer: 4096)
                try silent.send(Request.get("\(transport.path)?callback=f&since=0"))
                try server.waitUntil { $0.disconnects[.slowReader] == 1 }
            }
            #expect(counters.heldBytes == 0 && counters.connections == 0)
        }

        /// A client that stops in the middle of something, and how that ends.
        struct Silence: Sendable, CustomTestStringConvertible {
            let testDescription: String
            var transport = Transport.serverSentEvents
            var says = ""
            var reason = DisconnectReason.timeout
            /// Whether the server has the last word.
            var answer = ""
        }

        private static let silences = [
            Silence(testDescription: "before its request"),
            Silence(
                testDescription: "in the head of its request",
                says: "GET /events/sse HTTP/1.1\r\nHo",
                answer: "HTTP/1.1 408 "),
            Silence(
                testDescription: "in the content of its request",
                says: Request.make("POST", "/events", ["Content-Length: 10"], "12345"),
                answer: "HTTP/1.1 408 "),
            Silence(
                testDescription: "behind an answer", says: Request.get("/events/short-polling"),
                answer: "HTTP/1.1 200 "),
            Silence(testDescription: "before its subscription", transport: .rawTCP),
            Silence(
                testDescription: "in its subscription", transport: .rawTCP, says: "SUBSCRIBE sin"),
            Silence(
                testDescription: "in its handshake", says: String(Request.handshake.dropLast(2)),
                answer: "HTTP/1.1 408 "),
            Silence(
                testDescription: "when its WebSocket is to be closed", transport: .webSocket,
                says: "unmasked", reason: .protocolError, answer: "HTTP/1.1 101 "),
        ]

        @Test("parts in time with a client that falls silent", arguments: silences)
        func silent(_ silence: Silence) throws {
            let counters = try withServer {
                $0.idleTimeout = .milliseconds(60)
                $0.requestTimeout = .milliseconds(60)
            } _: { server in
                let visitor = try Visitor(server.address(of: silence.transport))
                if silence.transport == .webSocket {
                    try visitor.send(Request.handshake)
                    try server.waitForRequests(1, of: .webSocket)
                    // An unmasked frame, which must not be; and no end after the server's goodbye.
                    try visitor.send([0x81, 0x01, 0x41])
                } else {
                    try visitor.send(silence.says)
                }
                try server.waitUntil { $0.connections == 0 && $0.accepted == 1 }
                let words = String(decoding: try visitor.takeToEnd(), as: UTF8.self)
                #expect(words.hasPrefix(silence.answer))
                #expect(!silence.answer.isEmpty || words.isEmpty)
                #expect(!visitor.wasReset)
            }
            #expect(counters.disconnects == [silence.reason: 1])
        }
    }
}
