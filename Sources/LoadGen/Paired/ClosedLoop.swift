import Link
import Reactor
import Transports
import Wire

/// What a closed loop drives.
package struct ClosedLoopPlan: Sendable {
    /// The technique that events come by.
    package var transport: Transport
    /// Where events are posted, and where the technique is spoken.
    package var http: SocketAddress
    package var subscription: SocketAddress
    /// Clients that are subscribed.
    package var clients: Int
    /// The length of an event's JSON, about.
    package var payloadBytes: Int
    /// What masking keys are drawn from.
    package var seed: UInt64

    package init(
        transport: Transport, http: SocketAddress, subscription: SocketAddress, clients: Int,
        payloadBytes: Int = 100, seed: UInt64
    ) {
        self.transport = transport
        self.http = http
        self.subscription = subscription
        self.clients = clients
        self.payloadBytes = payloadBytes
        self.seed = seed
    }
}

/// A server driven turn by turn: an event is posted, and the next only when every client has had it
/// and the post is answered.
///
/// A closed loop says nothing about a server under load, since it waits for who is slow (Measuring.md
/// on coordinated omission); but the same loop around two servers compares them, because both do
/// exactly the same work in each turn and nothing in it depends on a clock. Events are posted over
/// HTTP and not ordered by the control pipe: the loop then needs nothing of a server but its
/// endpoints, and one thread's clock has both ends of each latency.
///
/// **Polling.** A long poll is asked for again as soon as its answer is read, before the next event is
/// posted, so that it is parked or on its way when the event comes; whichever it is, it is part of
/// the cycle, and the cursor loses nothing. Short polling would only measure its interval: its
/// clients ask when the post is answered, and again at once while the answer is empty, so that there
/// is one poll an event.
///
/// One thread owns it; nothing here is shared.
package struct ClosedLoop: ~Copyable {
    private static let posterToken: UInt64 = 0
    /// What sessions take for their interval; they are told when to ask. Short enough that a million
    /// of them one behind the other are still a moment that can be told.
    private static let interval = Duration.seconds(3600)
    /// How long anything may take that takes a millisecond on an idle machine.
    private static let patience = Duration.seconds(5)
    /// When the last of the clients to be subscribed has long been, if all that is missing is a
    /// message that says so: not every server greets its subscribers.
    private static let greetingLimit = Duration.milliseconds(300)
    /// How often a first event is posted that not all clients get, because one of them was not
    /// subscribed yet.
    private static let firstAttempts = 10

    private let plan: ClosedLoopPlan
    private var poller: Poller
    private var clients: Slab<LoopClient>
    private var context: ClientContext
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    private var conversation: PostConversation
    private var poster = LoopPoster()

    private var missing = 0
    private var isAnswered = true
    private var postedAt = Instant.distantPast
    private var unready = 0
    private var connecting = 0

    /// Events of all turns so far, and deliveries of them.
    package private(set) var events = 0
    package private(set) var deliveries = 0
    /// From posting an event to a client's having it, of every delivery since it was emptied last.
    var latencies: [Int64] = []

    /// Connects and subscribes the clients, and makes turns until one reaches all of them.
    package static func make(_ plan: ClosedLoopPlan) throws -> ClosedLoop {
        var loop = ClosedLoop(plan, poller: try Poller())
        try loop.subscribe()
        return loop
    }

    private init(_ plan: ClosedLoopPlan, poller: consuming Poller) {
        self.plan = plan
        self.poller = poller
        clients = Slab(capacity: plan.clients)
        context = ClientContext(seed: plan.seed)
        conversation = PostConversation(
            authority: "\(plan.http)", payloadBytes: plan.payloadBytes)
    }

    private mutating func subscribe() throws {
        let session = plan.transport.makeClient(
            ClientProfile(authority: "\(plan.subscription)", pollInterval: Self.interval))
        for _ in 0..<plan.clients {
            let key = clients.insert(LoopClient(session: session))
            try connect(Int(key.slot))
        }
        unready = plan.clients
        let limit = MonotonicClock.now() + Self.patience
        while connecting > 0 {
            guard try serve(until: limit) else {
                throw LoadError("\(plan.subscription) does not take connections")
            }
        }
        let greeted = MonotonicClock.now() + Self.greetingLimit
        while unready > 0, try serve(until: greeted) {}
        for attempt in 1...Self.firstAttempts {
            let isLast = attempt == Self.firstAttempts
            let wait = isLast ? Self.patience : Self.greetingLimit
            if try turn(until: MonotonicClock.now() + wait) { return }
        }
        throw LoadError(
            isAnswered
                ? "\(missing) of \(plan.clients) \(plan.transport.id) clients of "
                    + "\(plan.subscription) never got an event that was posted to \(plan.http)"
                : "\(plan.http) does not answer POST /events")
    }

    // MARK: - Turns

    /// Makes one turn.
    ///
    /// - Throws: when it does not end, which is an event that the server lost.
    package mutating func turn() throws {
        guard try turn(until: MonotonicClock.now() + Self.patience) else {
            throw LoadError(
                isAnswered
                    ? "an event did not reach \(missing) of \(plan.clients) \(plan.transport.id) "
                        + "clients of \(plan.subscription) within 5 s"
                    : "\(plan.http) did not answer POST /events within 5 s")
        }
    }

    /// Makes one turn; false when `deadline` came before its end.
    private mutating func turn(until deadline: Instant) throws -> Bool {
        if poster.descriptor == nil { try connectPoster(until: deadline) }
        forEachClient { $0.hasEvent = false }
        missing = plan.clients
        isAnswered = false
        poster.output = conversation.request
        postedAt = MonotonicClock.now()
        try sendPost()
        while missing > 0 || !isAnswered {
            guard try serve(until: deadline) else { return false }
        }
        events += 1
        return true
    }

    private mutating func forEachClient(_ body: (inout LoopClient) -> Void) {
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            body(&clients[slot])
            next = clients.nextOccupied(after: slot)
        }
    }

    /// Waits for what comes next and takes it; false when `deadline` came first.
    private mutating func serve(until deadline: Instant) throws -> Bool {
        let ready = try poller.wait(until: deadline)
        guard ready > 0 else { return MonotonicClock.now() < deadline }
        for index in 0..<ready {
            let (token, readiness) = poller[index]
            if token == Self.posterToken {
                try posterIsReady(readiness)
            } else if let slot = clients.slot(of: SlabKey(token: token)) {
                try clientIsReady(slot, readiness)
            }
        }
        return true
    }

    // MARK: - Posting

    private mutating func connectPoster(until deadline: Instant) throws {
        let socket = try Socket.connect(to: plan.http)
        try poller.add(socket.descriptor, .writable, token: Self.posterToken)
        poster.socket = consume socket
        poster.isConnecting = true
        while poster.isConnecting {
            guard try serve(until: deadline) else {
                throw LoadError("\(plan.http) does not take connections")
            }
        }
    }

    private mutating func posterIsReady(_ readiness: Readiness) throws {
        guard let descriptor = poster.descriptor else { return }
        if poster.isConnecting {
            if let error = poster.pendingError { throw error }
            guard readiness.writable else { return }
            poster.isConnecting = false
            poller.modify(descriptor, .readable, token: Self.posterToken)
            return
        }
        if readiness.writable, !poster.output.isEmpty { try sendPost() }
        guard readiness.readable || readiness.hungUp || readiness.failed else { return }
        guard let count = try fillBuffer(from: descriptor) else { return }
        let isWhole: Bool
        if count == 0 {
            poster.socket = nil
            isWhole = try conversation.peerClosed()
            // A kept connection may be closed between two requests, never in the middle of one.
            guard isWhole || isAnswered else {
                throw LoadError("\(plan.http) closed the connection instead of answering a post")
            }
        } else {
            let bytes = buffer
            isWhole = try conversation.receive(bytes.span.extracting(0..<count))
            if isWhole, !conversation.keepsConnection { poster.socket = nil }
        }
        guard isWhole, !isAnswered else { return }
        isAnswered = true
        try rouse()
    }

    private mutating func sendPost() throws {
        guard let descriptor = poster.descriptor else { return }
        poster.output = try send(
            poster.output, to: descriptor, token: Self.posterToken,
            isWatched: poster.output.count < conversation.request.count)
    }

    /// Has every client ask that waits for its interval to pass.
    private mutating func rouse() throws {
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            if !clients[slot].hasEvent { try rouse(slot) }
        }
    }

    private mutating func rouse(_ slot: Int) throws {
        guard clients[slot].session.deadline < .distantFuture else { return }
        guard !clients[slot].isConnecting else { return }
        guard clients[slot].descriptor != nil else { return try connect(slot) }
        context.startInput(now: MonotonicClock.now())
        let step = clients[slot].session.deadlineReached(&context)
        try send(from: slot)
        try follow(step, slot)
    }

    // MARK: - Clients

    private mutating func connect(_ slot: Int) throws {
        let socket = try Socket.connect(to: plan.subscription)
        try poller.add(
            socket.descriptor, [.readable, .writable], token: clients.key(at: slot).token)
        clients[slot].socket = consume socket
        clients[slot].isConnecting = true
        connecting += 1
    }

    private mutating func clientIsReady(_ slot: Int, _ readiness: Readiness) throws {
        guard let descriptor = clients[slot].descriptor else { return }
        if clients[slot].isConnecting {
            if let error = clients[slot].pendingError { throw error }
            guard readiness.writable else { return }
            clients[slot].isConnecting = false
            connecting -= 1
            poller.modify(descriptor, .readable, token: clients.key(at: slot).token)
            context.startInput(now: MonotonicClock.now())
            clients[slot].session.connected(&context)
            return try send(from: slot)
        }
        if readiness.writable, !clients[slot].output.isEmpty {
            context.startInput(now: MonotonicClock.now())
            try send(from: slot)
        }
        guard readiness.readable || readiness.hungUp || readiness.failed else { return }
        guard let count = try fillBuffer(from: descriptor) else { return }
        context.startInput(now: MonotonicClock.now())
        let step: ClientStep
        if count == 0 {
            clients[slot].socket = nil
            let closed = try clients[slot].session.peerClosed(&context)
            step = closed == .carryOn ? .reconnect(at: context.now) : closed
        } else {
            let bytes = buffer
            step = try clients[slot].session.receive(
                bytes.span.extracting(0..<count), &context)
        }
        note(slot)
        try send(from: slot)
        try follow(step, slot)
        // An empty answer to a poll that was asked for only because there is an event now.
        if isAnswered, missing > 0, !clients[slot].hasEvent { try rouse(slot) }
    }

    /// Notes what the input brought to a client.
    private mutating func note(_ slot: Int) {
        if context.cursor != nil, !clients[slot].isReady {
            clients[slot].isReady = true
            unready -= 1
        }
        var isNew = false
        for event in context.events where event.id > clients[slot].highest {
            clients[slot].highest = event.id
            isNew = true
        }
        guard isNew, !clients[slot].hasEvent, missing > 0 else { return }
        clients[slot].hasEvent = true
        missing -= 1
        deliveries += 1
        latencies.append(context.now.nanoseconds(since: postedAt))
    }

    private mutating func follow(_ step: ClientStep, _ slot: Int) throws {
        switch step {
        case .carryOn: return
        case .finished:
            throw LoadError(
                "\(plan.subscription) asked a \(plan.transport.id) client not to come back")
        case .reconnect(let moment):
            clients[slot].socket = nil
            clients[slot].output = []
            // Later than at once is at the end of an interval, and those are called.
            if moment <= context.now { try connect(slot) }
        }
    }

    /// Says goodbye where the technique has a word for it; the connections end with this value.
    package consuming func leave() {
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            context.startInput(now: MonotonicClock.now())
            clients[slot].session.leave(&context)
            try? send(from: slot)
        }
    }

    // MARK: - Input and output

    /// Receives into the buffer; nil when there is nothing now, 0 at the server's end.
    private mutating func fillBuffer(from descriptor: Int32) throws(SystemError) -> Int? {
        var room = buffer.mutableSpan
        return try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receive(descriptor, into: bytes)
        }
    }

    /// Sends what the session wrote and what is left of earlier output.
    private mutating func send(from slot: Int) throws {
        guard let descriptor = clients[slot].descriptor else { return }
        let output = clients[slot].output + context.output.bytes
        guard !output.isEmpty else { return }
        clients[slot].output = try send(
            output, to: descriptor, token: clients.key(at: slot).token,
            isWatched: !clients[slot].output.isEmpty)
    }

    /// Sends `bytes` and returns what the socket did not take, for whose sake it is watched for room,
    /// as it is already when `isWatched`.
    private func send(
        _ bytes: [UInt8], to descriptor: Int32, token: UInt64, isWatched: Bool
    ) throws(SystemError) -> [UInt8] {
        let sent =
            try bytes.span.withUnsafeBytes { (raw) throws(SystemError) in
                try Socket.send(descriptor, raw)
            } ?? 0
        guard sent < bytes.count else {
            if isWatched { poller.modify(descriptor, .readable, token: token) }
            return []
        }
        if !isWatched { poller.modify(descriptor, [.readable, .writable], token: token) }
        return Array(bytes[sent...])
    }
}
