// The client's end of one connection, whatever it is for: the opening handshake, then frames. Pings
// are answered, a close is echoed, and a server that breaks a rule is told which kind of rule it was
// before the connection ends. What is left to its owner is what a message means.
//
//     var offset = 0
//     while let heard = try conversation.next(in: bytes, at: &offset, &context) {
//         switch heard { … }
//     }

import Deflate
import Link
import Wire

/// What a client has heard from its server.
enum WebSocketHeard {
    /// The handshake is over: messages may be sent.
    case opened
    /// A message, text or binary; it may refer to the bytes that were handed over.
    case message(WebSocketEvent)
    /// The server has said goodbye, and was answered.
    case closed
}

/// The client's half of a WebSocket connection: handshake, control frames, refusals.
struct WebSocketConversation: Sendable {
    private enum State {
        /// The answer to the handshake is awaited; `accept` is what it must prove.
        case handshake(accept: [UInt8])
        /// Frames come.
        case open
        /// The last frame was sent.
        case over
    }

    private var state = State.over
    private var decoder: WebSocketFrameDecoder
    /// The beginning of a head that came in pieces.
    private var pending: [UInt8] = []
    /// The same for all clients of a run.
    private let terms: Shared<Terms>
    /// The window in which messages to the server may be compressed; nil where none may.
    private var windowBits: UInt8?

    private struct Terms: Sendable {
        /// The longest message that is taken.
        let limit: Int
        /// What is offered, if anything is.
        let offer: DeflateOffer?
    }

    /// Makes the client's half of connections whose messages have `limit` bytes at most.
    init(limit: Int, offer: DeflateOffer?) {
        self.init(Shared(Terms(limit: limit, offer: Deflater.isAvailable ? offer : nil)))
    }

    private init(_ terms: Shared<Terms>) {
        self.terms = terms
        decoder = Self.makeDecoder(terms.value, .none)
    }

    private static func makeDecoder(
        _ terms: Terms, _ compression: WebSocketCompression
    ) -> WebSocketFrameDecoder {
        WebSocketFrameDecoder(
            role: .client, maxFrameBytes: terms.limit, maxMessageBytes: terms.limit,
            compression: compression)
    }

    /// Begins a connection: writes the opening handshake (RFC 6455 §4.1).
    ///
    /// - Parameters:
    ///   - profile: Who the server is, and what is sent beside what the handshake needs.
    ///   - origin: Whose stream it is.
    ///   - context: Where the request is written.
    ///   - writeTarget: Writes path and query.
    mutating func begin(
        _ profile: ClientProfile, origin: StreamOrigin, _ context: inout ClientContext,
        writeTarget: (inout WireBuffer) -> Void
    ) {
        let key = WebSocketHandshake.makeKey(using: &context.random)
        self = WebSocketConversation(terms)
        state = .handshake(accept: WebSocketHandshake.accept(forKey: key.span))
        context.output.write("GET ", as: .handshake)
        writeTarget(&context.output)
        context.output.write(" HTTP/1.1\r\nHost: ", as: .handshake)
        context.output.write(profile.authority, as: .handshake)
        context.output.write("\r\nConnection: Upgrade\r\n", as: .handshake)
        context.output.write(
            profile.headers.lines(for: .webSocket, authority: profile.authority, origin: origin),
            as: .handshake)
        if let offer = terms.value.offer, !profile.headers.offersDeflate(to: origin) {
            context.output.write("Sec-WebSocket-Extensions: ", as: .handshake)
            context.output.write(offer.text, as: .handshake)
            context.output.write("\r\n", as: .handshake)
        }
        context.output.write(
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ",
            as: .handshake)
        context.output.write(key, as: .handshake)
        context.output.write("\r\n\r\n", as: .handshake)
        context.requests += 1
    }

    /// What comes next in `bytes` from `offset` on; nil when all of them are taken.
    ///
    /// - Throws: the rule that the server broke. The close frame that says so is in the context's
    ///   output then, unless it was broken in the handshake.
    mutating func next(
        in bytes: Span<UInt8>, at offset: inout Int, _ context: inout ClientContext
    ) throws(ProtocolError) -> WebSocketHeard? {
        switch state {
        case .handshake(let accept):
            return try readHead(bytes, at: &offset, accept: accept, &context) ? .opened : nil
        case .over:
            context.received[.closing] += bytes.count - offset
            offset = bytes.count
            return nil
        case .open:
            do throws(ProtocolError) {
                return try readFrame(bytes, at: &offset, &context)
            } catch {
                fail(error, &context)
                throw error
            }
        }
    }

    /// Sends a message, compressed where that was agreed and makes it shorter.
    func send(
        _ opcode: WebSocketOpcode, _ payload: Span<UInt8>, _ context: inout ClientContext
    ) {
        let mask = Self.mask(&context)
        WebSocketFrame.encodeMessage(
            opcode, payload, windowBits: windowBits.map(Int.init), mask: mask,
            into: &context.output)
    }

