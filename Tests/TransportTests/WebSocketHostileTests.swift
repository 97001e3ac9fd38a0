import Link
import Testing
import Transports
import Wire

@Suite("A hostile WebSocket peer")
struct WebSocketHostileTests {
    /// Bytes that break a rule, after which the same rule must be told however they are cut.
    struct Attack: Sendable, CustomStringConvertible {
        var description: String
        var rule: ProtocolError
        var role: WebSocketRole
        var bytes: [UInt8]

        init(
            _ description: String, _ rule: ProtocolError, _ bytes: [UInt8],
            to role: WebSocketRole = .client
        ) {
            self.description = description
            self.rule = rule
            self.role = role
            self.bytes = bytes
        }
    }

    /// The limits of every attack.
    private static let maxFrameBytes = 200
    private static let maxMessageBytes = 300

    private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

    static let attacks: [Attack] = [
        Attack("first reserved bit", .webSocketReservedBit, [0xC1]),
        Attack("second reserved bit", .webSocketReservedBit, [0xA1, 0x00]),
        Attack("third reserved bit", .webSocketReservedBit, [0x91, 0x00]),
        Attack("reserved bit on a ping", .webSocketReservedBit, [0xC9, 0x00]),
        Attack("first reserved data opcode", .webSocketUnknownOpcode, [0x83, 0x00]),
        Attack("last reserved data opcode", .webSocketUnknownOpcode, [0x87]),
        Attack("first reserved control opcode", .webSocketUnknownOpcode, [0x8B, 0x00]),
        Attack("last reserved control opcode", .webSocketUnknownOpcode, [0x8F]),
        Attack("fragmented ping", .webSocketFragmentedControlFrame, [0x09, 0x00]),
        Attack("fragmented pong", .webSocketFragmentedControlFrame, [0x0A]),
        Attack("fragmented close", .webSocketFragmentedControlFrame, [0x08, 0x00]),
        Attack("ping of 126 bytes", .webSocketLongControlFrame, [0x89, 126, 0, 126] + zeros(126)),
        Attack("pong with eight bytes of length", .webSocketLongControlFrame, [0x8A, 127]),
        Attack("long close", .webSocketLongControlFrame, [0x88, 0xFE], to: .server),
        Attack("unmasked text", .webSocketUnmaskedFrame, [0x81, 0x00], to: .server),
        Attack("unmasked ping", .webSocketUnmaskedFrame, [0x89, 0x00], to: .server),
        Attack(
            "unmasked frame after a masked one", .webSocketUnmaskedFrame,
            [0x81, 0x80, 1, 2, 3, 4, 0x81, 0x01, 0x61], to: .server),
        Attack("masked text", .webSocketMaskedFrame, [0x81, 0x80, 1, 2, 3, 4]),
        Attack("masked close", .webSocketMaskedFrame, [0x88, 0x80, 1, 2, 3, 4]),
        Attack("two bytes for 125", .webSocketLengthForm, [0x82, 126, 0, 125] + zeros(125)),
        Attack("two bytes for nothing", .webSocketLengthForm, [0x82, 126, 0, 0]),
        Attack(
            "eight bytes for 65535", .webSocketLengthForm,
            [0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        Attack("eight bytes for one", .webSocketLengthForm, [0x82, 127] + zeros(7) + [1, 0x61]),
        Attack("highest bit of the length", .webSocketHugeLength, [0x82, 127, 0x80] + zeros(7)),
        Attack(
            "all bits of the length", .webSocketHugeLength,
            [0x82, 255] + [UInt8](repeating: 255, count: 12),
            to: .server),
        Attack("continuation of nothing", .webSocketUnexpectedContinuation, [0x80, 0x00]),
        Attack(
            "open continuation of nothing", .webSocketUnexpectedContinuation, [0x00, 0x01, 0x61]),
        Attack(
            "continuation of a whole message", .webSocketUnexpectedContinuation,
            [0x81, 0x01, 0x61, 0x80, 0x01, 0x61]),
        Attack(
            "continuation of a finished message", .webSocketUnexpectedContinuation,
            [0x01, 0x00, 0x80, 0x00, 0x80, 0x00]),
        Attack(
            "text within a text", .webSocketInterruptedMessage,
            [0x01, 0x01, 0x61, 0x81, 0x01, 0x61]),
        Attack(
            "binary within a binary, after a ping", .webSocketInterruptedMessage,
            [0x02, 0x00, 0x89, 0x00, 0x02, 0x00]),
        Attack("201 bytes", .webSocketFrameTooBig, [0x82, 126, 0, 201]),
        Attack(
            "a promise of eight exabytes", .webSocketFrameTooBig,
            [0x82, 127, 0x7F] + [UInt8](repeating: 255, count: 7)),
        Attack(
            "301 bytes in two frames", .webSocketMessageTooBig,
            [0x02, 126, 0, 200] + zeros(200) + [0x80, 101]),
        Attack(
            "301 bytes in many frames", .webSocketMessageTooBig,
            [0x02, 0x01, 0] + (0..<299).flatMap { _ in [0x00, 0x01, 0] as [UInt8] }
                + [0x00, 0x01, 0]),
        Attack("text with FF", .webSocketInvalidText, [0x81, 0x02, 0x61, 0xFF]),
        Attack("text that ends in a character", .webSocketInvalidText, [0x81, 0x01, 0xC3]),
        Attack(
            "fragments that end in a character", .webSocketInvalidText,
            [0x01, 0x01, 0xE2, 0x80, 0x01, 0x82]),
        Attack(
            "a surrogate over two fragments", .webSocketInvalidText,
            [0x01, 0x01, 0xED, 0x80, 0x02, 0xA0, 0x80]),
        Attack(
            "an unfinished fragment that is no text", .webSocketInvalidText,
            [0x01, 0x05, 0x61, 0xC0]),
        Attack(
            "masked text with FF", .webSocketInvalidText, [0x81, 0x82, 1, 2, 3, 4, 0x60, 0xFD],
            to: .server),
        Attack("close with half a code", .webSocketShortClosePayload, [0x88, 0x01, 0x03]),
        Attack("close with code 0", .webSocketInvalidCloseCode, [0x88, 0x02, 0x00, 0x00]),
        Attack("close with code 999", .webSocketInvalidCloseCode, [0x88, 0x02, 0x03, 0xE7]),
        Attack("close with code 1005", .webSocketInvalidCloseCode, [0x88, 0x02, 0x03, 0xED]),
        Attack("close with code 1006", .webSocketInvalidCloseCode, [0x88, 0x02, 0x03, 0xEE]),
        Attack("close with code 1015", .webSocketInvalidCloseCode, [0x88, 0x02, 0x03, 0xF7]),
        Attack("close with code 2999", .webSocketInvalidCloseCode, [0x88, 0x02, 0x0B, 0xB7]),
        Attack("close with code 5000", .webSocketInvalidCloseCode, [0x88, 0x02, 0x13, 0x88]),
        Attack(
            "close with FF for a reason", .webSocketInvalidCloseReason,
            [0x88, 0x03, 0x03, 0xE8, 0xFF]),
        Attack(
            "close with half a character", .webSocketInvalidCloseReason,
            [0x88, 0x04, 0x03, 0xE8, 0x61, 0xC3]),
    ]

    @Test("is told the same rule however its bytes are cut", arguments: attacks, FeedPattern.all)
    func refuses(attack: Attack, pattern: FeedPattern) {
        for pieces in pattern.feeds(of: attack.bytes, trailing: [0x81, 0x00]) {
            let reception = WebSocketReception(
                pieces, role: attack.role, maxFrameBytes: Self.maxFrameBytes,
                maxMessageBytes: Self.maxMessageBytes)
            #expect(reception.error == attack.rule)
            #expect(reception.ledger.total == reception.consumed)
        }
    }

    @Test("is not listened to any more after it broke a rule", arguments: attacks)
    func fails(attack: Attack) {
        var decoder = WebSocketFrameDecoder(
            role: attack.role, maxFrameBytes: Self.maxFrameBytes,
            maxMessageBytes: Self.maxMessageBytes)
        var reception = WebSocketReception([], role: attack.role)
        reception.receive(attack.bytes, with: &decoder)
        #expect(reception.error == attack.rule)
        reception.error = nil
        let before = reception
        let valid: [UInt8] = [0x81, 0x01, 0x61, 0x81, 0x81, 0, 0, 0, 0, 0x61]
        reception.receive(valid, with: &decoder)
        #expect(reception.error == nil)
        #expect(reception.messages == before.messages)
        #expect(reception.ledger[.closing] == before.ledger[.closing] + valid.count)
    }

    @Test("has an attack for every rule", arguments: ProtocolError.webSocketRules)
    func everyRule(rule: ProtocolError) {
        #expect(Self.attacks.contains { $0.rule == rule })
        #expect(rule.rule.hasPrefix("websocket-"))
        #expect(rule.reference.hasPrefix("RFC 6455 §"))
        #expect(WebSocketCloseCode(rawValue: rule.closeCode).isValidOnWire)
        #expect([1002, 1007, 1009].contains(rule.closeCode))
    }

    @Test("breaks rules of different names, and none that is missing from the list")
    func rules() {
        let names = ProtocolError.webSocketRules.map(\.rule)
        #expect(Set(names).count == names.count)
        for attack in Self.attacks { #expect(ProtocolError.webSocketRules.contains(attack.rule)) }
    }

    @Test("sends random bytes and changes nothing but the error", arguments: [UInt64](1...4))
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<1500 {
            let role: WebSocketRole = round.isMultiple(of: 2) ? .server : .client
            let bytes = hostileStream(to: role, using: &generator)
            let whole = WebSocketReception(
                [bytes], role: role, maxFrameBytes: 300, maxMessageBytes: 500)
            #expect(whole.ledger.total == whole.consumed)
            if whole.error == nil { #expect(whole.consumed == bytes.count) }
            for pattern in [FeedPattern.byteByByte, .random(seed: generator.next())] {
                for pieces in pattern.feeds(of: bytes) {
                    let cut = WebSocketReception(
                        pieces, role: role, maxFrameBytes: 300, maxMessageBytes: 500)
                    #expect(cut.messages == whole.messages)
                    #expect(cut.error == whole.error)
                    #expect(cut.ledger.total == cut.consumed)
                    if whole.error == nil { #expect(cut.ledger == whole.ledger) }
                }
            }
        }
    }

    /// Mostly valid frames in no sensible order, of which some bits are then turned over.
    private func hostileStream(
        to role: WebSocketRole, using generator: inout SeededGenerator
    ) -> [UInt8] {
        var wire = WireBuffer()
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let opcode = WebSocketOpcode.allCases.randomElement(using: &generator) ?? .text
            let longest = opcode.isControl ? 125 : 320
            let length = Int.random(
                in: 0...Int.random(in: 0...longest, using: &generator), using: &generator)
            let ceiling: UInt8 = Bool.random(using: &generator) ? 0x7F : 0xFF
            let payload = (0..<length).map { _ in UInt8.random(in: 0...ceiling, using: &generator) }
            let mask = role == .server ? UInt32.random(in: 0 ... .max, using: &generator) : nil
            let fin = opcode.isControl || Bool.random(using: &generator)
            WebSocketFrame.encode(opcode, payload.span, fin: fin, mask: mask, into: &wire)
        }
        var bytes = wire.bytes
        for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
            let position = Int.random(in: bytes.indices, using: &generator)
            bytes[position] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        }
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            bytes.append(UInt8.random(in: 0 ... .max, using: &generator))
        }
        return bytes
    }
}
