import Link
import Testing
import Transports
import Wire

/// Clients of somebody else's server, by the bytes that nchan 1.3.6 was recorded with.
@Suite("A target's clients")
struct TargetProfileTests {
    /// The first event of the run has an id of 16 digits, as the clock gives them.
    private static let since: UInt64 = 1_795_273_007_000_000

    /// The JSON of the run's event `number`.
    private static func event(_ number: UInt64) -> String {
        #"{"id":\#(since + number),"t":81234567890123,"data":"xxxx"}"#
    }

    /// What one client was made of, and what became of it.
    private struct Visit {
        var client: any ClientSession
        var context = ClientContext(seed: 1, keepingPayloads: true)
        var ids: [UInt64] = []
        var sent = ""
        var step = ClientStep.carryOn
        /// Whether the worker would count it as subscribed.
        var isSubscribed = false

        init(
            _ profile: TargetProfile, _ technique: Transport, at url: String,
            headers: HeaderProfile = .minimal
        ) throws {
            let transport = try #require(
                profile.transport(technique.id, at: try HTTPURL(parsing: url)))
            client = transport.makeClient(
                ClientProfile(
                    authority: "127.0.0.1:1", headers: headers, since: TargetProfileTests.since))
            connect()
        }

        mutating func connect() {
            context.startInput(now: Instant(nanoseconds: 0))
            client.connected(&context)
            note()
        }

        mutating func receive(_ pieces: some Sequence<[UInt8]>) throws {
            for piece in pieces {
                context.startInput(now: Instant(nanoseconds: 0))
                step = try client.receive(piece.span, &context)
                note()
            }
        }

        mutating func receive(_ text: String) throws {
            try receive([Array(text.utf8)])
        }

