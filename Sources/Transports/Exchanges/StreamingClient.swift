import Link
import Wire

/// The client's side of a never-ending HTTP answer: one request, many messages; when the answer ends
/// or the connection breaks, the next request resumes by cursor.
package struct StreamingClient<Framing: MessageFraming>: ClientSession {
    /// How a resuming request names its cursor.
    package enum CursorForm: Sendable {
        /// `?since=17`.
        case query
        /// `Last-Event-ID: 17`, as a browser's EventSource does.
        case lastEventID
        /// `Last-Event-ID: ` and whatever the server wrote as the last id.
        case lastEventIDAsWritten
        /// Not at all: the stream begins anew.
        case none
    }

    private enum State {
        /// The head of the answer is awaited.
        case head
        /// Messages come in chunks.
        case chunked(ChunkedCoding.Decoder)
        /// Messages come bare until the connection closes.
        case untilClose
        /// The server has nothing to stream and asked the client not to come back.
        case refused
    }

    /// What all clients of a run have in common.
    private struct Common: Sendable {
        let framing: Framing
        let path: String
        let cursorForm: CursorForm
        /// The request behind its target.
        let requestEnd: [UInt8]
        let origin: StreamOrigin
    }

    private let common: Shared<Common>
    private var state = State.head
    private var cursor: UInt64?
    /// The last id as the server wrote it on the connections before this one.
    private var lastEventID: [UInt8]?
    private var decoder: Framing.Decoder
    /// The beginning of a head that came in pieces.
    private var pending: [UInt8] = []

    /// Makes the client of the stream at `path`; its requests have `fields` beside what their
    /// initiator sends.
    package init(
        path: String, framing: Framing, cursorForm: CursorForm,
        initiator: HeaderProfile.Initiator, profile: ClientProfile,
        origin: StreamOrigin = .lab, fields: String = ""
    ) {
        cursor = profile.since
        decoder = framing.makeDecoder()
        let requestEnd =
            Array(" HTTP/1.1\r\nHost: \(profile.authority)\r\n".utf8)
            + profile.headers.connectionLine(keepsAlive: true)
            + profile.headers.lines(
                for: initiator, authority: profile.authority, origin: origin)
            + Array(fields.utf8)
        common = Shared(
            Common(
                framing: framing, path: path, cursorForm: cursorForm, requestEnd: requestEnd,
                origin: origin))
    }

    package mutating func connected(_ context: inout ClientContext) {
        state = .head
        pending = []
        lastEventID = decoder.lastEventID ?? lastEventID
        let common = common.value
        decoder = common.framing.makeDecoder()
        context.output.write("GET ", as: .requestHead)
        context.output.write(common.path, as: .requestHead)
        if case .query = common.cursorForm, let cursor {
            context.output.write("?since=", as: .requestHead)
            context.output.write(decimal: cursor, as: .requestHead)
        }
        context.output.write(common.requestEnd, as: .requestHead)
        if case .lastEventID = common.cursorForm, let cursor {
            context.output.write("Last-Event-ID: ", as: .requestHead)
            context.output.write(decimal: cursor, as: .requestHead)
            context.output.write("\r\n", as: .requestHead)
        }
        if case .lastEventIDAsWritten = common.cursorForm, let lastEventID {
            context.output.write("Last-Event-ID: ", as: .requestHead)
            context.output.write(lastEventID, as: .requestHead)
            context.output.write("\r\n", as: .requestHead)
        }
        context.output.write("\r\n", as: .requestHead)
        context.requests += 1
    }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        if case .head = state { return try receiveHead(bytes, &context) }
        return try receiveContent(bytes, from: 0, &context)
    }

    package mutating func peerClosed(
        _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        if case .untilClose = state { return .reconnect(at: context.now) }
        throw .httpTruncated
    }

    private mutating func receiveHead(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        if pending.isEmpty {
            if let head = try readHead(bytes, &context) {
                return try receiveContent(bytes, from: head, &context)
            }
            pending.append(copying: bytes)
            return .carryOn
        }
        var held: [UInt8] = []
        swap(&held, &pending)
        held.append(copying: bytes)
        if let head = try readHead(held.span, &context) {
            return try receiveContent(held.span, from: head, &context)
        }
        pending = held
        return .carryOn
    }

    /// Reads the head at the start of `bytes` and returns its length, or nil when it is not whole.
    private mutating func readHead(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> Int? {
        var parser = HTTPResponseParser()
        guard let length = try parser.parse(bytes) else { return nil }
        context.received[.responseHead] += length
        // 204 is how a server ends the reconnecting of an EventSource (WHATWG HTML §9.2.3).
        guard parser.status != 204 else {
            state = .refused
            return length
        }
        guard parser.status == 200 else { throw .httpUnexpectedStatus }
        guard hasContentType(parser, bytes) else { throw .streamContentType }
        context.subscribe(to: common.value.origin)
        state = parser.body == .chunked ? .chunked(ChunkedCoding.Decoder()) : .untilClose
        return length
    }

    private func hasContentType(_ parser: HTTPResponseParser, _ bytes: Span<UInt8>) -> Bool {
        let contentType = common.value.framing.contentType
        guard contentType.utf8CodeUnitCount > 0 else { return true }
        guard let type = parser.fields.value(of: "content-type", in: bytes) else { return false }
        return bytes.starts(with: contentType, at: type.lowerBound)
    }

    private mutating func receiveContent(
        _ bytes: Span<UInt8>, from start: Int, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        defer { cursor = context.cursor ?? cursor }
        switch state {
        case .head:
            preconditionFailure("content follows a head")
        case .refused:
            return .finished
        case .untilClose:
            try decoder.receive(bytes.extracting(start..<bytes.count), &context)
            return .carryOn
        case .chunked(var chunks):
            try decoder.receive(bytes, from: start, in: &chunks, &context)
            state = .chunked(chunks)
            return chunks.isFinished ? .reconnect(at: context.now) : .carryOn
        }
    }
}

extension ProtocolError {
    package static let streamContentType = ProtocolError(
        rule: "stream-content-type", reason: "The answer has another Content-Type than the stream.",
        reference: "WHATWG HTML §9.2.2")
}
