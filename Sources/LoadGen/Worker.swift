import Link
import Measurement
import Reactor
import Synchronization
import Transports
import Wire

/// One thread of the load generator: its clients, their connections and its recorder.
///
/// A turn is: what is readable, then commands, then timers. Latency is taken when the bytes are in
/// hand, right behind the read, from one clock reading a read; everything that could wait (progress,
/// percentiles) waits for the turn's end.
struct Worker: ~Copyable {
    private static let inboxToken: UInt64 = 0
    /// How long a client whose connection broke waits before the next: long enough not to storm a
    /// server that turns clients away, short against any phase.
    static let reconnectDelay = Duration.milliseconds(100)
    /// Connections on their way at once: the kernel's accept queue holds 4,096 by default.
    static let connectingLimit = 1000
    private static let statusInterval = Duration.milliseconds(500)
    /// How often the offset of the clocks is read anew: it may have moved by 1 µs.
    private static let wallClockInterval = Duration.seconds(2)
    /// What sessions take for their interval in lockstep: longer than any step, and short enough that
    /// a million of them, one behind the other, are still a moment that can be told (285 years).
    static let lockstepInterval = Duration.seconds(3600)

    let seed: WorkerSeed
    var poller: Poller
    var timers = TimerQueue()
    var clients: Slab<LoadClient>
    var departures = Slab<Departure>()
    /// The clients' emulated links, by the clients' places; empty when there are none.
    var links: [DelayedLink] = []
    /// What a fault makes worth knowing of each client, by the clients' places; empty without one.
    var watches: [FaultWatch] = []
    var context: ClientContext
    var recorder = Recorder()
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    /// Where bytes go that nobody wants; apart, since a session may still be reading in the buffer.
    private var bin = [UInt8](repeating: 0, count: 4096)

