import Link
import Transports
import Wire

extension Rules {
    /// What a client can break on a whole connection.
    static let connection: [ProtocolError] =
        ProtocolError.httpRequestRules + ProtocolError.webSocketRules + [
            .httpTimeout, .httpUnexpectedBytes, .httpContentNotWanted, .httpReadOnly,
            .httpPublishOnly, .publishedContent, .invalidCursor, .invalidSession, .jsonpCallback,
            .webSocketUpgradeMissing, .webSocketVersion, .webSocketKey, .rawSubscription,
            .publishToken, .publishClosed, .originForeign, .hostForeign, .webSocketExtensions,
            .webSocketInvalidCompression,
        ]
}

extension DecoderProperty {
    /// A server's half of a connection with a driver behind it.
    static let engine = DecoderProperty(
        "engine",
        "a connection answers the same however its requests are cut, and lives through "
            + "events, heartbeats, timeouts and ends at any moment"
    ) { (input) throws(Violation) in
        let parts = opening(of: input.bytes)
        var whole = EngineDriver(input)
        for part in parts { whole.receive(part) }
        whole.settle()
        try whole.judge()
        // What comes too early is refused where it comes, which the reads decide.
        let subscription = input.bytes.firstIndex(of: .lineFeed) ?? .max
        let isEarly =
            whole.refusal == .httpUnexpectedBytes
            || whole.refusal == .rawSubscription && subscription < input.bytes.count - 1
        if !isEarly {
            var cut = EngineDriver(input)
            // What a loop's other connections have asked changes nothing either.
            cut.overhear(input.bytes)
            for part in parts {
                for piece in input.pieces(of: part) { cut.receive(piece) }
            }
            cut.settle()
            try cut.judge()
            try Violation.unlessEqual(
                String(decoding: whole.written, as: UTF8.self),
                String(decoding: cut.written, as: UTF8.self), "the reads change the answer")
            try Violation.unless(whole.heard == cut.heard, "the reads change what was said")
            try Violation.unlessEqual(whole.refusal, cut.refusal, "the reads change the refusal")
        }
        var disturbed = EngineDriver(input)
        for piece in parts.flatMap(input.pieces) {
            disturbed.receive(piece)
            disturbed.disturb()
        }
        try disturbed.judge()
    }

    /// A WebSocket client waits for its answer before it speaks: the request, and what follows.
    private static func opening(of bytes: [UInt8]) -> [[UInt8]] {
        guard let end = bytes.span.endOfHead(from: 0), end < bytes.count,
            bytes.span.starts(with: "GET /events/websocket", at: 0)
                || bytes.span.starts(with: "GET /echo", at: 0)
        else { return bytes.isEmpty ? [] : [bytes] }
        return [Array(bytes[..<end]), Array(bytes[end...])]
    }
}

/// Follows the steps of one connection as a server loop does, without a socket or a clock.
private struct EngineDriver: ~Copyable {
    /// What was sent to the client.
    private(set) var written: [UInt8] = []
    /// What it said on its open stream.
    private(set) var heard: [[UInt8]] = []
    /// Whether neither side has ended the connection.
    private(set) var isOpen = true
    /// Why the connection was ended.
    private(set) var refusal: ProtocolError?

    private var context: ServerContext
    private var connection: ServerConnection
    private var parked: (poll: Poll, server: PollingServer)?
    private var stream: (server: any StreamingServer, coding: StreamCoding)?
    private var sent = ByteLedger()
    private var generator: SeededGenerator
    private var failure: String?

    init(_ input: PropertyInput) {
        var settings = ServerContext.Settings()
        settings.namesSessions = true
        settings.keepsInbound = true
        settings.contentPaths = ["/post"]
        (settings.echoes, settings.deflates) = (input.hasBit(6), input.hasBit(6))
        settings.origins = input.hasBit(3) ? .sameHost : .own
        settings.origins.believesOwnHostsOnly = input.hasBit(2)
        settings.publishing = input.hasBit(1) ? .bearer(Array("secret".utf8)) : .anybody
        settings.batchLimit = input.hasBit(4) ? 2 : 0
        settings.limits.bodyBytes = 64
        settings.inboundLimit = 200
        var limits = EventLog.Limits()
        limits.events = 4
        context = ServerContext(
            transports: Transport.all, settings: settings, log: EventLog(limits: limits))
        let bare = context.transports.firstIndex { !$0.isHTTP }
        connection = ServerConnection(
            door: input.hasBit(0) ? bare.map { .bare($0) } ?? .http : .http)
        generator = SeededGenerator(seed: UInt64(input.cuts))
        for number in 0..<6 { publish(Array("\(number)".utf8)) }
    }

