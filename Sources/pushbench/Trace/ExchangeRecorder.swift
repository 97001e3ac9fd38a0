import LabServer
import Link
import LoadGen
import Measurement
import Reactor
import Reporting
import Transports
import Wire

/// Has one client subscribe to a server over a link, has events published, and records what
/// crosses, on one thread with one loop.
final class ExchangeRecorder {
    private enum Role {
        case listener, client, door, server
    }

    private let plan: TracePlan
    private let server: LabServer
    private let target: SocketAddress
    /// What the client dials to reach a door at that address.
    private let dialled: (SocketAddress) -> SocketAddress
    private let delay: LinkProfile?

    private let listener: Socket
    private var poller: Poller
    private var roles: [UInt64: (role: Role, connection: TracedConnection?)] = [:]
    private var nextToken: UInt64 = 1
    private var connections: [TracedConnection] = []
    private var current: TracedConnection?
    private var reconnectsAt = Instant.distantFuture
    private var session: any ClientSession
    private var context: ClientContext
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var exchange: RecordedExchange
    /// What the context had counted when the last message was whole.
    private var counted = ByteLedger()
    private var isFinished = false

    /// The profile of the client that a plan has.
    static func profile(of plan: TracePlan, authority: String) -> ClientProfile {
        ClientProfile(
            authority: authority, keepsAlive: plan.connection == .keepAlive,
            pollInterval: plan.pollInterval)
    }

    /// Prepares to record a client of `server`, whose connections begin at a door on `host`.
    init(
        _ plan: TracePlan, server: LabServer, host: String,
        dialled: @escaping (SocketAddress) -> SocketAddress, delay: LinkProfile?, link: LinkResult
    ) throws(SystemError) {
        self.plan = plan
        self.server = server
        self.dialled = dialled
        self.delay = delay
        target =
            server.bareAddresses.first { $0.id == plan.transport.id }?.address ?? server.address
        let address = SocketAddress(host, port: 0) ?? .loopback(port: 0)
        listener = try Socket.listen(on: address, backlog: 16, sharingPort: false)
        session = plan.transport.makeClient(
            Self.profile(of: plan, authority: target.description))
        context = ClientContext(seed: plan.seed)
        context.output = .recordingRuns()
        exchange = RecordedExchange(
            plan: plan, link: link, authority: target.description)
        poller = try Poller(capacity: 16)
        try watch(listener.descriptor, .readable, .listener, nil)
    }

    /// Records until every event has arrived, or the plan's limit has passed.
    func record() throws -> RecordedExchange {
        let limit = MonotonicClock.now() + plan.limit
        try connect()
        while exchange.events.count < plan.events, !isFinished, exchange.failure == nil {
            let ready = try poller.wait(until: min(nextMoment, limit))
            for index in 0..<ready {
                let (token, readiness) = poller[index]
                guard let (role, connection) = roles[token] else { continue }
                try isReady(role, connection, readiness, token: token)
            }
            try act(MonotonicClock.now())
            if MonotonicClock.now() >= limit {
                exchange.failure = "\(plan.events - exchange.events.count) events did not arrive"
            }
        }
        exchange.messages.sort { $0.sent < $1.sent }
        return exchange
    }

    private var nextMoment: Instant {
        var next = min(reconnectsAt, current?.opens ?? .distantFuture)
        if current?.state == .open { next = min(next, session.deadline) }
        for connection in connections { next = min(next, connection.link?.next ?? .distantFuture) }
        // What a kernel does not take now it does soon; nothing here is in such a hurry.
        return isBlocked ? min(next, MonotonicClock.now() + .milliseconds(1)) : next
    }

    private var sockets: [TracedSocket] {
        connections.flatMap { [$0.client, $0.door, $0.server].compactMap(\.self) }
    }

    private var isBlocked: Bool { sockets.contains(where: \.isBlocked) }

    private func watch(
        _ descriptor: Int32, _ interest: Interest, _ role: Role, _ connection: TracedConnection?
    ) throws(SystemError) {
        try poller.add(descriptor, interest, token: nextToken)
        roles[nextToken] = (role, connection)
        nextToken += 1
    }

    // MARK: - Connections

    private func connect() throws(SystemError) {
        reconnectsAt = .distantFuture
        let now = MonotonicClock.now()
        let socket = try Socket.connect(to: dialled(listener.localAddress))
        let connection = TracedConnection(
            number: connections.count, client: socket,
            link: delay.map { DelayedLink($0, seed: plan.seed &+ UInt64(connections.count)) },
            began: now)
        connections.append(connection)
        current = connection
        try watch(connection.client.descriptor, [.readable, .writable], .client, connection)
    }

