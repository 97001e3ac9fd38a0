import LabServer
import Link
import Measurement
import Reactor
import Testing
import Transports
import Wire

extension Live {
    /// What happens on open streams and waiting polls: heartbeats, slow readers, goodbyes.
    @Suite("On a stream")
    struct StreamTests {
        private static let streaming = Transport.all.filter { $0.server.stream != nil }
        private static let data = Array("\"\(String(repeating: "x", count: 256 * 1024))\"".utf8)

        @Test("a silent server gives signs of life", arguments: streaming)
        func heartbeats(transport: Transport) throws {
            try withServer {
                $0.heartbeat = .milliseconds(50)
            } _: { server in
                let subscriber = try Subscriber(transport, of: server)
                try subscriber.converse { $0.context.received[.heartbeat] > 0 }
                let first = subscriber.context.received[.heartbeat]
                // And again, the second after an event.
                server.publish(data: Array("1".utf8))
                try subscriber.converse {
                    $0.ids == [1] && $0.context.received[.heartbeat] >= 2 * first
                }
                #expect(subscriber.connections == 1)
            }
        }

        @Test(
            "a subscriber resumes by its cursor after its connection was cut",
            arguments: Transport.all)
        func resumes(transport: Transport) throws {
            try withServer { server in
                let subscriber = try Subscriber(transport, of: server)
                try subscriber.subscribe()
                for number in 1...9 {
                    server.publish(data: Array("\(number)".utf8))
                    if number.isMultiple(of: 3) {
                        try subscriber.converse { $0.ids.last == UInt64(number) }
                        try subscriber.connect()
                    }
                }
                #expect(subscriber.ids == Array(1...9))
            }
        }

        @Test(
            "a subscriber that asks for what is gone is told how much that is",
            arguments: Transport.all)
        func tooLate(transport: Transport) throws {
            try withServer {
                $0.logLimits.events = 3
            } _: { server in
                let publisher = try Visitor(server.address)
                for _ in 1...10 { _ = try publisher.ask(Request.post("1")) }
                let subscriber = try Subscriber(transport, of: server, since: 2)
                try subscriber.converse { $0.ids.count == 3 }
                #expect(subscriber.ids == [8, 9, 10])
                #expect(subscriber.context.announcedLost == 5)
            }
        }

        // MARK: - Slow readers

        /// Opens a WebSocket that does not read and one that does, and publishes far more than the
        /// sockets between server and sleeper hold: 24 MB, where the kernel grows a send buffer to
        /// 4 MB and a receive buffer only for those who read. The pace is the reader's, so that it is never the slow one, and it gets everything.
        private func publishPastASleeper(_ server: LabServer) throws -> Visitor {
            let sleeper = try open(server)
            let reader = try open(server)
            for number in 1...Self.sleepingEvents {
                server.publish(data: Self.data)
                let frame = try #require(try takeFrame(from: reader))
                #expect(frame.opcode == 1 && frame.id == number)
            }
            return sleeper
        }

        private static let sleepingEvents = 96

        /// A frame of the server, as far as these tests look at it.
        private struct Frame {
            let opcode: UInt8
            let payload: [UInt8]

            /// The number behind `name` in the payload, which is short or begins with it.
            private func number(_ name: String) -> Int? {
                let text = String(decoding: payload.prefix(64), as: UTF8.self)
                guard let range = text.firstRange(of: "\"\(name)\":") else { return nil }
                return Int(text[range.upperBound...].prefix { $0.isNumber })
            }

            var id: Int? { number("id") }
            var lost: Int? { number("lost") }
            var closeCode: Int? {
                opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
            }
        }

        /// The next whole frame; nil when the connection ended before there was one.
        private func takeFrame(from visitor: Visitor) throws -> Frame? {
            func has(_ count: Int) throws -> Bool {
                while visitor.arrived.count < count {
                    guard try visitor.receiveMore() else { return false }
                }
                return true
            }
            guard try has(2) else { return nil }
            let short = Int(visitor.arrived[1])
            let extra = short == 126 ? 2 : short == 127 ? 8 : 0
            guard try has(2 + extra) else { return nil }
            let length =
                extra == 0 ? short : visitor.arrived[2..<2 + extra].reduce(0) { $0 << 8 | Int($1) }
            guard try has(2 + extra + length) else { return nil }
            let opcode = try visitor.take(2 + extra)[0] & 0x0F
            return Frame(opcode: opcode, payload: try visitor.take(length))
        }

