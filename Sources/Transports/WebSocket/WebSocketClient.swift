import Link
import Wire

/// The client half: the opening handshake, then frames; pings are answered, a close is echoed.
package struct WebSocketClient: ClientSession {
    private enum State {
        /// The answer to the handshake is awaited; `accept` is what it must prove.
        case handshake(accept: [UInt8])
        /// Frames come.
        case open
    }

    /// What all clients of a run have in common.
    private struct Common: Sendable {
        let profile: ClientProfile
        let path: String
        let origin: StreamOrigin
    }

    private let common: Shared<Common>
    private var state = State.handshake(accept: [])
    private var cursor: UInt64?
    private var decoder = Self.makeDecoder()
    /// The beginning of a head that came in pieces.
    private var pending: [UInt8] = []

    /// Makes the client of the endpoint at `path`, a query included.
    package init(
        profile: ClientProfile, path: String = "/events/websocket", origin: StreamOrigin = .lab
    ) {
        common = Shared(Common(profile: profile, path: path, origin: origin))
        cursor = profile.since
    }

    private static func makeDecoder() -> WebSocketFrameDecoder {
        WebSocketFrameDecoder(
            role: .client, maxFrameBytes: WebSocket.eventLimit,
            maxMessageBytes: WebSocket.eventLimit)
    }

    package mutating func connected(_ context: inout ClientContext) {
        let common = common.value
        let key = WebSocketHandshake.makeKey(using: &context.random)
        state = .handshake(accept: WebSocketHandshake.accept(forKey: key.span))
        pending = []
        decoder = Self.makeDecoder()
        context.output.write("GET ", as: .handshake)
        context.output.write(common.path, as: .handshake)
        if common.origin == .lab, let cursor {
            context.output.write("?since=", as: .handshake)
            context.output.write(decimal: cursor, as: .handshake)
        }
        context.output.write(" HTTP/1.1\r\nHost: ", as: .handshake)
        context.output.write(common.profile.authority, as: .handshake)
        context.output.write("\r\nConnection: Upgrade\r\n", as: .handshake)
        context.output.write(
            common.profile.headers.lines(
                for: .webSocket, authority: common.profile.authority, origin: common.origin),
            as: .handshake)
        context.output.write(
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ",
            as: .handshake)
        context.output.write(key, as: .handshake)
        context.output.write("\r\n\r\n", as: .handshake)
        context.requests += 1
    }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        guard case .handshake(let accept) = state else {
            return try receiveFrames(bytes, from: 0, &context)
        }
        if pending.isEmpty {
            if let head = try readHead(bytes, accept: accept, &context) {
                return try receiveFrames(bytes, from: head, &context)
            }
            pending.append(copying: bytes)
            return .carryOn
        }
        var held: [UInt8] = []
        swap(&held, &pending)
        held.append(copying: bytes)
        if let head = try readHead(held.span, accept: accept, &context) {
            return try receiveFrames(held.span, from: head, &context)
        }
        pending = held
        return .carryOn
    }

    package mutating func peerClosed(
        _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        // A peer that says goodbye first sends a close frame; this one did not (RFC 6455 §7.1.5).
        throw .webSocketTruncated
    }

    package mutating func leave(_ context: inout ClientContext) {
        guard case .open = state else { return }
        WebSocketFrame.encodeClose(
            WebSocketClose(code: .normalClosure), mask: Self.mask(&context),
            into: &context.output)
    }

    /// Reads the answer to the handshake (RFC 6455 §4.1) and returns its length, or nil when it is
    /// not whole.
    private mutating func readHead(
        _ bytes: Span<UInt8>, accept: [UInt8], _ context: inout ClientContext
    ) throws(ProtocolError) -> Int? {
        var parser = HTTPResponseParser()
        guard let length = try parser.parse(bytes) else { return nil }
        context.received[.handshake] += length
        guard parser.status == 101 else { throw .httpUnexpectedStatus }
        guard parser.fields.contains("websocket", in: "upgrade", of: bytes),
            parser.fields.contains("upgrade", in: "connection", of: bytes),
            let proof = parser.fields.value(of: "sec-websocket-accept", in: bytes),
            bytes.array(proof) == accept
        else { throw .webSocketAccept }
        state = .open
        context.subscribe(to: common.value.origin)
        return length
    }

    private mutating func receiveFrames(
        _ bytes: Span<UInt8>, from start: Int, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        defer { cursor = context.cursor ?? cursor }
        var offset = start
        while let event = try decoder.next(in: bytes, at: &offset, ledger: &context.received) {
            switch event.kind {
            case .text, .binary:
                try event.withPayload(in: bytes) { payload throws(ProtocolError) in
                    // The decoder has charged the payload already, as it does for any message.
                    context.received[.payload] -= payload.count
                    if case .foreign(let after) = common.value.origin {
                        return context.deliverRelayed(
                            payload, in: 0..<payload.count, after: after)
                    }
                    try context.deliverMessage(payload, in: 0..<payload.count)
                }
            case .ping:
                let mask = Self.mask(&context)
                event.withPayload(in: bytes) { payload in
                    WebSocketFrame.encodePong(payload, mask: mask, into: &context.output)
                }
            case .pong:
                break
            case .close:
                return try answerClose(event, in: bytes, &context)
            }
        }
        return .carryOn
    }

    private func answerClose(
        _ event: WebSocketEvent, in bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        let close = try event.withPayload(in: bytes) { payload throws(ProtocolError) in
            try WebSocketClose(payload: payload)
        }
        WebSocketFrame.encodeClose(
            WebSocketClose(code: close.code), mask: Self.mask(&context), into: &context.output)
        return .reconnect(at: context.now)
    }

    /// A fresh masking key, as every frame of a client needs (RFC 6455 §5.3).
    private static func mask(_ context: inout ClientContext) -> UInt32 {
        UInt32(truncatingIfNeeded: context.random.next())
    }
}

extension ProtocolError {
    package static let webSocketAccept = ProtocolError(
        rule: "websocket-accept", reason: "The answer does not prove that it read the handshake.",
        reference: "RFC 6455 §4.1")
    package static let webSocketTruncated = ProtocolError(
        rule: "websocket-truncated", reason: "The connection closed without a close frame.",
        reference: "RFC 6455 §7.1.5", closeCode: 1006)
}
