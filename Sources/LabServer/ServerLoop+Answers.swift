import Link
import Reactor
import Transports
import Wire

/// What a loop does with what its connections say: the steps, the private output, and goodbyes.
extension ServerLoop {
    /// Bytes of answers to pipelined requests that are gathered for one send: what a socket's buffer
    /// takes in any case.
    private static let gatheringLimit = 64 * 1024

    /// Follows a connection's step, and the steps of requests that came behind it, whose answers leave
    /// together.
    mutating func take(_ first: ServerStep, at slot: Int) {
        guard peers[slot].connection.hasPipelined, !peers[slot].hasOutput else {
            return follow(first, at: slot)
        }
        let key = peers.key(at: slot)
        peers[slot].isGathering = true
        follow(first, at: slot)
        if peers.contains(key) { _ = endGathering(at: slot) }
    }

    /// Whether nothing may be gathered behind what this step leads to.
    private func mayBeLast(_ step: ServerStep) -> Bool {
        switch step {
        case .answered: false
        case .poll(let transport, let poll): !poll.keepsAlive || !isAnswerable(transport, poll)
        case .page(let request): !request.keepsAlive
        case .awaitBytes, .heard, .subscribe, .publish, .end: true
        }
    }

    /// Sends the answers that were gathered; false when the connection is gone.
    private mutating func endGathering(at slot: Int) -> Bool {
        guard peers[slot].isGathering else { return true }
        peers[slot].isGathering = false
        var gathered: [UInt8] = []
        swap(&gathered, &peers[slot].output)
        privateBytes -= gathered.count
        return send(gathered, to: slot)
    }

    private mutating func follow(_ first: ServerStep, at slot: Int) {
        var step = first
        let key = peers.key(at: slot)
        while true {
            guard !mayBeLast(step) || endGathering(at: slot) else { return }
            if case .awaitBytes = step {} else { peers[slot].owesRequest = false }
            switch step {
            case .awaitBytes:
                guard endMessage(at: slot), sendOutputOfConnection(to: slot) else { return }
                awaitRequest(at: slot)
                return
            case .heard(let messages):
                for message in messages { replyToSubscriber(message, at: slot) }
                guard endMessage(at: slot), sendOutputOfConnection(to: slot),
                    peers[slot].connection.isLeaving
                else { return }
                context.output.removeAll()
                step = peers[slot].connection.proceed(&context)
                continue
            case .answered:
                guard sendOutputOfConnection(to: slot) else { return }
            case .poll(let transport, let poll):
                setTechnique(Int16(transport), at: slot)
                counters.techniques[transport].requests += 1
                peers[slot].poll = poll
                guard isAnswerable(transport, poll) else { return park(slot, transport) }
                if application != nil { tellPassing(slot) }
                guard sendPollAnswer(at: slot) else { return }
            case .subscribe(let transport, let coding):
                setTechnique(Int16(transport), at: slot)
                counters.techniques[transport].requests += 1
                subscribe(slot, transport, coding)
                return
            case .publish(let data, let request):
                peers[slot].role = .publishing(request)
                peers[slot].deadline = .distantFuture
                guard sendOutputOfConnection(to: slot),
                    let id = askToPublish(data, for: key),
                    sendConfirmation(of: id, to: request, at: slot)
                else { return }
            case .page(let request):
                answer(request)
                guard sendOutputOfConnection(to: slot) else { return }
                peers[slot].connection.finishedAnswer()
                guard request.keepsAlive else { return close(slot, .finished) }
            case .end(let error):
                if let error { counters.protocolErrors[error.rule, default: 0] += 1 }
                guard endMessage(at: slot) else { return }
                withdraw(slot)
                guard sendOutputOfConnection(to: slot) else { return }
                close(slot, reason(for: error))
                return
            }
            if peers[slot].output.count > Self.gatheringLimit {
                guard endGathering(at: slot) else { return }
            }
            // Who asks and asks and does not read waits for its next answer until it has taken these.
            guard peers[slot].isGathering || !peers[slot].hasOutput else {
                return awaitRequest(at: slot)
            }
            context.output.removeAll()
            step = peers[slot].connection.proceed(&context)
        }
    }

    /// An answer is on its way: what the client sent behind its request comes next.
    mutating func goOn(at slot: Int) {
        context.output.removeAll()
        take(.answered, at: slot)
    }

    private func reason(for error: ProtocolError?) -> DisconnectReason {
        switch error {
        case nil: .finished
        case .some(.httpTimeout): .timeout
        case .some: .protocolError
        }
    }

    /// Sets when the client must have asked for something. What it has begun has its time from its
    /// first byte on: a request that drips in is not waited for any longer.
    mutating func awaitRequest(at slot: Int) {
        guard case .requesting = peers[slot].role else { return }
        let isOwedBytes = peers[slot].connection.isMidRequest && !peers[slot].hasOutput
        guard !isOwedBytes || !peers[slot].owesRequest else { return }
        peers[slot].owesRequest = isOwedBytes
        let wait =
            isOwedBytes ? configuration.requestTimeout : configuration.idleTimeout
        setDeadline(context.now + wait, at: slot)
    }

