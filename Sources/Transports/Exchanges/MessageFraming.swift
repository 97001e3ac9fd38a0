import Wire

/// How a streaming technique wraps a message, and how its client unwraps it.
///
/// A framing knows nothing of HTTP: the same lines serve a chunked answer and a bare socket.
package protocol MessageFraming: Sendable {
    associatedtype Decoder: MessageDecoder

    /// The answer's Content-Type; empty when it may be any, or none.
    var contentType: StaticString { get }

    /// Writes what must stand before the first message.
    func writePrelude(into wire: inout WireBuffer)

    /// Writes one message.
    func write(_ message: StreamMessage, into wire: inout WireBuffer)

    /// A decoder at the start of a stream.
    func makeDecoder() -> Decoder
}

extension MessageFraming {
    package func writePrelude(into wire: inout WireBuffer) {}
}

/// The reading half of a framing: bytes in any pieces, messages out.
package protocol MessageDecoder: Sendable {
    /// Takes the next bytes of the stream; events, notices and bytes by class go to `context`.
    mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError)

    /// Takes the next bytes of a stream that comes in `chunks`, from `start` on.
    mutating func receive(
        _ bytes: Span<UInt8>, from start: Int, in chunks: inout ChunkedCoding.Decoder,
        _ context: inout ClientContext
    ) throws(ProtocolError)

    /// What a request that resumes the stream must name, where the format has ids of its own.
    var lastEventID: [UInt8]? { get }
}

extension MessageDecoder {
    // A requirement with a default, and not a loop of the client's: here the framing is known when
    // it is compiled, there it would be looked up again for every chunk.
    package mutating func receive(
        _ bytes: Span<UInt8>, from start: Int, in chunks: inout ChunkedCoding.Decoder,
        _ context: inout ClientContext
    ) throws(ProtocolError) {
        var offset = start
        while let piece = try chunks.next(in: bytes, at: &offset, ledger: &context.received) {
            try receive(bytes.extracting(piece), &context)
        }
    }

    package var lastEventID: [UInt8]? { nil }
}
