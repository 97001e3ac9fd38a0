import Link
import Transports
import Wire

/// Packets: connections that open, streams of bytes, acknowledgements.
extension Simulation {
    /// How long the packet that opens a connection is waited for before it is repeated (RFC 6298
    /// §2.1); doubled each time.
    private static let openingTimeout = Duration.seconds(1)
    /// A SYN with its options and IP's header.
    private static let openingBytes = 60
    /// TCP_DELACK_MIN of Linux, in a kernel that ticks often enough to keep it.
    private static let delayedAcknowledgement = Duration.milliseconds(40)

    /// Opens a connection for `client`. It costs a round trip before the client may speak: what it
    /// says first arrives one and a half round trips after this moment.
    mutating func open(for client: Int) -> SimulatedConnection {
        var door = ServerConnection.Door.http
        if case .bare = plan.transport.server { door = .bare(0) }
        let seed = random.next()
        let connection = SimulatedConnection(
            number: connections.count, client: client,
            up: TCPStream(plan.link, .up, usesNagle: false, seed: seed),
            down: TCPStream(
                plan.link, .down, usesNagle: plan.mistakes.usesNagle, seed: seed),
            door: door)
        connections.append(connection)
        sendOpening(of: connection)
        return connection
    }

    mutating func sendOpening(of connection: SimulatedConnection) {
        guard !connection.isOpen, clients[connection.client].connection == connection.number
        else { return }
        connection.openings += 1
        if let arrival = connection.up.arrivalOfControl(bytes: Self.openingBytes, at: now) {
            record(.opening, "SYN", connection, .up, arrived: arrival)
            queue.schedule(.opening(connection: connection.number), at: arrival)
        }
        let again = now + Self.openingTimeout * (1 << min(connection.openings - 1, 6))
        // It may have arrived and its answer not: the client repeats it then too.
        if plan.link.lossRate > 0 {
            queue.schedule(.openAgain(connection: connection.number), at: again)
        }
    }

    mutating func openingArrived(at connection: SimulatedConnection) {
        guard !connection.isOpen else { return }
        if let arrival = connection.down.arrivalOfControl(bytes: Self.openingBytes, at: now) {
            record(.acceptance, "SYN, ACK", connection, .down, arrived: arrival)
            queue.schedule(.acceptance(connection: connection.number), at: arrival)
        }
    }

    mutating func acceptanceArrived(at connection: SimulatedConnection) {
        guard !connection.isOpen, clients[connection.client].connection == connection.number
        else { return }
        connection.isOpen = true
        connected(connection)
    }

    // MARK: - Streams

    /// Puts `pieces` into the connection as one write.
    mutating func write(
        _ pieces: [Piece], _ way: LinkDirection.Way, of connection: SimulatedConnection
    ) {
        for piece in pieces {
            let message = record(piece, connection, way)
            switch way {
            case .up: connection.up.write(piece.bytes, message: message)
            case .down: connection.down.write(piece.bytes, message: message)
            }
        }
        if way == .up, connection.clientHasRead { connection.clientIsInteractive = true }
        push(connection, way)
    }

    /// Sends what may be sent.
    mutating func push(_ connection: SimulatedConnection, _ way: LinkDirection.Way) {
        var consequences = TCPStream.Consequences()
        switch way {
        case .up:
            connection.up.push(
                at: now, acknowledges: connection.down.segmentsRead, &consequences)
            if !consequences.alarms.isEmpty { connection.acknowledgementDue = .distantFuture }
        case .down:
            connection.down.push(
                at: now, acknowledges: connection.up.segmentsRead, &consequences)
        }
        take(consequences, way, of: connection)
    }

    /// Closes one half of the connection behind what was written.
    mutating func end(_ connection: SimulatedConnection, _ way: LinkDirection.Way) {
        var consequences = TCPStream.Consequences()
        switch way {
        case .up:
            connection.up.end(
                at: now, acknowledges: connection.down.segmentsRead, &consequences)
        case .down:
            connection.down.end(
                at: now, acknowledges: connection.up.segmentsRead, &consequences)
        }
        take(consequences, way, of: connection)
        if case .arrival? = consequences.alarms.last?.alarm {
            record(.end, "FIN", connection, way, arrived: consequences.alarms.last?.time)
        }
    }

