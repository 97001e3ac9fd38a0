import Link
import Wire

/// The client half: the opening handshake, then messages, of which each is an event or tells where the
/// stream stands.
package struct WebSocketClient: ClientSession {
    /// What all clients of a run have in common.
    private struct Common: Sendable {
        let profile: ClientProfile
        let path: String
        let origin: StreamOrigin
    }

    private let common: Shared<Common>
    private var cursor: UInt64?
    private var conversation: WebSocketConversation

    /// Makes the client of the endpoint at `path`, a query included.
    package init(
        profile: ClientProfile, path: String = "/events/websocket", origin: StreamOrigin = .lab
    ) {
        common = Shared(Common(profile: profile, path: path, origin: origin))
        cursor = profile.since
        conversation = WebSocketConversation(
            limit: WebSocket.eventLimit, offer: profile.deflateOffer(to: origin))
    }

    package mutating func connected(_ context: inout ClientContext) {
        let common = common.value
        let since = common.origin == .lab ? cursor : nil
        conversation.begin(common.profile, origin: common.origin, &context) { output in
            output.write(common.path, as: .handshake)
            guard let since else { return }
            output.write("?since=", as: .handshake)
            output.write(decimal: since, as: .handshake)
        }
    }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        defer { cursor = context.cursor ?? cursor }
        var offset = 0
        while let heard = try conversation.next(in: bytes, at: &offset, &context) {
            switch heard {
            case .opened: context.subscribe(to: common.value.origin)
            case .message(let event): try deliver(event, in: bytes, &context)
            case .closed: return .reconnect(at: context.now)
            }
        }
        return .carryOn
    }

    private mutating func deliver(
        _ event: WebSocketEvent, in bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) {
        // The decoder has charged the payload already, as it does for any message.
        context.received[.payload] -= event.wireBytes
        do throws(ProtocolError) {
            try event.withPayload(in: bytes) { payload throws(ProtocolError) in
                let (all, wireBytes) = (0..<payload.count, event.wireBytes)
                if case .foreign(let after) = common.value.origin {
                    return context.deliverRelayed(
                        payload, in: all, after: after, wireBytes: wireBytes)
                }
                try context.deliverMessage(payload, in: all, wireBytes: wireBytes)
            }
        } catch {
            context.received[.payload] += event.wireBytes
            conversation.fail(error, &context)
            throw error
        }
    }

    package mutating func peerClosed(
        _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        // A peer that says goodbye first sends a close frame; this one did not (RFC 6455 §7.1.5).
        throw .webSocketTruncated
    }

    package mutating func leave(_ context: inout ClientContext) {
        conversation.leave(&context)
    }
}
