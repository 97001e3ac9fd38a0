import Link
import Testing
import Transports
import Wire

@Suite("A hostile server")
struct HostileAnswerTests {
    /// An answer that breaks a rule of the client's half.
    struct Attack: Sendable, CustomStringConvertible {
        var description: String
        var rule: ProtocolError
        var transport: Transport
        var bytes: [UInt8]

        init(_ transport: Transport, _ rule: ProtocolError, _ what: String, _ text: String) {
            self.init(transport, rule, what, Array(text.utf8))
        }

        init(_ transport: Transport, _ rule: ProtocolError, _ what: String, _ bytes: [UInt8]) {
            description = "\(transport): \(what)"
            self.rule = rule
            self.transport = transport
            self.bytes = bytes
        }
    }

    /// What breaks every technique that begins with an HTTP answer.
    static let heads: [Attack] = Transport.all.filter { $0 != .rawTCP }.flatMap { transport in
        [
            Attack(transport, .httpMalformedStatusLine, "no HTTP", "SSH-2.0-OpenSSH_9.9\r\n\r\n"),
            Attack(
                transport, .httpUnexpectedStatus, "500",
                RequestText.answer("500 Internal Server Error", ["Content-Length: 0"])),
            Attack(
                transport, .httpUnexpectedStatus, "404",
                RequestText.answer("404 Not Found", ["Content-Length: 4"], content: "none")),
            Attack(
                transport, .httpHeadTooLarge, "64 KiB of head",
                "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 65_536)),
            Attack(
                transport, .httpMalformedField, "field without colon",
                RequestText.answer("200 OK", ["X"])),
            Attack(
                transport, .httpConflictingLength, "two lengths",
                RequestText.answer("200 OK", ["Content-Length: 1", "Content-Length: 2"])),
        ]
    }

    private static func batch(_ content: String) -> Attack {
        Attack(.longPolling, .malformedBatch, content, RequestText.json(content))
    }

    private static func call(_ content: String, _ rule: ProtocolError = .jsonpCall) -> Attack {
        Attack(.jsonpPolling, rule, content, RequestText.script(content))
    }

    static let polls: [Attack] =
        [
            batch("[]"), batch("{}"), batch(#"{"cursor":}"#), batch(#"{"cursor":1}"#),
            batch(#"{"cursor":1,"events":["#), batch(#"{"cursor":1,"events":[]"#),
            batch(#"{"cursor":1,"events":[]}x"#), batch(#"{"cursor":x,"events":[]}"#),
            batch(#"{"cursor":1,"lost":,"events":[]}"#),
            batch(#"{"cursor":18446744073709551616,"events":[]}"#),
            batch(#"{"cursor":1,"events":[{"id":1,"t":1,"data":"}]}"#),
            batch(#"{"cursor":1,"events":[{"id":1,"t":1,"data":"\"#),
            Attack(
                .shortPolling, .eventPayload, "event without id",
                RequestText.json(#"{"cursor":1,"events":[{"t":1}]}"#)),
            Attack(
                .shortPolling, .eventPayload, "event zero",
                RequestText.json(#"{"cursor":1,"events":[{"id":0,"t":1,"data":0}]}"#)),
            Attack(
                .shortPolling, .httpUnexpectedBytes, "two answers to one question",
                RequestText.json(#"{"cursor":1,"events":[]}"#)
                    + RequestText.json(#"{"cursor":1,"events":[]}"#)),
            Attack(
                .longPolling, .httpMalformedChunk, "broken chunk",
                RequestText.answer("200 OK", ["Transfer-Encoding: chunked"], content: "zz\r\n")),
            call("push({})"), call(#"/**/other({"cursor":1,"events":[]});"#), call("/**/push("),
            call("/**/push);"), call("/**/push(};"), call("/**/push({});", .malformedBatch),
            call(#"/**/push({"cursor":1,"events":[{"id":1}]});"#, .eventPayload),
        ]

    private static func message(_ text: String, _ rule: ProtocolError) -> [Attack] {
        let script = "<script>parent.push(\(text))</script>\n"
        return [
            Attack(.rawTCP, rule, text, text + "\n"),
            Attack(
                .httpStreaming, rule, text,
                RequestText.stream("application/x-ndjson", text + "\n")),
            Attack(
                .foreverIframe, rule, text,
                RequestText.stream("text/html; charset=utf-8", "prelude\n", script)),
            Attack(
                .serverSentEvents, rule, text,
                RequestText.stream("text/event-stream", "event: x\ndata: \(text)\n\n")),
            Attack(
                .webSocket, rule, text, upgrade + [0x81, UInt8(text.utf8.count)] + Array(text.utf8)),
        ]
    }

    static let streams: [Attack] =
        message("x", .eventPayload) + message(#"{"id":1}"#, .eventPayload)
        + message(#"{"id":0,"t":1,"data":0}"#, .eventPayload)
        + message(#"{"id":1,"t":1"#, .eventPayload)
        + message(#"{"cursor":x}"#, .positionNotice)
        + message(#"{"cursor":1,"lost":}"#, .positionNotice)
        + message(#"{"cursor":1,"gone":2}"#, .positionNotice)
        + message(#"{"cursor":1"#, .positionNotice)
        + [
            Attack(
                .foreverIframe, .scriptElement, "another script",
                RequestText.stream("text/html; charset=utf-8", "\n", "<script>alert(1)</script>\n")),
            Attack(
                .foreverIframe, .scriptElement, "an element with nothing in it",
                RequestText.stream(
                    "text/html; charset=utf-8", "\n", "<script>parent.push()</script>\n")),
            Attack(
                .serverSentEvents, .streamContentType, "HTML",
                RequestText.stream("text/html", "<p>")),
            Attack(
                .httpStreaming, .streamContentType, "no type",
                RequestText.answer("200 OK", ["Transfer-Encoding: chunked"])),
            Attack(
                .serverSentEvents, .httpMalformedChunk, "chunk without end",
                RequestText.stream("text/event-stream", ": hb\n") + "1\r\n:x"),
        ]

    /// The client's key, which the seed decides, and the answer that it accepts.
    private static let accept: String = {
        var random = SeededGenerator(seed: 1)
        let key = WebSocketHandshake.makeKey(using: &random)
        return String(decoding: WebSocketHandshake.accept(forKey: key.span), as: UTF8.self)
    }()

    private static func switched(_ fields: String...) -> [UInt8] {
        Array(RequestText.answer("101 Switching Protocols", fields).utf8)
    }

    private static let upgrade = switched(
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: \(accept)")

    static let webSockets: [Attack] = [
        Attack(
            .webSocket, .webSocketAccept, "no proof",
            switched("Connection: Upgrade", "Upgrade: websocket")),
        Attack(
            .webSocket, .webSocketAccept, "proof for another key",
            switched(
                "Connection: Upgrade", "Upgrade: websocket",
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        Attack(
            .webSocket, .webSocketAccept, "another protocol",
            switched("Connection: Upgrade", "Upgrade: h2c", "Sec-WebSocket-Accept: \(accept)")),
        Attack(
            .webSocket, .webSocketAccept, "no switch of the connection",
            switched("Upgrade: websocket", "Sec-WebSocket-Accept: \(accept)")),
        Attack(
            .webSocket, .webSocketMaskedFrame, "masked frame",
            upgrade + [0x81, 0x81, 1, 2, 3, 4, 0x60]),
        Attack(
            .webSocket, .webSocketInvalidCloseCode, "close with code 1005",
            upgrade + [0x88, 0x02, 0x03, 0xED]),
        Attack(.webSocket, .eventPayload, "empty message", upgrade + [0x81, 0x00]),
    ]

    @Test(
        "is caught by the rule that it breaks, however its bytes are cut",
        arguments: heads + polls + streams + webSockets,
        [FeedPattern.whole, .byteByByte, .random(seed: 1)])
    func refuses(attack: Attack, pattern: FeedPattern) {
        guard attack.bytes.count < 10_000 || pattern == .whole else { return }
        for pieces in pattern.feeds(of: attack.bytes) {
            #expect(Reception(attack.transport, pieces).error == attack.rule)
        }
    }

    @Test("that hangs up in the middle is not believed", arguments: Transport.all)
    func truncates(transport: Transport) {
        let reception = Reception(transport, [Array("HTTP/1.1 200 O".utf8)], closing: true)
        switch transport {
        case .rawTCP: #expect(reception.error == nil)
        case .webSocket: #expect(reception.error == .webSocketTruncated)
        default: #expect(reception.error == .httpTruncated)
        }
    }

    @Test("cannot make a number overflow")
    func overflows() {
        let huge = RequestText.answer(
            "200 OK", ["Content-Length: 9223372036854775807"], content: "{}")
        #expect(Reception(.longPolling, [Array(huge.utf8)], closing: true).error == .httpTruncated)
        let lost = #"{"cursor":9999999999999999999,"lost":9999999999999999999}"# + "\n"
        let reception = Reception(.rawTCP, [Array((lost + lost + lost).utf8)])
        #expect(reception.error == nil)
        #expect(reception.context.announcedLost == .max)
    }

    @Test("cannot make a client hold a line without end")
    func endlessLine() {
        var lines = LineSplitter(limit: 8)
        var offset = 0
        #expect(throws: Never.self) { try lines.next(in: Array("12345678".utf8).span, at: &offset) }
        offset = 0
        #expect(throws: ProtocolError.lineTooLong) {
            try lines.next(in: Array("9".utf8).span, at: &offset)
        }
        for text in ["id: 23456", "data: 1\ndata: 2\ndata: 3\ndata: 4\ndata: 5\n"] {
            var interpreter = EventStreamInterpreter(limit: 8)
            var ledger = ByteLedger()
            var offset = 0
            #expect(throws: ProtocolError.lineTooLong) {
                try interpreter.next(in: Array(text.utf8).span, at: &offset, ledger: &ledger)
            }
        }
    }

    @Test("has an attack for every rule of the client's half")
    func everyRule() {
        let rules: [ProtocolError] = [
            .httpMalformedStatusLine, .httpUnexpectedStatus, .httpHeadTooLarge, .httpMalformedField,
            .httpConflictingLength, .httpUnexpectedBytes, .httpMalformedChunk, .malformedBatch,
            .jsonpCall, .eventPayload, .positionNotice, .scriptElement, .streamContentType,
            .webSocketAccept, .webSocketMaskedFrame, .webSocketInvalidCloseCode,
        ]
        let attacks = Self.heads + Self.polls + Self.streams + Self.webSockets
        for rule in rules { #expect(attacks.contains { $0.rule == rule }, "\(rule.rule)") }
    }
}

/// What a client made of the bytes of a server.
private struct Reception {
    var context = ClientContext(seed: 1)
    var error: ProtocolError?

    init(_ transport: Transport, _ pieces: [[UInt8]], closing: Bool = false) {
        var client = transport.makeClient(ClientProfile(authority: "lab", since: 0))
        client.connected(&context)
        do throws(ProtocolError) {
            for piece in pieces {
                context.startInput(now: Instant(nanoseconds: 0))
                guard try client.receive(piece.span, &context) == .carryOn else { return }
            }
            if closing { _ = try client.peerClosed(&context) }
        } catch {
            self.error = error
        }
    }
}
