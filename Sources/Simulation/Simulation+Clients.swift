import Link
import Transports
import Wire

/// The clients' driver: what a worker of the load generator does, without its sockets.
extension Simulation {
    /// How long a client whose connection broke waits before the next, as a worker does.
    private static let reconnectDelay = Duration.milliseconds(100)

    mutating func setDeadline(_ deadline: Instant, of client: Int) {
        clients[client].deadline = deadline
        guard deadline < .distantFuture else { return }
        queue.schedule(
            .wake(client: client, deadline: deadline), at: max(deadline, now), rank: .timer)
    }

    mutating func wake(_ client: Int, _ deadline: Instant) {
        guard clients[client].deadline == deadline, !clients[client].isFinished else { return }
        clients[client].deadline = .distantFuture
        guard let number = clients[client].connection else {
            // The number is the client's before the first packet leaves.
            clients[client].connection = connections.count
            _ = open(for: client)
            return
        }
        startInput()
        let step = clients[client].session.deadlineReached(&clientContext)
        finishInput(of: client, on: number, step, after: .zero)
    }

    mutating func connected(_ connection: SimulatedConnection) {
        startInput()
        clients[connection.client].session.connected(&clientContext)
        result.firstAsked[connection.client] = min(result.firstAsked[connection.client], now)
        finishInput(of: connection.client, on: connection.number, .carryOn, after: .zero)
    }

    mutating func deliver(
        _ reading: TCPStream.Reading, toClientOf connection: SimulatedConnection
    ) {
        let client = connection.client
        guard clients[client].connection == connection.number else { return }
        if !reading.bytes.isEmpty {
            startInput()
            do throws(ProtocolError) {
                let step = try clients[client].session.receive(reading.bytes.span, &clientContext)
                recordInput(of: client)
                finishInput(
                    of: client, on: connection.number, step, after: plan.clientTurnaround)
            } catch {
                recordInput(of: client)
                broke(client, over: error)
            }
        }
        guard reading.isEnd, clients[client].connection == connection.number else { return }
        startInput()
        do throws(ProtocolError) {
            let step = try clients[client].session.peerClosed(&clientContext)
            recordInput(of: client)
            let next = step == .carryOn ? .reconnect(at: now) : step
            finishInput(of: client, on: connection.number, next, after: plan.clientTurnaround)
        } catch {
            broke(client, over: error)
        }
    }

    /// Follows what a session said and wrote, once the client's turnaround is over.
    private mutating func finishInput(
        of client: Int, on connection: Int, _ step: ClientStep, after turnaround: Duration
    ) {
        guard turnaround > .zero else { return act(client, on: connection, step) }
        held[connection, default: []] += takeOutput()
        queue.schedule(
            .act(client: client, connection: connection, step: step), at: now + turnaround)
    }

    mutating func act(_ client: Int, on connection: Int, _ step: ClientStep) {
        guard clients[client].connection == connection else { return }
        let pieces = (held.removeValue(forKey: connection) ?? []) + takeOutput()
        for piece in pieces {
            requests += piece.requests
            written += piece.ledger
        }
        if !pieces.isEmpty { write(pieces, .up, of: connections[connection]) }
        switch step {
        case .carryOn:
            setDeadline(clients[client].session.deadline, of: client)
        case .reconnect(let moment):
            drop(client, reconnectAt: moment)
        case .finished:
            clients[client].isFinished = true
            drop(client, reconnectAt: .distantFuture)
        }
    }

    /// What the session wrote, as a message.
    private mutating func takeOutput() -> [Piece] {
        guard !clientContext.output.isEmpty else { return [] }
        let bytes = clientContext.output.bytes
        var piece = Piece(
            bytes: bytes, runs: clientContext.output.runs ?? [],
            label: plan.recordsMessages ? MessageLabel.ofClient(bytes.span) : "")
        piece.ledger = clientContext.output.ledger
        piece.requests = clientContext.requests
        clientContext.output.removeAll()
        clientContext.requests = 0
        return [piece]
    }

    /// Closes the client's connection; the next one is made at `moment`.
    private mutating func drop(_ client: Int, reconnectAt moment: Instant) {
        if let number = clients[client].connection { end(connections[number], .up) }
        clients[client].connection = nil
        setDeadline(clients[client].isFinished ? .distantFuture : moment, of: client)
    }

    private mutating func broke(_ client: Int, over error: ProtocolError) {
        result.brokenRules.append(error.rule)
        drop(client, reconnectAt: now + Self.reconnectDelay)
    }

    private mutating func startInput() {
        clientContext.startInput(now: now)
    }

    // MARK: - What arrived

    /// Takes over what the session made of its last input.
    private mutating func recordInput(of client: Int) {
        guard let cursor = clientContext.cursor else { return }
        if !clients[client].isReady {
            clients[client].isReady = true
            clients[client].highest = cursor
            ready += 1
            if ready == clients.count { beginSchedule() }
        }
        let before = result.deliveries.count
        for event in clientContext.events where event.id >= result.firstID {
            take(event, at: client)
        }
        guard result.deliveries.count > before else { return }
        if let last = clients[client].lastDelivery {
            result.gaps.append(now.nanoseconds(since: last))
        }
        clients[client].lastDelivery = now
        noteProgress(of: client)
    }

    private mutating func take(_ event: DeliveredEvent, at client: Int) {
        guard clients[client].received.insert(event.id).inserted else {
            result.duplicates += 1
            return
        }
        if event.id < clients[client].highest { result.reordered += 1 }
        clients[client].highest = max(clients[client].highest, event.id)
        result.deliveries.append(
            SimulatedDelivery(
                client: client, id: event.id, due: event.intendedTime, arrived: now))
    }
}
