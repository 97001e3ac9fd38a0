import Wire

/// What a client says on an open stream.
extension ServerConnection {
    /// Whether a client has said goodbye, or broken a rule, behind what it was heard to say: `proceed`
    /// ends the conversation.
    package var isLeaving: Bool {
        inbound.value?.isLeaving ?? false
    }

    /// Takes what came on an open stream.
    mutating func receiveInbound(
        _ bytes: Span<UInt8>, _ context: inout ServerContext
    ) -> ServerStep {
        guard var reader = inbound.value ?? makeReader(context) else {
            return refuse(.httpUnexpectedBytes, &context)
        }
        do throws(ProtocolError) {
            context.received = ByteLedger()
            var offset = 0
            let isOpen = try reader.receive(
                bytes, at: &offset, into: &context.output, ledger: &context.received)
            guard isOpen else { return .end(nil) }
            let messages = reader.takeMessages()
            inbound.value = reader.isBetweenMessages ? nil : reader
            guard offset == bytes.count || reader.isLeaving else {
                // The rest is answered once this has left.
                pending.append(copying: bytes.extracting(offset..<bytes.count))
                return .answered
            }
            return messages.isEmpty ? .awaitBytes : .heard(messages)
        } catch {
            return refuse(error, &context)
        }
    }

    /// Writes a message to this subscriber alone; nothing where the technique has no way to.
    package mutating func writeReply(_ content: [UInt8], _ context: inout ServerContext) {
        makeReader(context)?.writeReply(content, into: &context.output)
    }

    /// What reads the clients of a stream: made when one says something, since most never do.
    func makeReader(_ context: borrowing ServerContext) -> (any InboundStream)? {
        let limit = context.settings.inboundLimit
        switch state {
        case .streaming(let technique, let coding):
            return context.transports[Int(technique)].server.stream?.makeInboundStream(
                limit: limit, keepsMessages: context.settings.keepsInbound, coding: coding)
        case .echoing(let coding):
            return WebSocketInbound(limit: limit, listening: .echoing, coding: coding)
        case .head, .content, .answering, .parked, .ended:
            return nil
        }
    }
}