    /// Another connection of the same loop reads these bytes first.
    mutating func overhear(_ bytes: [UInt8]) {
        var other = ServerConnection(door: .http)
        _ = other.receive(bytes.span, &context)
        context.output.removeAll()
    }

    /// Takes one read.
    mutating func receive(_ bytes: [UInt8]) {
        guard isOpen else { return }
        follow(connection.receive(bytes.span, &context))
    }

    /// The hold time of every poll passes, and those behind it.
    mutating func settle() {
        while parked != nil { answerPoll() }
    }

    /// Something happens between two reads.
    mutating func disturb() {
        guard isOpen else { return }
        switch generator.next() % 12 {
        case 0: publish(Array("\"<>\"".utf8))
        case 1: answerPoll()
        case 2:
            guard let stream else { return }
            stream.server.write(.heartbeat, coding: stream.coding, into: &context.output)
            flush()
        case 3:
            if connection.isMidRequest { follow(connection.timeOut(&context)) }
        case 4:
            connection.writeReply(Array("reply".utf8), &context)
            flush()
        case 5:
            guard let stream, generator.next().isMultiple(of: 4) else { return }
            stream.server.writeEnd(.recycled, coding: stream.coding, into: &context.output)
            flush()
            close()
        default: break
        }
    }

    /// What must hold at any time.
    borrowing func judge() throws(Violation) {
        try Violation.unless(failure == nil, failure ?? "")
        try Violation.unlessEqual(sent.total, written.count, "the ledger is not what was sent")
        try Rules.check(refusal, among: Rules.connection)
        try Violation.unless(!isOpen || refusal == nil, "refused and open")
        for message in heard {
            try Violation.unless(
                message.count <= context.settings.inboundLimit, "a message beyond the limit")
        }
    }

    private mutating func publish(_ data: [UInt8]) {
        let id = context.log.newest + 1
        let payload = EventPayload.carrying(data, id: id, intendedTime: context.now)
        let event = Event(id: id, intendedTime: context.now, payload: payload)
        context.log.append(event)
        if let stream {
            stream.server.write(.event(event), coding: stream.coding, into: &context.output)
            flush()
        }
        if let parked, parked.server.hasAnswer(parked.poll, in: context.log) { answerPoll() }
    }

    private mutating func follow(_ first: ServerStep) {
        var next: ServerStep? = first
        // One step a request: a read cannot have more of them than bytes.
        while let step = next {
            flush()
            next = take(step)
        }
        flush()
    }

    /// Does what a step asks for, and returns the one that follows from it at once.
    private mutating func take(_ step: ServerStep) -> ServerStep? {
        switch step {
        case .awaitBytes:
            return nil
        case .answered:
            return connection.proceed(&context)
        case .poll(let index, let poll):
            guard case .polling(let server) = context.transports[index].server else {
                failure = "a poll of a stream"
                return nil
            }
            parked = (poll, server)
            return server.hasAnswer(poll, in: context.log) ? writePollAnswer() : nil
        case .subscribe(let index, let coding):
            guard let server = context.transports[index].server.stream else {
                failure = "a subscription to a poll"
                return nil
            }
            stream = (server, coding)
        case .heard(let messages):
            heard += messages.map(\.content)
            if connection.isLeaving { return connection.proceed(&context) }
        case .publish(let data, let request):
            if JSONText.singleLine(data.span) != data { failure = "\(data.visible) is published" }
            publish(data)
            return answer(201, request)
        case .page(let request):
            if (request.content?.count ?? 0) > context.settings.limits.bodyBytes {
                failure = "content beyond the limit"
            }
            return answer(404, request)
        case .end(let error):
            refusal = error
            close()
        }
        return nil
    }

    private mutating func answer(_ status: Int, _ request: PlainRequest) -> ServerStep? {
        context.writeAnswer(status, contentType: "text/plain", body: [0x30], to: request)
        return finish(keepingAlive: request.keepsAlive)
    }

    private mutating func answerPoll() {
        guard let step = writePollAnswer() else { return }
        follow(step)
    }

    private mutating func writePollAnswer() -> ServerStep? {
        guard let (poll, server) = parked else { return nil }
        parked = nil
        context.writeAnswer(to: poll, of: server)
        return finish(keepingAlive: poll.keepsAlive)
    }

    private mutating func finish(keepingAlive: Bool) -> ServerStep? {
        flush()
        guard keepingAlive else {
            close()
            return nil
        }
        connection.finishedAnswer()
        return connection.proceed(&context)
    }

    private mutating func flush() {
        written += context.output.bytes
        sent += context.output.ledger
        context.output.removeAll()
    }

    private mutating func close() {
        flush()
        connection.end()
        isOpen = false
        parked = nil
        stream = nil
    }
}
