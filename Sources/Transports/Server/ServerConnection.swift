import Link
import Wire

/// The server's half of one connection, with no socket and no clock: bytes in, answers and a step
/// out. The same connection runs under real sockets, in virtual time and in byte-table tests.
///
/// It reads requests one after the other, gives each technique's to the technique, and says what the
/// driver is to do next: park the poll, join the stream, publish, answer a page, close. It holds
/// bytes only while a request is in pieces, so that an idle connection is a few dozen bytes.
package struct ServerConnection: ~Copyable, Sendable {
    /// Which port the client came through.
    package enum Door: Sendable {
        case http
        /// The port of the bare technique with this index.
        case bare(Int)
    }

    private enum State: Sendable {
        /// The next request, or what is left of it, is awaited.
        case head
        /// The content of a POST is awaited.
        case content
        /// A request is being answered by the driver.
        case answering
        /// A poll waits for an event.
        case parked
        /// A stream of the technique with this index is open.
        case streaming(UInt16, StreamCoding)
        /// A WebSocket is open that sends back what comes.
        case echoing(StreamCoding)
        /// Nothing that comes is read any more.
        case ended
    }

    private let door: Door
    private var state = State.head
    /// Bytes that came before they could be used: the beginning of a head, a pipelined request.
    private var pending: [UInt8] = []
    /// How much of `pending` was searched for the end of a head.
    private var scanned: UInt32 = 0
    /// What has come of a POST's content, while it is awaited.
    private var content = Seldom<RequestContent>()
    /// What reads an open stream's client, while a message of its is half said.
    private var inbound = Seldom<any InboundStream>()
    /// Whose the last request for a technique was, as it said by `session=NAME`; empty when it did
    /// not, or was not asked.
    package private(set) var session: [UInt8] = []

    package init(door: Door) {
        self.door = door
    }

    /// Whether a stream is open.
    package var isStreaming: Bool {
        if case .streaming = state { true } else { false }
    }

    /// Whether the client has sent something behind the request that is being answered.
    package var hasPipelined: Bool {
        !pending.isEmpty
    }

    /// Whether a request has begun and is not whole: the client owes bytes.
    package var isMidRequest: Bool {
        switch state {
        case .head: !pending.isEmpty
        case .content: true
        case .answering, .parked, .streaming, .echoing, .ended: false
        }
    }

    /// Takes what the client sent. Answers go to `context.output`.
    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ServerContext
    ) -> ServerStep {
        switch state {
        case .ended:
            return .awaitBytes
        case .streaming, .echoing:
            return receiveInbound(bytes, &context)
        case .answering, .parked:
            // A pipelined request waits for its turn; one head's worth of them may.
            guard pending.count + bytes.count <= context.settings.limits.headBytes else {
                return refuse(.httpUnexpectedBytes, &context)
            }
            pending.append(copying: bytes)
            return .awaitBytes
        case .head, .content:
            guard pending.isEmpty else {
                pending.append(copying: bytes)
                return proceed(&context)
            }
            let (consumed, step) = read(bytes, &context)
            pending.append(copying: bytes.extracting(consumed..<bytes.count))
            scanned = consumed == 0 ? UInt32(pending.count) : 0
            return step
        }
    }

    /// Goes on with bytes that were kept back; called again after each answer.
    package mutating func proceed(_ context: inout ServerContext) -> ServerStep {
        guard !pending.isEmpty else { return .awaitBytes }
        var held: [UInt8] = []
        switch state {
        case .head, .content:
            swap(&held, &pending)
        case .echoing:
            swap(&held, &pending)
            return receiveInbound(held.span, &context)
        case .answering, .parked, .streaming, .ended:
            return .awaitBytes
        }
        let (consumed, step) = read(held.span, &context)
        if consumed < held.count {
            if consumed > 0 { held.removeFirst(consumed) }
            pending = held
        }
        scanned = consumed == 0 ? UInt32(pending.count) : 0
        return step
    }

    /// The driver has answered: the next request may come.
    package mutating func finishedAnswer() {
        state = .head
        scanned = 0
    }

    /// Nothing more will be read or answered.
    package mutating func end() {
        state = .ended
        pending = []
        content.value = nil
        inbound.value = nil
    }

    /// The client took too long over its request: answers 408.
    package mutating func timeOut(_ context: inout ServerContext) -> ServerStep {
        refuse(.httpTimeout, &context)
    }

    // MARK: - Requests

    /// Reads one request, or a piece of one, and says how many bytes of it were used.
    private mutating func read(
        _ bytes: Span<UInt8>, _ context: inout ServerContext
    ) -> (consumed: Int, step: ServerStep) {
        do throws(ProtocolError) {
            if case .content = state, let begun = content.value {
                return try readContent(begun, bytes, from: 0, &context)
            }
            if case .bare(let index) = door { return try readSubscription(index, bytes, &context) }
            let outcome = try context.parser.parse(
                bytes, scanned: Int(scanned), limits: context.settings.limits)
            guard case .head(let length) = outcome else { return (0, .awaitBytes) }
            return try dispatch(bytes, head: length, &context)
        } catch {
            return (bytes.count, refuse(error, &context))
        }
    }

    /// Gives the request whose head was parsed to whom it is for.
    private mutating func dispatch(
        _ bytes: Span<UInt8>, head: Int, _ context: inout ServerContext
    ) throws(ProtocolError) -> (consumed: Int, step: ServerStep) {
        let path = context.parser.path
        let asker = try context.identifyAsker(bytes)
        if context.parser.method == .post, takesContent(bytes, context) {
            let origin = try admit(asker)
            if bytes.matches("/events", in: path), context.settings.takesEvents {
                try context.settings.publishing.check(context.parser, in: bytes)
            }
            let content = RequestContent(context.parser, bytes, bytes: head, origin: origin)
            if content.awaitsContinue {
                context.output.write("HTTP/1.1 100 Continue\r\n\r\n", as: .responseHead)
            }
            return try readContent(content, bytes, from: head, &context)
        }
        // Only some paths take content; what another request carries would have to be read past.
        guard context.parser.body == .none || context.parser.body == .length(0) else {
            throw .httpContentNotWanted
        }
        if bytes.starts(with: "/events/", at: path.lowerBound),
            let index = technique(bytes, path.lowerBound + 8..<path.upperBound, context)
        {
            if context.parser.method == .options {
                return (head, try answerOptions("GET, HEAD", asker, bytes, head, &context))
            }
            let step = try dispatch(to: index, bytes, for: try admit(asker), &context)
            // A stream does not end by itself, so nothing may wait behind its request; and a
            // WebSocket client speaks after it was answered (RFC 6455 §4.1).
            if case .subscribe = step, head < bytes.count { throw .httpUnexpectedBytes }
            return (head, step)
        }
        if context.settings.echoes, bytes.matches("/echo", in: path) {
            let coding = try WebSocketServer().open(
                context.parser, in: bytes, deflates: context.settings.deflates,
                origin: try admit(asker), date: context.date, into: &context.output)
            state = .echoing(coding)
            guard head == bytes.count else { throw .httpUnexpectedBytes }
            return (head, .awaitBytes)
        }
        let isPublishing = context.settings.takesEvents && bytes.matches("/events", in: path)
        if context.parser.method == .options {
            let methods = takesContent(bytes, context) ? "POST" : "GET, HEAD"
            return (head, try answerOptions(methods, asker, bytes, head, &context))
        }
        var request = PlainRequest(context.parser, bytes, bytes: head)
        if case .allowed(let origin) = asker { request.origin = origin }
        guard context.parser.method == .get || request.isHead else {
            throw isPublishing ? .httpPublishOnly : .httpReadOnly
        }
        guard !isPublishing else { throw .httpPublishOnly }
        state = .answering
        return (head, .page(request))
    }

    private func takesContent(
        _ bytes: Span<UInt8>, _ context: borrowing ServerContext
    ) -> Bool {
        let path = context.parser.path
        if bytes.matches("/events", in: path) { return context.settings.takesEvents }
        guard !context.settings.contentPaths.isEmpty else { return false }
        let text = bytes.text(path)
        return context.settings.contentPaths.contains { text.hasPrefix($0) }
    }

    private func technique(
        _ bytes: Span<UInt8>, _ name: Range<Int>, _ context: borrowing ServerContext
    ) -> Int? {
        for index in context.ids.indices where bytes.matches(context.ids[index], in: name) {
            if case .bare = context.transports[index].server { return nil }
            return index
        }
        return nil
    }

    private mutating func dispatch(
        to index: Int, _ bytes: Span<UInt8>, for origin: [UInt8], _ context: inout ServerContext
    ) throws(ProtocolError) -> ServerStep {
        let isHead = context.parser.method == .head
        guard isHead || context.parser.method == .get else { throw .httpReadOnly }
        let since = try cursor(bytes, context)
        session = try session(bytes, context)
        switch context.transports[index].server {
        case .polling(let polling):
            var poll = Poll(since: since)
            poll.isHead = isHead
            poll.keepsAlive = context.parser.isPersistent && !asksToClose(bytes, context)
            poll.minorVersion = context.parser.minorVersion
            poll.origin = origin
            poll.parameters = try polling.framing.parameters(
                in: bytes, query: context.parser.query)
            state = .parked
            return .poll(transport: index, poll)
        case .streaming(let stream):
            let coding = stream.coding(
                for: context.parser, in: bytes, deflates: context.settings.deflates)
            try stream.open(
                context.parser, in: bytes, coding: coding,
                origin: origin, date: context.date, into: &context.output)
            if isHead {
                guard coding != .chunked else { return .answered }
                end()
                return .end(nil)
            }
            return join(index, stream, coding, since: since, &context)
        case .bare:
            preconditionFailure("a bare technique has no path")
        }
    }

    private mutating func join(
        _ index: Int, _ stream: any StreamingServer, _ coding: StreamCoding, since: UInt64?,
        _ context: inout ServerContext
    ) -> ServerStep {
        context.writeReplay(since: since, of: stream, coding: coding)
        state = .streaming(UInt16(index), coding)
        return .subscribe(transport: index, coding)
    }

    private mutating func readSubscription(
        _ index: Int, _ bytes: Span<UInt8>, _ context: inout ServerContext
    ) throws(ProtocolError) -> (consumed: Int, step: ServerStep) {
        guard case .bare(let stream) = context.transports[index].server else {
            preconditionFailure("a bare door leads to a bare technique")
        }
        guard let subscription = try stream.readSubscription(bytes) else { return (0, .awaitBytes) }
        guard subscription.length == bytes.count else { throw .rawSubscription }
        return (
            subscription.length,
            join(index, stream, .identity, since: subscription.since, &context)
        )
    }

    private mutating func readContent(
        _ begun: RequestContent, _ bytes: Span<UInt8>, from start: Int,
        _ context: inout ServerContext
    ) throws(ProtocolError) -> (consumed: Int, step: ServerStep) {
        var content = begun
        let end = try content.take(
            bytes, from: start, limit: context.settings.limits.bodyBytes)
        guard content.isWhole else {
            state = .content
            self.content.value = content
            return (end, .awaitBytes)
        }
        self.content.value = nil
        guard content.request.path == RequestContent.publishPath else {
            state = .answering
            return (end, .page(content.takeRequest()))
        }
        let data = try content.data()
        state = .answering
        return (end, .publish(data, content.request))
    }

    // MARK: - Streams

    private mutating func receiveInbound(
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
            guard offset == bytes.count else {
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
    private func makeReader(_ context: borrowing ServerContext) -> (any InboundStream)? {
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

    /// Says which rule was broken, in the way of what the connection speaks, and ends it.
    private mutating func refuse(
        _ error: ProtocolError, _ context: inout ServerContext
    ) -> ServerStep {
        switch (state, door) {
        case (.streaming, _), (.echoing, _):
            makeReader(context)?.writeRefusal(error, into: &context.output)
        case (_, .bare):
            break
        case (_, .http):
            var request = PlainRequest()
            request.keepsAlive = false
            context.writeAnswer(
                error.status, contentType: "text/plain; charset=utf-8", fields: error.fields,
                body: Array("\(error.reason) (\(error.reference))\n".utf8), to: request)
        }
        end()
        return .end(error)
    }
}

extension ProtocolError {
    package static let httpContentNotWanted = ProtocolError(
        rule: "http-content-not-wanted", reason: "This takes no content.",
        reference: "RFC 9110 §15.5.14", status: 413)
    package static let httpReadOnly = ProtocolError(
        rule: "http-read-only", reason: "This can only be read.", reference: "RFC 9110 §15.5.6",
        status: 405, fields: "Allow: GET, HEAD\r\n")
    package static let httpPublishOnly = ProtocolError(
        rule: "http-publish-only", reason: "Events are published here by POST.",
        reference: "RFC 9110 §15.5.6", status: 405, fields: "Allow: POST\r\n")
}