        private mutating func note() {
            isSubscribed = isSubscribed || context.cursor != nil
            ids += context.events.map(\.id)
            sent += String(decoding: context.output.bytes, as: UTF8.self)
        }
    }

    // MARK: - nchan

    private static let nchanHead = "Server: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 14:56:47 GMT\r\n"

    private static let accept: String = {
        var random = SeededGenerator(seed: 1)
        let key = WebSocketHandshake.makeKey(using: &random)
        return String(decoding: WebSocketHandshake.accept(forKey: key.span), as: UTF8.self)
    }()

    private static let two: [UInt64] = [1, 2]

    /// What nchan sends to a subscriber of each technique before the first event and with the first
    /// two, and what the request must have said.
    private static let nchan: [(Transport, greeting: String, events: String, asks: [String])] = [
        (
            .webSocket,
            "HTTP/1.1 101 Switching Protocols\r\n\(nchanHead)Content-Length: 0\r\n"
                + "Connection: upgrade\r\nSec-WebSocket-Accept: \(accept)\r\n"
                + "Upgrade: websocket\r\n\r\n",
            two.map { "\u{1}" + String(UnicodeScalar(UInt8(event($0).utf8.count))) + event($0) }
                .joined(), ["GET /sub?id=a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"]
        ),
        (
            .serverSentEvents,
            "HTTP/1.1 200 OK\r\n\(nchanHead)Content-Type: text/event-stream; charset=utf-8\r\n"
                + "Connection: keep-alive\r\n\r\n: hi\n\n",
            two.map { "id: 1795273008:\($0)\ndata: \(event($0))\n\n" }.joined(),
            ["GET /sub?id=a HTTP/1.1\r\n", "Accept: text/event-stream\r\n"]
        ),
        (
            .httpStreaming,
            "HTTP/1.1 200 OK\r\n\(nchanHead)Connection: keep-alive\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n",
            two.map {
                "\(String(event($0).utf8.count, radix: 16))\r\n\(event($0))\r\n"
            }.joined(), ["GET /sub?id=a HTTP/1.1\r\n", "TE: chunked\r\n"]
        ),
    ]

    /// The text as bytes, where U+0001 at a message's start stands for the head of a text frame.
    private static func bytes(_ text: String) -> [UInt8] {
        text.utf8.map { $0 == 1 ? 0x81 : $0 }
    }

    @Test(
        "read nchan's streams, and are subscribed when they are answered", arguments: nchan,
        FeedPattern.all)
    func streams(
        _ recorded: (Transport, greeting: String, events: String, asks: [String]),
        pattern: FeedPattern
    ) throws {
        let (technique, greeting, events, asks) = recorded
        for pieces in pattern.feeds(of: Self.bytes(greeting) + Self.bytes(events)) {
            var visit = try Visit(.nchan, technique, at: "http://127.0.0.1:8080/sub?id=a")
            for words in asks { #expect(visit.sent.contains(words)) }
            #expect(!visit.isSubscribed)
            try visit.receive(pieces)
            #expect(visit.ids == [Self.since + 1, Self.since + 2])
            #expect(visit.context.received[.payload] == Self.event(1).utf8.count * 2)
            #expect(visit.context.received.total == greeting.utf8.count + events.utf8.count)
        }
        var greeted = try Visit(.nchan, technique, at: "http://127.0.0.1:8080/sub?id=a")
        try greeted.receive([Self.bytes(greeting)])
        #expect(greeted.isSubscribed)
        #expect(greeted.ids.isEmpty)
    }

    private static func poll(_ event: UInt64, tag: String) -> String {
        let content = Self.event(event)
        return "HTTP/1.1 200 OK\r\n\(nchanHead)Content-Length: \(content.utf8.count)\r\n"
            + "Last-Modified: Sat, 21 Nov 2026 14:56:47 GMT\r\nConnection: keep-alive\r\n"
            + "Etag: \(tag)\r\nVary: If-None-Match, If-Modified-Since\r\n\r\n\(content)"
    }

    @Test("long-poll nchan by validators, and are subscribed when they have asked")
    func polls() throws {
        var visit = try Visit(.nchan, .longPolling, at: "http://127.0.0.1:8080")
        #expect(visit.isSubscribed)
        #expect(visit.sent.hasPrefix("GET /sub?id=pushbench HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"))
        #expect(!visit.sent.contains("If-"))
        for (number, tag) in [(UInt64(1), "0"), (2, "1"), (3, "W/\"x\"")] {
            visit.sent = ""
            // Cut everywhere: the last piece brings event and next request.
            try visit.receive(Self.bytes(Self.poll(number, tag: tag)).map { [$0] })
            #expect(visit.ids.last == Self.since + number)
            #expect(
                visit.sent.hasSuffix(
                    "If-Modified-Since: Sat, 21 Nov 2026 14:56:47 GMT\r\nIf-None-Match: \(tag)\r\n\r\n"
                ))
        }
        #expect(visit.context.answers == 3)
        #expect(visit.context.requests == 4)
        try visit.receive("HTTP/1.1 304 Not Modified\r\n\(Self.nchanHead)\r\n")
        #expect(visit.context.emptyAnswers == 1)
        #expect(visit.sent.hasSuffix("If-None-Match: W/\"x\"\r\n\r\n"))
        try visit.receive(
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        #expect(visit.step == .reconnect(at: Instant(nanoseconds: 0)))
        visit.sent = ""
        visit.connect()
        #expect(visit.sent.hasSuffix("If-None-Match: W/\"x\"\r\n\r\n"))
    }

    // MARK: - Any server

    @Test("resume an event stream by the id as the server wrote it, and other streams not at all")
    func resumption() throws {
        var stream = try Visit(.plainEventStream, .serverSentEvents, at: "http://h/a?b=c")
        #expect(stream.sent.hasPrefix("GET /a?b=c HTTP/1.1\r\nHost: h\r\n"))
        #expect(!stream.sent.contains("Last-Event-ID"))
        try stream.receive(
            RequestText.stream("text/event-stream", "id: 17:2,x\ndata: \(Self.event(1))\n\n"))
        for _ in 1...2 {
            stream.sent = ""
            stream.connect()
            #expect(stream.sent.hasSuffix("Last-Event-ID: 17:2,x\r\n\r\n"))
        }
        var chunks = try Visit(.nchan, .httpStreaming, at: "http://h/a")
        try chunks.receive(RequestText.stream("text/plain", Self.event(1)))
        chunks.sent = ""
        chunks.connect()
        #expect(chunks.sent == "GET /a HTTP/1.1\r\nHost: h\r\nTE: chunked\r\n\r\n")
    }

    @Test("offer no coding that they cannot read")
    func codings() throws {
        for technique in [Transport.webSocket, .serverSentEvents, .longPolling] {
            let visit = try Visit(.nchan, technique, at: "http://h/a", headers: .browser)
            #expect(visit.sent.contains("User-Agent: Mozilla"))
            #expect(!visit.sent.contains("Accept-Encoding"))
            #expect(!visit.sent.contains("Extensions"))
        }
    }

    /// Messages, and the event that is in each.
    private static let messages: [(String, UInt64?)] = [
        (event(5), 5),
        (#"{"channel":"a","data":\#(event(6)),"x":"}"}"#, 6),
        (#"{"id":9,"t":7,"data":\#(event(7))}"#, 7),
        (#"{"id":9,"t":7,"data":{"id":8,"t":6,"data":\#(event(8))}}"#, 8),
        (#"{"cursor":17}"#, nil),
        ("welcome", nil), ("", nil), ("{", nil), (#"{"id":}"#, nil), (#"{"id":1,"t":}"#, nil),
        (#"{"id":1,"t":2,"data":"#, nil),
        (#"{"id":\#(since),"t":2,"data":"of an earlier run"}"#, nil),
        (#"{"id":0,"t":2,"data":0}"#, nil),
        (#"{"id":99999999999999999999999,"t":2,"data":0"#, nil),
        (#"{"channel":"a","data":{"id":\#(since + 1),"t":2,"data":"cut"#, nil),
        (String(repeating: #"{"id":1,"t":2,"data":"#, count: 2000), nil),
    ]

    @Test(
        "find an event in what a server wraps around it, and pass over the rest",
        arguments: messages)
    func wrapped(text: String, number: UInt64?) throws {
        var context = ClientContext(seed: 1, keepingPayloads: true)
        let bytes = Array(text.utf8)
        context.deliverRelayed(bytes.span, in: 0..<bytes.count, after: Self.since)
        #expect(context.events.map(\.id) == number.map { [Self.since + $0] } ?? [])
        #expect(context.received.total == bytes.count)
        if let number { #expect(context.payloads == [Array(Self.event(number).utf8)]) }
    }

    @Test("cut objects out of a stream whatever stands between them", arguments: FeedPattern.all)
    func objects(pattern: FeedPattern) throws {
        let text =
            "}] , " + Self.event(1) + "\n\n" + Self.event(2)
            + #",{"a":["}\"{",{}]}"# + Self.event(3) + "\r\n{"
        for pieces in pattern.feeds(of: Array(text.utf8)) {
            var decoder = ObjectFraming(after: Self.since).makeDecoder()
            var context = ClientContext(seed: 1)
            for piece in pieces { try decoder.receive(piece.span, &context) }
            #expect(context.events.map(\.id) == [1, 2, 3].map { Self.since + $0 })
        }
    }

    private static let attacks: [(Transport, String, ProtocolError)] = [
        (.webSocket, RequestText.answer("404 Not Found"), .httpUnexpectedStatus),
        (.webSocket, RequestText.answer("200 OK"), .httpUnexpectedStatus),
        (.serverSentEvents, RequestText.answer("404 Not Found"), .httpUnexpectedStatus),
        (
            .serverSentEvents, RequestText.answer("200 OK", ["Content-Type: text/html"]),
            .streamContentType
        ),
        (.httpStreaming, RequestText.answer("403 Forbidden"), .httpUnexpectedStatus),
        (.httpStreaming, RequestText.stream("a/b") + "zz\r\n", .httpMalformedChunk),
        (
            .longPolling, RequestText.answer("403 Forbidden", ["Content-Length: 0"]),
            .httpUnexpectedStatus
        ),
        (.longPolling, RequestText.json(event(1)), .pollWithoutValidator),
        (.longPolling, poll(1, tag: "0") + "x", .httpUnexpectedBytes),
        (.longPolling, "HTTP/2 200\r\n\r\n", .httpMalformedStatusLine),
    ]

    @Test("catch a server that breaks the rules", arguments: attacks)
    func hostile(technique: Transport, text: String, rule: ProtocolError) throws {
        var visit = try Visit(.nchan, technique, at: "http://h/sub")
        #expect(throws: rule) { try visit.receive(text) }
    }

    @Test("survive random bytes behind a good beginning")
    func fuzz() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            for (technique, greeting, events, _) in Self.nchan {
                var bytes = Self.bytes(greeting) + Self.bytes(events)
                for _ in 0..<4 {
                    let index = Int.random(in: greeting.utf8.count..<bytes.count, using: &random)
                    bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                }
                var visit = try Visit(.nchan, technique, at: "http://h/sub")
                do {
                    try visit.receive([bytes])
                    #expect(visit.context.received.total <= bytes.count)
                } catch is ProtocolError {}
            }
        }
    }

    // MARK: - Profiles

    @Test(
        "publish where the profile says, on the target's channel",
        arguments: [
            ("nchan", "http://h:8080", "http://h:8080/pub?id=pushbench"),
            ("nchan", "http://h:8080/sub?id=7", "http://h:8080/pub?id=7"),
            ("nchan", "http://h:8080/sub/7", "http://h:8080/pub"),
            ("pushbench", "http://h:8080", "http://h:8080/events"),
            ("plain-ws", "ws://h/a", nil), ("plain-sse", "http://h/a", nil),
        ])
    func publishing(id: String, target: String, expected: String?) throws {
        let profile = try #require(TargetProfile.named(id))
        let url = try HTTPURL(parsing: target)
        #expect(profile.publishURL(beside: url)?.description == expected)
        for technique in profile.techniques {
            #expect(profile.transport(technique, at: url)?.id == technique)
        }
        #expect(profile.transport("raw-tcp", at: url) == nil)
    }
}
