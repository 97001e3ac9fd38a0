import Testing
import Transports
import Wire

@Suite("A hostile client")
struct HostileRequestTests {
    /// Bytes that break a rule of the server's half.
    struct Attack: Sendable, CustomStringConvertible {
        var description: String
        var rule: ProtocolError
        var bytes: [UInt8]
        var transport: Transport?

        init(
            _ description: String, _ rule: ProtocolError, _ text: String,
            to transport: Transport? = nil
        ) {
            self.init(description, rule, Array(text.utf8), to: transport)
        }

        init(
            _ description: String, _ rule: ProtocolError, _ bytes: [UInt8],
            to transport: Transport? = nil
        ) {
            self.description = description
            self.rule = rule
            self.bytes = bytes
            self.transport = transport
        }
    }

    private static func get(_ target: String, _ fields: String...) -> String {
        RequestText.request("GET", target, fields)
    }

    private static func post(_ fields: [String], _ content: String) -> String {
        RequestText.request("POST", "/events", fields, content: content)
    }

    private static func host(_ value: String) -> String {
        "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n"
    }

    private static func coded(_ coding: String) -> String {
        post(["Transfer-Encoding: \(coding)"], "0\r\n\r\n")
    }

    private static func chunks(_ content: String) -> String {
        post(["Transfer-Encoding: chunked"], content)
    }

    private static func repeated(_ character: String, _ count: Int) -> String {
        String(repeating: character, count: count)
    }