    // MARK: - Output

    /// Sends what the connection has written to the context.
    mutating func sendOutputOfConnection(to slot: Int) -> Bool {
        send(context.output.bytes, runs: context.output.runs, to: slot)
    }

    /// Sends `bytes` behind what the connection still has to send; false when the connection is
    /// gone. `runs` and `events` say what they are, where somebody is shown.
    mutating func send(
        _ bytes: [UInt8], runs: [ByteRun]? = nil, events: ClosedRange<UInt64>? = nil, to slot: Int
    ) -> Bool {
        guard !bytes.isEmpty else { return true }
        if observes, let runs { observeOutput(bytes, runs, events, at: slot) }
        let technique = Int(peers[slot].technique)
        guard !peers[slot].hasOutput, !peers[slot].isGathering else {
            return hold(bytes[...], for: slot)
        }
        do throws(SystemError) {
            let descriptor = peers[slot].socket.descriptor
            let sent =
                try bytes.span.withUnsafeBytes { (raw) throws(SystemError) in
                    try Socket.send(descriptor, raw)
                } ?? 0
            if technique >= 0 {
                if sent > 0 { counters.techniques[technique].sends += 1 }
                counters.techniques[technique].sentBytes += sent
            }
            guard sent < bytes.count else { return true }
            guard hold(bytes[sent...], for: slot) else { return false }
            awaitWritable(slot)
            return true
        } catch {
            remove(slot, DisconnectReason(error))
            return false
        }
    }

    /// Before something of the connection's own is sent on a stream: a message that the socket took
    /// only a part of is ended first. False when the connection is gone.
    mutating func endMessage(at slot: Int) -> Bool {
        guard !context.output.isEmpty, case .subscribed(let stream, let index) = peers[slot].role
        else { return true }
        let position = streams[stream].subscribers[index].position
        let rest = Array(streams[stream].restOfMessage(at: position))
        guard !rest.isEmpty else { return true }
        streams[stream].move(index, to: position + rest.count)
        return send(rest, to: slot)
    }

    // MARK: - Goodbye

    /// Lets the rest of the output leave, then our half of the connection, then waits for the
    /// client's: closing at once could reset the connection under the client's last bytes and lose
    /// what it has not read yet (RFC 9112 §9.6).
    mutating func close(_ slot: Int, _ reason: DisconnectReason) {
        noteLoss(of: slot, reason)
        peers[slot].role = .closing(reason)
        peers[slot].connection.end()
        setDeadline(context.now + Self.closingTime, at: slot)
        if !peers[slot].hasOutput { shutDown(slot) }
    }

    mutating func shutDown(_ slot: Int) {
        guard !peers[slot].hasShutDown else { return }
        peers[slot].hasShutDown = true
        peers[slot].socket.shutdownWriting()
    }

    /// Ends every conversation as its technique does: streams with their last bytes, polls with an
    /// answer.
    mutating func sayGoodbye() {
        var next = peers.nextOccupied(after: -1)
        while let slot = next {
            next = peers.nextOccupied(after: slot)
            switch peers[slot].role {
            case .subscribed(let stream, _): endStream(stream, at: slot, .shutdown)
            case .parked:
                peers[slot].poll.keepsAlive = false
                answerPoll(at: slot)
            case .requesting, .publishing, .catchingUp: close(slot, .shutdown)
            case .closing: break
            }
        }
    }

    // MARK: - Pages

    /// Answers a request that is no technique's.
    private mutating func answer(_ request: PlainRequest) {
        if let answer = withApplication({ $0.answer(request, &$1) }), let answer {
            return context.writeAnswer(
                answer.status, contentType: answer.contentType, fields: answer.fields,
                body: answer.body, to: request)
        }
        switch request.path {
        case "/":
            context.writeAnswer(
                200, contentType: "text/html; charset=utf-8", fields: IndexPage.policy,
                body: IndexPage.render(context.transports), to: request)
        case "/healthz":
            context.writeAnswer(
                200, contentType: "text/plain; charset=utf-8", body: Array("ok\n".utf8),
                to: request)
        case "/metrics":
            updateBoard()
            context.writeAnswer(
                200, contentType: OpenMetrics.contentType,
                body: OpenMetrics.render(
                    seed.board.total, transports: context.transports,
                    configuration: configuration),
                to: request)
        default:
            let known = context.transports.filter(\.isHTTP).map(\.path)
            context.writeAnswer(
                404, contentType: "text/plain; charset=utf-8",
                body: Array("There is / /healthz /metrics \(known.joined(separator: " "))\n".utf8),
                to: request)
        }
    }
}