        @Test("a client that does not read is cut off, and nobody else notices")
        func disconnectsSlowReader() throws {
            let counters = try withServer {
                $0.backlogLimit = 512 * 1024
            } _: { server in
                let sleeper = try publishPastASleeper(server)
                // It gets what the sockets held, in order, and then a goodbye, unless it slept so
                // long that the server left without one.
                var next = 1
                while let frame = try takeFrame(from: sleeper) {
                    if frame.opcode == 8 {
                        #expect(frame.closeCode == 1008)
                    } else {
                        #expect(frame.id == next)
                        next += 1
                    }
                }
                #expect(next > 1 && next <= Self.sleepingEvents)
            }
            #expect(counters.disconnects[.slowReader] == 1)
            #expect(counters.events == Self.sleepingEvents)
        }

        @Test("a client that does not read loses events, is told how many, and goes on")
        func dropsForSlowReader() throws {
            let counters = try withServer {
                $0.backlogLimit = 512 * 1024
                $0.slowReaderPolicy = .drop
            } _: { server in
                let sleeper = try publishPastASleeper(server)
                server.publish(data: Array("\"last\"".utf8))
                var last = 0
                var received = 0
                var lost = 0
                while last <= Self.sleepingEvents {
                    let frame = try #require(try takeFrame(from: sleeper))
                    #expect(frame.opcode == 1)
                    lost += frame.lost ?? 0
                    guard let id = frame.id else { continue }
                    #expect(id > last)
                    // What is missing between two events was announced between them.
                    last = id
                    received += 1
                    #expect(received + lost == last)
                }
                #expect(lost > 0)
                let index = try #require(Transport.all.firstIndex(of: .webSocket))
                try server.waitUntil {
                    $0.techniques[index].dropped == lost && $0.backlogBytes == 0
                }
            }
            #expect(counters.disconnects[.slowReader] == nil)
        }

        // MARK: - WebSocket clients

        private func open(_ server: LabServer) throws -> Visitor {
            let visitor = try Visitor(server.address)
            try visitor.send(Request.handshake)
            let head = Answer(head: try visitor.take(through: "\r\n\r\n"))
            #expect(head.status == 101)
            #expect(head.field("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            let notice = Array("{\"cursor\":0}".utf8)
            #expect(try visitor.take(2 + notice.count) == [0x81, UInt8(notice.count)] + notice)
            return visitor
        }

