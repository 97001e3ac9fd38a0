import Link
import Measurement
import Reactor
import Synchronization
import Transports
import Wire

/// What a worker is made of; all of it may cross to the worker's thread.
struct WorkerSeed: Sendable {
    let transport: Transport
    let profile: ClientProfile
    /// The technique's server.
    let server: SocketAddress
    /// The clients of this worker, numbered among all of the run.
    let clients: Range<Int>
    /// Clients that one source address serves; 0 leaves the source to the kernel.
    let clientsPerSource: Int
    /// Connections opened a second by this worker.
    let connectRate: Double
    let seed: UInt64
    /// Whether the worker has a descriptor table of its own.
    let ownsDescriptors: Bool
    let inbox: Inbox<WorkerCommand>
    let status: WorkerStatus
}

/// One thread of the load generator: its clients, their connections and its recorder.
///
/// A turn is: what is readable, then commands, then timers. Latency is taken when the bytes are in
/// hand, right behind the read, from one clock reading a read; everything that could wait (progress,
/// percentiles) waits for the turn's end.
struct Worker: ~Copyable {
    private static let inboxToken: UInt64 = 0
    /// How long a client whose connection broke waits before the next: long enough not to storm a
    /// server that turns clients away, short against any phase.
    private static let reconnectDelay = Duration.milliseconds(100)
    /// Connections on their way at once: the kernel's accept queue holds 4,096 by default.
    private static let connectingLimit = 1000
    private static let statusInterval = Duration.milliseconds(500)

    private let seed: WorkerSeed
    private var poller: Poller
    private var timers = TimerQueue()
    var clients: Slab<LoadClient>
    var context: ClientContext
    var recorder = Recorder()
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    var windowStart = Int64.max
    var windowEnd = Int64.max
    var lastID = UInt64.max
    private var connecting = 0
    var caughtUp = 0
    var ready = 0
    private var failed = 0
    private var nextStatus = Instant.distantPast
    private var isFinished = false

    static func makePoller(_ seed: WorkerSeed) throws(SystemError) -> Poller {
        if seed.ownsDescriptors { try unshareDescriptors() }
        let poller = try Poller()
        try poller.add(seed.inbox.descriptor, .readable, token: inboxToken)
        return poller
    }

    init(_ seed: WorkerSeed, poller: consuming Poller) {
        self.seed = seed
        self.poller = poller
        context = ClientContext(seed: seed.seed)
        clients = Slab(capacity: seed.clients.count)
    }

    /// Runs until it is told to finish.
    mutating func run() throws(SystemError) -> Recorder {
        invite()
        while !isFinished {
            let ready = try poller.wait(until: nextMoment())
            let turnStart = MonotonicClock.now()
            context.startInput(now: turnStart)
            watchWindow(turnStart)
            for index in 0..<ready {
                let (token, readiness) = poller[index]
                if token == Self.inboxToken {
                    for command in seed.inbox.drain() { obey(command) }
                } else {
                    clientIsReady(SlabKey(token: token), readiness)
                }
            }
            fireTimers()
            let turnEnd = MonotonicClock.now()
            if turnStart.nanoseconds >= windowStart, turnEnd.nanoseconds < windowEnd {
                recorder.turns.record(turnEnd.nanoseconds(since: turnStart))
            }
            tell(turnEnd)
        }
        return recorder
    }

    private func nextMoment() -> Instant {
        var moment = timers.next ?? .distantFuture
        if recorder.atWindowStart == nil { moment = min(moment, Instant(nanoseconds: windowStart)) }
        if recorder.atWindowEnd == nil { moment = min(moment, Instant(nanoseconds: windowEnd)) }
        return moment
    }

    // MARK: - Clients

    /// Makes the clients and gives each the moment at which it connects.
    private mutating func invite() {
        let start = MonotonicClock.now()
        let prototype = seed.transport.makeClient(seed.profile)
        for (index, number) in seed.clients.enumerated() {
            let source: SocketAddress? =
                seed.clientsPerSource > 0
                ? .loopback(index: number / seed.clientsPerSource, port: 0) : nil
            let key = clients.insert(LoadClient(session: prototype, source: source))
            let offset = Duration.nanoseconds(Int64(Double(index) / seed.connectRate * 1e9))
            setDeadline(start + offset, at: Int(key.slot))
        }
    }

