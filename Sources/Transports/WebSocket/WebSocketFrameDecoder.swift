// Bytes to messages, in whatever pieces they come.
//
// A server's event is nearly always a whole unmasked frame in the middle of a read that holds
// several. Such a frame is checked where it lies and told as a range of the read: nothing is copied
// and nothing allocated. Only what is masked, fragmented or cut off by the end of a read is gathered
// in a buffer, which leaves with the event, so that a decoder between messages owns no memory. A
// server holds one for each of its connections.
//
// Every byte taken is counted, as what its opcode says that it is for, at the moment when `offset`
// passes it; so the ledger's total is the bytes consumed even when a rule is broken halfway.

import Wire

/// A whole message, or a control frame, that a peer has sent.
package struct WebSocketEvent: Sendable {
    /// What was received: an opcode, but for the continuation, which never comes alone.
    package enum Kind: Sendable {
        /// A text message, known to be UTF-8.
        case text
        /// A binary message.
        case binary
        /// A ping, to be answered by a pong with the same payload.
        case ping
        /// A pong.
        case pong
        /// The peer's last frame, whose payload `WebSocketClose(payload:)` reads.
        case close
    }

    /// Where the payload is.
    package enum Payload: Sendable {
        /// In the bytes that were handed to `next`, at these offsets.
        case inPlace(Range<Int>)
        /// Gathered from several pieces, or unmasked.
        case assembled([UInt8])
    }

    /// Where its payload is.
    package let payload: Payload
    /// What was received.
    package let kind: Kind
    /// What the payload took on the wire: less than its length when it was compressed.
    package let wireBytes: Int

    /// Calls `body` with the payload, wherever it is.
    ///
    /// - Parameters:
    ///   - bytes: What was handed to the call of `next` that gave this event.
    ///   - body: What to do with the payload.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    package func withPayload<Result, Failure: Error>(
        in bytes: Span<UInt8>, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch payload {
        case .inPlace(let range): try body(bytes.extracting(range))
        case .assembled(let content): try body(content.span)
        }
    }
}

