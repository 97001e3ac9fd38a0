import LabServer
import Link
import Reactor
import Testing
import Transports

extension Live {
    /// What the server answers to clients that speak plain HTTP, well or badly.
    @Suite("Over HTTP")
    struct HTTPTests {
        /// A request and the answer that it deserves.
        struct Case: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let request: String
            let status: Int
            /// A field that the answer has.
            var field: (name: String, value: String)?
        }

        private static let longTarget = "/" + String(repeating: "x", count: 9000)
        private static let longField = "X-Filler: " + String(repeating: "x", count: 17_000)

        static let cases: [Case] = [
            Case(testDescription: "a health check", request: Request.get("/healthz"), status: 200),
            Case(testDescription: "an unknown path", request: Request.get("/nowhere"), status: 404),
            Case(
                testDescription: "an unknown technique", request: Request.get("/events/pigeon"),
                status: 404),
            Case(
                testDescription: "the raw technique over HTTP",
                request: Request.get("/events/raw-tcp"), status: 404),
            Case(
                testDescription: "a deletion", request: Request.make("DELETE", "/events/sse"),
                status: 405, field: ("allow", "GET, HEAD")),
            Case(
                testDescription: "a page that is put", request: Request.make("PUT", "/"),
                status: 405, field: ("allow", "GET, HEAD")),
            Case(
                testDescription: "reading where events are published",
                request: Request.get("/events"), status: 405, field: ("allow", "POST")),
            Case(testDescription: "rubbish", request: "how do you do\r\n\r\n", status: 400),
            Case(
                testDescription: "no host", request: "GET / HTTP/1.1\r\n\r\n", status: 400),
            Case(
                testDescription: "two lengths",
                request: Request.make(
                    "POST", "/events", ["Content-Length: 1", "Transfer-Encoding: chunked"]),
                status: 400),
            Case(
                testDescription: "content that is too large",
                request: Request.make("POST", "/events", ["Content-Length: 1048577"]), status: 413),
            Case(
                testDescription: "content where none is wanted",
                request: Request.make("GET", "/", ["Content-Length: 1"], "x"), status: 413),
            Case(
                testDescription: "a target that is too long", request: Request.get(longTarget),
                status: 414),
            Case(
                testDescription: "a head that is too large",
                request: Request.get("/", longField), status: 431),
            Case(
                testDescription: "an unknown method", request: Request.make("BREW", "/"),
                status: 501),
            Case(
                testDescription: "an unknown version",
                request: "GET / HTTP/2.0\r\nHost: lab\r\n\r\n", status: 505),
            Case(
                testDescription: "an unknown expectation",
                request: Request.make(
                    "POST", "/events", ["Expect: cake", "Content-Length: 1"], "1"), status: 417),
            Case(
                testDescription: "a WebSocket endpoint without a handshake",
                request: Request.get("/events/websocket"), status: 426,
                field: ("upgrade", "websocket")),
            Case(
                testDescription: "a cursor that is no number",
                request: Request.get("/events/sse?since=yesterday"), status: 400),
            Case(
                testDescription: "a callback that is no name",
                request: Request.get("/events/jsonp-polling?callback=alert(1)"), status: 400),
        ]

