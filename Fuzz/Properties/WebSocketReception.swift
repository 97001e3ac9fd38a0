import Transports
import Wire

/// What a frame decoder makes of bytes in pieces.
package struct WebSocketReception: Equatable {
    /// A message or a control frame.
    package struct Message: Equatable, Sendable {
        /// What it is, and its payload, unmasked and joined.
        package let kind: WebSocketEvent.Kind
        package let payload: [UInt8]
    }

    /// What came, in order.
    package private(set) var messages: [Message] = []
    /// What the bytes were for; empty after an error.
    package private(set) var ledger = ByteLedger()
    /// The rule that was broken.
    package private(set) var error: ProtocolError?
    /// Whether no message is begun.
    package private(set) var isBetweenMessages = false

    /// Decodes `pieces`, each as one read, with limits on the payloads of frames and messages.
    package init(
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
