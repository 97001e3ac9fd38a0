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
    /// How long a connection's end is waited for: two crossings of the link and the server's turn.
    /// A second is plenty without a link; with one, four round trips if those are longer.
    var farewellLimit = Duration.seconds(1)
    /// Whether the sessions' own pace is suspended: those who wait for their interval to pass act
    /// when `WorkerCommand.poll` says so, once each.
    var isLockstep = false
    /// Measured deliveries that are kept with their event's id at most; 0 keeps none.
    var sampleLimit = DeliverySamples.limit
    /// Whether the gaps between deliveries are observed.
    var observesGaps = false
    /// Whether the first client's deliveries are kept with their moments.
    var observesDeliveries = false
    /// Clients whose receptions the kernel stamps, spread over all of them, since the first of a
    /// fan-out wait otherwise than the last: a sample suffices, and a stamp costs the kernel some
    /// time.
    var stampedClients = 16
    /// The link that the clients themselves make of their connections; nil for none.
    var link: LinkProfile?
    /// Where the worker says that an awaited event has reached all of its clients; it must outlive
    /// the worker.
    var notices: Inbox<WorkerNotice>?
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
    /// How often the offset of the clocks is read anew: it may have moved by 1 µs.
    private static let wallClockInterval = Duration.seconds(2)
    /// What sessions take for their interval in lockstep: longer than any step, and short enough that
    /// a million of them, one behind the other, are still a moment that can be told (285 years).
    private static let lockstepInterval = Duration.seconds(3600)

    let seed: WorkerSeed
    var poller: Poller
    var timers = TimerQueue()
    var clients: Slab<LoadClient>
    var departures = Slab<Departure>()
    /// The clients' emulated links, by the clients' places; empty when there are none.
    var links: [DelayedLink] = []
    var context: ClientContext
    var recorder = Recorder()
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    /// Where bytes go that nobody wants; apart, since a session may still be reading in the buffer.
    private var bin = [UInt8](repeating: 0, count: 4096)

    var windowStart = Int64.max
    var windowEnd = Int64.max
    var lastID = UInt64.max
    private var connecting = 0
    var caughtUp = 0
    var ready = 0
    /// The place of the client whose deliveries are kept with their moments, while they are.
    var observedSlot: Int?
    private var failed = 0
    private var nextStatus = Instant.distantPast
    /// When the kernel got the bytes in hand, on the wall clock; 0 when it did not say.
    var stamp: Int64 = 0
    var wallClock = WallClockOffset.measure()
    private var nextWallClock = Instant.distantPast
    /// The event whose arrival at all clients is to be told.
    private var awaited: UInt64?
    /// Whether the clients have left; the worker ends when their connections have.
    private var isLeaving = false
    /// When connections that are still being made are given up, once the clients have left.
    private var leaveBy = Instant.distantFuture

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

    // MARK: - Clients

    /// Makes the clients and gives each the moment at which it connects.
    private mutating func invite() {
        let start = MonotonicClock.now()
        var profile = seed.profile
        if seed.isLockstep { profile.pollInterval = Self.lockstepInterval }
        let prototype = seed.transport.makeClient(profile)
        // Only this host's own network has as many addresses as one likes.
        let spreads =
            seed.clientsPerSource > 0 && seed.server.isLoopback && !seed.server.isIPv6
        let stride = max(1, seed.clients.count / max(seed.stampedClients, 1))
        for (index, number) in seed.clients.enumerated() {
            let isSampled = seed.stampedClients > 0 && index % stride == 0
            let source: SocketAddress? =
                spreads ? .loopback(index: number / seed.clientsPerSource, port: 0) : nil
            let key = clients.insert(
                LoadClient(
                    session: prototype, source: source,
                    isStamped: seed.link == nil && isSampled))
            if index == 0, seed.observesDeliveries { observedSlot = Int(key.slot) }
            if let link = seed.link {
                links.append(DelayedLink(link, seed: seed.seed &+ UInt64(number)))
            }
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
            let socket = try openSocket(from: clients[slot].source)
            // A kernel that cannot stamp leaves the figure out.
            if clients[slot].isStamped { try? socket.stampReceived() }
            try poller.add(
                socket.descriptor, [.readable, .writable], token: clients.key(at: slot).token)
            clients[slot].socket = consume socket
            clients[slot].state = .connecting
            connecting += 1
        } catch {
            couldNotConnect(slot, error)
        }
    }

    /// Begins a connection, and lets go of one that departs when no descriptor is left.
    private mutating func openSocket(
        from source: SocketAddress?
    ) throws(SystemError) -> Socket {
        while true {
            do throws(SystemError) {
                return try Socket.connect(to: seed.server, from: source)
            } catch {
                guard error.isDescriptorLimit, makeRoom() else { throw error }
            }
        }
    }

    private mutating func couldNotConnect(_ slot: Int, _ error: SystemError) {
        failed += 1
        seed.status.failure.withLock { $0 = error }
        drop(slot, .lost, reconnectAt: context.now + Self.reconnectDelay)
    }

    /// The kernel has made the connection.
    private mutating func stands(_ slot: Int) {
        connecting -= 1
        guard !isLeaving else {
            // It has to be ended as it was begun, or its packets would be in no sum.
            clients[slot].state = .open
            return drop(slot, .farewell, reconnectAt: .distantFuture)
        }
        guard links.isEmpty else {
            clients[slot].state = .opening
            return setDeadline(links[slot].open(at: context.now), at: slot)
        }
        connected(slot)
    }

    private mutating func connected(_ slot: Int) {
        clients[slot].state = .open
        if !clients[slot].isReady {
            recorder.connect.record(context.now.nanoseconds(since: clients[slot].connectStarted))
            recorder.firstRequests.append(context.now)
        }
        clients[slot].session.connected(&context)
        recorder.totals.requests += takeRequests()
        guard send(from: slot) else { return }
        setDeadline(clients[slot].session.deadline, at: slot)
    }

    /// How a connection comes to its end.
    enum Ending {
        /// The client has had enough of it.
        case farewell
        /// The server ended it; all that it sent was read.
        case serverHasEnded
        /// An error did.
        case lost
    }

    /// Takes the client's connection from it; the next one is made at `moment`.
    private mutating func drop(_ slot: Int, _ ending: Ending, reconnectAt moment: Instant) {
        let isWatched = links.isEmpty || !clearLink(slot, sendingRest: ending != .lost)
        if case .connecting = clients[slot].state {
            connecting -= 1
            abandon(slot)
        } else {
            switch ending {
            case .farewell: depart(slot, hasSeenEnd: !isWatched, isWatched: isWatched)
            case .serverHasEnded: depart(slot, hasSeenEnd: true, isWatched: isWatched)
            case .lost: abandon(slot)
            }
        }
        clients[slot].state = .waiting
        clients[slot].output = []
        setDeadline(clients[slot].isFinished ? .distantFuture : moment, at: slot)
    }

    private mutating func broke(_ slot: Int, _ ending: Ending = .lost) {
        recorder.reconnects += 1
        drop(slot, ending, reconnectAt: context.now + Self.reconnectDelay)
    }

    private mutating func broke(
        _ slot: Int, over error: ProtocolError, _ ending: Ending = .farewell
    ) {
        recorder.brokenRules[error.rule, default: 0] += 1
        broke(slot, ending)
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
    private mutating func send(from slot: Int) -> Bool {
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
            if token & Self.departureBit != 0 {
                context.now = now
                departureIsDue(SlabKey(token: token & ~Self.departureBit), now: now)
                continue
            }
            if token & Self.linkBit != 0 {
                linkIsDue(SlabKey(token: token & ~Self.linkBit), now: now)
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
    private mutating func act(_ slot: Int, now: Instant) {
        context.startInput(now: now)
        switch clients[slot].state {
        case .waiting: connect(slot)
        case .connecting: break
        case .opening: connected(slot)
        case .open:
            clients[slot].deadline = .distantFuture
            let step = clients[slot].session.deadlineReached(&context)
            recorder.totals.requests += takeRequests()
            guard send(from: slot) else { return }
            follow(step, slot)
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
            // A window of the past begins here, before anything else that the server sends.
            watchWindow(context.now)
        case .expect(let id):
            expect(id)
        case .awaitEvent(let id):
            expect(id)
            awaited = id
        case .poll:
            poll()
        case .finish:
            leave()
        }
    }

    /// Counts the clients that have had event `id`, now and as more of them get it.
    private mutating func expect(_ id: UInt64) {
        lastID = id
        caughtUp = 0
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            clients[slot].isCaughtUp = clients[slot].audit.highest >= id
            if clients[slot].isCaughtUp { caughtUp += 1 }
            next = clients.nextOccupied(after: slot)
        }
    }

    /// Has every client that waits for its interval to pass act now: the next poll is sent, on a
    /// connection of its own where there is none. Who waits for the server is left alone.
    private mutating func poll() {
        let now = context.now
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            switch clients[slot].state {
            case .waiting where clients[slot].isFinished: break
            case .open where clients[slot].session.deadline == .distantFuture: break
            case .connecting, .opening: break
            case .waiting, .open: act(slot, now: now)
            }
        }
    }

    /// Whether no client will do anything of itself before it is told to: each has asked and waits
    /// for the server, or waits for its interval.
    private func isAtRest(_ now: Instant) -> Bool {
        let far = now + Self.lockstepInterval / 2
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            switch clients[slot].state {
            case .open where clients[slot].output.isEmpty:
                guard links.isEmpty || links[slot].isIdle else { return false }
            case .waiting where clients[slot].deadline >= far: break
            case .waiting, .connecting, .opening, .open: return false
            }
            next = clients.nextOccupied(after: slot)
        }
        return true
    }

    /// Says goodbye where the technique has a word for it, and ends every connection.
    private mutating func leave() {
        // What a goodbye costs is no part of a window that is still open.
        recorder.closeWindow(at: totalsNow())
        isLeaving = true
        leaveBy = context.now + seed.farewellLimit
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            clients[slot].isFinished = true
            switch clients[slot].state {
            case .connecting: continue
            case .open:
                context.startInput(now: context.now)
                clients[slot].session.leave(&context)
                guard send(from: slot) else { continue }
            case .waiting, .opening: break
            }
            drop(slot, .farewell, reconnectAt: .distantFuture)
        }
    }

    /// Closes what did not come to stand in time.
    private mutating func giveUpConnecting() {
        leaveBy = .distantFuture
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            guard case .connecting = clients[slot].state else { continue }
            drop(slot, .lost, reconnectAt: .distantFuture)
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