        @Test("answers with the status that the request deserves", arguments: cases)
        func status(of given: Case) throws {
            try withServer { server in
                let answer = try Visitor(server.address).ask(given.request)
                #expect(answer.status == given.status)
                if let field = given.field { #expect(answer.field(field.name) == field.value) }
            }
        }

        @Test("says 408 when a request does not end, and hangs up")
        func requestTimeout() throws {
            let counters = try withServer {
                $0.requestTimeout = .milliseconds(100)
            } _: { server in
                let visitor = try Visitor(server.address)
                try visitor.send("GET / HTTP/1.1\r\nHos")
                #expect(try visitor.takeAnswer().status == 408)
                #expect(try visitor.takeToEnd().isEmpty)
                let publisher = try Visitor(server.address)
                try publisher.send(Request.make("POST", "/events", ["Content-Length: 5"], "12"))
                #expect(try publisher.takeAnswer().status == 408)
            }
            #expect(counters.disconnects[.timeout] == 2)
            #expect(counters.protocolErrors["http-timeout"] == 2)
        }

        @Test(
            "says 408 to a request that drips in, however steadily",
            arguments: [
                ("GET / HTTP/1.1\r\nHost: lab\r\nX: ", "x"),
                ("POST /events HTTP/1.1\r\nHost: lab\r\nContent-Length: 100000\r\n\r\n", "1"),
            ])
        func drip(head: String, drop: String) throws {
            let counters = try withServer {
                $0.requestTimeout = .milliseconds(200)
            } _: { server in
                let visitor = try Visitor(server.address)
                try visitor.send(head)
                // 1,000 drops would take ten seconds.
                for _ in 0..<1000 where !visitor.hasEnded {
                    try visitor.send(drop)
                    _ = try visitor.receiveMore(
                        until: MonotonicClock.now() + .milliseconds(10))
                }
                #expect(visitor.hasEnded)
                #expect(try visitor.takeAnswer().status == 408)
            }
            #expect(counters.disconnects[.timeout] == 1)
        }

        @Test("hangs up on a connection that asks for nothing")
        func idleTimeout() throws {
            let counters = try withServer {
                $0.idleTimeout = .milliseconds(50)
            } _: { server in
                let silent = try Visitor(server.address)
                #expect(try silent.takeToEnd().isEmpty)
                let done = try Visitor(server.address)
                #expect(try done.ask(Request.get("/healthz")).status == 200)
                #expect(try done.takeToEnd().isEmpty)
            }
            #expect(counters.disconnects[.timeout] == 2)
        }

        @Test("answers pipelined requests in their order, on one connection")
        func pipelining() throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                try visitor.send(
                    Request.get("/healthz") + Request.post("1") + Request.get("/nowhere")
                        + Request.get("/events/long-polling?since=0") + Request.get("/healthz"))
                let answers = try (0..<5).map { _ in try visitor.takeAnswer() }
                #expect(answers.map(\.status) == [200, 201, 404, 200, 200])
                #expect(answers[1].content == "{\"id\":1}\n")
                #expect(answers[3].content.hasPrefix("{\"cursor\":1,\"events\":[{\"id\":1,"))
                #expect(answers[4].content == "ok\n")
                #expect(try visitor.ask(Request.get("/healthz")).status == 200)
            }
        }

        @Test("answers any number of pipelined polls and posts")
        func deepPipelining() throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                let count = 1300
                let poll = Request.get("/events/short-polling")
                try visitor.send(String(repeating: poll, count: count))
                for _ in 0..<count { #expect(try visitor.takeAnswer().status == 200) }
                try visitor.send(String(repeating: Request.post("1"), count: count))
                for _ in 0..<count { #expect(try visitor.takeAnswer().status == 201) }
                #expect(try visitor.ask(Request.get("/healthz")).status == 200)
            }
        }

        @Test("sends the answers to polls that came together together")
        func gathering() throws {
            let counters = try withServer { server in
                let visitor = try Visitor(server.address)
                try visitor.send(
                    String(repeating: Request.get("/events/short-polling?since=0"), count: 20))
                for _ in 0..<20 { #expect(try visitor.takeAnswer().status == 204) }
            }
            let index = try #require(Transport.all.firstIndex(of: .shortPolling))
            #expect(counters.techniques[index].answers == 20)
            #expect(counters.techniques[index].sends == 1)
        }

        @Test("ends a connection behind the answers that were gathered")
        func gatheringBeforeTheEnd() throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                let poll = Request.get("/events/short-polling?since=0")
                try visitor.send(
                    poll + poll + Request.get("/healthz", "Connection: close"))
                #expect(try visitor.takeAnswer().status == 204)
                #expect(try visitor.takeAnswer().status == 204)
                #expect(try visitor.takeAnswer().content == "ok\n")
                #expect(try visitor.takeToEnd().isEmpty)
            }
        }

        @Test("stops reading from a client that asks and asks and does not read")
        func asksWithoutReading() throws {
            try withServer {
                $0.backlogLimit = 64 * 1024
            } _: { server in
                let visitor = try Visitor(server.address)
                // Of 30 MB of answers, the kernel holds 4 MB at most, and the server no more than
                // it can make of one read.
                let requests = Request.get("/") + Request.get("/healthz")
                let sent = try visitor.sendAvailable(String(repeating: requests, count: 12_000))
                // Each question of another client is a turn in which the server could read on.
                let other = try Visitor(server.address)
                for _ in 0..<30 { _ = try other.ask(Request.get("/healthz")) }
                let metrics = try samples(try other.ask(Request.get("/metrics")))
                let received = try #require(metrics["pushbench_received_bytes_total"])
                #expect(received < Double(sent / 2))
                // What was taken is answered in order.
                for _ in 0..<50 {
                    #expect(try visitor.takeAnswer().content.hasPrefix("<!DOCTYPE"))
                    #expect(try visitor.takeAnswer().content == "ok\n")
                }
            }
        }

        @Test("answers HEAD with the head alone", arguments: ["/", "/metrics", "/nowhere"])
        func head(path: String) throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                let whole = try visitor.ask(Request.get(path))
                try visitor.send(Request.make("HEAD", path) + Request.get("/healthz"))
                let head = try visitor.takeAnswer(toHead: true)
                #expect(head.status == whole.status)
                #expect(head.field("content-type") == whole.field("content-type"))
                #expect(head.field("content-length") != nil)
                #expect(try visitor.takeAnswer().content == "ok\n")
            }
        }

        @Test("serves an HTTP/1.0 client a stream that ends with the connection")
        func oldClient() throws {
            let server = try LabServer(ServerConfiguration())
            let visitor = try Visitor(server.address)
            try visitor.send("GET /events/http-streaming?since=0 HTTP/1.0\r\n\r\n")
            let head = Answer(head: try visitor.take(through: "\r\n\r\n"))
            #expect(head.status == 200)
            #expect(head.field("connection") == "close")
            #expect(head.field("transfer-encoding") == nil)
            #expect(try visitor.take(through: "\n") == "{\"cursor\":0}\n")
            server.publish(data: Array("1".utf8))
            let event = try visitor.take(through: "\n")
            #expect(event.hasPrefix("{\"id\":1,\"t\":") && event.hasSuffix(",\"data\":1}\n"))
            let stopping = try WorkerThread.start(name: "stopping") { server.stop() }
            #expect(try visitor.takeToEnd().isEmpty)
            visitor.finishSending()
            #expect(stopping.join().disconnects == [.shutdown: 1])
        }

        @Test("continues when a client waits to be told so")
        func expectContinue() throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                try visitor.send(
                    Request.make("POST", "/events", ["Content-Length: 2", "Expect: 100-continue"]))
                #expect(try visitor.takeAnswer().status == 100)
                #expect(try visitor.ask("42").content == "{\"id\":1}\n")
            }
        }

        @Test(
            "publishes what is posted to every subscriber, whichever loop it is on",
            arguments: [1, 2])
        func publishes(loops: Int) throws {
            let counters = try withServer {
                $0.loops = loops
            } _: { server in
                // With this many connections, the kernel's hash gives each loop some of them.
                let subscribers = try (0..<12).map { _ in
                    try Subscriber(.serverSentEvents, of: server)
                }
                for subscriber in subscribers { try subscriber.subscribe() }
                let publishers = try (0..<12).map { _ in try Visitor(server.address) }
                var ids: [String] = []
                for (index, publisher) in publishers.enumerated() {
                    let answer = try publisher.ask(Request.post("{\"number\":\(index)}"))
                    #expect(answer.status == 201)
                    ids.append(answer.content)
                }
                #expect(ids == (1...12).map { "{\"id\":\($0)}\n" })
                for subscriber in subscribers {
                    try subscriber.converse { $0.ids.count == 12 }
                    #expect(subscriber.ids == Array(1...12))
                    for (index, payload) in subscriber.payloads.enumerated() {
                        #expect(payload.hasSuffix(",\"data\":{\"number\":\(index)}}"))
                    }
                }
            }
            #expect(counters.events == 12)
            #expect(counters.techniques.map(\.deliveries).reduce(0, +) == 12 * 12)
        }

        @Test("publishes text as a string, and refuses what is neither JSON nor text")
        func publishedContent() throws {
            try withServer { server in
                let subscriber = try Subscriber(.httpStreaming, of: server)
                try subscriber.subscribe()
                let visitor = try Visitor(server.address)
                #expect(try visitor.ask(Request.post("a \"b\"")).status == 201)
                let chunked = Request.make(
                    "POST", "/events", ["Transfer-Encoding: chunked"],
                    "3\r\n{\"a\r\n5\r\n\":\r\n1\r\n1\r\n}\r\n0\r\n\r\n")
                #expect(try visitor.ask(chunked).status == 201)
                let refused = Request.post("nonsense", "Content-Type: application/json")
                #expect(try visitor.ask(refused).status == 400)
                try subscriber.converse { $0.ids.count == 2 }
                #expect(subscriber.payloads[0].hasSuffix(",\"data\":\"a \\\"b\\\"\"}"))
            }
        }

        @Test("turns connections away beyond its limit, and takes new ones when others have left")
        func connectionLimit() throws {
            let counters = try withServer {
                $0.connectionLimit = 3
            } _: { server in
                var guests = try (0..<3).map { _ in try Visitor(server.address) }
                for guest in guests {
                    #expect(try guest.ask(Request.get("/healthz")).status == 200)
                }
                let refused = try Visitor(server.address)
                let answer = try refused.takeAnswer()
                #expect(answer.status == 503)
                #expect(answer.field("retry-after") != nil)
                #expect(try refused.takeToEnd().isEmpty)
                guests.removeAll()
                try server.waitUntil { $0.connections == 0 }
                #expect(try Visitor(server.address).ask(Request.get("/healthz")).status == 200)
            }
            #expect(counters.disconnects[.refused] == 1)
            #expect(counters.accepted == 5)
        }

        @Test("counts what it does on the metrics page")
        func metrics() throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                let before = try samples(try visitor.ask(Request.get("/metrics")))
                #expect(before["pushbench_open_sockets"] == 1)
                #expect(before["pushbench_events_total"] == 0)
                let subscriber = try Subscriber(.webSocket, of: server)
                try subscriber.subscribe()
                _ = try visitor.ask(Request.post("1"))
                try subscriber.converse { $0.ids == [1] }
                _ = try Visitor(server.address).ask(Request.make("BREW", "/"))
                let after = try samples(try visitor.ask(Request.get("/metrics")))
                #expect(after["pushbench_events_total"] == 1)
                #expect(after["pushbench_connections{transport=\"websocket\"}"] == 1)
                #expect(after["pushbench_requests_total{transport=\"websocket\"}"] == 1)
                #expect(after["pushbench_deliveries_total{transport=\"websocket\"}"] == 1)
                #expect(after["pushbench_accepted_connections_total"] == 3)
                #expect(after["pushbench_protocol_errors_total{rule=\"http-method\"}"] == 1)
                let received = "pushbench_received_bytes_total"
                #expect((after[received] ?? 0) > (before[received] ?? 0))
            }
        }

        private func samples(_ answer: Answer) throws -> [String: Double] {
            #expect(answer.status == 200)
            #expect(
                answer.field("content-type")
                    == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(answer.content.hasSuffix("\n# EOF\n"))
            var samples: [String: Double] = [:]
            for line in answer.content.split(separator: "\n") where !line.hasPrefix("#") {
                let space = try #require(line.lastIndex(of: " "))
                let name = String(line[..<space])
                #expect(samples[name] == nil, "\(name) comes twice")
                samples[name] = Double(line[line.index(after: space)...])
                #expect(samples[name] != nil, "\(line)")
            }
            return samples
        }

        @Test("lays its counters down even when it has nothing else to do", arguments: [1, 2])
        func counters(loops: Int) throws {
            try withServer {
                $0.loops = loops
            } _: { server in
                var guests = try (0..<8).map { _ in try Visitor(server.address) }
                for guest in guests { _ = try guest.ask(Request.get("/healthz")) }
                try server.waitUntil { $0.connections == 8 }
                guests.removeAll()
                try server.waitUntil { $0.connections == 0 && $0.disconnects[.finished] == 8 }
            }
        }
    }
}
