import Deflate
import Link
import Testing
import Transports
import Wire

@Suite("The WebSocket echo")
struct WebSocketEchoTests {
    private static let patterns: [FeedPattern] = [
        .whole, .byteByByte, .everySplit, .random(seed: 1),
    ]

    private static func handshake(_ path: String = "/echo", extensions: String? = nil) -> [UInt8] {
        let lines = extensions.map { "Sec-WebSocket-Extensions: \($0)\r\n" } ?? ""
        let text = RequestText.handshake().replacing("/events/websocket", with: path)
        return Array((text.dropLast() + lines + "\r\n").utf8)
    }

    private static func server(deflates: Bool = false, limit: Int = 1 << 20) -> ServerPeer {
        var settings = ServerContext.Settings()
        settings.echoes = true
        settings.deflates = deflates
        settings.inboundLimit = limit
        let server = ServerPeer(settings: settings)
        server.accept()
        return server
    }

    /// The head of a server's answer, and what follows it.
    private static func split(_ output: [UInt8]) throws -> (head: String, frames: [UInt8]) {
        let end = try #require(output.firstRange(of: Array("\r\n\r\n".utf8)))
        return (
            String(decoding: output[..<end.upperBound], as: UTF8.self),
            Array(output[end.upperBound...])
        )
    }

    /// What a server has sent, decoded.
    private static func reception(of frames: [UInt8]) -> WebSocketReception {
        WebSocketReception([frames], role: .client)
    }

    private static func frame(
        _ opcode: WebSocketOpcode, _ payload: [UInt8], fin: Bool = true, isCompressed: Bool = false
    ) -> [UInt8] {
        var wire = WireBuffer()
        WebSocketFrame.encode(
            opcode, payload.span, fin: fin, isCompressed: isCompressed, mask: 0x37FA_213D,
            into: &wire)
        return wire.bytes
    }

    // MARK: - The server

    @Test("is not there unless it was asked for")
    func offByDefault() {
        let server = ServerPeer()
        server.accept()
        server.receive(Self.handshake())
        #expect(server.pages == ["/echo"])
        #expect(String(decoding: server.takeOutput(), as: UTF8.self).hasPrefix("HTTP/1.1 404 "))
    }