    private func accept() throws(SystemError) {
        guard let accepted = try listener.accept() else { return }
        // Connections come to stand in the order in which they were asked for.
        guard let connection = connections.first(where: { $0.door == nil }) else { return }
        let door = TracedSocket(accepted)
        let server = TracedSocket(try Socket.connect(to: target))
        connection.door = door
        connection.server = server
        try watch(door.descriptor, .readable, .door, connection)
        try watch(server.descriptor, .readable, .server, connection)
    }

    /// The client's kernel has the connection; with a link of the door's, its handshake begins.
    private func stands(_ connection: TracedConnection, at now: Instant) throws(SystemError) {
        guard connection.link != nil else { return try opened(connection, at: now) }
        connection.state = .opening
        connection.opens = connection.link?.open(at: connection.began) ?? now
    }

    private func opened(_ connection: TracedConnection, at now: Instant) throws(SystemError) {
        connection.state = .open
        connection.opens = .distantFuture
        // Nobody sees the SYN at the server: it was there half-way between asking and having.
        let there = connection.began + .nanoseconds(now.nanoseconds(since: connection.began) / 2)
        for (way, sent, arrived) in [
            (LinkDirection.Way.up, connection.began, there), (.down, there, now),
        ] {
            exchange.messages.append(
                .init(
                    connection: connection.number, way: way,
                    kind: way == .up ? .opening : .acceptance, sent: sent, arrived: arrived))
        }
        guard connection === current else { return }
        context.startInput(now: now)
        session.connected(&context)
        try sendOutput(at: now)
    }

    private func follow(_ step: ClientStep, at now: Instant) throws(SystemError) {
        switch step {
        case .carryOn: return
        case .reconnect(let moment): reconnectsAt = moment
        case .finished: isFinished = true
        }
        guard let connection = current else { return }
        current = nil
        connection.state = .closed
        note(.end, .up, of: connection, at: now)
        if connection.link == nil {
            try connection.client.end()
        } else {
            connection.link?.up.putEnd(at: now)
        }
    }

    // MARK: - Input

    private func isReady(
        _ role: Role, _ connection: TracedConnection?, _ readiness: Readiness, token: UInt64
    ) throws {
        guard let connection else { return try accept() }
        switch role {
        case .listener: return
        case .client where connection.state == .connecting:
            if let error = connection.client.pendingError { throw error }
            guard readiness.writable else { return }
            poller.modify(connection.client.descriptor, .readable, token: token)
            return try stands(connection, at: MonotonicClock.now())
        case .client:
            try read(connection.client, token: token) { try receive($0, connection, at: $1) }
        case .door:
            guard let door = connection.door else { return }
            try read(door, token: token) { try reachServer($0, connection, at: $1) }
        case .server:
            guard let server = connection.server else { return }
            try read(server, token: token) { try leaveServer($0, connection, at: $1) }
        }
    }

    /// Reads what there is, as one piece; the end is told once.
    private func read(
        _ socket: TracedSocket, token: UInt64, _ take: ([UInt8], Instant) throws -> Void
    ) throws {
        var piece: [UInt8] = []
        var hasEnded = false
        while piece.count < Self.pieceLimit, let bytes = try socket.receive(into: &buffer) {
            piece += bytes
            hasEnded = bytes.isEmpty
            if hasEnded { break }
        }
        let now = MonotonicClock.now()
        if !piece.isEmpty { try take(piece, now) }
        guard hasEnded else { return }
        poller.remove(socket.descriptor)
        roles[token] = nil
        try take([], now)
    }

    /// What is taken in one go at most: a hundred events of the largest size come in a few goes.
    private static let pieceLimit = 1 << 20

    /// What the server wrote begins to cross.
    private func leaveServer(
        _ bytes: [UInt8], _ connection: TracedConnection, at now: Instant
    ) throws(SystemError) {
        if bytes.isEmpty {
            note(.end, .down, of: connection, at: now)
        } else if let answer = unfinishedAnswer(on: connection) {
            connection.down.write(bytes.count, message: answer)
            exchange.messages[answer].bytes += bytes
            exchange.messages[answer].sent = now
        } else {
            connection.down.write(bytes.count, message: exchange.messages.count)
            exchange.messages.append(
                .init(
                    connection: connection.number, way: .down, kind: .content, bytes: bytes,
                    sent: now))
        }
        if connection.link != nil {
            bytes.isEmpty
                ? connection.link?.down.putEnd(at: now) : connection.link?.down.put(bytes, at: now)
        } else if bytes.isEmpty {
            try connection.door?.end()
        } else {
            try connection.door?.send(bytes)
        }
    }

