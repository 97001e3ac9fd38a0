import Wire

/// The server's side of a stream: what it says first, each message, and how it ends.
///
/// A stream's bytes are the same for every subscriber of one coding, so that an event is encoded
/// once and the driver sends shared bytes. Whatever is a subscriber's own (its opening, what it
/// missed, answers to what it says) goes through its connection's private output.
package protocol StreamingServer: Sendable {
    /// Writes one message as subscribers of `coding` get it.
    func write(_ message: StreamMessage, coding: StreamCoding, into wire: inout WireBuffer)

    /// Writes what ends a stream for `reason`, as far as the technique has a way to say it.
    func writeEnd(_ reason: EndReason, coding: StreamCoding, into wire: inout WireBuffer)

    /// What reads the bytes that a subscriber sends while its stream is open, messages of `limit`
    /// bytes at most, and keeps those for `takeMessages` if it is told to; nil where a client has
    /// nothing more to say.
    func makeInboundStream(
        limit: Int, keepsMessages: Bool, coding: StreamCoding
    ) -> (any InboundStream)?
}

extension StreamingServer {
    package func makeInboundStream(
        limit: Int, keepsMessages: Bool, coding: StreamCoding
    ) -> (any InboundStream)? { nil }
}

/// A stream that begins with an HTTP request.
package protocol HTTPStreamingServer: StreamingServer {
    /// Judges the request and writes the head of the answer and what must stand before the first
    /// message. A page of `origin` may read it.
    ///
    /// - Throws: the rule that the request breaks; nothing has been written then.
    func open(
        _ request: borrowing HTTPRequestParser, in bytes: Span<UInt8>, coding: StreamCoding,
        origin: [UInt8], date: [UInt8], into wire: inout WireBuffer
    ) throws(ProtocolError)

    /// The coding that suits the request; one that is compressed only if the server may deflate.
    func coding(
        for request: borrowing HTTPRequestParser, in bytes: Span<UInt8>, deflates: Bool
    ) -> StreamCoding
}

/// A stream on a port of its own, which begins with whatever the technique says it does.
package protocol BareStreamingServer: StreamingServer {
    /// Reads the subscription at the start of `bytes`: its length and its cursor, or nil when it is
    /// not whole yet.
    func readSubscription(
        _ bytes: Span<UInt8>
    ) throws(ProtocolError) -> (length: Int, since: UInt64?)?
}

/// What a subscriber may say on an open stream.
package protocol InboundStream: Sendable {
    /// Takes what the subscriber sent, from `offset` on, and writes what answers it; true while the
    /// stream stays open. What each byte was for is added to `ledger`.
    ///
    /// Who answers at length may leave bytes, to be handed over again once the answer has left.
    ///
    /// - Throws: the rule that the subscriber broke.
    mutating func receive(
        _ bytes: Span<UInt8>, at offset: inout Int, into reply: inout WireBuffer,
        ledger: inout ByteLedger
    ) throws(ProtocolError) -> Bool

    /// Whether nothing is half said, so that the next message may be read by another reader: one
    /// whose client is silent takes no memory.
    var isBetweenMessages: Bool { get }

    /// Whether the subscriber's goodbye, or the rule that it broke, is kept back until the messages
    /// before it were taken; `receive` then tells it, of no bytes.
    var isLeaving: Bool { get }

    /// Hands over the messages that were kept.
    mutating func takeMessages() -> [InboundMessage]

    /// Writes a message to this subscriber alone.
    func writeReply(_ content: [UInt8], into reply: inout WireBuffer)

    /// Writes what tells the subscriber which rule it broke.
    func writeRefusal(_ error: ProtocolError, into reply: inout WireBuffer)
}

/// A message of a subscriber on its open stream.
package struct InboundMessage: Sendable {
    /// What it says.
    package let content: [UInt8]
    /// What it took on the wire, framing included.
    package let wireBytes: Int

    package init(content: [UInt8], wireBytes: Int) {
        self.content = content
        self.wireBytes = wireBytes
    }
}

/// Streaming over a never-ending HTTP answer: HTTP streaming, forever iframe and SSE are this
/// conversation with another framing.
package struct HTTPAnswerStream<Framing: MessageFraming>: HTTPStreamingServer {
    private let framing: Framing

    package init(framing: Framing) {
        self.framing = framing
    }

    /// HTTP/1.0 knows no chunks, and who closes the connection afterwards needs none.
    package func coding(
        for request: borrowing HTTPRequestParser, in bytes: Span<UInt8>, deflates: Bool
    ) -> StreamCoding {
        request.minorVersion >= 1 && request.isPersistent ? .chunked : .identity
    }

    package func open(
        _ request: borrowing HTTPRequestParser, in bytes: Span<UInt8>, coding: StreamCoding,
        origin: [UInt8], date: [UInt8], into wire: inout WireBuffer
    ) throws(ProtocolError) {
        HTTPHeadWriter.status(200, into: &wire)
        wire.write("Date: ", as: .responseHead)
        wire.write(date, as: .responseHead)
        wire.write("\r\nContent-Type: ", as: .responseHead)
        wire.write(framing.contentType, as: .responseHead)
        wire.write("\r\nCache-Control: no-store\r\n", as: .responseHead)
        OriginPolicy.writeFields(allowing: origin, into: &wire)
        switch coding {
        case .chunked: wire.write("Transfer-Encoding: chunked\r\n", as: .responseHead)
        case .identity, .deflated, .deflatedNarrowly:
            wire.write("Connection: close\r\n", as: .responseHead)
        }
        HTTPHeadWriter.end(into: &wire)
        guard request.method != .head else { return }
        write(coding, into: &wire) { framing.writePrelude(into: &$0) }
    }

    package func write(
        _ message: StreamMessage, coding: StreamCoding, into wire: inout WireBuffer
    ) {
        write(coding, into: &wire) { framing.write(message, into: &$0) }
    }

    /// Ends the content; a stalled reader's is left unfinished, so that nobody takes it for whole.
    package func writeEnd(
        _ reason: EndReason, coding: StreamCoding, into wire: inout WireBuffer
    ) {
        guard coding == .chunked, reason != .slowReader else { return }
        ChunkedCoding.encodeEnd(into: &wire)
    }

    private func write(
        _ coding: StreamCoding, into wire: inout WireBuffer, _ body: (inout WireBuffer) -> Void
    ) {
        guard coding == .chunked else { return body(&wire) }
        var message = wire.makePart()
        body(&message)
        ChunkedCoding.encode(message, into: &wire)
    }
}
