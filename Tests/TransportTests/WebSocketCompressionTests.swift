#if Deflate
    import Deflate
    import Link
    import Testing
    import Transports
    import Wire

    /// Compressed messages through the decoder, and through both ends of a connection.
    @Suite("A compressed WebSocket message")
    struct WebSocketCompressionTests {
        private static let patterns: [FeedPattern] = [
            .whole, .byteByByte, .everySplit, .random(seed: 1),
        ]

        private static func decoder(
            _ role: WebSocketRole = .client, limit: Int = 1 << 20,
            compression: WebSocketCompression = .single
        ) -> WebSocketFrameDecoder {
            WebSocketFrameDecoder(
                role: role, maxFrameBytes: limit, maxMessageBytes: limit, compression: compression)
        }

        private static func receive(
            _ pieces: [[UInt8]], with decoder: inout WebSocketFrameDecoder
        ) -> WebSocketReception {
            var reception = WebSocketReception([], role: .client)
            for piece in pieces where reception.error == nil {
                reception.receive(piece, with: &decoder)
            }
            return reception
        }

        /// RFC 7692 §7.2.3.1 and §7.2.3.2: "Hello", in two frames, and again with what was before.
        private static let hello: [UInt8] = [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        private static let fragments: [UInt8] = [
            0x41, 0x03, 0xF2, 0x48, 0xCD, 0x80, 0x04, 0xC9, 0xC9, 0x07, 0x00,
        ]
        private static let again: [UInt8] = [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00]

        @Test("is read as the examples of RFC 7692 say, however it is cut", arguments: patterns)
        func examples(pattern: FeedPattern) {
            let plain: [UInt8] = [0x81, 0x02, 0x68, 0x69]
            for pieces in pattern.feeds(of: Self.hello + plain + Self.fragments + [0x89, 0x00]) {
                var decoder = Self.decoder()
                let reception = Self.receive(pieces, with: &decoder)
                #expect(
                    reception.messages == [
                        .init(.text, "Hello"), .init(.text, "hi"), .init(.text, "Hello"),
                        .init(.ping),
                    ])
                #expect(reception.error == nil && reception.ledger.total == reception.consumed)
            }
        }

        @Test("refers to the one before where that was agreed, and only there")
        func takesOver() {
            var keeping = Self.decoder(compression: .continuous)
            #expect(
                Self.receive([Self.hello + Self.again], with: &keeping).messages == [
                    .init(.text, "Hello"), .init(.text, "Hello"),
                ])
            var forgetting = Self.decoder()
            let reception = Self.receive([Self.hello + Self.again], with: &forgetting)
            #expect(reception.error == .webSocketInvalidCompression)
            #expect(reception.error?.closeCode == 1007)
        }

        @Test(
            "is marked in its first frame and nowhere else",
            arguments: [
                [0xC9, 0x00], [0xC8, 0x00], [0xCA, 0x00], [0x01, 0x00, 0xC0, 0x00], [0xC0, 0x00],
                [0x41, 0x00, 0xC0, 0x00], [0xE1, 0x00], [0xD1, 0x00], [0xA1, 0x00], [0xC3, 0x00],
            ] as [[UInt8]])
        func marks(bytes: [UInt8]) {
            var decoder = Self.decoder()
            let reception = Self.receive([bytes], with: &decoder)
            #expect([.webSocketReservedBit, .webSocketUnknownOpcode].contains(reception.error))
            #expect(reception.messages.isEmpty)
        }

        @Test("that is no deflate, or only its beginning, closes with 1007", arguments: patterns)
        func invalid(pattern: FeedPattern) {
            for bytes: [UInt8] in [
                [0xC1, 0x01, 0xFF], [0xC2, 0x00], [0xC2, 0x03, 0xF2, 0x48, 0xCD],
                // Text that is not UTF-8, once it is decompressed.
                [0xC1, 0x07, 0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00],
                [0xC1, 0x07, 0x00, 0x01, 0x00, 0xFE, 0xFF, 0xC3, 0x00],
            ] {
                for pieces in pattern.feeds(of: bytes) {
                    var decoder = Self.decoder()
                    #expect(Self.receive(pieces, with: &decoder).error?.closeCode == 1007)
                }
            }
        }

        @Test("is held to the limit of what it stands for, in one frame or many")
        func bomb() throws {
            let zeros = [UInt8](repeating: 0, count: 1 << 20)
            let bomb = try #require(compress(zeros, 15))
            for pieces in [1, 2, 10] {
                var wire = WireBuffer()
                for index in 0..<pieces {
                    let part = bomb[bomb.count * index / pieces..<bomb.count * (index + 1) / pieces]
                    WebSocketFrame.encode(
                        index == 0 ? .binary : .continuation, Array(part).span,
                        fin: index == pieces - 1,
                        isCompressed: index == 0, mask: 0x0102_0304, into: &wire)
                }
                var exact = Self.decoder(.server, limit: 1 << 20)
                #expect(Self.receive([wire.bytes], with: &exact).messages.first?.payload == zeros)
                var small = Self.decoder(.server, limit: (1 << 20) - 1)
                let reception = Self.receive([wire.bytes], with: &small)
                #expect(reception.error == .webSocketMessageTooBig)
            }
        }

        // MARK: - Both ends

        private static func peer() -> ServerPeer {
            var settings = ServerContext.Settings()
            settings.echoes = true
            settings.deflates = true
            settings.inboundLimit = 1 << 20
            let server = ServerPeer(settings: settings)
            server.accept()
            return server
        }

        private static func converse(
            _ client: inout some ClientSession, _ server: ServerPeer, _ context: inout ClientContext
        ) throws -> [UInt8] {
            let bytes = server.takeOutput()
            context.startInput(now: Instant(nanoseconds: 1))
            _ = try client.receive(bytes.span, &context)
            server.receive(context.output.bytes)
            return bytes
        }

        @Test("carries events, replay and live, with a ledger that closes over the wire")
        func events() throws {
            let server = Self.peer()
            let data = Array("\"\(String(repeating: "over and ", count: 30))\"".utf8)
            server.publish([data])
            var profile = ClientProfile(authority: "lab", since: 0)
            profile.deflates = true
            var context = ClientContext(seed: 1, keepingPayloads: true)
            var client = WebSocketClient(profile: profile)
            client.connected(&context)
            server.receive(context.output.bytes)
            var bytes = try Self.converse(&client, server, &context)
            #expect(server.coding == .deflated)
            #expect(context.events.map(\.id) == [1])
            #expect(context.payloads[0].count > 250 && bytes.count < 350)
            #expect(context.received.total == bytes.count)
            server.publish([data])
            let before = context.received
            bytes = try Self.converse(&client, server, &context)
            #expect(bytes.first == 0xC1 && bytes.count < 100)
            #expect(context.received.total - before.total == bytes.count)
            #expect(context.events.map(\.id) == [2])
        }

        @Test(
            "is the same for all who ask for a window, and one of two",
            arguments: [
                ("permessage-deflate; client_max_window_bits", StreamCoding.deflated),
                ("permessage-deflate; server_max_window_bits=12", .deflatedNarrowly),
                ("permessage-deflate; server_max_window_bits=8", .identity), ("other", .identity),
            ])
        func codings(offer: String, coding: StreamCoding) throws {
            let server = Self.peer()
            let text = RequestText.handshake()
            server.receive(
                Array((text.dropLast() + "Sec-WebSocket-Extensions: \(offer)\r\n\r\n").utf8))
            #expect(server.coding == coding)
            let head = String(decoding: server.takeOutput().prefix(400), as: UTF8.self)
            #expect(
                head.contains("Sec-WebSocket-Extensions: permessage-deflate; server_no_context")
                    == (coding != .identity))
        }

        @Test("is echoed, compressed where that makes it shorter")
        func echoes() throws {
            let server = Self.peer()
            var profile = ClientProfile(authority: "lab")
            profile.deflates = true
            var context = ClientContext(seed: 1)
            var client = WebSocketEchoClient(
                profile: profile, target: "/echo", limit: 1 << 20, echoes: false)
            client.connected(&context)
            server.receive(context.output.bytes)
            _ = try Self.converse(&client, server, &context)
            let message = Array(String(repeating: "echo ", count: 1000).utf8)
            let compressed = try #require(compress(message, 9))
            var wire = WireBuffer()
            WebSocketFrame.encode(
                .text, compressed.span, isCompressed: true, mask: 1, into: &wire)
            for byte in wire.bytes { server.receive([byte]) }
            let bytes = try Self.converse(&client, server, &context)
            #expect(client.lastMessage == message)
            #expect(bytes.count < 100)
        }
    }

    /// What a message is compressed to, where that is shorter.
    private func compress(_ message: [UInt8], _ windowBits: Int) -> [UInt8]? {
        Deflater.compress(message.span, windowBits: windowBits)
    }
#endif
