import Link
import Measurement
import Reactor
import Transports
import Wire

/// Events on their way to everybody: publishing, the streams' walk, and the polls' answers.
extension ServerLoop {
    // MARK: - Publishing

    /// Appends every event that is due. Nothing is sent yet: what is due together leaves together.
    mutating func publishWhatIsDue() {
        guard publisher != nil else { return }
        while let event = publisher?.next(
            now: context.now, id: context.log.newest + 1, freeSince: freeSince)
        {
            spread(event)
        }
        guard let publisher, publisher.isDone else { return }
        seed.notices.post(.published(publisher.outcome))
        self.publisher = nil
    }

    /// Publishes one event with `data`, due now, and returns its id.
    mutating func publish(_ data: [UInt8]) -> UInt64 {
        let id = context.log.newest + 1
        let payload = EventPayload.carrying(data, id: id, intendedTime: context.now)
        spread(Event(id: id, intendedTime: context.now, payload: payload))
        return id
    }

    /// Publishes one event of `payloadBytes`, due now, and returns its id.
    mutating func publish(payloadBytes: Int) -> UInt64 {
        let id = context.log.newest + 1
        let payload = EventPayload.padded(id: id, intendedTime: context.now, size: payloadBytes)
        spread(Event(id: id, intendedTime: context.now, payload: payload))
        return id
    }

    /// A client has posted an event. Only the first loop gives numbers: on another, the id is nil
    /// and comes later.
    mutating func askToPublish(_ data: [UInt8], for client: SlabKey) -> UInt64? {
        guard seed.index != 0 else { return publish(data) }
        let requester = Requester(loop: seed.index, client: client)
        seed.siblings[0].post(.publish(data, replyTo: requester))
        return nil
    }

    /// Answers a client whose event was published by the first loop.
    mutating func confirm(id: UInt64, to client: SlabKey) {
        guard let slot = peers.slot(of: client), case .publishing(let request) = peers[slot].role
        else { return }
        // The client may have ended its half while it waited, which is looked at only now.
        if !peers[slot].hasOutput {
            poller.modify(peers[slot].socket.descriptor, .readable, token: client.token)
        }
        guard sendConfirmation(of: id, to: request, at: slot) else { return }
        goOn(at: slot)
    }

    /// Tells a client the id of its event; false when no further request may come.
    mutating func sendConfirmation(of id: UInt64, to request: PlainRequest, at slot: Int) -> Bool {
        peers[slot].role = .requesting
        context.output.removeAll()
        context.writeAnswer(
            201, contentType: "application/json", body: Array("{\"id\":\(id)}\n".utf8),
            to: request)
        guard sendOutputOfConnection(to: slot) else { return false }
        peers[slot].connection.finishedAnswer()
        guard request.keepsAlive else {
            close(slot, .finished)
            return false
        }
        return true
    }

    private mutating func spread(_ event: Event) {
        for (index, sibling) in seed.siblings.enumerated() where index != seed.index {
            sibling.post(.event(event))
        }
        take(event)
    }

    /// Takes an event into the log and encodes it, once for each stream that somebody reads.
    mutating func take(_ event: Event) {
        context.log.append(event)
        counters.events += 1
        countParked()
        for stream in streams.indices where !streams[stream].subscribers.isEmpty {
            append(.event(event), to: stream)
        }
    }

    /// Counts the polls that the newest event finds waiting. They are answered in the walk, so that
    /// events of one turn find the same ones; but an answer that is full is no place to go.
    private mutating func countParked() {
        let limit = context.settings.batchLimit
        guard limit == 0 || context.log.newest - flushed <= UInt64(limit) else { return }
        for technique in parked.indices {
            counters.techniques[technique].parkedAtPublish += parked[technique].count
        }
    }

    /// Encodes a message for the readers of one stream.
    mutating func append(_ message: StreamMessage, to stream: Int) {
        let (technique, coding) = identity(of: stream)
        scratch.removeAll()
        technique.write(message, coding: coding, into: &scratch)
        if case .event(let event) = message {
            streams[stream].append(scratch, isEvent: true)
            if observes { keepForObserver(stream, event: event.id) }
        } else {
            streams[stream].append(scratch, isEvent: false)
            if observes { keepForObserver(stream, event: nil) }
        }
        postponeHeartbeat(of: stream)
    }

    func identity(of stream: Int) -> (any StreamingServer, StreamCoding) {
        let codings = StreamCoding.allCases
        guard let technique = context.transports[stream / codings.count].server.stream else {
            preconditionFailure("only streaming techniques have subscribers")
        }
        return (technique, codings[stream % codings.count])
    }

    // MARK: - Streams