    /// The answer that goes on, when the server speaks again and has not been asked again.
    private func unfinishedAnswer(on connection: TracedConnection) -> Int? {
        let mine = exchange.messages.indices.filter {
            exchange.messages[$0].connection == connection.number
                && exchange.messages[$0].kind == .content
        }
        let answers = mine.filter { exchange.messages[$0].way == .down }
        guard exchange.isPolling, answers.count * 2 >= mine.count else { return nil }
        return answers.last
    }

    /// What the client wrote has come to the door.
    private func reachServer(
        _ bytes: [UInt8], _ connection: TracedConnection, at now: Instant
    ) throws(SystemError) {
        var left = bytes.count
        while left > 0, let part = connection.up.read(left) {
            if part.isWhole { exchange.messages[part.message].arrived = now }
            left -= part.count
        }
        if bytes.isEmpty {
            arrive(.end, .up, of: connection, at: now)
            try connection.server?.end()
        } else {
            try connection.server?.send(bytes)
        }
    }

    // MARK: - The client

    /// Gives the session what has come, message by message, so that each is counted by itself.
    private func receive(
        _ bytes: [UInt8], _ connection: TracedConnection, at now: Instant
    ) throws {
        guard !bytes.isEmpty else {
            arrive(.end, .down, of: connection, at: now)
            guard connection === current else { return }
            context.startInput(now: now)
            let step = try session.peerClosed(&context)
            return try follow(step == .carryOn ? .reconnect(at: now) : step, at: now)
        }
        var start = 0
        while start < bytes.count, let part = connection.down.read(bytes.count - start) {
            let piece = Array(bytes[start..<start + part.count])
            start += part.count
            if part.isWhole { exchange.messages[part.message].arrived = now }
            guard connection === current else { continue }
            context.startInput(now: now)
            let step = try session.receive(piece.span, &context)
            take(part.message, at: now)
            try sendOutput(at: now)
            try follow(step, at: now)
        }
    }

    /// Notes what the session found in a message.
    private func take(_ message: Int, at now: Instant) {
        exchange.messages[message].ledger += context.received - counted
        counted = context.received
        if let cursor = context.cursor { exchange.messages[message].cursor = cursor }
        for event in context.events {
            let first = exchange.messages[message].ids?.lowerBound ?? event.id
            exchange.messages[message].ids = min(first, event.id)...max(first, event.id)
            exchange.events.append(.init(id: event.id, due: event.intendedTime, arrived: now))
        }
        guard context.cursor != nil, exchange.scheduleStart == nil else { return }
        let start = now + plan.leadIn
        exchange.scheduleStart = start
        server.publish(
            PublishPlan(
                content: .padded(plan.payloadBytes), arrivals: plan.arrivals,
                ratePerSecond: plan.ratePerSecond, seed: plan.seed, events: plan.events,
                start: start))
    }

    private func sendOutput(at now: Instant) throws(SystemError) {
        guard let connection = current, !context.output.isEmpty else { return }
        let bytes = context.output.bytes
        connection.up.write(bytes.count, message: exchange.messages.count)
        exchange.messages.append(
            .init(
                connection: connection.number, way: .up, kind: .content, bytes: bytes,
                ledger: context.output.ledger, sent: now))
        if connection.link != nil {
            connection.link?.up.put(bytes, at: now)
        } else {
            try connection.client.send(bytes)
        }
    }

    private func note(
        _ kind: RecordedExchange.Message.Kind, _ way: LinkDirection.Way,
        of connection: TracedConnection, at now: Instant
    ) {
        exchange.messages.append(
            .init(connection: connection.number, way: way, kind: kind, sent: now))
    }

    private func arrive(
        _ kind: RecordedExchange.Message.Kind, _ way: LinkDirection.Way,
        of connection: TracedConnection, at now: Instant
    ) {
        let index = exchange.messages.lastIndex {
            $0.connection == connection.number && $0.kind == kind && $0.way == way
        }
        if let index { exchange.messages[index].arrived = now }
    }

    // MARK: - Time

    /// Does what is due: the session's own wishes, and what comes out of links of the door's.
    private func act(_ now: Instant) throws {
        for socket in sockets where socket.isBlocked { try socket.flush() }
        for connection in connections where connection.link != nil {
            while let bytes = connection.link?.up.take(by: now) {
                try reachServer(bytes, connection, at: now)
            }
            while let bytes = connection.link?.down.take(by: now) {
                try receive(bytes, connection, at: now)
            }
        }
        if let connection = current, connection.state == .opening, connection.server != nil,
            connection.opens <= now
        {
            try opened(connection, at: now)
        }
        if reconnectsAt <= now { try connect() }
        if current?.state == .open, session.deadline <= now {
            context.startInput(now: now)
            let step = session.deadlineReached(&context)
            try sendOutput(at: now)
            try follow(step, at: now)
        }
    }
}