    private mutating func connect(_ slot: Int) {
        guard connecting < Self.connectingLimit else {
            return setDeadline(context.now + .milliseconds(1), at: slot)
        }
        clients[slot].connectStarted = context.now
        clients[slot].deadline = .distantFuture
        do throws(SystemError) {
            let socket = try Socket.connect(to: seed.server, from: clients[slot].source)
            try poller.add(
                socket.descriptor, [.readable, .writable], token: clients.key(at: slot).token)
            clients[slot].socket = consume socket
            clients[slot].state = .connecting
            connecting += 1
        } catch {
            couldNotConnect(slot, error)
        }
    }

    private mutating func couldNotConnect(_ slot: Int, _ error: SystemError) {
        failed += 1
        seed.status.failure.withLock { $0 = error }
        drop(slot, reconnectAt: context.now + Self.reconnectDelay)
    }

    private mutating func connected(_ slot: Int) {
        connecting -= 1
        clients[slot].state = .open
        if !clients[slot].isReady {
            recorder.connect.record(context.now.nanoseconds(since: clients[slot].connectStarted))
        }
        clients[slot].session.connected(&context)
        recorder.totals.requests += takeRequests()
        guard send(from: slot) else { return }
        setDeadline(clients[slot].session.deadline, at: slot)
    }

    /// Closes the client's connection; the next one is made at `moment`.
    private mutating func drop(_ slot: Int, reconnectAt moment: Instant) {
        if case .connecting = clients[slot].state { connecting -= 1 }
        clients[slot].socket = nil
        clients[slot].state = .waiting
        clients[slot].output = []
        setDeadline(clients[slot].isFinished ? .distantFuture : moment, at: slot)
    }

    private mutating func broke(_ slot: Int) {
        recorder.reconnects += 1
        drop(slot, reconnectAt: context.now + Self.reconnectDelay)
    }

    private mutating func broke(_ slot: Int, over error: ProtocolError) {
        recorder.brokenRules[error.rule, default: 0] += 1
        broke(slot)
    }

    // MARK: - Input and output

    private mutating func clientIsReady(_ key: SlabKey, _ readiness: Readiness) {
        guard let slot = clients.slot(of: key), let descriptor = clients[slot].socket?.descriptor
        else { return }
        if case .connecting = clients[slot].state {
            if let error = clients[slot].socket?.pendingError() {
                return couldNotConnect(slot, error)
            }
            guard readiness.writable else { return }
            context.startInput(now: MonotonicClock.now())
            connected(slot)
            guard clients[slot].socket != nil else { return }
            if clients[slot].output.isEmpty {
                poller.modify(descriptor, .readable, token: key.token)
            }
            return
        }
        if readiness.writable, !clients[slot].output.isEmpty {
            context.startInput(now: context.now)
            guard send(from: slot) else { return }
            if clients[slot].output.isEmpty {
                poller.modify(descriptor, .readable, token: key.token)
            }
        }
        if readiness.readable || readiness.hungUp || readiness.failed {
            read(descriptor, for: slot)
        }
    }

    private mutating func read(_ descriptor: Int32, for slot: Int) {
        do throws(SystemError) {
            guard let count = try fillBuffer(from: descriptor) else { return }
            context.startInput(now: MonotonicClock.now())
            guard count > 0 else { return peerHasClosed(slot) }
            recorder.socketBytesDown += count
            take(count, for: slot)
        } catch {
            broke(slot)
        }
    }

