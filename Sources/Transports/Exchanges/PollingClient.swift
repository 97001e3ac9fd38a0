import Link
import Wire

/// The client's side of polling: a request, its answer, and the next request, at once or when the
/// interval is over.
package struct PollingClient<Framing: BatchFraming>: ClientSession {
    /// When the next request follows an answer.
    package enum Pace: Sendable {
        /// At once: the server does the waiting.
        case immediate
        /// At a fixed rate, counted from the first request; a request that is due while an answer
        /// is still on its way follows it at once.
        case every(Duration)
    }

    private enum State {
        /// Nothing is asked; the next request is due at `deadline`.
        case idle
        /// A request is out.
        case awaitingAnswer
    }

    /// What all clients of a run have in common.
    private struct Common: Sendable {
        let framing: Framing
        let pace: Pace
        let keepsAlive: Bool
        /// The request up to its cursor, and behind it.
        let requestStart: [UInt8]
        let requestEnd: [UInt8]
        /// What stands before the cursor, as the framing has a query of its own or not.
        let cursorStart: StaticString
    }

    private let common: Shared<Common>
    private var state = State.idle
    private var cursor: UInt64?
    /// When the request that is out, or the next one, was due.
    private var due = Instant.distantPast
    /// The beginning of an answer that came in pieces.
    private var pending: [UInt8] = []

    /// Makes the client of the technique whose path, without a query, is `path`.
    package init(
        path: String, framing: Framing, pace: Pace, initiator: HeaderProfile.Initiator,
        profile: ClientProfile
    ) {
        cursor = profile.since
        var query = WireBuffer()
        framing.writeQuery(into: &query)
        let requestEnd =
            Array(" HTTP/1.1\r\nHost: \(profile.authority)\r\n".utf8)
            + profile.headers.connectionLine(keepsAlive: profile.keepsAlive)
            + profile.headers.lines(for: initiator, authority: profile.authority)
            + Array("\r\n".utf8)
        common = Shared(
            Common(
                framing: framing, pace: pace, keepsAlive: profile.keepsAlive,
                requestStart: Array("GET \(path)\(query.isEmpty ? "" : "?")".utf8) + query.bytes,
                requestEnd: requestEnd, cursorStart: query.isEmpty ? "?since=" : "&since="))
    }

    package var deadline: Instant {
        switch state {
        case .idle: due
        case .awaitingAnswer: .distantFuture
        }
    }

    package mutating func connected(_ context: inout ClientContext) {
        pending = []
        if due == .distantPast { due = context.now }
        ask(&context)
    }

    package mutating func deadlineReached(_ context: inout ClientContext) -> ClientStep {
        ask(&context)
        return .carryOn
    }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        guard case .awaitingAnswer = state else { throw .httpUnexpectedBytes }
        guard pending.isEmpty else {
            var held: [UInt8] = []
            swap(&held, &pending)
            held.append(copying: bytes)
            let step = try readAnswer(held.span, &context)
            if step == nil { pending = held }
            return step ?? .carryOn
        }
        if let step = try readAnswer(bytes, &context) { return step }
        pending.append(copying: bytes)
        return .carryOn
    }

    package mutating func peerClosed(
        _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        switch state {
        case .idle:
            return .reconnect(at: due)
        case .awaitingAnswer where pending.isEmpty:
            // A server may close a kept connection just as the next request is sent (RFC 9112 §9.3).
            return .reconnect(at: context.now)
        case .awaitingAnswer:
            var held: [UInt8] = []
            swap(&held, &pending)
            guard let length = try context.parser.parse(held.span),
                context.parser.body == .untilClose
            else {
                throw .httpTruncated
            }
            return try finishAnswer(
                held.span, content: length..<held.count, end: held.count, &context)
        }
    }

    // MARK: - Asking

    private mutating func ask(_ context: inout ClientContext) {
        let common = common.value
        context.output.write(common.requestStart, as: .requestHead)
        if let cursor {
            context.output.write(common.cursorStart, as: .requestHead)
            context.output.write(decimal: cursor, as: .requestHead)
        }
        context.output.write(common.requestEnd, as: .requestHead)
        context.requests += 1
        state = .awaitingAnswer
    }

    // MARK: - Answers

    /// Reads the answer that `bytes` are, or returns nil when it is not whole yet.
    private mutating func readAnswer(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep? {
        guard let head = try context.parser.parse(bytes) else { return nil }
        switch context.parser.body {
        case .none:
            return try finishAnswer(bytes, content: head..<head, end: head, &context)
        case .length(let length):
            guard bytes.count - head >= length else { return nil }
            return try finishAnswer(
                bytes, content: head..<head + length, end: head + length, &context)
        case .chunked:
            return try readChunkedAnswer(bytes, head: head, &context)
        case .untilClose:
            return nil
        }
    }

    private mutating func readChunkedAnswer(
        _ bytes: Span<UInt8>, head: Int, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep? {
        var decoder = ChunkedCoding.Decoder()
        var ledger = ByteLedger()
        var content: [UInt8] = []
        var offset = head
        while let piece = try decoder.next(in: bytes, at: &offset, ledger: &ledger) {
            content.append(copying: bytes.extracting(piece))
        }
        guard decoder.isFinished else { return nil }
        context.received += ledger
        guard offset == bytes.count else { throw .httpUnexpectedBytes }
        context.received[.responseHead] += head
        return try takeContent(content.span, &context)
    }

    private mutating func finishAnswer(
        _ bytes: Span<UInt8>, content: Range<Int>, end: Int, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        // One request is out at a time, so nothing can follow its answer.
        guard end == bytes.count else { throw .httpUnexpectedBytes }
        context.received[.responseHead] += content.lowerBound
        return try takeContent(bytes.extracting(content), &context)
    }

    private mutating func takeContent(
        _ content: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        let status = context.parser.status
        guard status == 200 || status == 204 else { throw .httpUnexpectedStatus }
        let before = context.events.count
        if status == 200 { try common.value.framing.read(content, &context) }
        context.answers += 1
        if context.events.count == before { context.emptyAnswers += 1 }
        cursor = context.cursor ?? cursor
        return next(&context)
    }

    private mutating func next(_ context: inout ClientContext) -> ClientStep {
        switch common.value.pace {
        case .immediate: due = context.now
        case .every(let interval): due = max(due + interval, context.now)
        }
        state = .idle
        guard common.value.keepsAlive, context.parser.isPersistent else {
            return .reconnect(at: due)
        }
        if due <= context.now { ask(&context) }
        return .carryOn
    }
}