    /// Puts a connection on its stream; its opening leaves first, and what it missed.
    mutating func subscribe(_ slot: Int, _ transport: Int, _ coding: StreamCoding) {
        let cursor = context.replayed
        let stream = transport * StreamCoding.allCases.count + coding.rawValue
        peers[slot].role = .catchingUp(stream: stream, cursor: cursor)
        peers[slot].deadline = .distantFuture
        guard
            send(
                context.output.bytes, runs: context.output.runs, events: replayedEvents, to: slot)
        else { return }
        catchUp(slot)
    }

    /// The events in what a connection was just written before it joins its stream: the last that it
    /// now has, and as many as there are payloads. Nil when there are none, or nobody looks.
    var replayedEvents: ClosedRange<UInt64>? {
        guard observes, let runs = context.output.runs else { return nil }
        let count = runs.count { $0.byteClass == .payload }
        guard count > 0, count <= context.replayed else { return nil }
        return context.replayed - UInt64(count) + 1...context.replayed
    }

    /// One walk over everybody who has not got everything, technique by technique.
    mutating func flush() {
        flushed = context.log.newest
        let codings = StreamCoding.allCases.count
        let order = FanOutOrder(of: parked.count, event: flushed)
        for place in parked.indices {
            let technique = order.technique(at: place)
            for stream in technique * codings..<(technique + 1) * codings
            where streams[stream].hasNews {
                serve(stream, of: technique)
            }
            if !parked[technique].isEmpty { answerParkedPolls(of: technique) }
        }
    }

    private mutating func serve(_ stream: Int, of technique: Int) {
        report.reset()
        waste(on: streams[stream].subscribers.count)
        let before = observes ? streams[stream].subscribers : []
        streams[stream].walk(backlogLimit: configuration.backlogLimit, report: &report)
        if observes { observeWalk(of: stream, from: before) }
        counters.techniques[technique].sends += report.sends
        counters.techniques[technique].sentBytes += report.sentBytes
        counters.techniques[technique].deliveries += report.deliveries
        if report.furthestBehind > 0 { noteBacklog(report.furthestBehind, of: technique) }
        followUp(stream)
    }

    /// Spends what so many deliveries are to waste.
    private func waste(on deliveries: Int) {
        guard configuration.wasteOfDelivery > .zero else { return }
        let end = MonotonicClock.now() + configuration.wasteOfDelivery * deliveries
        while MonotonicClock.now() < end {}
    }

    /// Deals with what the walk found. Slots are looked at again, since one removal may move another.
    private mutating func followUp(_ stream: Int) {
        for slot in report.blocked { awaitWritable(Int(slot)) }
        for (slot, error) in report.broken { remove(Int(slot), DisconnectReason(error)) }
        for slot in report.recycled { endStream(stream, at: Int(slot), .recycled) }
        for slot in report.slow {
            switch configuration.slowReaderPolicy {
            case .disconnect: endStream(stream, at: Int(slot), .slowReader)
            case .drop: skipBacklog(of: Int(slot), on: stream)
            }
        }
    }

    /// Takes a connection off its stream, and ends it as the technique can.
    mutating func endStream(_ stream: Int, at slot: Int, _ reason: EndReason) {
        guard case .subscribed(_, let index) = peers[slot].role else { return }
        let rest = streams[stream].restOfMessage(at: streams[stream].subscribers[index].position)
        withdraw(slot)
        let (technique, coding) = identity(of: stream)
        scratch.removeAll()
        technique.writeEnd(reason, coding: coding, into: &scratch)
        // An end must not stand in the middle of a message, unless there is nothing to say anyway.
        if !scratch.isEmpty, !rest.isEmpty {
            guard send(Array(rest), to: slot) else { return }
        }
        guard send(scratch.bytes, runs: scratch.runs, to: slot) else { return }
        switch (reason, coding) {
        case (.recycled, .chunked):
            // The answer has ended; the connection takes the next request.
            peers[slot].connection.finishedAnswer()
            goOn(at: slot)
        case (.recycled, _): close(slot, .finished)
        case (.shutdown, _): close(slot, .shutdown)
        case (.slowReader, _): close(slot, .slowReader)
        }
    }

    // MARK: - Heartbeats

    /// The stream has said something: its next sign of life can wait.
    mutating func postponeHeartbeat(of stream: Int) {
        let heartbeat = configuration.heartbeat
        nextHeartbeat[stream] = heartbeat > .zero ? context.now + heartbeat : .distantFuture
    }

    /// A stream that was silent for long says that it is still there; all its subscribers share the
    /// bytes, so that idle connections cost one walk each heartbeat and nothing an event.
    mutating func beatHearts() {
        for stream in streams.indices where nextHeartbeat[stream] <= context.now {
            guard !streams[stream].subscribers.isEmpty else {
                nextHeartbeat[stream] = .distantFuture
                continue
            }
            append(.heartbeat, to: stream)
        }
    }

    // MARK: - Polls

    /// Whether the poll can be answered now.
    func isAnswerable(_ transport: Int, _ poll: Poll) -> Bool {
        guard case .polling(let server) = context.transports[transport].server else { return true }
        return isStopping || server.hasAnswer(poll, in: context.log)
    }