    private mutating func fillBuffer(from descriptor: Int32) throws(SystemError) -> Int? {
        var room = buffer.mutableSpan
        return try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receive(descriptor, into: bytes)
        }
    }

    private mutating func take(_ count: Int, for slot: Int) {
        let bytes = buffer
        do throws(ProtocolError) {
            let step = try clients[slot].session.receive(
                bytes.span.extracting(0..<count), &context)
            recordInput(of: slot)
            guard send(from: slot) else { return }
            follow(step, slot)
        } catch {
            recordInput(of: slot)
            broke(slot, over: error)
        }
    }

    private mutating func peerHasClosed(_ slot: Int) {
        do throws(ProtocolError) {
            let step = try clients[slot].session.peerClosed(&context)
            recordInput(of: slot)
            follow(step == .carryOn ? .reconnect(at: context.now) : step, slot)
        } catch {
            broke(slot, over: error)
        }
    }

    private mutating func follow(_ step: ClientStep, _ slot: Int) {
        switch step {
        case .carryOn:
            setDeadline(clients[slot].session.deadline, at: slot)
        case .reconnect(let moment):
            drop(slot, reconnectAt: moment)
        case .finished:
            clients[slot].isFinished = true
            drop(slot, reconnectAt: .distantFuture)
        }
    }

    /// Sends what the session wrote; false when the connection is gone.
    private mutating func send(from slot: Int) -> Bool {
        if !context.output.isEmpty {
            recorder.totals.up += context.output.ledger
            if clients[slot].output.isEmpty {
                clients[slot].output = context.output.bytes
            } else {
                clients[slot].output.append(contentsOf: context.output.bytes)
            }
        }
        guard !clients[slot].output.isEmpty, let descriptor = clients[slot].socket?.descriptor
        else { return true }
        let output = clients[slot].output
        do throws(SystemError) {
            let sent =
                try output.span.withUnsafeBytes { (raw) throws(SystemError) in
                    try Socket.send(descriptor, raw)
                } ?? 0
            recorder.socketBytesUp += sent
            guard sent < output.count else {
                clients[slot].output = []
                return true
            }
            clients[slot].output = Array(output[sent...])
            poller.modify(
                descriptor, [.readable, .writable], token: clients.key(at: slot).token)
            return true
        } catch {
            broke(slot)
            return false
        }
    }

    // MARK: - Time

    private mutating func setDeadline(_ deadline: Instant, at slot: Int) {
        clients[slot].deadline = deadline
        guard deadline < clients[slot].timer else { return }
        clients[slot].timer = deadline
        timers.schedule(clients.key(at: slot).token, at: deadline)
    }

    private mutating func fireTimers() {
        let now = MonotonicClock.now()
        while let token = timers.popDue(now: now) {
            guard let slot = clients.slot(of: SlabKey(token: token)) else { continue }
            guard clients[slot].timer <= now else { continue }
            clients[slot].timer = .distantFuture
            let deadline = clients[slot].deadline
            guard deadline <= now else {
                if deadline < .distantFuture { setDeadline(deadline, at: slot) }
                continue
            }
            context.startInput(now: now)
            switch clients[slot].state {
            case .waiting: connect(slot)
            case .connecting: break
            case .open:
                clients[slot].deadline = .distantFuture
                let step = clients[slot].session.deadlineReached(&context)
                recorder.totals.requests += takeRequests()
                guard send(from: slot) else { continue }
                follow(step, slot)
            }
        }
    }

    // MARK: - Commands

    private mutating func obey(_ command: WorkerCommand) {
        switch command {
        case .subscribed:
            recorder.atSubscription = totalsNow()
        case .measure(let start, let end):
            windowStart = start
            windowEnd = end
        case .expect(let id):
            lastID = id
            caughtUp = 0
            var next = clients.nextOccupied(after: -1)
            while let slot = next {
                clients[slot].isCaughtUp = clients[slot].audit.highest >= id
                if clients[slot].isCaughtUp { caughtUp += 1 }
                next = clients.nextOccupied(after: slot)
            }
        case .finish:
            leave()
            isFinished = true
        }
    }

    /// Says goodbye where the technique has a word for it, and closes everything.
    private mutating func leave() {
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            clients[slot].isFinished = true
            if case .open = clients[slot].state {
                context.startInput(now: context.now)
                clients[slot].session.leave(&context)
                guard send(from: slot) else { continue }
            }
            drop(slot, reconnectAt: .distantFuture)
        }
        recorder.totals = totalsNow()
        recorder.closeWindow()
    }

    /// Lets others see how far the worker is.
    private mutating func tell(_ now: Instant) {
        seed.status.ready.store(ready, ordering: .relaxed)
        seed.status.failed.store(failed, ordering: .relaxed)
        seed.status.events.store(recorder.totals.events, ordering: .relaxed)
        seed.status.caughtUp.store(caughtUp, ordering: .relaxed)
        guard now >= nextStatus else { return }
        nextStatus = now + Self.statusInterval
        seed.status.latencyP99.store(
            recorder.latency.value(atPercentile: 99), ordering: .relaxed)
    }
}