    /// The server has broken a rule: says which kind it was, and no more (RFC 6455 §7.1.7).
    mutating func fail(_ error: ProtocolError, _ context: inout ClientContext) {
        end(WebSocketClose(answering: error), &context)
    }

    /// Says goodbye.
    mutating func leave(_ context: inout ClientContext) {
        end(WebSocketClose(code: .normalClosure), &context)
    }

    private mutating func end(_ close: WebSocketClose, _ context: inout ClientContext) {
        guard case .open = state else { return }
        state = .over
        let mask = Self.mask(&context)
        WebSocketFrame.encodeClose(close, mask: mask, into: &context.output)
    }

    /// A fresh masking key, as every frame of a client needs (RFC 6455 §5.3).
    private static func mask(_ context: inout ClientContext) -> UInt32 {
        UInt32(truncatingIfNeeded: context.random.next())
    }

    // MARK: - Frames

    private mutating func readFrame(
        _ bytes: Span<UInt8>, at offset: inout Int, _ context: inout ClientContext
    ) throws(ProtocolError) -> WebSocketHeard? {
        while let event = try decoder.next(in: bytes, at: &offset, ledger: &context.received) {
            switch event.kind {
            case .text, .binary:
                return .message(event)
            case .ping:
                let mask = Self.mask(&context)
                event.withPayload(in: bytes) { payload in
                    WebSocketFrame.encodePong(payload, mask: mask, into: &context.output)
                }
            case .pong:
                break
            case .close:
                let close = try event.withPayload(in: bytes) { payload throws(ProtocolError) in
                    try WebSocketClose(payload: payload)
                }
                end(WebSocketClose(code: close.code), &context)
                return .closed
            }
        }
        return nil
    }

    // MARK: - The handshake

    /// Takes the head of the answer; false while it is not whole.
    private mutating func readHead(
        _ bytes: Span<UInt8>, at offset: inout Int, accept: [UInt8],
        _ context: inout ClientContext
    ) throws(ProtocolError) -> Bool {
        if pending.isEmpty {
            let head = try judgeHead(bytes.extracting(offset..<bytes.count), accept, &context)
            if let head {
                offset += head
            } else {
                pending.append(copying: bytes.extracting(offset..<bytes.count))
                offset = bytes.count
            }
            return head != nil
        }
        let before = pending.count
        var held: [UInt8] = []
        swap(&held, &pending)
        held.append(copying: bytes.extracting(offset..<bytes.count))
        if let head = try judgeHead(held.span, accept, &context) {
            // It was not whole before, so that it ends in what has come now.
            offset += head - before
            return true
        }
        pending = held
        offset = bytes.count
        return false
    }

    /// Judges the answer to the handshake (RFC 6455 §4.1) and returns its length, or nil when it is
    /// not whole.
    private mutating func judgeHead(
        _ bytes: Span<UInt8>, _ accept: [UInt8], _ context: inout ClientContext
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
        guard parser.fields.value(of: "sec-websocket-protocol", in: bytes) == nil else {
            throw .webSocketSubprotocol
        }
        try agree(on: WebSocketExtension.list(of: parser.fields, in: bytes))
        state = .open
        return length
    }

    /// Takes what the server says of extensions: at most one, and that was offered.
    private mutating func agree(on answers: [WebSocketExtension]) throws(ProtocolError) {
        guard let answer = answers.first else { return }
        guard let offer = terms.value.offer, answers.count == 1,
            let agreement = DeflateAgreement(answer, to: offer)
        else { throw .webSocketExtensionAnswer }
        // zlib has no window of eight bits. Who has none sends messages as they are.
        let bits = agreement.clientWindowBits ?? 15
        windowBits = Deflater.windowBits.contains(bits) ? UInt8(bits) : nil
        decoder = Self.makeDecoder(
            terms.value, agreement.serverForgets ? .single : .continuous)
    }
}

extension ProtocolError {
    package static let webSocketAccept = ProtocolError(
        rule: "websocket-accept", reason: "The answer does not prove that it read the handshake.",
        reference: "RFC 6455 §4.1")
    package static let webSocketSubprotocol = ProtocolError(
        rule: "websocket-subprotocol", reason: "The answer names a subprotocol; none was offered.",
        reference: "RFC 6455 §4.1")
    package static let webSocketExtensionAnswer = ProtocolError(
        rule: "websocket-extension-answer",
        reason: "The answer names an extension, or parameters of one, that were not offered.",
        reference: "RFC 6455 §4.1 and RFC 7692 §7.1")
    package static let webSocketTruncated = ProtocolError(
        rule: "websocket-truncated", reason: "The connection closed without a close frame.",
        reference: "RFC 6455 §7.1.5", closeCode: 1006)
}
