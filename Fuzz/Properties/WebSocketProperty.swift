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

/// What a frame decoder makes of bytes in pieces.
private struct WebSocketReception: Equatable {
    struct Message: Equatable {
        var kind: WebSocketEvent.Kind
        var payload: [UInt8]
    }

    private(set) var messages: [Message] = []
    private(set) var ledger = ByteLedger()
    private(set) var error: ProtocolError?
    private(set) var isBetweenMessages = false

    init(
        _ pieces: [[UInt8]], role: WebSocketRole, frame: Int, message: Int
    ) throws(Violation) {
        var decoder = WebSocketFrameDecoder(
            role: role, maxFrameBytes: frame, maxMessageBytes: message)
        var consumed = 0
        for piece in pieces where error == nil {
            var offset = 0
            do throws(ProtocolError) {
                while let event = try decoder.next(in: piece.span, at: &offset, ledger: &ledger) {
                    let payload = event.withPayload(in: piece.span) { Array(copying: $0) }
                    messages.append(Message(kind: event.kind, payload: payload))
                    try Self.readClose(messages.last)
                }
            } catch {
                self.error = error
            }
            consumed += offset
            try Violation.unless(
                error != nil || offset == piece.count, "\(offset) of \(piece.count) are taken")
        }
        try Violation.unlessEqual(ledger.total, consumed, "the ledger is not what was taken")
        for read in messages {
            try Violation.unless(read.payload.count <= message, "a message beyond the limit")
            try Violation.unless(
                read.kind != .text || String(validating: read.payload, as: UTF8.self) != nil,
                "a text message that is none")
        }
        isBetweenMessages = decoder.isBetweenMessages
        guard error != nil else { return }
        // What a broken frame took of a read depends on the read.
        (ledger, isBetweenMessages) = (ByteLedger(), false)
        var offset = 0
        let more: [UInt8] = [0x81, 0x00]
        let after = try? decoder.next(in: more.span, at: &offset, ledger: &ledger)
        try Violation.unless(after == nil && offset == 2, "something is read after an error")
        ledger = ByteLedger()
    }

    /// A close frame that was told can be read.
    private static func readClose(_ message: Message?) throws(ProtocolError) {
        guard let message, message.kind == .close else { return }
        _ = try WebSocketClose(payload: message.payload.span)
    }
}
