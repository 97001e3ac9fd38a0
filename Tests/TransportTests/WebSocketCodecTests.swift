import Link
import Testing
import Transports
import Wire

@Suite("The WebSocket frame codec")
struct WebSocketCodecTests {
    private typealias Message = WebSocketReception.Message

    /// A frame and how it must stand on the wire.
    struct WireCase: Sendable, CustomStringConvertible {
        var description: String
        var opcode: WebSocketOpcode
        var fin = true
        var mask: UInt32?
        var payload: [UInt8]
        var bytes: [UInt8]
    }

    private static let hello = Array("Hello".utf8)
    private static let masked: [UInt8] = [0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
    private static let long = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    /// The examples of RFC 6455 §5.7.
    static let examples: [WireCase] = [
        WireCase(
            description: "unmasked text", opcode: .text, payload: hello,
            bytes: [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]),
        WireCase(
            description: "masked text", opcode: .text, mask: 0x37FA_213D, payload: hello,
            bytes: [0x81, 0x85] + masked),
        WireCase(
            description: "first fragment", opcode: .text, fin: false, payload: Array("Hel".utf8),
            bytes: [0x01, 0x03, 0x48, 0x65, 0x6C]),
        WireCase(
            description: "last fragment", opcode: .continuation, payload: Array("lo".utf8),
            bytes: [0x80, 0x02, 0x6C, 0x6F]),
        WireCase(
            description: "unmasked ping", opcode: .ping, payload: hello,
            bytes: [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]),
        WireCase(
            description: "masked pong", opcode: .pong, mask: 0x37FA_213D, payload: hello,
            bytes: [0x8A, 0x85] + masked),
        WireCase(
            description: "256 bytes", opcode: .binary, payload: Array(long[..<256]),
            bytes: [0x82, 0x7E, 0x01, 0x00] + long[..<256]),
        WireCase(
            description: "64 KiB", opcode: .binary, payload: long,
            bytes: [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + long),
    ]

    @Test("writes the examples of RFC 6455 §5.7", arguments: examples)
    func writes(example: WireCase) {
        var wire = WireBuffer()
        WebSocketFrame.encode(
            example.opcode, example.payload.span, fin: example.fin, mask: example.mask, into: &wire)
        #expect(wire.bytes == example.bytes)
        #expect(wire.ledger.total == wire.count)
        let header = WebSocketFrameHeader(
            opcode: example.opcode, isFinal: example.fin, mask: example.mask,
            payloadLength: example.payload.count)
        #expect(header.encodedLength == example.bytes.count - example.payload.count)
    }

    @Test("reads the examples of RFC 6455 §5.7, cut in any way", arguments: FeedPattern.all)
    func reads(pattern: FeedPattern) {
        for role in [WebSocketRole.client, .server] {
            let mine = Self.examples.filter { ($0.mask != nil) == (role == .server) }
            for pieces in pattern.feeds(of: mine.flatMap(\.bytes)) {
                let reception = WebSocketReception(pieces, role: role)
                #expect(reception.error == nil)
                let expected: [Message] =
                    switch role {
                    case .client:
                        [
                            Message(.text, "Hello"), Message(.text, "Hello"),
                            Message(.ping, "Hello"), Message(.binary, Array(Self.long[..<256])),
                            Message(.binary, Self.long),
                        ]
                    case .server: [Message(.text, "Hello"), Message(.pong, "Hello")]
                    }
                #expect(reception.messages == expected)
            }
        }
    }

    /// Frames in order, and what they mean.
    struct FrameSequence: Sendable, CustomStringConvertible {
        struct Frame: Sendable {
            var opcode: WebSocketOpcode
            var payload: [UInt8]
            var fin: Bool

            init(_ opcode: WebSocketOpcode, _ payload: [UInt8] = [], fin: Bool = true) {
                self.opcode = opcode
                self.payload = payload
                self.fin = fin
            }

            init(_ opcode: WebSocketOpcode, _ payload: String, fin: Bool = true) {
                self.init(opcode, Array(payload.utf8), fin: fin)
            }
        }

        var description: String
        var frames: [Frame]
        var messages: [(WebSocketEvent.Kind, [UInt8])]

        init(
            _ description: String, _ frames: [Frame], _ messages: [(WebSocketEvent.Kind, [UInt8])]
        ) {
            self.description = description
            self.frames = frames
            self.messages = messages
        }
    }

    private static let family = Array("👩‍👩‍👧‍👦é".utf8)

    static let sequences: [FrameSequence] = [
        FrameSequence("nothing", [], []),
        FrameSequence("an empty text", [.init(.text)], [(.text, [])]),
        FrameSequence(
            "two empty fragments and an empty end",
            [
                .init(.binary, fin: false), .init(.continuation, fin: false), .init(.continuation),
            ], [(.binary, [])]),
        FrameSequence(
            "several messages in a row",
            [.init(.text, "one"), .init(.binary, [0, 255]), .init(.text, "three"), .init(.text)],
            [
                (.text, Array("one".utf8)), (.binary, [0, 255]), (.text, Array("three".utf8)),
                (.text, []),
            ]),
        FrameSequence(
            "a character cut into fragments at every byte",
            [.init(.text, fin: false)]
                + family.map { .init(.continuation, [$0], fin: false) } + [.init(.continuation)],
            [(.text, family)]),
        FrameSequence(
            "control frames between fragments",
            [
                .init(.text, "He", fin: false), .init(.ping, "p"), .init(.continuation, fin: false),
                .init(.pong), .init(.continuation, "llo"), .init(.ping),
            ],
            [
                (.ping, [0x70]), (.pong, []), (.text, Array("Hello".utf8)), (.ping, []),
            ]),
        FrameSequence(
            "binary that is not UTF-8",
            [
                .init(.binary, [0xFF, 0xC0], fin: false),
                .init(.continuation, [0x80]),
            ], [(.binary, [0xFF, 0xC0, 0x80])]),
        FrameSequence(
            "the lengths where the header grows",
            [124, 125, 126, 127, 300].map { .init(.binary, Array(long[..<$0])) },
            [124, 125, 126, 127, 300].map { (.binary, Array(long[..<$0])) }),
        FrameSequence(
            "a length of eight bytes",
            [.init(.binary, Array(long[..<65535])), .init(.binary, long)],
            [(.binary, Array(long[..<65535])), (.binary, long)]),
        FrameSequence(
            "the longest control frame", [.init(.ping, Array(long[..<125]))],
            [(.ping, Array(long[..<125]))]),
        FrameSequence(
            "a close without a code", [.init(.text, "a"), .init(.close)],
            [(.text, [0x61]), (.close, [])]),
        FrameSequence(
            "a close in the middle of a message, and data after it",
            [
                .init(.text, "a", fin: false), .init(.close, [0x03, 0xE8] + Array("bye".utf8)),
                .init(.continuation, "late"),
            ], [(.close, [0x03, 0xE8] + Array("bye".utf8))]),
    ]

    @Test("means the same however it is cut", arguments: sequences, FeedPattern.all)
    func decodes(sequence: FrameSequence, pattern: FeedPattern) {
        for role in [WebSocketRole.client, .server] {
            var generator = SeededGenerator(seed: 6455)
            var wire = WireBuffer()
            var closed = false
            var lateBytes = 0
            for frame in sequence.frames {
                let mask = role == .server ? UInt32.random(in: 0 ... .max, using: &generator) : nil
                let before = wire.count
                WebSocketFrame.encode(
                    frame.opcode, frame.payload.span, fin: frame.fin, mask: mask, into: &wire)
                if closed { lateBytes += wire.count - before }
                if frame.opcode == .close { closed = true }
            }
            let expected = sequence.messages.map { Message($0.0, $0.1) }
            for pieces in pattern.feeds(of: wire.bytes) {
                let reception = WebSocketReception(pieces, role: role)
                #expect(reception.error == nil)
                #expect(reception.messages == expected)
                #expect(reception.consumed == wire.count)
                #expect(reception.ledger.total == wire.count)
                if lateBytes == 0 { #expect(reception.ledger == wire.ledger) }
            }
        }
    }

    @Test("counts what follows a close as closing, and says nothing of it")
    func discards() {
        var wire = WireBuffer()
        WebSocketFrame.encodeText(Self.hello, into: &wire)
        WebSocketFrame.encodeClose(WebSocketClose(), into: &wire)
        let late: [UInt8] = [0xFF, 0xFF, 0xFF]
        let reception = WebSocketReception([wire.bytes + late, late], role: .client)
        #expect(reception.messages == [Message(.text, "Hello"), Message(.close)])
        #expect(reception.error == nil)
        #expect(reception.ledger[.closing] == 2 + 6)
        #expect(reception.ledger.total == reception.consumed)
    }

    @Test("accounts each frame as what it is for")
    func accounts() {
        var wire = WireBuffer()
        WebSocketFrame.encodeText(Self.long.span.extracting(first: 100), into: &wire)
        #expect(wire.ledger[.messageFraming] == 2)
        #expect(wire.ledger[.payload] == 100)
        WebSocketFrame.encodeText(Array(Self.long[..<126]), mask: 1, into: &wire)
        #expect(wire.ledger[.messageFraming] == 2 + 8)
        #expect(wire.ledger[.payload] == 226)
        WebSocketFrame.encodePing(Self.hello.span, into: &wire)
        WebSocketFrame.encodePong(Self.hello.span, mask: 1, into: &wire)
        #expect(wire.ledger[.heartbeat] == 7 + 11)
        WebSocketFrame.encodeClose(
            WebSocketClose(code: .normalClosure, reason: "bye"), mask: 1, into: &wire)
        #expect(wire.ledger[.closing] == 11)
        #expect(wire.ledger.total == wire.count)
    }

    @Test("leaves whole unmasked frames where they lie, and gathers only what a read cut")
    func inPlace() {
        var wire = WireBuffer()
        for _ in 0..<10 {
            WebSocketFrame.encodeText(Array(repeating: 0x61, count: 100), into: &wire)
        }
        #expect(WebSocketReception([wire.bytes], role: .client).inPlace == 10)
        let cut = 3 * 102 + 50
        let reception = WebSocketReception(
            [Array(wire.bytes[..<cut]), Array(wire.bytes[cut...])], role: .client)
        #expect(reception.messages.count == 10)
        #expect(reception.inPlace == 9)
    }

    @Test("may be handed nothing at any moment")
    func empty() {
        let pieces = Self.examples[3].bytes.map { [$0] }
        let first = Self.examples[2].bytes.map { [$0] }
        let fed = (first + pieces).flatMap { [[], $0, []] }
        #expect(WebSocketReception(fed, role: .client).messages == [Message(.text, "Hello")])
    }

    @Test("masks like the formula of RFC 6455 §5.3, from any position")
    func masks() {
        let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        for count in 0...40 {
            let payload = Array(Self.long[..<count])
            var wire = WireBuffer()
            WebSocketFrame.encode(.binary, payload.span, mask: 0x1234_5678, into: &wire)
            let expected = payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
            #expect(Array(wire.bytes.dropFirst(6)) == expected)
        }
    }

    @Test("takes exactly the limits")
    func limits() {
        var wire = WireBuffer()
        WebSocketFrame.encode(.text, Self.hello.span, fin: false, mask: nil, into: &wire)
        WebSocketFrame.encode(.ping, Self.long.span.extracting(first: 125), into: &wire)
        WebSocketFrame.encode(.continuation, Self.hello.span, into: &wire)
        let reception = WebSocketReception(
            [wire.bytes], role: .client, maxFrameBytes: 5, maxMessageBytes: 10)
        #expect(reception.error == nil)
        #expect(reception.messages.last == Message(.text, "HelloHello"))
    }

    @Test("writes a close that a decoder reads back")
    func closes() throws {
        for close in [
            WebSocketClose(), WebSocketClose(code: .normalClosure),
            WebSocketClose(code: .goingAway, reason: "auf Wiedersehen, tschüß"),
            WebSocketClose(code: WebSocketCloseCode(rawValue: 4999), reason: "x"),
            WebSocketClose(answering: .webSocketInvalidText),
        ] {
            var wire = WireBuffer()
            WebSocketFrame.encodeClose(close, into: &wire)
            let reception = WebSocketReception([wire.bytes], role: .client)
            let message = try #require(reception.messages.first)
            #expect(message.kind == .close)
            #expect(try WebSocketClose(payload: message.payload.span) == close)
        }
    }

    @Test(
        "cuts a close reason at 123 bytes, between characters",
        arguments: [
            (String(repeating: "x", count: 123), 123), (String(repeating: "x", count: 124), 123),
            (String(repeating: "é", count: 62), 122), (String(repeating: "日", count: 60), 123),
            (String(repeating: "x", count: 122) + "é", 122),
            ("x" + String(repeating: "👍", count: 31), 121),
            (String(repeating: "x", count: 122) + "e\u{301}!", 122),
        ])
    func truncates(reason: String, kept: Int) throws {
        var wire = WireBuffer()
        WebSocketFrame.encodeClose(
            WebSocketClose(code: .internalError, reason: reason), into: &wire)
        #expect(wire.count == 2 + 2 + kept)
        let reception = WebSocketReception([wire.bytes], role: .client)
        let payload = try #require(reception.messages.first).payload
        let close = try WebSocketClose(payload: payload.span)
        #expect(close.reason == String(decoding: Array(reason.utf8)[..<kept], as: UTF8.self))
    }

    @Test("knows the close codes that may stand on the wire")
    func closeCodes() {
        let valid = (UInt16.min ... .max).filter { WebSocketCloseCode(rawValue: $0).isValidOnWire }
        let expected = Array(1000...1003) + Array(1007...1014) + Array(3000...4999)
        #expect(valid.map { Int($0) } == expected)
        for code in valid {
            #expect(WebSocketCloseCode(rawValue: code).name != "undefined code")
        }
        #expect(WebSocketCloseCode(rawValue: 999).name == "undefined code")
        #expect("\(WebSocketCloseCode.messageTooBig)" == "1009 message too big")
    }

    @Test("is small between messages: a server holds one for each connection")
    func memory() {
        // 16 bytes of state, 16 of roles and limits, 8 for each of the two buffers and for what
        // decompresses, which are only there when used.
        #expect(MemoryLayout<WebSocketFrameDecoder>.size == 56)
        #expect(MemoryLayout<WebSocketEvent>.size <= 32)
    }
}
