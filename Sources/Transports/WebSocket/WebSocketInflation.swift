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
    /// Whether messages refer to what was before.
    private let keepsContext: Bool
    /// Kept between messages only if they do.
    private var inflater: Inflater?
    /// Whether the message that is being gathered is compressed.
    private(set) var isBusy = false
    /// What has come of it on the wire.
    private(set) var wireBytes = 0

    /// Nil where nothing was agreed.
    init?(_ agreed: WebSocketCompression) {
        switch agreed {
        case .none: return nil
        case .single: keepsContext = false
        case .continuous: keepsContext = true
        }
    }

    /// A message has begun.
    mutating func begin(isCompressed: Bool) {
        isBusy = isCompressed
        wireBytes = 0
    }

    /// Adds to `message`, which may become `limit` bytes long, what a piece of it stands for.
    mutating func add(
        _ piece: Span<UInt8>, mask: inout WebSocketMask?, to message: inout [UInt8], limit: Int
    ) throws(ProtocolError) {
        wireBytes += piece.count
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
        isBusy = false
        if !keepsContext { inflater = nil }
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
