import Link
import Reactor
import Transports
import Wire

/// One message on a shared stream, as an observer is shown it.
struct ObservedPiece {
    /// The absolute position of its end.
    let end: Int
    let bytes: [UInt8]
    let runs: [ByteRun]
    /// The event that it carries, if any.
    let event: UInt64?
}

extension ServerStep {
    /// Whether it opens a stream.
    fileprivate var isSubscription: Bool {
        if case .subscribe = self { true } else { false }
    }
}

/// What the loop tells the application that it hosts, and does for it.
extension ServerLoop {
    /// Calls the application, and does what it asked for; nil when there is none.
    @discardableResult
    mutating func withApplication<Result>(
        _ body: (inout any HostedApplication, inout ApplicationHost) -> Result
    ) -> Result? {
        guard var called = application.take() else { return nil }
        var host = ApplicationHost(
            now: context.now, newest: context.log.newest, oldest: context.log.oldest)
        let result = body(&called, &host)
        application = called
        for order in host.orders { obey(order) }
        return result
    }

    private mutating func obey(_ order: ApplicationHost.Order) {
        switch order {
        case .publish(let data): _ = publish(data)
        case .burst(let count, let payloadBytes):
            for _ in 0..<count { _ = publish(payloadBytes: payloadBytes) }
        case .schedule(let plan): publisher = plan.map { Publisher($0) }
        case .hold(let hold): context.settings.hold = hold
        case .batchLimit(let limit):
            context.settings.batchLimit = limit
            for technique in answers.indices { answers[technique] = nil }
        case .responseLimit(let bytes): configuration.responseLimit = bytes
        case .heartbeat(let heartbeat):
            configuration.heartbeat = heartbeat
            for stream in streams.indices where !streams[stream].subscribers.isEmpty {
                postponeHeartbeat(of: stream)
            }
        }
    }

    // MARK: - Who listens

    /// The connection begins to wait with a poll, or on a stream.
    mutating func tellBegan(_ slot: Int) {
        guard let listening = listening(at: slot) else { return }
        withApplication { $0.began(listening, &$1) }
    }

    /// It waited, and does so no more; to be called before its role changes.
    mutating func tellEnded(_ slot: Int) {
        switch peers[slot].role {
        case .parked, .subscribed: break
        case .requesting, .publishing, .closing, .catchingUp: return
        }
        guard let listening = listening(at: slot) else { return }
        withApplication { $0.ended(listening, &$1) }
    }

    /// A poll is answered at once.
    mutating func tellPassing(_ slot: Int) {
        guard let listening = listening(at: slot) else { return }
        withApplication {
            $0.began(listening, &$1)
            $0.ended(listening, &$1)
        }
    }

    /// The connection is gone.
    mutating func tellLost(_ slot: Int, _ reason: DisconnectReason) {
        guard let listening = listening(at: slot) else { return }
        let now = context.now
        withApplication { application, _ in
            application.lost(
                session: listening.session, technique: listening.technique, reason, at: now)
        }
    }

    private func listening(at slot: Int) -> Listening? {
        let technique = Int(peers[slot].technique)
        guard technique >= 0, !peers[slot].connection.session.isEmpty else { return nil }
        return Listening(
            session: String(decoding: peers[slot].connection.session, as: UTF8.self),
            technique: context.transports[technique].id, connection: peers.key(at: slot).token)
    }

    /// A subscriber has said something: what the application answers goes to it alone, behind what
    /// the connection has written already.
    mutating func replyToSubscriber(_ message: InboundMessage, at slot: Int) {
        let session = String(decoding: peers[slot].connection.session, as: UTF8.self)
        let heard = withApplication { $0.hear(message, of: session, &$1) }
        guard let reply = heard ?? nil else { return }
        peers[slot].connection.writeReply(reply, &context)
    }

    // MARK: - What is observed