        @Test(
            "a client that breaks the framing is told by a close frame with the right code",
            arguments: [
                ([0x81, 0x01, 0x41], 1002, "websocket-unmasked-frame"),
                ([0xC1, 0x80, 0, 0, 0, 0], 1002, "websocket-reserved-bit"),
                ([0x83, 0x80, 0, 0, 0, 0], 1002, "websocket-unknown-opcode"),
                ([0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007, "websocket-invalid-text"),
                (
                    [0x82, 0xFF, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0], 1009,
                    "websocket-frame-too-big"
                ),
            ] as [([UInt8], Int, String)])
        func brokenFrame(bytes: [UInt8], code: Int, rule: String) throws {
            let counters = try withServer { server in
                let visitor = try open(server)
                try visitor.send(bytes)
                let close = try visitor.take(4)
                #expect(close[0] == 0x88)
                #expect(Int(close[2]) << 8 | Int(close[3]) == code)
                #expect(try visitor.takeToEnd().count == Int(close[1]) - 2)
            }
            #expect(counters.protocolErrors == [rule: 1])
            #expect(counters.disconnects == [.protocolError: 1])
        }

        @Test("a client that says goodbye is answered with its code")
        func clientCloses() throws {
            let counters = try withServer { server in
                let visitor = try open(server)
                try visitor.send([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8])
                #expect(try visitor.takeToEnd() == [0x88, 0x02, 0x03, 0xE8])
            }
            #expect(counters.disconnects == [.finished: 1])
        }

        @Test("a client that stalls in the middle of a frame holds up nobody, itself included")
        func stallsInAFrame() throws {
            try withServer { server in
                let staller = try open(server)
                // Half a ping: its header says two bytes of payload behind a mask of zeros.
                try staller.send([0x89, 0x82, 0, 0])
                let reader = try Subscriber(.webSocket, of: server)
                try reader.subscribe()
                for number in 1...3 as ClosedRange<UInt64> {
                    server.publish(data: Array("1".utf8))
                    try reader.converse { $0.ids.last == number }
                    let header = try staller.take(2)
                    #expect(header[0] == 0x81)
                    let payload = String(
                        decoding: try staller.take(Int(header[1])), as: UTF8.self)
                    #expect(payload.hasPrefix("{\"id\":\(number),"))
                }
                try staller.send([0, 0, 0x68, 0x69])
                #expect(try staller.take(4) == [0x8A, 0x02, 0x68, 0x69])
            }
        }

        // MARK: - Goodbye

        @Test(
            "a server that stops ends every conversation as its technique does", arguments: [1, 2])
        func stops(loops: Int) throws {
            var visitors: [String: Visitor] = [:]
            let requests = [
                "sse": Request.get("/events/sse"),
                "stream": Request.get("/events/http-streaming"),
                "iframe": Request.get("/events/forever-iframe"),
                "poll": Request.get("/events/long-polling?since=0"),
                "jsonp": Request.get("/events/jsonp-polling?callback=f&since=0"),
                "websocket": Request.handshake,
            ]
            var configuration = ServerConfiguration()
            configuration.loops = loops
            let server = try LabServer(configuration)
            for (name, request) in requests {
                let visitor = try Visitor(server.address)
                try visitor.send(request)
                visitors[name] = visitor
            }
            visitors["idle"] = try Visitor(server.address)
            visitors["raw"] = try Visitor(server.address(of: .rawTCP))
            try visitors["raw"]?.send("SUBSCRIBE\n")
            try server.waitUntil {
                $0.techniques.map(\.requests).reduce(0, +) == requests.count + 1
                    && $0.connections == requests.count + 2
            }

            let stopping = try WorkerThread.start(name: "stopping") { server.stop() }
            var ends: [String: [UInt8]] = [:]
            for (name, visitor) in visitors { ends[name] = try visitor.takeToEnd() }
            visitors.removeAll()
            let counters = stopping.join()

            for name in ["sse", "stream", "iframe"] {
                let end = String(decoding: ends[name] ?? [], as: UTF8.self)
                #expect(end.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(name)")
                #expect(end.hasSuffix("\r\n0\r\n\r\n"), "\(name)")
            }
            #expect(ends["websocket"]?.suffix(4) == [0x88, 0x02, 0x03, 0xE9])
            let poll = Answer(head: String(decoding: ends["poll"] ?? [], as: UTF8.self))
            #expect(poll.status == 204)
            #expect(poll.field("connection") == "close")
            let jsonp = String(decoding: ends["jsonp"] ?? [], as: UTF8.self)
            #expect(jsonp.hasSuffix("/**/f({\"cursor\":0,\"events\":[]});"))
            #expect(String(decoding: ends["raw"] ?? [], as: UTF8.self) == "{\"cursor\":0}\n")
            #expect(ends["idle"] == [])
            #expect(counters.connections == 0)
            #expect(counters.disconnects == [.shutdown: requests.count + 2 - 2, .finished: 2])
        }

        // MARK: - Hostile bytes

        @Test("no bytes bring the server down", arguments: ["http", "raw"])
        func fuzz(port: String) throws {
            var random = SeededGenerator(seed: 42)
            let openings = [
                "", "GET ", "GET /events/sse HTTP/1.1\r\n", "POST /events HTTP/1.1\r\nHost: a\r\n",
                Request.handshake, "SUBSCRIBE since=", Request.get("/events/long-polling"),
                "POST /events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            ]
            try withServer { server in
                let transport: Transport = port == "raw" ? .rawTCP : .serverSentEvents
                for index in 0..<200 {
                    var bytes = Array(openings[index % openings.count].utf8)
                    for _ in 0..<Int.random(in: 0...200, using: &random) {
                        bytes.append(UInt8.random(in: 0...255, using: &random))
                    }
                    let visitor = try Visitor(server.address(of: transport))
                    try visitor.send(bytes)
                    // Some leave at once, some wait for what comes.
                    visitor.finishSending()
                    if index.isMultiple(of: 2) { _ = try visitor.takeToEnd() }
                }
                #expect(try Visitor(server.address).ask(Request.get("/healthz")).content == "ok\n")
                try server.waitUntil { $0.connections <= 1 }
                let subscriber = try Subscriber(.rawTCP, of: server)
                try subscriber.subscribe()
                server.publish(data: Array("1".utf8))
                try subscriber.converse { $0.ids.count == 1 }
            }
        }

        @Test("a request behind a waiting poll is answered after it, and spoils nobody's answer")
        func pipelinedBehindAPoll() throws {
            try withServer { server in
                let stream = try Subscriber(.serverSentEvents, of: server)
                try stream.subscribe()
                let poll = Request.get("/events/long-polling?since=0")
                let pushy = try Visitor(server.address)
                try pushy.send(poll + Request.post("2"))
                try server.waitForRequests(1, of: .longPolling)
                let others = try (0..<3).map { _ in try Visitor(server.address) }
                for other in others { try other.send(poll) }
                try server.waitForRequests(4, of: .longPolling)

                server.publish(data: Array("1".utf8))
                for visitor in others + [pushy] {
                    let answer = try visitor.takeAnswer()
                    #expect(answer.status == 200)
                    #expect(answer.content.hasPrefix("{\"cursor\":1,\"events\":[{\"id\":1,"))
                }
                #expect(try pushy.takeAnswer().content == "{\"id\":2}\n")
                // The second event was published while the first was on its way.
                try stream.converse { $0.ids == [1, 2] }
            }
        }
    }
}
