import Transports
import Wire

extension DecoderProperty {
    /// Frames for either role, and messages that are written as frames and read back.
    static let webSocket = DecoderProperty(
        "websocket", "frames are the same however they are cut; what is encoded is read back"
    ) { (input) throws(Violation) in
        let role = input.hasBit(0) ? WebSocketRole.client : .server
        // Close limits, so that they are met within an input of usual size.
        let (frame, message) = input.hasBit(1) ? (100, 150) : (1 << 16, 1 << 16)
        let (whole, pieces) = input.feeds
        let reference = try WebSocketReception(whole, role: role, frame: frame, message: message)
        let cut = try WebSocketReception(pieces, role: role, frame: frame, message: message)
        try Violation.unlessEqual(reference, cut, "the reads change what was said")
        try Rules.check(reference.error, among: ProtocolError.webSocketRules)
        try roundTrip(input, role)
    }

    /// Fragments the input as one message with a ping between its fragments.
    private static func roundTrip(
        _ input: PropertyInput, _ role: WebSocketRole
    ) throws(Violation) {
        let isText = String(validating: input.bytes, as: UTF8.self) != nil
        var fragments = input.pieces(of: input.bytes)
        if fragments.isEmpty { fragments = [[]] }
        var mask: UInt32? = role == .server ? 0x37FA_213D ^ UInt32(input.variant) : nil
        var wire = WireBuffer()
        var expected: [WebSocketReception.Message] = []
        for (index, fragment) in fragments.enumerated() {
            let isLast = index == fragments.count - 1
            let opcode: WebSocketOpcode = index > 0 ? .continuation : isText ? .text : .binary
            WebSocketFrame.encode(opcode, fragment.span, fin: isLast, mask: mask, into: &wire)
            if !isLast, index.isMultiple(of: 3) {
                WebSocketFrame.encodePing(fragment.span, mask: mask, into: &wire)
                expected.append(.init(kind: .ping, payload: fragment))
            }
            mask = mask.map { $0 &* 2_654_435_761 }
        }
        expected.append(.init(kind: isText ? .text : .binary, payload: input.bytes))
        let read = try WebSocketReception(
            input.pieces(of: wire.bytes), role: role, frame: 1 << 16, message: 1 << 16)
        try Violation.unlessEqual(read.messages, expected, "encoded messages come back changed")
        try Violation.unlessEqual(read.ledger, wire.ledger, "the two ledgers differ")
    }
}
