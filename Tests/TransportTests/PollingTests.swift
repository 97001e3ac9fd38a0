import Link
import Testing
import Transports
import Wire

@Suite("Polling")
struct PollingTests {
    private static let techniques = Transport.all.filter { transport in
        if case .polling = transport.server { true } else { false }
    }
    private static let held: [Transport] = [.longPolling, .jsonpPolling]

    private func get(_ server: ServerPeer, _ target: String) -> String {
        server.receive(Array(RequestText.get(target).utf8))
        return String(decoding: server.takeOutput(), as: UTF8.self)
    }

    private func target(_ transport: Transport, since: Int? = nil) -> String {
        let cursor = since.map { "since=\($0)" } ?? ""
        let callback = transport == .jsonpPolling ? "callback=push&" : ""
        return "\(transport.path)?\(callback)\(cursor)"
    }

    @Test("answers a first poll at once, with the cursor and no event", arguments: techniques)
    func first(transport: Transport) {
        let server = ServerPeer()
        server.accept()
        server.publish([Array("0".utf8), Array("0".utf8)])
        let answer = get(server, target(transport))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("\r\nCache-Control: no-store\r\n"))
        #expect(answer.contains(#"{"cursor":2,"events":[]}"#))
    }

    @Test("answers that nothing is new, at once or when the hold time has passed")
    func nothingNew() {
        let server = ServerPeer()
        server.accept()
        #expect(
            get(server, target(.shortPolling, since: 0)).hasPrefix("HTTP/1.1 204 No Content\r\n"))
        #expect(get(server, target(.longPolling, since: 0)) == "")
        #expect(server.deadline == server.context.now + .seconds(25))
        server.deadlineReached()
        let answer = String(decoding: server.takeOutput(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 204 No Content\r\n"))
        #expect(!answer.contains("Content-Length"))
        #expect(server.isOpen)
        // A script needs content to run.
        #expect(get(server, target(.jsonpPolling, since: 0)) == "")
        server.deadlineReached()
        let script = String(decoding: server.takeOutput(), as: UTF8.self)
        #expect(script.hasSuffix(#"/**/push({"cursor":0,"events":[]});"#))
        #expect(script.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
    }

    @Test("asks again when the hold time has passed", arguments: held)
    func asksAgain(transport: Transport) {
        let pair = TransportPair(transport)
        pair.connect()
        #expect(pair.context.requests == 2)
        pair.advance(by: .seconds(76))
        #expect(pair.context.requests == 5)
        #expect(pair.context.answers == 4)
        #expect(pair.context.emptyAnswers == 4)
        #expect(pair.connections == 1)
    }

    @Test("answers with no more bytes of events than it may, and the next poll has the rest")
    func answersInPieces() {
        // Each event is 100 bytes of JSON, or larger than any limit.
        for (limit, answers) in [(Int.max, 1), (500, 1), (499, 2), (250, 3), (100, 5), (1, 5)] {
            var settings = ServerContext.Settings()
            settings.answerLimit = limit
            for transport in Self.held {
                let profile = ClientProfile(authority: "lab", since: 0)
                let pair = TransportPair(
                    transport, profile: profile, server: ServerPeer(settings: settings))
                for id in 1...5 as ClosedRange<UInt64> {
                    pair.server.context.log.append(
                        Event(
                            id: id, intendedTime: Instant(nanoseconds: 0),
                            payload: EventPayload.padded(
                                id: id, intendedTime: Instant(nanoseconds: 0), size: 100)))
                }
                pair.connect()
                #expect(pair.events.map(\.id) == [1, 2, 3, 4, 5])
                #expect(pair.context.answers == answers)
            }
        }
    }

    @Test("answers with everything pending, or with one event where a batch is one")
    func batches() {
        for (limit, answers) in [(0, 1), (1, 5), (2, 3), (7, 1)] {
            var settings = ServerContext.Settings()
            settings.batchLimit = limit
            for transport in Self.held {
                let profile = ClientProfile(authority: "lab", since: 0)
                let pair = TransportPair(
                    transport, profile: profile, server: ServerPeer(settings: settings))
                pair.server.publish((0..<5).map { _ in Array("0".utf8) })
                pair.connect()
                #expect(pair.events.map(\.id) == [1, 2, 3, 4, 5])
                #expect(pair.context.answers == answers)
                #expect(pair.context.requests == answers + 1)
            }
        }
    }

    @Test("says in the first of several batches how many events are lost")
    func lost() {
        var settings = ServerContext.Settings()
        settings.batchLimit = 1
        var limits = EventLog.Limits()
        limits.events = 2
        let server = ServerPeer(settings: settings, logLimits: limits)
        server.accept()
        server.publish((0..<5).map { _ in Array("0".utf8) })
        #expect(
            get(server, target(.longPolling, since: 1)).contains(
                #"{"cursor":4,"lost":2,"events":[{"#))
        #expect(get(server, target(.longPolling, since: 4)).contains(#"{"cursor":5,"events":[{"#))
    }

    @Test("asks at a fixed rate, however long the answers take")
    func pace() throws {
        let profile = ClientProfile(authority: "lab", pollInterval: .milliseconds(100))
        var client = Transport.shortPolling.makeClient(profile)
        var context = ClientContext(seed: 1)
        let start = Instant(nanoseconds: 5_000_000_000)
        let answer = Array(RequestText.json(#"{"cursor":0,"events":[]}"#).utf8)
        func at(_ milliseconds: Int) -> Instant { start + .milliseconds(milliseconds) }
        func answered(at milliseconds: Int) throws -> Int {
            context.startInput(now: at(milliseconds))
            let before = context.requests
            #expect(try client.receive(answer.span, &context) == .carryOn)
            return context.requests - before
        }
        func due(at milliseconds: Int) {
            #expect(client.deadline == at(milliseconds))
            context.startInput(now: at(milliseconds))
            #expect(client.deadlineReached(&context) == .carryOn)
            #expect(!context.output.isEmpty)
        }

        context.startInput(now: start)
        client.connected(&context)
        #expect(client.deadline == .distantFuture)
        #expect(try answered(at: 30) == 0)
        due(at: 100)
        #expect(try answered(at: 199) == 0)
        due(at: 200)
        // The request of 300 ms is overdue when its answer comes, and follows at once; the rate is
        // counted anew from there.
        #expect(try answered(at: 450) == 1)
        #expect(try answered(at: 460) == 0)
        due(at: 550)
    }

    @Test("comes back on a new connection when the next request is due")
    func paceOverConnections() {
        let profile = ClientProfile(
            authority: "lab", keepsAlive: false, pollInterval: .milliseconds(100))
        let pair = TransportPair(.shortPolling, profile: profile)
        pair.connect()
        pair.advance(by: .milliseconds(950))
        #expect(pair.connections == 10)
        #expect(pair.context.requests == 10)
    }

    @Test("comes back when the server closed a connection that had nothing to say")
    func idleClose() throws {
        var client = Transport.shortPolling.makeClient(ClientProfile(authority: "lab"))
        var context = ClientContext(seed: 1)
        client.connected(&context)
        #expect(try client.peerClosed(&context) == .reconnect(at: context.now))
        client.connected(&context)
        let answer = Array(RequestText.json(#"{"cursor":0,"events":[]}"#).utf8)
        #expect(try client.receive(answer.span, &context) == .carryOn)
        #expect(try client.peerClosed(&context) == .reconnect(at: context.now + .seconds(1)))
    }

    @Test(
        "reads what other servers answer",
        arguments: [
            RequestText.answer(
                "200 OK", ["Transfer-Encoding: chunked"],
                content: "a\r\n{\"cursor\":\r\ne\r\n9,\"events\":[]}\r\n0\r\n\r\n"),
            RequestText.answer(
                "200 OK", ["Connection: close"], content: #"{"cursor":9,"events":[]}"#),
        ])
    func otherServers(answer: String) throws {
        for pattern in FeedPattern.all {
            for pieces in pattern.feeds(of: Array(answer.utf8)) {
                var client = Transport.longPolling.makeClient(ClientProfile(authority: "lab"))
                var context = ClientContext(seed: 1)
                client.connected(&context)
                context.output.removeAll()
                for piece in pieces { _ = try client.receive(piece.span, &context) }
                if context.answers == 0 { _ = try client.peerClosed(&context) }
                #expect(context.answers == 1)
                #expect(context.received.total == answer.utf8.count)
                context.output.removeAll()
                client.connected(&context)
                #expect(String(decoding: context.output.bytes, as: UTF8.self).contains("since=9 "))
            }
        }
    }
}

@Suite("A JSONP callback")
struct JSONPCallbackTests {
    private func answer(_ callback: String) -> (text: String, refusal: ProtocolError?) {
        let server = ServerPeer()
        server.accept()
        server.receive(Array(RequestText.get("/events/jsonp-polling?callback=\(callback)").utf8))
        return (String(decoding: server.takeOutput(), as: UTF8.self), server.refusal)
    }

    @Test(
        "is called by its name",
        arguments: [
            ("push", "push"), ("app.push", "app.push"), ("$", "$"), ("_9", "_9"), ("A", "A"),
            ("%70ush", "push"), ("a..b", "a..b"),
            (String(repeating: "a", count: 64), String(repeating: "a", count: 64)),
        ])
    func takes(callback: String, name: String) {
        #expect(answer(callback).text.hasSuffix("/**/\(name)({\"cursor\":0,\"events\":[]});"))
    }

    @Test(
        "is refused when it could be anything else",
        arguments: [
            "", "1a", ".a", "a-b", "a+b", "a%20b", "alert(1)", "a;b", "a%0Ab", "a%00", "%c3%a9",
            "a[0]", "a%5b0%5d", "%zz", "a%2", "a/**/", "%3Cscript%3E",
            String(repeating: "a", count: 65),
        ])
    func refuses(callback: String) {
        let (text, refusal) = answer(callback)
        #expect(refusal == .jsonpCallback)
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(text.contains("\r\nContent-Type: text/plain"))
    }
}