/// Decodes the frames that one peer sends.
///
/// Call `next` until it gives `nil`, then again with the bytes of the next read:
///
///     var offset = 0
///     while let event = try decoder.next(in: bytes, at: &offset, ledger: &ledger) { … }
///
/// A compressed message is decompressed as it comes (RFC 7692 §7.2.2), and what it stands for is held to
/// the limit meanwhile.
///
/// After a close frame, or after a broken rule was thrown, whatever follows is counted as `.closing`
/// and discarded (RFC 6455 §1.4 and §7.1.7).
package struct WebSocketFrameDecoder: Sendable {
    private enum State {
        /// No byte of the next frame is here.
        case betweenFrames
        /// The first bytes of a header that a read cut off.
        case header(PartialHeader)
        /// A header, and as much of its payload as has come.
        case payload(PartialFrame)
        /// The conversation is over.
        case closed
    }

    private struct PartialHeader {
        /// Room for the longest header: two bytes, a length of eight and a key of four.
        var bytes: InlineArray<14, UInt8>
        var count: UInt8
    }

    private struct PartialFrame {
        /// How many bytes of the payload are still to come.
        var missing: Int
        /// The key, turned by the bytes that have come.
        var mask: WebSocketMask?
        var opcode: WebSocketOpcode
        var isFinal: Bool
    }

    private var state = State.betweenFrames
    private let role: WebSocketRole
    /// What the message being gathered is, from its first byte to its last frame's end.
    private var messageKind: WebSocketEvent.Kind?
    private var validator = UTF8Validator()
    private let maxFrameBytes: UInt32
    private let maxMessageBytes: UInt32
    /// What decompresses messages, where that was agreed.
    private var inflation = Seldom<WebSocketInflation>()
    /// What has come of a message that is being gathered.
    private var message: [UInt8] = []
    /// What has come of a control frame's payload. It is apart from the message because control
    /// frames may stand between a message's fragments (RFC 6455 §5.4).
    private var control: [UInt8] = []

    /// Whether the next byte begins a frame, and that a message.
    package var isBetweenMessages: Bool {
        guard case .betweenFrames = state else { return false }
        return messageKind == nil
    }

    /// Makes a decoder of what a peer sends to `role`.
    ///
    /// - Parameters:
    ///   - role: The end that receives, which decides whether frames must or must not be masked.
    ///   - maxFrameBytes: The longest payload of one data frame.
    ///   - maxMessageBytes: The longest payload of one message, over all its fragments, decompressed.
    ///   - compression: What was agreed of compressed messages.
    package init(
        role: WebSocketRole, maxFrameBytes: Int, maxMessageBytes: Int,
        compression: WebSocketCompression = .none
    ) {
        self.role = role
        self.maxFrameBytes = UInt32(clamping: maxFrameBytes)
        self.maxMessageBytes = UInt32(clamping: maxMessageBytes)
        if let agreed = WebSocketInflation(compression) { inflation.value = agreed }
    }

    /// The next message or control frame in `bytes` from `offset` on, or `nil` when all of them are
    /// taken.
    ///
    /// - Parameters:
    ///   - bytes: One read's bytes.
    ///   - offset: How many of them are taken; moved past what this call takes.
    ///   - ledger: What the bytes taken were for.
    /// - Returns: The event, which may refer to `bytes`.
    /// - Throws: The rule that the peer broke.
    package mutating func next(
        in bytes: Span<UInt8>, at offset: inout Int, ledger: inout ByteLedger
    ) throws(ProtocolError) -> WebSocketEvent? {
        do throws(ProtocolError) {
            while offset < bytes.count {
                let event: WebSocketEvent?
                switch state {
                case .betweenFrames:
                    event = try beginFrame(in: bytes, at: &offset, ledger: &ledger)
                case .header(let partial):
                    event = try resumeHeader(partial, with: bytes, at: &offset, ledger: &ledger)
                case .payload(let frame):
                    event = try resumePayload(frame, with: bytes, at: &offset, ledger: &ledger)
                case .closed:
                    ledger[.closing] += bytes.count - offset
                    offset = bytes.count
                    event = nil
                }
                if let event { return event }
            }
            return nil
        } catch {
            state = .closed
            message = []
            control = []
            inflation = Seldom()
            throw error
        }
    }

    /// Takes a frame's header, and its payload too if all of it can be used where it lies.
    private mutating func beginFrame(
        in bytes: Span<UInt8>, at offset: inout Int, ledger: inout ByteLedger
    ) throws(ProtocolError) -> WebSocketEvent? {
        let parsed = try WebSocketFrameHeader.decode(
            bytes, at: offset, for: role, mayBeCompressed: !inflation.isEmpty)
        guard let header = parsed else {
            let empty = PartialHeader(bytes: InlineArray(repeating: 0), count: 0)
            return try resumeHeader(empty, with: bytes, at: &offset, ledger: &ledger)
        }
        try admit(header)
        let start = offset + header.encodedLength
        ledger[header.opcode.headerClass] += start - offset
        offset = start
        guard header.mask == nil, header.isFinal, header.payloadLength <= bytes.count - start,
            !header.isCompressed, let kind = WebSocketEvent.Kind(header.opcode)
        else {
            return try beginPayload(header, with: bytes, at: &offset, ledger: &ledger)
        }
        ledger[header.opcode.payloadClass] += header.payloadLength
        offset = start + header.payloadLength
        try check(kind, bytes.extracting(start..<offset))
        if kind == .close { state = .closed }
        return WebSocketEvent(
            payload: .inPlace(start..<offset), kind: kind, wireBytes: header.payloadLength)
    }

    /// Takes bytes of a header one at a time until it is whole; at most fourteen for each read.
    private mutating func resumeHeader(
        _ begun: PartialHeader, with bytes: Span<UInt8>, at offset: inout Int,
        ledger: inout ByteLedger
    ) throws(ProtocolError) -> WebSocketEvent? {
        var partial = begun
        while offset < bytes.count {
            partial.bytes[Int(partial.count)] = bytes[offset]
            partial.count += 1
            let held = partial.bytes.span.extracting(first: Int(partial.count))
            let header = try WebSocketFrameHeader.decode(
                held, at: 0, for: role, mayBeCompressed: !inflation.isEmpty)
            // The opcode, which says what a header's bytes are for, is in the first of them.
            if let opcode = WebSocketOpcode(rawValue: held[0] & 0x0F) {
                ledger[opcode.headerClass] += 1
            }
            offset += 1
            if let header {
                try admit(header)
                return try beginPayload(header, with: bytes, at: &offset, ledger: &ledger)
            }
        }
        state = .header(partial)
        return nil
    }

    /// Refuses a frame that may not come now, or that is too big.
    private func admit(_ header: WebSocketFrameHeader) throws(ProtocolError) {
        switch header.opcode {
        case .close, .ping, .pong: return
        case .text, .binary:
            guard messageKind == nil else { throw .webSocketInterruptedMessage }
        case .continuation:
            guard messageKind != nil else { throw .webSocketUnexpectedContinuation }
        }
        guard header.payloadLength <= Int(maxFrameBytes) else { throw .webSocketFrameTooBig }
        // How long a compressed message is, is seen when it is decompressed.
        guard !isCompressed, !header.isCompressed else { return }
        guard header.payloadLength <= Int(maxMessageBytes) - message.count else {
            throw .webSocketMessageTooBig
        }
    }

    /// Judges a whole payload that was never gathered.
    private func check(
        _ kind: WebSocketEvent.Kind, _ payload: Span<UInt8>
    ) throws(ProtocolError) {
        switch kind {
        case .text:
            var validator = UTF8Validator()
            guard validator.accept(payload) && validator.isComplete else {
                throw .webSocketInvalidText
            }
        case .close: _ = try WebSocketClose(payload: payload)
        case .binary, .ping, .pong: break
        }
    }

    /// Begins to gather a payload, and takes what is there of it, which may be all of it or nothing.
    private mutating func beginPayload(
        _ header: WebSocketFrameHeader, with bytes: Span<UInt8>, at offset: inout Int,
        ledger: inout ByteLedger
    ) throws(ProtocolError) -> WebSocketEvent? {
        // A length is only a promise, and a peer that promises much and sends little must not make
        // us reserve it: one page at once, which holds any event of usual size, then as it comes.
        let expected = min(header.payloadLength, 4096)
        if header.opcode.isControl {
            control.reserveCapacity(expected)
        } else if header.opcode != .continuation {
            messageKind = WebSocketEvent.Kind(header.opcode)
            inflation.value?.begin(isCompressed: header.isCompressed)
            message.reserveCapacity(expected)
        }
        let frame = PartialFrame(
            missing: header.payloadLength, mask: header.mask.map(WebSocketMask.init),
            opcode: header.opcode, isFinal: header.isFinal)
        return try resumePayload(frame, with: bytes, at: &offset, ledger: &ledger)
    }

    /// Takes what is there of a payload.
    private mutating func resumePayload(
        _ begun: PartialFrame, with bytes: Span<UInt8>, at offset: inout Int,
        ledger: inout ByteLedger
    ) throws(ProtocolError) -> WebSocketEvent? {
        var frame = begun
        let count = min(frame.missing, bytes.count - offset)
        let piece = bytes.extracting(offset..<offset + count)
        ledger[frame.opcode.payloadClass] += count
        offset += count
        frame.missing -= count
        if frame.opcode.isControl {
            control.append(span: piece)
            frame.mask?.apply(to: &control, from: control.count - count)
        } else {
            let before = message.count
            if isCompressed {
                let limit = Int(maxMessageBytes)
                do throws(ProtocolError) {
                    try inflation.value?.add(piece, mask: &frame.mask, to: &message, limit: limit)
                } catch {
                    // What came before the fault comes first, however it was cut into reads.
                    try judge(from: before)
                    throw error
                }
            } else {
                message.append(span: piece)
                frame.mask?.apply(to: &message, from: before)
            }
            try judge(from: before)
        }
        guard frame.missing == 0 else {
            state = .payload(frame)
            return nil
        }
        state = .betweenFrames
        return try frame.opcode.isControl ? endControlFrame(frame) : endDataFrame(frame)
    }

    private mutating func endControlFrame(
        _ frame: PartialFrame
    ) throws(ProtocolError) -> WebSocketEvent? {
        guard let kind = WebSocketEvent.Kind(frame.opcode) else { return nil }
        try check(kind, control.span)
        if kind == .close { state = .closed }
        let wireBytes = control.count
        return WebSocketEvent(
            payload: .assembled(Self.take(&control)), kind: kind, wireBytes: wireBytes)
    }

    private mutating func endDataFrame(
        _ frame: PartialFrame
    ) throws(ProtocolError) -> WebSocketEvent? {
        guard frame.isFinal, let kind = messageKind else { return nil }
        var wireBytes = message.count
        if isCompressed {
            let (before, limit) = (message.count, Int(maxMessageBytes))
            try inflation.value?.endMessage(&message, limit: limit)
            try judge(from: before)
            wireBytes = inflation.value?.wireBytes ?? 0
        }
        guard validator.isComplete else { throw .webSocketInvalidText }
        messageKind = nil
        return WebSocketEvent(
            payload: .assembled(Self.take(&message)), kind: kind, wireBytes: wireBytes)
    }

    /// Whether the message that is being gathered is compressed.
    private var isCompressed: Bool {
        !inflation.isEmpty && inflation.value?.isBusy == true
    }

    /// Judges what was gathered of a text behind its first `start` bytes.
    private mutating func judge(from start: Int) throws(ProtocolError) {
        guard messageKind == .text else { return }
        var judge = validator
        let isText = judge.accept(message.span.extracting(start..<message.count))
        validator = judge
        guard isText else { throw .webSocketInvalidText }
    }

    /// Hands over a buffer and leaves an empty one that owns no memory.
    private static func take(_ buffer: inout [UInt8]) -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        return taken
    }
}

extension WebSocketEvent.Kind {
    /// What a frame of `opcode` begins; `nil` for a continuation, which begins nothing.
    fileprivate init?(_ opcode: WebSocketOpcode) {
        switch opcode {
        case .continuation: return nil
        case .text: self = .text
        case .binary: self = .binary
        case .ping: self = .ping
        case .pong: self = .pong
        case .close: self = .close
        }
    }
}
