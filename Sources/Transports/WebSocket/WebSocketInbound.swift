import Wire

/// What a WebSocket client says on the open connection: pings, pongs, messages, and goodbye.
struct WebSocketInbound: InboundStream {
    /// What becomes of messages.
    enum Listening {
        /// They are read, and nothing follows from them.
        case passing
        /// They are kept for `takeMessages`.
        case keeping
        /// They are sent back as they came.
        case echoing
    }

    /// How much an echo gathers before its bytes leave: what the loop gathers of other answers, too.
    /// What a client has sent behind it waits, so that a few bytes of compressed messages cannot make
    /// the server hold what all of them stand for.
    private static var echoLimit: Int { 64 * 1024 }

    private var decoder: WebSocketFrameDecoder
    private let listening: Listening
    private let coding: StreamCoding
    private var messages: [InboundMessage] = []
    /// How the conversation ends, once the messages before that were taken: however the bytes were cut
    /// into reads, what was said before a goodbye is heard.
    private var ending: Result<WebSocketClose, ProtocolError>?
    /// Bytes since the end of the last message.
    private var messageBytes = 0

    init(limit: Int, listening: Listening, coding: StreamCoding) {
        self.listening = listening
        self.coding = coding
        // A client that may compress must forget each message, as `DeflateAgreement.accepting` says.
        decoder = WebSocketFrameDecoder(
            role: .server, maxFrameBytes: limit, maxMessageBytes: limit,
            compression: coding.windowBits == nil ? .none : .single)
    }

    mutating func receive(
        _ bytes: Span<UInt8>, at offset: inout Int, into reply: inout WireBuffer,
        ledger: inout ByteLedger
    ) throws(ProtocolError) -> Bool {
        do throws(ProtocolError) {
            guard ending == nil, try read(bytes, at: &offset, into: &reply, ledger: &ledger) else {
                return try end(into: &reply)
            }
            return true
        } catch {
            guard ending == nil, !messages.isEmpty else { throw error }
            ending = .failure(error)
            return true
        }
    }

    /// Answers a goodbye; true while it must wait.
    private mutating func end(into reply: inout WireBuffer) throws(ProtocolError) -> Bool {
        guard messages.isEmpty, let close = try ending?.get() else { return true }
        // The answer echoes the code (RFC 6455 §5.5.1).
        WebSocketFrame.encodeClose(WebSocketClose(code: close.code), into: &reply)
        return false
    }

    /// Reads frames; false behind a goodbye.
    private mutating func read(
        _ bytes: Span<UInt8>, at offset: inout Int, into reply: inout WireBuffer,
        ledger: inout ByteLedger
    ) throws(ProtocolError) -> Bool {
        var start = offset
        defer { messageBytes += offset - start }
        while let event = try decoder.next(in: bytes, at: &offset, ledger: &ledger) {
            messageBytes += offset - start
            start = offset
            defer { messageBytes = 0 }
            switch event.kind {
            case .text: hear(event, in: bytes, opcode: .text, into: &reply)
            case .binary: hear(event, in: bytes, opcode: .binary, into: &reply)
            case .pong:
                break
            case .ping:
                event.withPayload(in: bytes) { payload in
                    WebSocketFrame.encodePong(payload, into: &reply)
                }
            case .close:
                ending = .success(
                    try event.withPayload(in: bytes) { payload throws(ProtocolError) in
                        try WebSocketClose(payload: payload)
                    })
                return false
            }
            if case .echoing = listening, reply.count >= Self.echoLimit { return true }
        }
        return true
    }

    private mutating func hear(
        _ event: WebSocketEvent, in bytes: Span<UInt8>, opcode: WebSocketOpcode,
        into reply: inout WireBuffer
    ) {
        let wireBytes = messageBytes
        event.withPayload(in: bytes) { payload in
            switch listening {
            case .passing:
                break
            case .keeping:
                messages.append(
                    InboundMessage(content: Array(copying: payload), wireBytes: wireBytes))
            case .echoing:
                WebSocketFrame.encodeMessage(
                    opcode, payload, windowBits: coding.windowBits, into: &reply)
            }
        }
    }

    var isBetweenMessages: Bool { decoder.isBetweenMessages && ending == nil }

    var isLeaving: Bool { ending != nil }

    mutating func takeMessages() -> [InboundMessage] {
        guard !messages.isEmpty else { return [] }
        var taken: [InboundMessage] = []
        swap(&taken, &messages)
        return taken
    }

    func writeReply(_ content: [UInt8], into reply: inout WireBuffer) {
        WebSocketFrame.encodeMessage(
            .text, content.span, windowBits: coding.windowBits, into: &reply)
    }

    func writeRefusal(_ error: ProtocolError, into reply: inout WireBuffer) {
        WebSocketFrame.encodeClose(WebSocketClose(answering: error), into: &reply)
    }
}
