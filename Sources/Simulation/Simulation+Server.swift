import Link
import Transports
import Wire

/// The server's driver: what a loop of the lab server does, without its sockets.
///
/// It follows the same steps in the same order: what came is read, polls park or are answered,
/// streams are joined; then what is due is published; then it leaves in one walk. Bounds against
/// clients that are slow or hostile are the lab server's alone: nobody here is either.
extension Simulation {
    /// 21 November 2026, noon: answers are dated from here, so that they are always the same.
    private static let firstSecond: Int64 = 1_795_262_400

    mutating func deliver(
        _ reading: TCPStream.Reading, toServerOf connection: SimulatedConnection
    ) {
        guard plan.serverTurnaround > .zero else {
            return serve(connection, reading.bytes, isEnd: reading.isEnd)
        }
        queue.schedule(
            .serve(connection: connection.number, bytes: reading.bytes, isEnd: reading.isEnd),
            at: now + plan.serverTurnaround)
    }

    mutating func serve(_ connection: SimulatedConnection, _ bytes: [UInt8], isEnd: Bool) {
        if !bytes.isEmpty, !connection.isClosing {
            startOutput()
            take(connection.server.receive(bytes.span, &context), of: connection)
        }
        guard isEnd else { return }
        withdraw(connection)
        close(connection)
    }

    /// Follows a connection's step, and the steps of requests that came behind it.
    private mutating func take(_ first: ServerStep, of connection: SimulatedConnection) {
        var step = first
        while true {
            switch step {
            case .awaitBytes, .heard:
                send(takeOutput(), to: connection)
                return
            case .answered:
                send(takeOutput(), to: connection)
            case .poll(_, let poll):
                connection.poll = poll
                guard case .polling(let server) = plan.transport.server else { return }
                guard server.hasAnswer(poll, in: context.log) else { return park(connection) }
                guard answer(connection) else { return }
            case .subscribe(_, let coding):
                return subscribe(connection, coding)
            case .publish, .page:
                preconditionFailure("the clients of a simulation only subscribe")
            case .end(let error):
                if let error { result.brokenRules.append(error.rule) }
                send(takeOutput(), to: connection)
                withdraw(connection)
                return close(connection)
            }
            startOutput()
            step = connection.server.proceed(&context)
        }
    }

    private mutating func startOutput() {
        context.output.removeAll()
        context.date = HTTPDate.bytes(
            secondsSince1970: Self.firstSecond + Int64((now - plan.start).seconds))
    }

    /// What the connection wrote, as one message.
    private mutating func takeOutput() -> [Piece] {
        guard !context.output.isEmpty else { return [] }
        let label = plan.recordsMessages ? MessageLabel.ofOpening(context) : ""
        let piece = Piece(
            bytes: context.output.bytes, runs: context.output.runs ?? [], label: label)
        context.output.removeAll()
        return [piece]
    }

    private mutating func send(_ pieces: [Piece], to connection: SimulatedConnection) {
        guard !pieces.isEmpty else { return }
        write(pieces, .down, of: connection)
    }

    /// Nothing more is read or answered; what was written leaves, and the end behind it.
    private mutating func close(_ connection: SimulatedConnection) {
        connection.role = .closing
        connection.server.end()
        end(connection, .down)
    }

    private mutating func withdraw(_ connection: SimulatedConnection) {
        switch connection.role {
        case .parked: parked.removeAll { $0 == connection.number }
        case .subscribed(let coding, _):
            streams[coding.rawValue].subscribers.removeAll { $0 == connection.number }
        case .requesting, .closing: break
        }
        connection.role = .requesting
    }

    // MARK: - Polls

    private mutating func park(_ connection: SimulatedConnection) {
        let until = now + plan.settings.hold
        connection.role = .parked(until: until)
        parked.append(connection.number)
        queue.schedule(.hold(connection: connection.number, until: until), at: until, rank: .timer)
    }

    mutating func holdEnds(of connection: SimulatedConnection, until: Instant) {
        guard case .parked(until) = connection.role else { return }
        answerParked(connection)
    }

    private mutating func answerParked(_ connection: SimulatedConnection) {
        withdraw(connection)
        guard answer(connection) else { return }
        startOutput()
        take(connection.server.proceed(&context), of: connection)
    }

