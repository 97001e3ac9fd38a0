import Wire

/// A client that sends every message back as it came, for conformance suites: its handshake and frames
/// are those of every other WebSocket client here.
package struct WebSocketEchoClient: ClientSession {
    private let profile: ClientProfile
    private let target: String
    private let echoes: Bool
    private var conversation: WebSocketConversation
    /// The last message that came, where messages are not sent back.
    package private(set) var lastMessage: [UInt8] = []

    /// Makes a client that asks for `target`, takes messages of `limit` bytes at most, and sends them
    /// back if it is told to.
    package init(profile: ClientProfile, target: String, limit: Int, echoes: Bool) {
        self.profile = profile
        self.target = target
        self.echoes = echoes
        conversation = WebSocketConversation(limit: limit, offer: profile.deflateOffer(to: .lab))
    }

    package mutating func connected(_ context: inout ClientContext) {
        let target = target
        conversation.begin(profile, origin: .lab, &context) { output in
            output.write(target, as: .handshake)
        }
    }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        var offset = 0
        while let heard = try conversation.next(in: bytes, at: &offset, &context) {
            switch heard {
            case .opened: break
            case .message(let event): take(event, in: bytes, &context)
            case .closed: return .finished
            }
        }
        return .carryOn
    }

    private mutating func take(
        _ event: WebSocketEvent, in bytes: Span<UInt8>, _ context: inout ClientContext
    ) {
        let opcode: WebSocketOpcode = event.kind == .text ? .text : .binary
        event.withPayload(in: bytes) { payload in
            if echoes {
                conversation.send(opcode, payload, &context)
            } else {
                lastMessage = Array(copying: payload)
            }
        }
    }

    package mutating func peerClosed(
        _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        throw .webSocketTruncated
    }

    package mutating func leave(_ context: inout ClientContext) {
        conversation.leave(&context)
    }
}
