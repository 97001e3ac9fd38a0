import Link
import Testing
import Transports
import Wire

@Suite("An event stream")
struct EventStreamTests {
    /// An event as a browser would dispatch it.
    struct Dispatched: Equatable, Sendable {
        var data: String
        var id = ""
        var type = ""
    }

    /// A stream and what it means.
    struct Example: Sendable, CustomStringConvertible {
        var description: String
        var stream: String
        var events: [Dispatched]
    }

    /// The examples of WHATWG HTML §9.2.6.
    static let examples: [Example] = [
        Example(
            description: "the stock ticker", stream: "data: YHOO\ndata: +2\ndata: 10\n\n",
            events: [Dispatched(data: "YHOO\n+2\n10")]),
        Example(
            description: "four blocks",
            stream: """
                : test stream

                data: first event
                id: 1

                data:second event
                id

                data:  third event


                """,
            events: [
                Dispatched(data: "first event", id: "1"), Dispatched(data: "second event"),
                Dispatched(data: " third event"),
            ]),
        Example(
            description: "data without values, and a block that does not end",
            stream: "data\n\ndata\ndata\n\ndata:",
            events: [Dispatched(data: ""), Dispatched(data: "\n")]),
        Example(
            description: "space after the colon", stream: "data:test\n\ndata: test\n\n",
            events: [Dispatched(data: "test"), Dispatched(data: "test")]),
    ]

    /// What the rules of §9.2.5 and §9.2.6 say beyond their examples.
    static let rules: [Example] = [
        Example(
            description: "a byte order mark", stream: "\u{FEFF}data: 1\n\n",
            events: [Dispatched(data: "1")]),
        Example(
            description: "a second byte order mark, which is part of a name",
            stream: "\u{FEFF}\u{FEFF}data: 1\n\ndata: 2\n\n", events: [Dispatched(data: "2")]),
        Example(
            description: "a byte order mark in front of an empty line",
            stream: "\u{FEFF}\ndata: 1\n\n", events: [Dispatched(data: "1")]),
        Example(
            description: "types that last for one block",
            stream: "event: add\ndata: 1\n\ndata: 2\n\nevent: add\n\ndata: 3\n\n",
            events: [
                Dispatched(data: "1", type: "add"), Dispatched(data: "2"), Dispatched(data: "3"),
            ]),
        Example(
            description: "ids that last",
            stream: "id: 7\n\ndata: 1\n\nid: 8\ndata: 2\n\ndata: 3\n\n",
            events: [
                Dispatched(data: "1", id: "7"), Dispatched(data: "2", id: "8"),
                Dispatched(data: "3", id: "8"),
            ]),
        Example(
            description: "an id with NUL", stream: "id: 7\ndata: 1\n\nid: 8\0\ndata: 2\n\n",
            events: [Dispatched(data: "1", id: "7"), Dispatched(data: "2", id: "7")]),
        Example(
            description: "unknown fields and names of another case",
            stream: "Data: 0\nfoo: 1\ndata : 2\ndata: 3\n\n", events: [Dispatched(data: "3")]),
        Example(
            description: "comments in the midst", stream: "data: 1\n: hb\n:\ndata: 2\n\n",
            events: [Dispatched(data: "1\n2")]),
        Example(
            description: "a colon in the value", stream: "data: a:b\n\n",
            events: [Dispatched(data: "a:b")]),
        Example(
            description: "blocks as servers write them, and others among them",
            stream: """
                id: 17
                data: {"id":17,"t":1}

                id: 18
                data: {"id":18,"t":2}

                data: this one goes without an id

                id: 19
                data: this one has two lines
                data: of data

                : a comment
                id: 20
                data: this one has a type
                event: add

                id: 21
                data: this one has none again

                id: sixteen bytes 16
                data: this one has an id that is long enough

                id: more than sixteen bytes
                data: this one has an id that is too long

                id: 22\0
                data: this one has a bad id

                id: \("")
                data: this one takes it back


                """,
            events: [
                Dispatched(data: "{\"id\":17,\"t\":1}", id: "17"),
                Dispatched(data: "{\"id\":18,\"t\":2}", id: "18"),
                Dispatched(data: "this one goes without an id", id: "18"),
                Dispatched(data: "this one has two lines\nof data", id: "19"),
                Dispatched(data: "this one has a type", id: "20", type: "add"),
                Dispatched(data: "this one has none again", id: "21"),
                Dispatched(
                    data: "this one has an id that is long enough", id: "sixteen bytes 16"),
                Dispatched(
                    data: "this one has an id that is too long", id: "more than sixteen bytes"),
                Dispatched(data: "this one has a bad id", id: "more than sixteen bytes"),
                Dispatched(data: "this one takes it back"),
            ]),
        Example(description: "nothing but empty lines", stream: "\n\n\n", events: []),
        Example(
            description: "text that is not ASCII", stream: "data: kůň 🐎\n\n",
            events: [Dispatched(data: "kůň 🐎")]),
    ]