    /// Answers the connection's poll; false when no further request may come.
    private mutating func answer(_ connection: SimulatedConnection) -> Bool {
        guard case .polling(let server) = plan.transport.server else { return false }
        startOutput()
        context.writeAnswer(to: connection.poll, of: server)
        let since = context.log.resume(since: connection.poll.since).cursor
        let pending = context.log.newest - since
        let limit = UInt64(plan.settings.batchLimit)
        let count = limit > 0 ? min(limit, pending) : pending
        let ids = count > 0 ? since + 1...since + count : nil
        let bytes = context.output.bytes
        let label =
            plan.recordsMessages
            ? MessageLabel.ofAnswer(bytes.span, ids: ids, cursor: since) : ""
        let runs = context.output.runs ?? []
        context.output.removeAll()
        let head = bytes.span.endOfHead(from: 0) ?? bytes.count
        if plan.mistakes.writesHeadApart, head < bytes.count {
            let (headRuns, contentRuns) = MessageLabel.split(runs, at: head)
            send(
                [Piece(bytes: Array(bytes[..<head]), runs: headRuns, label: "head of the answer")],
                to: connection)
            send(
                [Piece(bytes: Array(bytes[head...]), runs: contentRuns, label: label, ids: ids)],
                to: connection)
        } else {
            send([Piece(bytes: bytes, runs: runs, label: label, ids: ids)], to: connection)
        }
        connection.server.finishedAnswer()
        guard connection.poll.keepsAlive else {
            close(connection)
            return false
        }
        return true
    }

    // MARK: - Streams

    private mutating func subscribe(_ connection: SimulatedConnection, _ coding: StreamCoding) {
        send(takeOutput(), to: connection)
        let stream = coding.rawValue
        let recycleAt =
            plan.responseLimit > 0 ? streams[stream].written + plan.responseLimit : Int.max
        connection.role = .subscribed(coding, recycleAt: recycleAt)
        streams[stream].subscribers.append(connection.number)
        if streams[stream].subscribers.count == 1 { postponeHeartbeat(of: coding) }
    }

    /// Encodes an event for each stream that somebody reads.
    mutating func spread(_ event: Event) {
        for coding in StreamCoding.allCases {
            append(
                .event(event), to: coding, label: "event \(event.id)", ids: event.id...event.id)
        }
    }

    private mutating func append(
        _ message: StreamMessage, to coding: StreamCoding, label: @autoclosure () -> String,
        ids: ClosedRange<UInt64>? = nil
    ) {
        guard let technique = plan.transport.server.stream,
            !streams[coding.rawValue].subscribers.isEmpty
        else { return }
        scratch.removeAll()
        technique.write(message, coding: coding, into: &scratch)
        streams[coding.rawValue].written += scratch.count
        streams[coding.rawValue].pending.append(
            Piece(
                bytes: scratch.bytes, runs: scratch.runs ?? [],
                label: plan.recordsMessages ? label() : "", ids: ids))
        postponeHeartbeat(of: coding)
    }

    mutating func scheduleFlush() {
        guard !flushIsScheduled else { return }
        flushIsScheduled = true
        queue.schedule(.flush, at: now, rank: .sending)
    }

    /// Sends every subscriber all that it has not got, then answers the polls that can be.
    mutating func flush() {
        flushIsScheduled = false
        for coding in StreamCoding.allCases {
            var pieces: [Piece] = []
            swap(&pieces, &streams[coding.rawValue].pending)
            guard !pieces.isEmpty else { continue }
            for number in streams[coding.rawValue].subscribers {
                send(pieces, to: connections[number])
                recycle(connections[number])
            }
        }
        guard case .polling(let server) = plan.transport.server else { return }
        for number in parked where server.hasAnswer(connections[number].poll, in: context.log) {
            answerParked(connections[number])
        }
    }

    /// Ends the answer of a subscriber whose answer is long enough.
    private mutating func recycle(_ connection: SimulatedConnection) {
        guard case .subscribed(let coding, let recycleAt) = connection.role,
            streams[coding.rawValue].written >= recycleAt
        else { return }
        withdraw(connection)
        scratch.removeAll()
        plan.transport.server.stream?.writeEnd(.recycled, coding: coding, into: &scratch)
        if !scratch.isEmpty {
            let end = Piece(bytes: scratch.bytes, runs: scratch.runs ?? [], label: "end of answer")
            send([end], to: connection)
        }
        guard coding == .chunked else { return close(connection) }
        connection.server.finishedAnswer()
        startOutput()
        take(connection.server.proceed(&context), of: connection)
    }

    // MARK: - Heartbeats

    private mutating func postponeHeartbeat(of coding: StreamCoding) {
        let due = now + plan.heartbeat
        // One is in the queue already: it looks at the moment again when it comes.
        let isWaiting = streams[coding.rawValue].heartbeat < .distantFuture
        streams[coding.rawValue].heartbeat = due
        guard !isWaiting else { return }
        queue.schedule(.heartbeat(coding, due: due), at: due, rank: .publishing)
    }

    mutating func beat(_ coding: StreamCoding, due: Instant) {
        let moment = streams[coding.rawValue].heartbeat
        streams[coding.rawValue].heartbeat = .distantFuture
        guard !streams[coding.rawValue].subscribers.isEmpty else { return }
        guard moment <= now else {
            streams[coding.rawValue].heartbeat = moment
            queue.schedule(.heartbeat(coding, due: moment), at: moment, rank: .publishing)
            return
        }
        append(.heartbeat, to: coding, label: "heartbeat")
        scheduleFlush()
    }
}

extension SimulatedConnection {
    fileprivate var isClosing: Bool {
        if case .closing = role { true } else { false }
    }
}
