import Deflate
import Wire

/// The server half: judges the handshake, frames what is said, reads what the client says.
package struct WebSocketServer: HTTPStreamingServer {
    package init() {}

    /// Compressed where the client offers it in a way that can be had. What is no list of extensions
    /// is refused by `open`.
    package func coding(
        for request: borrowing HTTPRequestParser, in bytes: Span<UInt8>, deflates: Bool
    ) -> StreamCoding {
        guard deflates, Deflater.isAvailable,
            let offered = try? WebSocketExtension.list(of: request.fields, in: bytes),
            let agreement = DeflateAgreement.accepting(offered)
        else { return .identity }
        return agreement.serverWindowBits ?? 15 == 15 ? .deflated : .deflatedNarrowly
    }

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
        let offered = try WebSocketExtension.list(of: request.fields, in: bytes)
        HTTPHeadWriter.status(101, as: .handshake, into: &wire)
        wire.write("Connection: Upgrade\r\nUpgrade: websocket\r\n", as: .handshake)
        wire.write("Sec-WebSocket-Accept: ", as: .handshake)
        wire.write(WebSocketHandshake.accept(forKey: bytes.extracting(range)), as: .handshake)
        if coding.windowBits != nil, let agreement = DeflateAgreement.accepting(offered) {
            wire.write("\r\nSec-WebSocket-Extensions: ", as: .handshake)
            wire.write(agreement.text, as: .handshake)
        }
        wire.write("\r\n\r\n", as: .handshake)
    }

    /// Answers the opening handshake of a connection that is no stream, and returns its coding.
    func open(
        _ request: borrowing HTTPRequestParser, in bytes: Span<UInt8>, deflates: Bool,
        origin: [UInt8], date: [UInt8], into wire: inout WireBuffer
    ) throws(ProtocolError) -> StreamCoding {
        let coding = coding(for: request, in: bytes, deflates: deflates)
        try open(request, in: bytes, coding: coding, origin: origin, date: date, into: &wire)
        return coding
    }

    package func write(
        _ message: StreamMessage, coding: StreamCoding, into wire: inout WireBuffer
    ) {
        switch message {
        case .event(let event):
            WebSocketFrame.encodeMessage(
                .text, event.payload.span, windowBits: coding.windowBits, into: &wire)
        case .position(let cursor, let lost):
            // Too short to be compressed.
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
        limit: Int, keepsMessages: Bool, coding: StreamCoding
    ) -> (any InboundStream)? {
        WebSocketInbound(
            limit: limit, listening: keepsMessages ? .keeping : .passing, coding: coding)
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
