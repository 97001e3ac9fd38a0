/// What a byte on the wire is for.
///
/// Every byte that a technique emits or decodes is of exactly one class, so that the classes of a
/// connection add up to what its socket carried. The names in the run record are `rawValue`'s.
package enum ByteClass: Int, CaseIterable, Sendable {
    /// Start line and fields of an HTTP request, with the empty line that ends them.
    case requestHead
    /// Start line and fields of an HTTP response, with the empty line that ends them.
    case responseHead
    /// The request and response heads of a protocol switch (RFC 6455 §4).
    case handshake
    /// Chunk sizes and the line ends around a chunk (RFC 9112 §7.1).
    case transferCoding
    /// What a technique wraps around a message: `data: `, a frame header, a script element, a comma.
    case messageFraming
    /// The event itself: the JSON bytes that are the same on every technique.
    case payload
    /// In-band notice of the cursor at which a stream begins, and of events that are lost.
    case notice
    /// Bytes that only say "still here": comments, empty lines, ping and pong.
    case heartbeat
    /// Filler that makes an old browser start to render.
    case padding
    /// The end of a conversation: last chunk, close frame.
    case closing

    /// The class's name in the run record.
    package var name: String {
        switch self {
        case .requestHead: "request_head"
        case .responseHead: "response_head"
        case .handshake: "handshake"
        case .transferCoding: "transfer_coding"
        case .messageFraming: "message_framing"
        case .payload: "payload"
        case .notice: "notice"
        case .heartbeat: "heartbeat"
        case .padding: "padding"
        case .closing: "closing"
        }
    }
}