    @Test(
        "means what WHATWG HTML §9.2.6 says, however it is cut and whatever ends its lines",
        arguments: examples + rules, FeedPattern.all)
    func interprets(example: Example, pattern: FeedPattern) throws {
        for ending in ["\n", "\r", "\r\n"] {
            let text = example.stream.split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: ending)
            for pieces in pattern.feeds(of: Array(text.utf8)) {
                #expect(try Self.interpret(pieces).events == example.events)
            }
        }
    }

    @Test("may mix the ends of its lines", arguments: FeedPattern.all)
    func mixedEnds(pattern: FeedPattern) throws {
        let stream = Array("data: 1\r\ndata: 2\rdata: 3\n\r\ndata: 4\r\n\r\rdata: 5\r\n\n".utf8)
        for pieces in pattern.feeds(of: stream) {
            #expect(
                try Self.interpret(pieces).events
                    == ["1\n2\n3", "4", "5"].map { Dispatched(data: $0) })
        }
    }

    @Test(
        "sets the time to reconnect by digits only",
        arguments: [
            ("retry: 250\n", 250), ("retry:9\n", 9), ("retry: 1s\n", nil), ("retry: -1\n", nil),
            ("retry\n", nil), ("retry: 250\nretry: soon\n", 250),
        ] as [(String, UInt64?)])
    func retry(stream: String, milliseconds: UInt64?) throws {
        #expect(
            try Self.interpret([Array(stream.utf8)]).interpreter.retryMilliseconds == milliseconds)
    }

    @Test("charges each of its bytes once, however it is cut", arguments: FeedPattern.all)
    func charges(pattern: FeedPattern) throws {
        let stream = Array("\u{FEFF}: hb\r\nid: 1\r\ndata: ab\r\ndata: c\r\n\r\n".utf8)
        for pieces in pattern.feeds(of: stream) {
            let result = try Self.interpret(pieces)
            // Without the data itself, which is "ab" LF "c".
            #expect(result.ledger.total == stream.count - 4)
            #expect(result.ledger[.heartbeat] == 5)
        }
    }

    @Test("carries a payload of several lines, and both ledgers agree on it")
    func payloadOfLines() throws {
        let payload = Array("{\"id\":1,\"t\":2,\"data\":[\n1,\r\n2]}".utf8)
        let event = Event(id: 1, intendedTime: Instant(nanoseconds: 2), payload: payload)
        var wire = WireBuffer()
        EventStreamFraming().write(.event(event), into: &wire)
        var decoder = EventStreamFraming().makeDecoder()
        var context = ClientContext(seed: 1, keepingPayloads: true)
        try decoder.receive(wire.bytes.span, &context)
        #expect(context.payloads == [Array("{\"id\":1,\"t\":2,\"data\":[\n1,\n\n2]}".utf8)])
        #expect(context.received == wire.ledger)
    }

    @Test("moves the cursor when a block ends and not when its id is read")
    func cursor() throws {
        var decoder = EventStreamFraming().makeDecoder()
        var context = ClientContext(seed: 1)
        func receive(_ text: String) throws {
            context.startInput(now: Instant(nanoseconds: 0))
            try decoder.receive(Array(text.utf8).span, &context)
        }
        try receive("id: 16\n")
        #expect(context.cursor == nil)
        try receive("\n")
        #expect(context.cursor == 16)
        try receive("id: 17\ndata: {\"id\":17,\"t\":1,\"data\":0}\n")
        #expect(context.cursor == nil)
        try receive("\n")
        #expect(context.cursor == 17)
        #expect(context.events.map(\.id) == [17])
    }

    @Test("asks again with Last-Event-ID and not with a query")
    func lastEventID() {
        let pair = TransportPair(.serverSentEvents)
        pair.connect()
        pair.publish(Array("0".utf8))
        pair.server.endStream(.recycled)
        pair.settle()
        let requests = pair.segments.filter(\.isFromClient).map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
        #expect(requests.count == 2)
        #expect(requests.first?.contains("Last-Event-ID") == false)
        #expect(requests.last?.hasPrefix("GET /events/sse HTTP/1.1\r\n") == true)
        #expect(requests.last?.hasSuffix("\r\nLast-Event-ID: 1\r\n\r\n") == true)
    }

    private static func interpret(
        _ pieces: [[UInt8]]
    ) throws -> (events: [Dispatched], ledger: ByteLedger, interpreter: EventStreamInterpreter) {
        var interpreter = EventStreamInterpreter()
        var ledger = ByteLedger()
        var events: [Dispatched] = []
        for piece in pieces {
            var offset = 0
            while let block = try interpreter.next(in: piece.span, at: &offset, ledger: &ledger) {
                guard block == .event else { continue }
                var data = interpreter.data
                if let range = interpreter.dataInPlace { data = piece.span.array(range) }
                events.append(
                    Dispatched(
                        data: String(decoding: data, as: UTF8.self),
                        id: String(decoding: interpreter.lastEventID, as: UTF8.self),
                        type: String(decoding: interpreter.type, as: UTF8.self)))
            }
        }
        return (events, ledger, interpreter)
    }
}