    /// What a connection has read; of a request in pieces, once it is whole.
    mutating func observeInput(_ bytes: ArraySlice<UInt8>, _ step: ServerStep, at slot: Int) {
        guard peers[slot].connection.isStreaming, !step.isSubscription else {
            peers[slot].unobserved.append(contentsOf: bytes)
            let technique: Int
            switch step {
            case .poll(let transport, _), .subscribe(let transport, _): technique = transport
            default:
                if !peers[slot].connection.isMidRequest { peers[slot].unobserved = [] }
                return
            }
            let request = peers[slot].unobserved
            peers[slot].unobserved = []
            let isHandshake = context.output.ledger[.handshake] > 0
            return observe(
                .up, request,
                [ByteRun(byteClass: isHandshake ? .handshake : .requestHead, count: request.count)],
                nil, of: technique, at: slot)
        }
        var runs: [ByteRun] = []
        for byteClass in ByteClass.allCases.reversed() where context.received[byteClass] > 0 {
            // What frames a message stands before it.
            let run = ByteRun(byteClass: byteClass, count: context.received[byteClass])
            byteClass == .messageFraming ? runs.insert(run, at: 0) : runs.append(run)
        }
        observe(.up, Array(bytes), runs, nil, of: Int(peers[slot].technique), at: slot)
    }

    /// What a connection is sent alone.
    mutating func observeOutput(
        _ bytes: [UInt8], _ runs: [ByteRun], _ events: ClosedRange<UInt64>?, at slot: Int
    ) {
        observe(.down, bytes, runs, events, of: Int(peers[slot].technique), at: slot)
    }

    private mutating func observe(
        _ way: LinkDirection.Way, _ bytes: [UInt8], _ runs: [ByteRun],
        _ events: ClosedRange<UInt64>?, of technique: Int, at slot: Int
    ) {
        guard technique >= 0, !peers[slot].connection.session.isEmpty else { return }
        let message = ObservedMessage(
            session: String(decoding: peers[slot].connection.session, as: UTF8.self),
            technique: context.transports[technique].id, connection: peers.key(at: slot).token,
            way: way, at: way == .up ? context.now : MonotonicClock.now(), bytes: bytes,
            runs: runs, events: events)
        withApplication { application, _ in application.observe(message) }
    }

    /// Keeps the message in `scratch`, which was just put on a stream, until everybody has it.
    mutating func keepForObserver(_ stream: Int, event: UInt64?) {
        observed[stream].append(
            ObservedPiece(
                end: streams[stream].end, bytes: scratch.bytes, runs: scratch.runs ?? [],
                event: event))
    }

    /// Shows what a walk has sent to each subscriber, who stood as `before` says: the messages that
    /// were completed, together, since they left together.
    mutating func observeWalk(of stream: Int, from before: [SharedStream.Subscriber]) {
        var slowest = streams[stream].end
        let pieces = observed[stream]
        for (old, new) in zip(before, streams[stream].subscribers) {
            slowest = min(slowest, new.position)
            let sent = pieces.filter { $0.end > old.position && $0.end <= new.position }
            guard let first = sent.first else { continue }
            let events = sent.compactMap(\.event)
            observe(
                .down, sent.count == 1 ? first.bytes : sent.flatMap(\.bytes), sent.flatMap(\.runs),
                events.first.map { $0...(events.last ?? $0) },
                of: stream / StreamCoding.allCases.count, at: Int(new.slot))
        }
        observed[stream].removeAll { $0.end <= slowest }
    }

    /// What each session that is connected has not acknowledged.
    mutating func tellBacklogs() {
        var backlogs: [(session: String, bytes: Int)] = []
        var next = peers.nextOccupied(after: -1)
        while let slot = next {
            next = peers.nextOccupied(after: slot)
            guard !peers[slot].connection.session.isEmpty else { continue }
            var bytes = peers[slot].output.count - peers[slot].outputSent
            bytes += peers[slot].socket.bytesNotSent()
            if case .subscribed(let stream, let index) = peers[slot].role {
                bytes += streams[stream].end - streams[stream].subscribers[index].position
            }
            backlogs.append(
                (String(decoding: peers[slot].connection.session, as: UTF8.self), bytes))
        }
        withApplication { application, _ in application.held(backlogs) }
    }
}