    private mutating func take(
        _ consequences: TCPStream.Consequences, _ way: LinkDirection.Way,
        of connection: SimulatedConnection
    ) {
        for message in consequences.sentMessages { result.messages[message].sent = now }
        for (time, alarm) in consequences.alarms {
            queue.schedule(.stream(connection: connection.number, way, alarm), at: time)
        }
    }

    mutating func streamAlarm(
        _ alarm: TCPStream.Alarm, _ way: LinkDirection.Way, of connection: SimulatedConnection
    ) {
        var consequences = TCPStream.Consequences()
        var reading: TCPStream.Reading?
        switch (alarm, way) {
        case (.arrival(let segment), .up):
            reading = connection.up.arrive(segment, at: now, &consequences)
        case (.arrival(let segment), .down):
            reading = connection.down.arrive(segment, at: now, &consequences)
        case (.retransmission(let segment), .up):
            connection.up.retransmit(segment, at: now, &consequences)
        case (.retransmission(let segment), .down):
            connection.down.retransmit(segment, at: now, &consequences)
        }
        take(consequences, way, of: connection)
        guard let reading else { return }
        for message in reading.messages { result.messages[message].arrived = now }
        switch way {
        case .up:
            connection.down.acknowledge(reading.acknowledges)
            if plan.mistakes.usesNagle { push(connection, .down) }
            deliver(reading, toServerOf: connection)
        case .down:
            if plan.mistakes.usesNagle { oweAcknowledgement(connection) }
            connection.clientHasRead = true
            deliver(reading, toClientOf: connection)
        }
    }

    // MARK: - Acknowledgements

    /// The client's end has got something: an end that only reads acknowledges at once, one that
    /// answers what it reads waits for its answer, but not for long (RFC 9293 §3.8.6.3).
    ///
    /// Linux calls the second kind interactive ("pingpong"): an end becomes that by answering, and
    /// ceases to be it when it has waited in vain.
    private mutating func oweAcknowledgement(_ connection: SimulatedConnection) {
        guard connection.clientIsInteractive else {
            return sendAcknowledgement(of: connection)
        }
        guard connection.acknowledgementDue == .distantFuture else { return }
        let due = now + Self.delayedAcknowledgement
        connection.acknowledgementDue = due
        queue.schedule(.acknowledge(connection: connection.number, due: due), at: due, rank: .timer)
    }

    mutating func acknowledge(_ connection: SimulatedConnection, due: Instant) {
        guard connection.acknowledgementDue == due else { return }
        connection.acknowledgementDue = .distantFuture
        connection.clientIsInteractive = false
        sendAcknowledgement(of: connection)
    }

    private mutating func sendAcknowledgement(of connection: SimulatedConnection) {
        let arrival = now + plan.link.oneWayDelay
        record(.acknowledgement, "ACK", connection, .up, arrived: arrival)
        queue.schedule(
            .acknowledged(
                connection: connection.number, segments: connection.down.segmentsRead),
            at: arrival)
    }

    // MARK: - The record

    /// Records a packet that is no content and leaves at once.
    private mutating func record(
        _ kind: SimulatedMessage.Kind, _ label: String, _ connection: SimulatedConnection,
        _ way: LinkDirection.Way, arrived: Instant?
    ) {
        guard plan.recordsMessages else { return }
        result.messages.append(
            SimulatedMessage(
                connection: connection.number, client: connection.client, way: way, kind: kind,
                label: label, ids: nil, bytes: [], runs: [], written: now, sent: now,
                arrived: arrived))
    }

    /// Records a message and returns its place.
    private mutating func record(
        _ piece: Piece, _ connection: SimulatedConnection, _ way: LinkDirection.Way
    ) -> Int? {
        guard plan.recordsMessages else { return nil }
        result.messages.append(
            SimulatedMessage(
                connection: connection.number, client: connection.client, way: way, kind: .content,
                label: piece.label, ids: piece.ids, bytes: piece.bytes, runs: piece.runs,
                written: now))
        return result.messages.count - 1
    }
}