    @Test(
        "sends text and binary back, whole or in fragments, however they are cut",
        arguments: patterns)
    func echoes(pattern: FeedPattern) throws {
        let frames =
            Self.frame(.text, Array("Hällo".utf8)) + Self.frame(.ping, [1, 2])
            + Self.frame(.binary, [0, 255], fin: false) + Self.frame(.ping, [])
            + Self.frame(.continuation, [7]) + Self.frame(.text, [])
        for pieces in pattern.feeds(of: frames) {
            let server = Self.server()
            server.receive(Self.handshake())
            let (head, _) = try Self.split(server.takeOutput())
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            for piece in pieces { server.receive(piece) }
            let reception = Self.reception(of: server.takeOutput())
            #expect(
                reception.messages == [
                    .init(.text, "Hällo"), .init(.pong, [1, 2]), .init(.pong),
                    .init(.binary, [0, 255, 7]), .init(.text),
                ])
            #expect(server.isOpen)
        }
    }

    @Test("answers everything that came at once, though it gathers only so much of it")
    func gathers() throws {
        let server = Self.server()
        server.receive(Self.handshake())
        _ = server.takeOutput()
        let one = Self.frame(.binary, [UInt8](repeating: 1, count: 50_000))
        server.receive(one + one + one + one + Self.frame(.close, [0x03, 0xE8]))
        let reception = Self.reception(of: server.takeOutput())
        #expect(reception.messages.map(\.kind) == [.binary, .binary, .binary, .binary, .close])
        #expect(!server.isOpen && server.refusal == nil)
    }

    @Test(
        "says what was wrong, and ends",
        arguments: [
            ([0x81, 0x01, 0x61], 1002, ProtocolError.webSocketUnmaskedFrame),
            (frame(.text, [0xFF]), 1007, .webSocketInvalidText),
            (frame(.binary, Array(repeating: 0, count: 101)), 1009, .webSocketFrameTooBig),
            (frame(.text, [1], isCompressed: true), 1002, .webSocketReservedBit),
        ] as [([UInt8], Int, ProtocolError)])
    func refuses(bytes: [UInt8], code: Int, rule: ProtocolError) {
        let server = Self.server(limit: 100)
        server.receive(Self.handshake())
        _ = server.takeOutput()
        server.receive(bytes)
        let output = server.takeOutput()
        #expect(output.first == 0x88 && Int(output[2]) << 8 | Int(output[3]) == code)
        #expect(server.refusal == rule && !server.isOpen)
    }

    @Test("takes no compressed messages from a server that does not compress")
    func agreesOnNothing() throws {
        let server = Self.server(deflates: false)
        server.receive(Self.handshake(extensions: "permessage-deflate"))
        let (head, _) = try Self.split(server.takeOutput())
        #expect(!head.lowercased().contains("sec-websocket-extensions"))
    }

    @Test(
        "is refused for what is no list of extensions", arguments: ["/echo", "/events/websocket"])
    func noList(path: String) {
        let server = Self.server()
        server.receive(Self.handshake(path, extensions: "permessage-deflate; ="))
        #expect(server.refusal == .webSocketExtensions)
        #expect(String(decoding: server.takeOutput(), as: UTF8.self).hasPrefix("HTTP/1.1 400 "))
    }

    // MARK: - The client

    /// Joins an echo server and a client that sends the server's own messages back once.
    @Test("of the client sends messages back, and says goodbye when it is told to")
    func client() throws {
        var context = ClientContext(seed: 1)
        var client = WebSocketEchoClient(
            profile: ClientProfile(authority: "lab"), target: "/x", limit: 1 << 20, echoes: true)
        client.connected(&context)
        let request = String(decoding: context.output.bytes, as: UTF8.self)
        #expect(request.hasPrefix("GET /x HTTP/1.1\r\nHost: lab\r\n"))
        #expect(!request.contains("Sec-WebSocket-Extensions"))
        let head = Self.answer(to: request)
        var wire = WireBuffer()
        WebSocketFrame.encode(.text, Array("one".utf8).span, into: &wire)
        WebSocketFrame.encode(.binary, Array("two".utf8).span, into: &wire)
        WebSocketFrame.encode(.ping, Array("?".utf8).span, into: &wire)
        context.startInput(now: Instant(nanoseconds: 1))
        let answer = head + wire.bytes
        let first = try client.receive(answer.span, &context)
        #expect(first == .carryOn)
        var reception = WebSocketReception([context.output.bytes], role: .server)
        #expect(
            reception.messages == [.init(.text, "one"), .init(.binary, "two"), .init(.pong, "?")])
        context.startInput(now: Instant(nanoseconds: 2))
        let close: [UInt8] = [0x88, 0x02, 0x03, 0xE9]
        let last = try client.receive(close.span, &context)
        #expect(last == .finished)
        reception = WebSocketReception([context.output.bytes], role: .server)
        #expect(reception.messages == [.init(.close, [0x03, 0xE9])])
    }

    /// The answer to a handshake, with these further lines.
    private static func answer(to request: String, _ lines: String = "") -> [UInt8] {
        let key = request.components(after: "Sec-WebSocket-Key: ")
        let accept = String(
            decoding: WebSocketHandshake.accept(forKey: Array(key.utf8).span), as: UTF8.self)
        return Array(
            ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: \(accept)\r\n\(lines)\r\n").utf8)
    }

    @Test(
        "of the client tells a server which kind of rule it broke, before it ends",
        arguments: [
            ([0xC1, 0x01, 0x61], 1002), ([0x81, 0x01, 0xFF], 1007), ([0x83, 0x00], 1002),
            ([0x82, 0x7F, 0, 0, 0, 0, 1, 0, 0, 1], 1009), ([0x88, 0x02, 0x03, 0xED], 1002),
        ] as [([UInt8], Int)])
    func clientRefuses(bytes: [UInt8], code: Int) throws {
        for isEcho in [true, false] {
            let profile = ClientProfile(authority: "lab")
            var client: any ClientSession =
                isEcho
                ? WebSocketEchoClient(profile: profile, target: "/", limit: 1 << 20, echoes: true)
                : Transport.webSocket.makeClient(profile)
            var context = ClientContext(seed: 1)
            client.connected(&context)
            let head = Self.answer(to: String(decoding: context.output.bytes, as: UTF8.self))
            context.startInput(now: Instant(nanoseconds: 1))
            #expect(throws: ProtocolError.self) {
                let answer = head + bytes
                _ = try client.receive(answer.span, &context)
            }
            let reception = WebSocketReception([context.output.bytes], role: .server)
            let payload = try #require(reception.messages.last?.payload)
            #expect(reception.messages.map(\.kind) == [.close])
            #expect(Int(payload[0]) << 8 | Int(payload[1]) == code)
            // Nothing is said behind the last frame.
            context.startInput(now: Instant(nanoseconds: 2))
            client.leave(&context)
            #expect(context.output.isEmpty)
        }
    }

    @Test(
        "of the client believes no answer that names what it did not offer",
        arguments: [
            (
                "Sec-WebSocket-Extensions: permessage-deflate\r\n",
                ProtocolError.webSocketExtensionAnswer
            ),
            ("Sec-WebSocket-Extensions: x, y\r\n", .webSocketExtensionAnswer),
            ("Sec-WebSocket-Protocol: chat\r\n", .webSocketSubprotocol),
            ("Sec-WebSocket-Extensions: ;\r\n", .webSocketExtensions),
        ])
    func unoffered(line: String, rule: ProtocolError) throws {
        var client = Transport.webSocket.makeClient(ClientProfile(authority: "lab"))
        var context = ClientContext(seed: 1)
        client.connected(&context)
        let head = Self.answer(to: String(decoding: context.output.bytes, as: UTF8.self), line)
        context.startInput(now: Instant(nanoseconds: 1))
        #expect(throws: rule) { _ = try client.receive(head.span, &context) }
        #expect(context.output.isEmpty)
    }
}

extension String {
    /// What stands behind `mark` up to the end of the line.
    fileprivate func components(after mark: String) -> String {
        guard let range = firstRange(of: mark) else { return "" }
        return String(self[range.upperBound...].prefix { $0 != "\r\n" })
    }
}
