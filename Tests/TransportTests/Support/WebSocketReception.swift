import Transports
import Wire

/// What a frame decoder made of a feed.
struct WebSocketReception {
    /// One event, with its payload copied.
    struct Message: Equatable {
        var kind: WebSocketEvent.Kind
        var payload: [UInt8]

        init(_ kind: WebSocketEvent.Kind, _ payload: [UInt8] = []) {
            self.kind = kind
            self.payload = payload
        }

        init(_ kind: WebSocketEvent.Kind, _ payload: String) {
            self.init(kind, Array(payload.utf8))
        }
    }

    /// The events in order.
    var messages: [Message] = []
    /// How many of them lay in the read that brought them.
    var inPlace = 0
    /// What the bytes taken were for.
    var ledger = ByteLedger()
    /// How many bytes were taken.
    var consumed = 0
    /// The rule that was broken, which ends the reception.
    var error: ProtocolError?

    /// Decodes `pieces`, each as one read, up to the first broken rule.
    init(
        _ pieces: [[UInt8]], role: WebSocketRole, maxFrameBytes: Int = 1 << 20,
        maxMessageBytes: Int = 1 << 20
    ) {
        var decoder = WebSocketFrameDecoder(
            role: role, maxFrameBytes: maxFrameBytes, maxMessageBytes: maxMessageBytes)
        for piece in pieces {
            receive(piece, with: &decoder)
            if error != nil { return }
        }
    }

    /// Decodes one read.
    mutating func receive(_ piece: [UInt8], with decoder: inout WebSocketFrameDecoder) {
        var offset = 0
        do throws(ProtocolError) {
            while let event = try decoder.next(in: piece.span, at: &offset, ledger: &ledger) {
                if case .inPlace = event.payload { inPlace += 1 }
                let payload = event.withPayload(in: piece.span) { span in
                    span.withUnsafeBufferPointer { Array($0) }
                }
                messages.append(Message(event.kind, payload))
            }
        } catch {
            self.error = error
        }
        consumed += offset
    }
}
