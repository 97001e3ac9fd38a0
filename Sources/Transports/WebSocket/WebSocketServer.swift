import Wire

/// The server half: judges the handshake, frames what is said, reads what the client says.
package struct WebSocketServer: HTTPStreamingServer {
    package init() {}

    package func coding(for request: borrowing HTTPRequestParser) -> StreamCoding { .identity }

    /// Answers the opening handshake (RFC 6455 §4.2).
    package func open(
        _ request: borrowing HTTPRequestParser, in bytes: Span<UInt8>, coding: StreamCoding,
        origin: [UInt8], date: [UInt8], into wire: inout WireBuffer
    ) throws(ProtocolError) {
        guard request.method == .get, request.minorVersion >= 1,
            request.fields.contains("websocket", in: "upgrade", of: bytes),
            request.fields.contains("upgrade", in: "connection", of: bytes)
        else { throw .webSocketUpgradeMissing }
        guard let version = request.fields.value(of: "sec-websocket-version", in: bytes),
            bytes.matches("13", in: version)
        else { throw .webSocketVersion }
        guard let range = request.fields.value(of: "sec-websocket-key", in: bytes),
            WebSocketHandshake.isValidKey(bytes.extracting(range))
        else { throw .webSocketKey }
        HTTPHeadWriter.status(101, as: .handshake, into: &wire)
        wire.write("Connection: Upgrade\r\nUpgrade: websocket\r\n", as: .handshake)
        wire.write("Sec-WebSocket-Accept: ", as: .handshake)
        wire.write(WebSocketHandshake.accept(forKey: bytes.extracting(range)), as: .handshake)
        wire.write("\r\n\r\n", as: .handshake)
    }

    package func write(
        _ message: StreamMessage, coding: StreamCoding, into wire: inout WireBuffer
    ) {
        switch message {
        case .event(let event):
            WebSocketFrame.encodeText(event.payload, into: &wire)
        case .position(let cursor, let lost):
            var notice = wire.makePart()
            PositionNotice.write(cursor: cursor, lost: lost, into: &notice)
            WebSocketFrame.encodeHeader(
                opcode: .text, payloadLength: notice.count, mask: nil, into: &wire,
                as: .messageFraming)
            wire.append(notice)
        case .heartbeat:
            let content = WebSocket.heartbeat
            WebSocketFrame.encodePing(content.span, into: &wire)
        }
    }

    package func writeEnd(
        _ reason: EndReason, coding: StreamCoding, into wire: inout WireBuffer
    ) {
        let close =
            switch reason {
            case .recycled: WebSocketClose(code: .serviceRestart, reason: "resume by cursor")
            case .shutdown: WebSocketClose(code: .goingAway)
            case .slowReader: WebSocketClose(code: .policyViolation, reason: "slow reader")
            }
        WebSocketFrame.encodeClose(close, into: &wire)
    }

    package func makeInboundStream(
        limit: Int, keepsMessages: Bool
    ) -> (any InboundStream)? {
        WebSocketInbound(limit: limit, keepsMessages: keepsMessages)
    }
}

/// What a WebSocket client says on the open stream: pings, pongs, and goodbye.
private struct WebSocketInbound: InboundStream {
    private var decoder: WebSocketFrameDecoder
    private let keepsMessages: Bool
    private var messages: [InboundMessage] = []
    /// Bytes since the end of the last message.
    private var messageBytes = 0

    init(limit: Int, keepsMessages: Bool) {
        self.keepsMessages = keepsMessages
        decoder = WebSocketFrameDecoder(
            role: .server, maxFrameBytes: limit, maxMessageBytes: limit)
    }

    mutating func receive(
        _ bytes: Span<UInt8>, into reply: inout WireBuffer, ledger: inout ByteLedger
    ) throws(ProtocolError) -> Bool {
        var offset = 0
        var start = 0
        defer { messageBytes += offset - start }
        while let event = try decoder.next(in: bytes, at: &offset, ledger: &ledger) {
            messageBytes += offset - start
            start = offset
            defer { messageBytes = 0 }
            switch event.kind {
            case .text, .binary:
                // Where nobody keeps it, what a client says is read and nothing follows from it.
                guard keepsMessages else { break }
                event.withPayload(in: bytes) { payload in
                    messages.append(
                        InboundMessage(
                            content: Array(copying: payload), wireBytes: messageBytes))
                }
            case .pong:
                break
            case .ping:
                event.withPayload(in: bytes) { payload in
                    WebSocketFrame.encodePong(payload, into: &reply)
                }
            case .close:
                // The answer echoes the code (RFC 6455 §5.5.1).
                let close = try event.withPayload(in: bytes) { payload throws(ProtocolError) in
                    try WebSocketClose(payload: payload)
                }
                WebSocketFrame.encodeClose(WebSocketClose(code: close.code), into: &reply)
                return false
            }
        }
        return true
    }

    var isBetweenMessages: Bool { decoder.isBetweenMessages }

    mutating func takeMessages() -> [InboundMessage] {
        guard !messages.isEmpty else { return [] }
        var taken: [InboundMessage] = []
        swap(&taken, &messages)
        return taken
    }

    func writeReply(_ content: [UInt8], into reply: inout WireBuffer) {
        WebSocketFrame.encodeText(content, into: &reply)
    }

    func writeRefusal(_ error: ProtocolError, into reply: inout WireBuffer) {
        WebSocketFrame.encodeClose(WebSocketClose(answering: error), into: &reply)
    }
}

extension ProtocolError {
    package static let webSocketUpgradeMissing = ProtocolError(
        rule: "websocket-upgrade", reason: "This endpoint speaks WebSocket only.",
        reference: "RFC 6455 §4.2.1", status: 426,
        fields: "Connection: Upgrade\r\nUpgrade: websocket\r\n")
    package static let webSocketVersion = ProtocolError(
        rule: "websocket-version", reason: "The WebSocket version spoken here is 13.",
        reference: "RFC 6455 §4.4", status: 426,
        fields: "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
    package static let webSocketKey = ProtocolError(
        rule: "websocket-key", reason: "Sec-WebSocket-Key must be 16 bytes in base64.",
        reference: "RFC 6455 §4.2.1")
}