    var windowStart = Int64.max
    var windowEnd = Int64.max
    var lastID = UInt64.max
    var connecting = 0
    var caughtUp = 0
    var ready = 0
    /// The place of the client whose deliveries are kept with their moments, while they are.
    var observedSlot: Int?
    var failed = 0
    private var nextStatus = Instant.distantPast
    /// When the kernel got the bytes in hand, on the wall clock; 0 when it did not say.
    var stamp: Int64 = 0
    var wallClock = WallClockOffset.measure()
    private var nextWallClock = Instant.distantPast
    /// The event whose arrival at all clients is to be told.
    var awaited: UInt64?
    /// How far the round's fault is.
    var fault = FaultState()
    /// Whether the clients have left; the worker ends when their connections have.
    var isLeaving = false
    /// When connections that are still being made are given up, once the clients have left.
    var leaveBy = Instant.distantFuture

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
        recorder.samples = DeliverySamples(limit: seed.sampleLimit)
    }

    /// Runs until it is told to finish.
    mutating func run() throws(SystemError) -> Recorder {
        invite()
        while !(isLeaving && departures.isEmpty && connecting == 0) {
            let ready = try poller.wait(until: nextMoment())
            let turnStart = MonotonicClock.now()
            context.startInput(now: turnStart)
            watchWindow(turnStart)
            for index in 0..<ready {
                let (token, readiness) = poller[index]
                if token == Self.inboxToken {
                    for command in seed.inbox.drain() { obey(command) }
                } else if token & Self.departureBit == 0 {
                    clientIsReady(SlabKey(token: token), readiness)
                } else {
                    departureIsReady(SlabKey(token: token & ~Self.departureBit))
                }
            }
            fireTimers()
            if turnStart >= leaveBy { giveUpConnecting() }
            let turnEnd = MonotonicClock.now()
            if turnStart.nanoseconds >= windowStart, turnEnd.nanoseconds < windowEnd {
                recorder.turns.record(turnEnd.nanoseconds(since: turnStart))
            }
            tell(turnEnd)
        }
        recorder.totals = totalsNow()
        return recorder
    }

    private func nextMoment() -> Instant {
        var moment = min(timers.next ?? .distantFuture, leaveBy)
        if recorder.atWindowStart == nil { moment = min(moment, Instant(nanoseconds: windowStart)) }
        if recorder.atWindowEnd == nil { moment = min(moment, Instant(nanoseconds: windowEnd)) }
        return moment
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
            stands(slot)
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
        guard !fault.isStalled else { return leaveUnread(descriptor, of: slot) }
        stamp = 0
        do throws(SystemError) {
            let received =
                clients[slot].isStamped
                ? try fillBufferStamped(from: descriptor) : try fillBuffer(from: descriptor)
            guard let count = received else { return }
            context.startInput(now: MonotonicClock.now())
            if count > 0 {
                recorder.socketBytesDown += count
                recorder.totals.receives += 1
            }
            guard links.isEmpty else { return putOnLink(Array(buffer[..<count]), for: slot) }
            guard count > 0 else { return peerHasClosed(slot) }
            take(buffer, count, for: slot)
        } catch {
            broke(slot)
        }
    }

    /// Receives into the buffer; nil when there is nothing now, 0 at the server's end.
    private mutating func fillBuffer(from descriptor: Int32) throws(SystemError) -> Int? {
        var room = buffer.mutableSpan
        return try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receive(descriptor, into: bytes)
        }
    }

    /// Receives for the bin; nil when there is nothing now, 0 at the server's end.
    mutating func fillBin(from descriptor: Int32) throws(SystemError) -> Int? {
        var room = bin.mutableSpan
        return try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receive(descriptor, into: bytes)
        }
    }

    /// Like `fillBuffer`, and notes when the kernel got the bytes.
    private mutating func fillBufferStamped(
        from descriptor: Int32
    ) throws(SystemError) -> Int? {
        var room = buffer.mutableSpan
        let received = try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receiveStamped(descriptor, into: bytes)
        }
        stamp = received?.wallNanoseconds ?? 0
        return received?.count
    }

    /// Gives the session the first `count` of `bytes`.
    mutating func take(_ bytes: [UInt8], _ count: Int, for slot: Int) {
        noteSign(of: slot)
        do throws(ProtocolError) {
            let step = try clients[slot].session.receive(
                bytes.span.extracting(0..<count), &context)
            recordInput(of: slot)
            lookForRecovery(of: slot)
            guard send(from: slot) else { return }
            follow(step, slot)
        } catch {
            recordInput(of: slot)
            // The server is told, as far as its socket takes it at once.
            guard send(from: slot) else { return }
            broke(slot, over: error)
        }
    }

    /// Tells the session that the server has ended the connection.
    mutating func peerHasClosed(_ slot: Int) {
        do throws(ProtocolError) {
            let step = try clients[slot].session.peerClosed(&context)
            recordInput(of: slot)
            follow(
                step == .carryOn ? .reconnect(at: context.now) : step, slot, .serverHasEnded)
        } catch {
            broke(slot, over: error, .serverHasEnded)
        }
    }

    private mutating func follow(
        _ step: ClientStep, _ slot: Int, _ ending: Ending = .farewell
    ) {
        switch step {
        case .carryOn:
            setDeadline(clients[slot].session.deadline, at: slot)
        case .reconnect(let moment):
            drop(slot, ending, reconnectAt: moment)
        case .finished:
            clients[slot].isFinished = true
            drop(slot, ending, reconnectAt: .distantFuture)
        }
    }

    /// Sends what the session wrote; false when the connection is gone.
    mutating func send(from slot: Int) -> Bool {
        if !context.output.isEmpty {
            recorder.totals.up += context.output.ledger
            guard links.isEmpty else {
                putOnLink(from: slot)
                return true
            }
            if clients[slot].output.isEmpty {
                clients[slot].output = context.output.bytes
            } else {
                clients[slot].output.append(contentsOf: context.output.bytes)
            }
        }
        return flush(slot)
    }

    /// Sends what waits for the client's socket; false when the connection is gone.
    mutating func flush(_ slot: Int) -> Bool {
        guard !clients[slot].output.isEmpty, let descriptor = clients[slot].socket?.descriptor
        else { return true }
        let output = clients[slot].output
        do throws(SystemError) {
            let sent =
                try output.span.withUnsafeBytes { (raw) throws(SystemError) in
                    // Apart, goodbye and end would be two packets under way, of which the kernel
                    // sends one again after two milliseconds: a thousand take the server longer.
                    try Socket.send(descriptor, raw, isEndNext: isLeaving)
                } ?? 0
            recorder.socketBytesUp += sent
            if sent > 0 { recorder.totals.sends += 1 }
            guard sent < output.count else {
                clients[slot].output = []
                return true
            }
            clients[slot].output = Array(output[sent...])
            guard links.isEmpty || !links[slot].hasReadEnd else {
                // The socket is not watched any more: what it does not take now, it never does.
                broke(slot)
                return false
            }
            if !clients[slot].isUnwatched {
                poller.modify(
                    descriptor, [.readable, .writable], token: clients.key(at: slot).token)
            }
            return true
        } catch {
            broke(slot)
            return false
        }
    }

    // MARK: - Time

    mutating func setDeadline(_ deadline: Instant, at slot: Int) {
        clients[slot].deadline = deadline
        guard deadline < clients[slot].timer else { return }
        clients[slot].timer = deadline
        timers.schedule(clients.key(at: slot).token, at: deadline)
    }

    private mutating func fireTimers() {
        let now = MonotonicClock.now()
        while let token = timers.popDue(now: now) {
            if token & Self.departureBit != 0 {
                context.now = now
                departureIsDue(SlabKey(token: token & ~Self.departureBit), now: now)
                continue
            }
            if token & Self.linkBit != 0 {
                linkIsDue(SlabKey(token: token & ~Self.linkBit), now: now)
                continue
            }
            if token & Self.silenceBit != 0 {
                silenceIsDue(SlabKey(token: token & ~Self.silenceBit), now: now)
                continue
            }
            guard let slot = clients.slot(of: SlabKey(token: token)) else { continue }
            guard clients[slot].timer <= now else { continue }
            clients[slot].timer = .distantFuture
            let deadline = clients[slot].deadline
            guard deadline <= now else {
                if deadline < .distantFuture { setDeadline(deadline, at: slot) }
                continue
            }
            act(slot, now: now)
        }
    }

    /// Has a client do what it waited for.
    mutating func act(_ slot: Int, now: Instant) {
        context.startInput(now: now)
        switch clients[slot].state {
        case .waiting: connect(slot)
        case .connecting: break
        case .opening where fault.isCut: clients[slot].deadline = .distantFuture
        case .opening: connected(slot)
        case .open:
            clients[slot].deadline = .distantFuture
            noteSign(of: slot)
            let step = clients[slot].session.deadlineReached(&context)
            recorder.totals.requests += takeRequests()
            guard send(from: slot) else { return }
            follow(step, slot)
        }
    }

    /// Lets others see how far the worker is.
    private mutating func tell(_ now: Instant) {
        if let id = awaited, caughtUp == clients.count, !seed.isLockstep || isAtRest(now) {
            awaited = nil
            seed.notices?.post(.delivered(id: id))
        }
        seed.status.ready.store(ready, ordering: .relaxed)
        seed.status.failed.store(failed, ordering: .relaxed)
        seed.status.events.store(recorder.totals.events, ordering: .relaxed)
        seed.status.caughtUp.store(caughtUp, ordering: .relaxed)
        if now >= nextWallClock, seed.stampedClients > 0 {
            nextWallClock = now + Self.wallClockInterval
            wallClock = .measure()
        }
        guard now >= nextStatus else { return }
        nextStatus = now + Self.statusInterval
        seed.status.latencyP99.store(
            recorder.latency.value(atPercentile: 99), ordering: .relaxed)
    }
}