    /// Lets a poll wait among those of its technique.
    mutating func park(_ slot: Int, _ transport: Int) {
        parked[transport].append(peers.key(at: slot))
        peers[slot].role = .parked(index: parked[transport].count - 1)
        if application != nil { tellBegan(slot) }
        setDeadline(context.now + context.settings.hold, at: slot)
    }

    /// Answers a poll that waited: its hold time has passed, or the server stops.
    mutating func answerPoll(at slot: Int) {
        if sendPollAnswer(at: slot) { goOn(at: slot) }
    }

    /// Answers one poll; false when no further request may come.
    mutating func sendPollAnswer(at slot: Int) -> Bool {
        withdraw(slot)
        let technique = Int(peers[slot].technique)
        guard case .polling(let server) = context.transports[technique].server else { return false }
        prepareAnswer(to: slot, of: technique, server, asOf: context.log.newest)
        return sendPreparedAnswer(of: technique, to: slot)
    }

    /// Sends the answer that was prepared for this poll; false when no further request may come.
    private mutating func sendPreparedAnswer(of technique: Int, to slot: Int) -> Bool {
        guard let answer = answers[technique] else { return false }
        countAnswer(to: answer.poll, of: technique, events: answer.events)
        return sendAnswer(answer, to: slot) && finishPoll(at: slot)
    }

    /// Has the answer to a poll at hand. Most polls of a technique stand at one cursor and ask for the
    /// same, so that the answer is built once for each of those and not once for each client: until
    /// the next event, or the next second, whose date it bears. An answer that has all events up to
    /// `newest` will do: in a walk, those that were there when it began.
    private mutating func prepareAnswer(
        to slot: Int, of technique: Int, _ server: PollingServer, asOf newest: UInt64
    ) {
        if let last = answers[technique], last.newest >= newest, last.second == dateSecond,
            last.poll == peers[slot].poll
        {
            return
        }
        let poll = peers[slot].poll
        scratch.removeAll()
        let events = server.writeAnswer(
            to: poll, from: context.log, limits: context.settings.batchLimits,
            date: context.date, into: &scratch)
        let (head, runs) = (scratch.ledger[.responseHead], scratch.runs)
        answers[technique] = PollAnswer(
            poll: poll, newest: context.log.newest, second: dateSecond,
            events: events, head: head, bytes: scratch.take(), runs: runs)
    }

    /// Answers every poll of a technique that waits, in one walk.
    private mutating func answerParkedPolls(of technique: Int) {
        guard case .polling(let server) = context.transports[technique].server,
            let first = parked[technique].first,
            server.hasAnswer(peers[Int(first.slot)].poll, in: context.log)
        else { return }
        var waiting: [SlabKey] = []
        swap(&waiting, &parked[technique])
        waste(on: waiting.count)
        for key in waiting {
            let slot = Int(key.slot)
            if application != nil { tellEnded(slot) }
            peers[slot].role = .requesting
            prepareAnswer(to: slot, of: technique, server, asOf: flushed)
            if sendPreparedAnswer(of: technique, to: slot) { goOn(at: slot) }
        }
    }

    /// An answer to a poll, for everybody who asked the same.
    struct PollAnswer {
        let poll: Poll
        /// The newest event when it was written, and the second of its date.
        let newest: UInt64
        let second: Int64
        /// How many events it has.
        let events: Int
        /// The length of its head.
        let head: Int
        let bytes: [UInt8]
        let runs: [ByteRun]?
    }

    /// Sends an answer to a poll in one piece, unless the mistake of two is to be shown.
    private mutating func sendAnswer(_ answer: PollAnswer, to slot: Int) -> Bool {
        guard configuration.splitsAnswers, answer.head < answer.bytes.count else {
            return send(
                answer.bytes, runs: answer.runs, events: events(of: answer), to: slot)
        }
        return send(Array(answer.bytes[..<answer.head]), to: slot)
            && send(Array(answer.bytes[answer.head...]), to: slot)
    }

    /// The ids of the events in an answer; nil when there are none, or nobody looks.
    private func events(of answer: PollAnswer) -> ClosedRange<UInt64>? {
        guard observes, answer.events > 0 else { return nil }
        let first = context.log.resume(since: answer.poll.since).cursor + 1
        return first...first + UInt64(answer.events) - 1
    }

    private mutating func countAnswer(to poll: Poll, of technique: Int, events: Int) {
        guard !poll.isHead else { return }
        counters.techniques[technique].answers += 1
        counters.techniques[technique].deliveries += events
        if events == 0 { counters.techniques[technique].emptyAnswers += 1 }
    }

    /// The poll's answer is on its way: true when the next request may come, or has.
    private mutating func finishPoll(at slot: Int) -> Bool {
        peers[slot].connection.finishedAnswer()
        guard peers[slot].poll.keepsAlive else {
            close(slot, .finished)
            return false
        }
        return true
    }
}