    /// What HTTP itself forbids.
    static let grammar: [Attack] = [
        Attack("no target", .httpMalformedRequestLine, "GET HTTP/1.1\r\nHost: lab\r\n\r\n"),
        Attack("two spaces", .httpMalformedRequestLine, "GET  / HTTP/1.1\r\nHost: lab\r\n\r\n"),
        Attack("TLS", .httpMalformedRequestLine, [0x16, 3, 1, 0, 5]),
        Attack("lines without CR", .httpBareLineFeed, "GET / HTTP/1.1\nHost: lab\n\n"),
        Attack("relative target", .httpMalformedTarget, get("events/sse")),
        Attack("target that is not ASCII", .httpMalformedTarget, get("/é")),
        Attack("9,000 bytes of target", .httpTargetTooLong, get("/" + repeated("a", 9000))),
        Attack("unknown method", .httpUnknownMethod, RequestText.request("BREW", "/coffee")),
        Attack("HTTP/2 preface", .httpUnknownVersion, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Attack("17,000 bytes of head", .httpHeadTooLarge, get("/", "X: " + repeated("a", 17_000))),
        Attack(
            "101 fields", .httpTooManyFields,
            RequestText.request("GET", "/", (0..<100).map { "X\($0): y" })),
        Attack("bare LF", .httpBareLineFeed, "GET / HTTP/1.1\nHost: lab\r\n\r\n"),
        Attack("field without colon", .httpMalformedField, get("/", "X")),
        Attack("space before colon", .httpMalformedField, get("/", "X : y")),
        Attack("folded field", .httpObsoleteFolding, get("/", "X: y", " z")),
        Attack("no Host", .httpHostMissing, "GET / HTTP/1.1\r\n\r\n"),
        Attack("two Hosts", .httpHostMissing, get("/", "Host: lab")),
        Attack("Host that is a list", .httpMalformedHost, host("lab, lab")),
        Attack("Host with a user", .httpMalformedHost, host("me@lab")),
        Attack("Host with a path", .httpMalformedHost, host("lab/x")),
        Attack("Host with a port that is none", .httpMalformedHost, host("lab:80a")),
        Attack("Host with an open bracket", .httpMalformedHost, host("[::1")),
        Attack("target with a fragment", .httpMalformedTarget, get("/#top")),
        Attack("target with a user", .httpMalformedTarget, get("http://me@lab/")),
        Attack("target of no host", .httpMalformedTarget, get("http:///events")),
        Attack("target of another scheme", .httpMalformedTarget, get("ftp://lab/")),
        Attack("asterisk that is asked for", .httpMalformedTarget, get("*")),
        Attack("NUL in a target", .httpMalformedTarget, get("/\u{0}")),
        Attack("bare CR in a target", .httpMalformedTarget, get("/\r")),
        Attack("no version", .httpMalformedRequestLine, "GET /\r\n\r\n"),
        Attack("version in small letters", .httpMalformedRequestLine, "GET / http/1.1\r\n\r\n"),
        Attack("four words", .httpMalformedRequestLine, "GET / / HTTP/1.1\r\nHost: lab\r\n\r\n"),
        Attack(
            "tab for a space", .httpMalformedRequestLine, "GET\t/ HTTP/1.1\r\nHost: lab\r\n\r\n"),
        Attack("space first", .httpMalformedRequestLine, " GET / HTTP/1.1\r\nHost: lab\r\n\r\n"),
        Attack("bare LF in the fields", .httpBareLineFeed, get("/", "X: y\nY: z")),
        Attack("bare CR in a value", .httpMalformedField, get("/", "X: y\rY: z")),
        Attack("NUL in a value", .httpMalformedField, get("/", "X: \u{0}")),
        Attack("NUL in a name", .httpMalformedField, get("/", "X\u{0}: y")),
        Attack("no name", .httpMalformedField, get("/", ": y")),
        Attack("tab before colon", .httpMalformedField, get("/", "X\t: y")),
        Attack("first field folded", .httpObsoleteFolding, "GET / HTTP/1.1\r\n Host: lab\r\n\r\n"),
        Attack("length that is no number", .httpInvalidLength, post(["Content-Length: 1x"], "")),
        Attack("negative length", .httpInvalidLength, post(["Content-Length: -1"], "")),
        Attack("length with a plus", .httpInvalidLength, post(["Content-Length: +1"], "0")),
        Attack("hexadecimal length", .httpInvalidLength, post(["Content-Length: 0x1"], "0")),
        Attack("empty length", .httpInvalidLength, post(["Content-Length:"], "")),
        Attack("length in two words", .httpInvalidLength, post(["Content-Length: 1 1"], "0")),
        Attack("list of equal lengths", .httpInvalidLength, post(["Content-Length: 1, 1"], "0")),
        Attack(
            "length of 20 digits", .httpInvalidLength,
            post(["Content-Length: 10000000000000000000"], "")),
        Attack(
            "two equal lengths", .httpConflictingLength,
            post(["Content-Length: 1", "Content-Length: 1"], "0")),
        Attack(
            "chunks and length", .httpConflictingLength,
            post(["Transfer-Encoding: chunked", "Content-Length: 1"], "0\r\n\r\n")),
        Attack(
            "chunks twice", .httpConflictingLength,
            post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "0\r\n\r\n")),
        Attack("chunks of chunks", .httpUnknownCoding, coded("chunked, chunked")),
        Attack("chunks that are not last", .httpUnknownCoding, coded("chunked, identity")),
        Attack("identity coding", .httpUnknownCoding, coded("identity")),
        Attack("nearly chunked", .httpUnknownCoding, coded("xchunked")),
        Attack("chunked with a parameter", .httpUnknownCoding, coded("chunked;q=1")),
        Attack("quoted chunked", .httpUnknownCoding, coded("\"chunked\"")),
        Attack("empty coding", .httpUnknownCoding, coded("")),
        Attack("vertical tab before chunked", .httpMalformedField, coded("\u{B}chunked")),
        Attack(
            "two lengths", .httpConflictingLength,
            post(["Content-Length: 1", "Content-Length: 2"], "0")),
        Attack(
            "length and chunks", .httpConflictingLength,
            post(["Content-Length: 1", "Transfer-Encoding: chunked"], "0\r\n\r\n")),
        Attack("gzip coding", .httpUnknownCoding, post(["Transfer-Encoding: gzip, chunked"], "")),
        Attack(
            "chunks in HTTP/1.0", .httpCodingInOldVersion,
            "POST /events HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Attack("unknown expectation", .httpUnknownExpectation, get("/", "Expect: tea")),
        Attack("2 MB of content", .httpBodyTooLarge, post(["Content-Length: 2000000"], "")),
        Attack(
            "all the bytes there are", .httpBodyTooLarge,
            post(["Content-Length: 9223372036854775807"], "")),
        Attack(
            "2 MB of chunk", .httpBodyTooLarge,
            post(["Transfer-Encoding: chunked"], "1e8480\r\n" + repeated("x", 1 << 20 + 1))),
        Attack(
            "chunk size that is no number", .httpMalformedChunk,
            post(["Transfer-Encoding: chunked"], "zz\r\n")),
        Attack(
            "chunk size of 16 digits", .httpChunkTooLarge,
            post(["Transfer-Encoding: chunked"], "1000000000000000\r\n")),
        Attack("chunk size with a sign", .httpMalformedChunk, chunks("+1\r\n0\r\n0\r\n\r\n")),
        Attack("chunk size with 0x", .httpMalformedChunk, chunks("0x1\r\n0\r\n0\r\n\r\n")),
        Attack("space before a chunk size", .httpMalformedChunk, chunks(" 1\r\n0\r\n0\r\n\r\n")),
        Attack("space behind a chunk size", .httpMalformedChunk, chunks("1 \r\n0\r\n0\r\n\r\n")),
        Attack("no chunk size", .httpMalformedChunk, chunks("\r\n0\r\n\r\n")),
        Attack("extension without a size", .httpMalformedChunk, chunks(";a\r\n0\r\n\r\n")),
        Attack("chunk size ended by LF", .httpMalformedChunk, chunks("1\n0\r\n0\r\n\r\n")),
        Attack("chunk size ended by CR", .httpMalformedChunk, chunks("1\r0\r\n0\r\n\r\n")),
        Attack("LF in an extension", .httpMalformedChunk, chunks("1;a\n0\r\n0\r\n\r\n")),
        Attack("CR in an extension", .httpMalformedChunk, chunks("1;a\rb\r\n0\r\n0\r\n\r\n")),
        Attack("NUL in an extension", .httpMalformedChunk, chunks("1;\u{0}\r\n0\r\n0\r\n\r\n")),
        Attack("chunk that is longer", .httpMalformedChunk, chunks("1\r\n00\r\n0\r\n\r\n")),
        Attack("chunk ended by LF", .httpMalformedChunk, chunks("1\r\n0\n0\r\n\r\n")),
        Attack(
            "trailer without colon", .httpMalformedTrailer, chunks("0\r\nGET / HTTP/1.1\r\n\r\n")),
        Attack("folded trailer", .httpMalformedTrailer, chunks("0\r\nA: b\r\n c\r\n\r\n")),
        Attack("trailer ended by LF", .httpMalformedChunk, chunks("0\r\nA: b\n\r\n")),
        Attack("endless trailers", .httpChunkTooLarge, chunks("0\r\n" + repeated("A: b\r\n", 400))),
        Attack(
            "endless chunk extension", .httpChunkTooLarge,
            post(["Transfer-Encoding: chunked"], "1;" + repeated("x", 2000))),
    ]

    /// What the endpoints forbid.
    static let endpoints: [Attack] = [
        Attack("cursor in letters", .invalidCursor, get("/events/sse?since=x")),
        Attack("negative cursor", .invalidCursor, get("/events/long-polling?since=-1")),
        Attack(
            "cursor of 20 digits", .invalidCursor,
            get("/events/http-streaming?since=18446744073709551615")),
        Attack(
            "Last-Event-ID that is none of ours", .invalidCursor,
            get("/events/sse?since=1", "Last-Event-ID: 1:2")),
        Attack("no callback", .jsonpCallback, get("/events/jsonp-polling")),
        Attack(
            "poll with content", .httpContentNotWanted,
            RequestText.request(
                "GET", "/events/long-polling", ["Content-Length: 2"], content: "{}")),
        Attack(
            "content for a page", .httpContentNotWanted,
            RequestText.request("POST", "/", ["Transfer-Encoding: chunked"], content: "0\r\n\r\n")),
        Attack("POST to a stream", .httpReadOnly, RequestText.request("POST", "/events/sse")),
        Attack("DELETE of a page", .httpReadOnly, RequestText.request("DELETE", "/")),
        Attack("TRACE", .httpReadOnly, RequestText.request("TRACE", "/")),
        Attack("CONNECT", .httpReadOnly, RequestText.request("CONNECT", "lab:80")),
        Attack(
            "poll of a foreign page", .originForeign,
            get("/events/long-polling", "Origin: http://evil.example")),
        Attack(
            "stream of a page from nowhere", .originForeign, get("/events/sse", "Origin: null")),
        Attack(
            "WebSocket of a foreign page", .originForeign,
            RequestText.handshake(version: "Origin: https://evil.example")),
        Attack(
            "script of a foreign page", .originForeign,
            get("/events/jsonp-polling?callback=x", "Sec-Fetch-Site: cross-site")),
        Attack(
            "event of a foreign page", .originForeign,
            post(["Origin: http://evil.example", "Content-Length: 1"], "1")),
        Attack("GET of what is posted", .httpPublishOnly, get("/events")),
        Attack("PUT to what is posted", .httpPublishOnly, RequestText.request("PUT", "/events")),
        Attack(
            "data that is no JSON", .publishedContent,
            post(["Content-Type: application/json", "Content-Length: 5"], "{1:2}")),
        Attack(
            "data that is no text", .publishedContent,
            Array(post(["Content-Length: 2"], "").utf8) + [0xC3, 0x28]),
        Attack("stream and more", .httpUnexpectedBytes, get("/events/sse") + get("/")),
        Attack("GET of a WebSocket", .webSocketUpgradeMissing, get("/events/websocket")),
        Attack(
            "HEAD of a WebSocket", .webSocketUpgradeMissing,
            RequestText.request("HEAD", "/events/websocket")),
        Attack(
            "upgrade to something else", .webSocketUpgradeMissing,
            RequestText.handshake(upgrade: "Upgrade: h2c")),
        Attack(
            "upgrade that is not meant for us", .webSocketUpgradeMissing,
            RequestText.handshake(connection: "Connection: keep-alive")),
        Attack(
            "WebSocket version 8", .webSocketVersion,
            RequestText.handshake(version: "Sec-WebSocket-Version: 8")),
        Attack("no WebSocket version", .webSocketVersion, RequestText.handshake(version: "X: y")),
        Attack("no WebSocket key", .webSocketKey, RequestText.handshake(key: "X: y")),
        Attack(
            "short WebSocket key", .webSocketKey,
            RequestText.handshake(key: "Sec-WebSocket-Key: c2hvcnQ=")),
    ]

    /// What a bare socket forbids; there is no way to say so but to close.
    static let subscriptions: [Attack] = [
        "GET / HTTP/1.1\r\n\r\n", "SUBSCRIBE since=\n", "SUBSCRIBE since=x\n", "SUBSCRIBE \n",
        "SUBSCRIBE since=18446744073709551616\n", "subscribe\n", "\n", "\r\n", " SUBSCRIBE\n",
        String(repeating: "x", count: 64),
    ].map { Attack($0.debugDescription, .rawSubscription, $0, to: .rawTCP) }

    private static let patterns: [FeedPattern] = [
        .whole, .byteByByte, .random(seed: 1), .random(seed: 2),
    ]

    @Test(
        "is told the rule with its status, however its bytes are cut, and the connection closes",
        arguments: grammar + endpoints + subscriptions, patterns)
    func refuses(attack: Attack, pattern: FeedPattern) {
        // A megabyte in single bytes tells nothing new.
        guard attack.bytes.count < 100_000 || pattern == .whole else { return }
        for pieces in pattern.feeds(of: attack.bytes) {
            let server = ServerPeer()
            server.accept(attack.transport)
            for piece in pieces { server.receive(piece) }
            #expect(server.refusal == attack.rule)
            #expect(!server.isOpen)
            let answer = String(decoding: server.takeOutput(), as: UTF8.self)
            guard attack.transport == nil else {
                #expect(answer == "")
                continue
            }
            // Whoever pipelines behind a stream has had its head, and is cut off.
            guard attack.rule != .httpUnexpectedBytes else { continue }
            #expect(answer.hasPrefix("HTTP/1.1 \(attack.rule.status) "))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(answer.contains("\r\n\(attack.rule.fields)"))
            #expect(answer.hasSuffix("\r\n\r\n\(attack.rule.reason) (\(attack.rule.reference))\n"))
            server.receive(Array(Self.get("/").utf8))
            #expect(server.takeOutput().isEmpty)
        }
    }

    @Test("is told which methods are allowed, and which WebSocket version is spoken")
    func fields() {
        #expect(ProtocolError.httpReadOnly.fields == "Allow: GET, HEAD\r\n")
        #expect(ProtocolError.httpPublishOnly.fields == "Allow: POST\r\n")
        #expect(ProtocolError.webSocketVersion.fields.contains("Sec-WebSocket-Version: 13\r\n"))
    }

    @Test(
        "finds nothing of what it says in a page or an error",
        arguments: [
            "GET /MARK HTTP/1.1\r\nHost: a\r\n\r\n", "GET /?MARK HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: MARK\r\n\r\n", "GET / HTTP/1.1\r\nHost: MARK MARK\r\n\r\n",
            "MARK / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / MARK\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nMARK\r\n\r\n",
            "GET /events/sse?since=MARK HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /events/MARK HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /events/sse HTTP/1.1\r\nHost: a\r\nOrigin: MARK\r\n\r\n",
            "GET /events/sse HTTP/1.1\r\nHost: a\r\nLast-Event-ID: MARK\r\n\r\n",
            "GET /events/jsonp-polling?callback=(MARK) HTTP/1.1\r\nHost: a\r\n\r\n",
            "TRACE / HTTP/1.1\r\nHost: a\r\nX: MARK\r\n\r\n",
            "OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: http://MARK\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: MARK\r\n\r\n",
        ])
    func reflection(request: String) {
        let server = ServerPeer()
        server.accept()
        server.receive(Array(request.utf8))
        let answer = String(decoding: server.takeOutput(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 "))
        #expect(!answer.contains("MARK"))
    }

    @Test("has an attack for every rule of the server's half")
    func everyRule() {
        let ours: [ProtocolError] = [
            .invalidCursor, .jsonpCallback, .httpContentNotWanted, .httpReadOnly, .httpPublishOnly,
            .publishedContent, .httpUnexpectedBytes, .webSocketUpgradeMissing, .webSocketVersion,
            .webSocketKey, .rawSubscription, .originForeign,
        ]
        let attacks = Self.grammar + Self.endpoints + Self.subscriptions
        for rule in ProtocolError.httpRequestRules + ours {
            #expect(attacks.contains { $0.rule == rule }, "\(rule.rule)")
        }
    }

    @Test("that never ends its request is told so")
    func timesOut() {
        let server = ServerPeer()
        server.accept()
        server.receive(Array("GET / HT".utf8))
        server.timeOut()
        #expect(server.refusal == .httpTimeout)
        #expect(
            String(decoding: server.takeOutput(), as: UTF8.self).hasPrefix("HTTP/1.1 408 Request"))
    }

    @Test("that pipelines more than a head's worth while its poll waits is refused")
    func pipelinesTooMuch() {
        let server = ServerPeer()
        server.accept()
        server.receive(Array(Self.get("/events/long-polling?since=0").utf8))
        #expect(server.isOpen)
        server.receive(Array(Self.repeated("x", 16 * 1024 + 1).utf8))
        #expect(server.refusal == .httpUnexpectedBytes)
        #expect(!server.isOpen)
    }

    @Test("that breaks a rule on an open stream is cut off", arguments: Transport.all)
    func inboundRules(transport: Transport) throws {
        guard transport.server.stream != nil else { return }
        let pair = TransportPair(transport)
        pair.connect()
        pair.server.receive([0x81, 0x01, 0x61])
        #expect(!pair.server.isOpen)
        let rule: ProtocolError =
            transport == .webSocket ? .webSocketUnmaskedFrame : .httpUnexpectedBytes
        #expect(pair.server.refusal == rule)
        let answer = pair.server.takeOutput()
        guard transport == .webSocket else {
            #expect(answer.isEmpty)
            return
        }
        // A close frame whose code is 1002 (RFC 6455 §7.4.1).
        #expect(answer.first == 0x88)
        #expect(answer.dropFirst(2).prefix(2) == [0x03, 0xEA])
    }
}
