import Deflate
import Wire

/// What was agreed of the messages that a peer sends.
package enum WebSocketCompression: Sendable {
    /// None is compressed.
    case none
    /// They may be, each by itself.
    case single
    /// They may be, and refer to what was before.
    case continuous
}

/// Decompresses a peer's messages piece by piece, as it was agreed.
struct WebSocketInflation: Sendable {
    let agreed: WebSocketCompression
    /// Kept between messages only if they refer to each other.
    private var inflater: Inflater?

    init(_ agreed: WebSocketCompression) {
        self.agreed = agreed
    }

    /// Whether a message may be compressed.
    var isPossible: Bool {
        if case .none = agreed { false } else { true }
    }

    /// Adds to `message`, which may become `limit` bytes long, what a piece of it stands for.
    mutating func add(
        _ piece: Span<UInt8>, mask: inout WebSocketMask?, to message: inout [UInt8], limit: Int
    ) throws(ProtocolError) {
        guard mask != nil else { return try inflate(piece, to: &message, limit: limit) }
        var unmasked: [UInt8] = []
        unmasked.append(span: piece)
        mask?.apply(to: &unmasked, from: 0)
        try inflate(unmasked.span, to: &message, limit: limit)
    }

    private mutating func inflate(
        _ piece: Span<UInt8>, to message: inout [UInt8], limit: Int
    ) throws(ProtocolError) {
        if inflater == nil { inflater = Inflater() }
        do throws(InflateError) {
            guard let inflater else { throw .invalid }
            try inflater.inflate(piece, appendingTo: &message, limit: limit)
        } catch {
            throw ProtocolError(error)
        }
    }

    /// The last piece has come: adds what is still owed, and forgets the message if that was agreed.
    mutating func endMessage(
        _ message: inout [UInt8], limit: Int
    ) throws(ProtocolError) {
        do throws(InflateError) {
            guard let inflater else { throw .invalid }
            try inflater.endMessage(appendingTo: &message, limit: limit)
        } catch {
            throw ProtocolError(error)
        }
        if case .single = agreed { inflater = nil }
    }

    /// Lets go of everything.
    mutating func stop() {
        inflater = nil
    }
}

extension ProtocolError {
    /// A compressed message that cannot be decompressed.
    package static let webSocketInvalidCompression = ProtocolError(
        rule: "websocket-invalid-compression",
        reason: "a compressed message is no deflate, or ends in the middle of it",
        reference: "RFC 7692 §7.2.2", closeCode: 1007)

    fileprivate init(_ error: InflateError) {
        switch error {
        case .invalid: self = .webSocketInvalidCompression
        case .tooLong: self = .webSocketMessageTooBig
        }
    }
}
