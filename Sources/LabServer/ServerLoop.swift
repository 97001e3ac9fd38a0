import Link
import Reactor
import Transports
import Wire

/// One thread of the server: its listeners, connections, log and streams.
///
/// The order of work in a turn is what makes the fan-out fast without making it late. First
/// everything that came is read, so that polls are parked and streams joined; then timers and
/// commands; then every event that is due is appended; and last one walk over the connections sends
/// each of them all that it has not got. An idle loop is woken by the event's due time and sends at
/// once; a loop that is behind finds several events due and sends them together.
struct ServerLoop: ~Copyable {
    /// Smaller tokens than any connection's: the doors in their order, then the inbox.
    private static let inboxToken: UInt64 = 1 << 16
    /// How long goodbyes may take.
    static let closingTime = Duration.seconds(2)

    let seed: LoopSeed
    /// What the loop was set up with, and what its application has changed since.
    var configuration: ServerConfiguration
    var poller: Poller
    var timers = TimerQueue()
    var peers = Slab<Peer>()
    var context: ServerContext
    var counters: ServerCounters
    var losses = LossLog()
    var streams: [SharedStream]
    /// The connections that wait with a poll, by technique.
    var parked: [[SlabKey]]
    /// The last answer to a poll of each technique.
    var answers: [PollAnswer?]
    var report = SharedStream.WalkReport()
    /// Memory of all connections' private output, in bytes.
    var privateBytes = 0
    var scratch = WireBuffer()
    var publisher: Publisher?
    /// What the server hosts beside the techniques; out of here while it is called.
    var application: (any HostedApplication)?
    /// Whether the application is shown what the connections carry.
    let observes: Bool
    /// The messages of each stream that some subscriber has not got yet, when they are observed.
    var observed: [[ObservedPiece]]
    /// When the last turn was over.
    var freeSince = Instant.distantPast

    /// Everything is read into this one buffer: a connection keeps bytes only when it must. 64 KiB
    /// takes what a socket usually holds in one call.
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    var listeners: [Int32] = []
    /// Where each connection is counted among those of its address; empty where nobody counts.
    var places: [Int32] = []
    var listening = true
    var listenAgainAt = Instant.distantFuture
    /// When each stream has been silent for so long that it says it is still there.
    var nextHeartbeat: [Instant]
    var nextBoard = Instant.distantPast
    /// Whether something was done since the counters were laid down.
    var boardIsStale = false
    /// The newest event when the last walk began.
    var flushed: UInt64 = 0
    /// The second that `context.date` tells.
    private(set) var dateSecond: Int64 = 0
    var isStopping = false
    var stopBy = Instant.distantFuture

    /// A poller that watches the loop's doors and its inbox, on the thread that will run the loop.
    static func makePoller(_ seed: LoopSeed) throws(SystemError) -> Poller {
        // Each of several loops may hold as many connections as a process could: its descriptors
        // are a table of its own.
        if seed.siblings.count > 1 { try unshareDescriptors() }
        let poller = try Poller()
        for (index, door) in seed.doors.enumerated() {
            try poller.add(door.descriptor, .readable, token: UInt64(index))
        }
        try poller.add(seed.inbox.descriptor, .readable, token: inboxToken)
        return poller
    }

    init(_ seed: LoopSeed, poller: consuming Poller) {
        self.seed = seed
        self.poller = poller
        configuration = seed.configuration
        application = configuration.makeApplication?()
        observes = application?.observes ?? false
        context = ServerContext(
            transports: seed.transports, settings: configuration.boundedSettings,
            log: EventLog(limits: configuration.logLimits))
        counters = ServerCounters(techniques: seed.transports.count)
        let codings = StreamCoding.allCases.count
        streams = Array(repeating: SharedStream(), count: seed.transports.count * codings)
        nextHeartbeat = Array(repeating: .distantFuture, count: streams.count)
        parked = Array(repeating: [], count: seed.transports.count)
        answers = Array(repeating: nil, count: seed.transports.count)
        observed = Array(repeating: [], count: observes ? streams.count : 0)
        if observes {
            context.output = .recordingRuns()
            scratch = .recordingRuns()
        }
        listeners = seed.doors.map(\.descriptor)
    }

    /// Runs until it is told to stop and every conversation has ended.
    mutating func run() throws(SystemError) -> ServerCounters {
        while true {
            freeSince = MonotonicClock.now()
            let ready = try poller.wait(until: nextMoment())
            tick()
            for index in 0..<ready {
                let (token, readiness) = poller[index]
                switch token {
                case Self.inboxToken: for command in seed.inbox.drain() { obey(command) }
                case 0..<UInt64(listeners.count): accept(through: Int(token))
                default: peerIsReady(SlabKey(token: token), readiness)
                }
            }
            fireTimers()
            publishWhatIsDue()
            beatHearts()
            flush()
            if let application, application.deadline <= context.now {
                withApplication { $0.advance(&$1) }
            }
            layDownCounters()
            if isStopping, peers.isEmpty || context.now >= stopBy { break }
        }
        for descriptor in listeners { _ = Socket(adopting: descriptor) }
        seed.board.set(counters, of: seed.index)
        return counters
    }

    /// Reads the clock once a turn. Whatever a turn changes, it changes at this moment: so many
    /// polls as wait now have waited since the last turn.
    private mutating func tick() {
        let before = context.now
        context.now = MonotonicClock.now()
        let elapsed = context.now.nanoseconds(since: before)
        for technique in parked.indices where !parked[technique].isEmpty {
            counters.techniques[technique].parkedNanoseconds &+=
                Int64(parked[technique].count) &* elapsed
        }
        let second = MonotonicClock.wall()
        guard second != dateSecond else { return }
        dateSecond = second
        context.date = HTTPDate.bytes(secondsSince1970: second)
    }

    /// When the loop must wake even if nothing comes.
    private func nextMoment() -> Instant {
        var moment = min(timers.next ?? .distantFuture, publisher?.nextDue ?? .distantFuture)
        // A client that was answered in the walk may have published by what it sent behind.
        guard flushed == context.log.newest else { return context.now }
        if let application { moment = min(moment, application.deadline) }
        if boardIsStale { moment = min(moment, nextBoard) }
        for beat in nextHeartbeat { moment = min(moment, beat) }
        return min(moment, min(listenAgainAt, stopBy))
    }

    // MARK: - Connections

    private mutating func peerIsReady(_ key: SlabKey, _ readiness: Readiness) {
        guard let slot = peers.slot(of: key) else { return }
        if readiness.writable, !sendOutput(at: slot) { return }
        if readiness.readable || readiness.hungUp || readiness.failed { read(from: slot) }
    }

    private mutating func read(from slot: Int) {
        let descriptor = peers[slot].socket.descriptor
        do throws(SystemError) {
            guard let count = try fillBuffer(from: descriptor) else { return }
            guard count > 0 else { return peerHasClosed(at: slot) }
            counters.receivedBytes += count
            if case .closing = peers[slot].role {
                return countReceive(of: Int(peers[slot].technique))
            }
            context.output.removeAll()
            // Out of `self` for the moment, so that the connection may change what is left of it.
            let bytes = buffer
            let step = peers[slot].connection.receive(bytes.span.extracting(0..<count), &context)
            if observes { observeInput(bytes[..<count], step, at: slot) }
            switch step {
            case .poll(let technique, _), .subscribe(let technique, _): countReceive(of: technique)
            default: countReceive(of: Int(peers[slot].technique))
            }
            take(step, at: slot)
        } catch {
            remove(slot, DisconnectReason(error))
        }
    }

    private mutating func countReceive(of technique: Int) {
        if technique >= 0 { counters.techniques[technique].receives += 1 }
    }

    private mutating func fillBuffer(from descriptor: Int32) throws(SystemError) -> Int? {
        var room = buffer.mutableSpan
        return try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receive(descriptor, into: bytes)
        }
    }

    /// The client has ended its half, and everything that it sent was read: closing resets nothing.
    /// Its end is only read when all output has left, so that nothing that it asked for is owed but
    /// an event's number. To who leaves while waiting for events, no event is owed.
    private mutating func peerHasClosed(at slot: Int) {
        switch peers[slot].role {
        case .closing(let reason): remove(slot, reason)
        case .requesting, .parked, .subscribed, .catchingUp: remove(slot, .finished)
        case .publishing:
            poller.modify(
                peers[slot].socket.descriptor, [], token: peers.key(at: slot).token,
                ignoringEnd: true)
        }
    }

    /// Forgets a connection, wherever it stood.
    mutating func remove(_ slot: Int, _ reason: DisconnectReason) {
        noteLoss(of: slot, reason)
        withdraw(slot)
        if application != nil { tellLost(slot, reason) }
        if reason == .slowReader { countSlowReader(slot) }
        setTechnique(-1, at: slot)
        counters.disconnects[reason, default: 0] += 1
        counters.connections -= 1
        leavePlace(of: slot)
        privateBytes -= peers[slot].output.count
        // Closing the last descriptor of a socket takes it out of the poller too.
        let key = peers.key(at: slot)
        _ = peers.remove(key)
    }

    /// Takes a connection out of the array that it stands in.
    mutating func withdraw(_ slot: Int) {
        if application != nil { tellEnded(slot) }
        switch peers[slot].role {
        case .parked(let index):
            let technique = Int(peers[slot].technique)
            let last = parked[technique].removeLast()
            if index < parked[technique].count {
                parked[technique][index] = last
                peers[Int(last.slot)].role = .parked(index: index)
            }
        case .subscribed(let stream, let index):
            if let moved = streams[stream].unsubscribe(index) {
                peers[Int(moved)].role = .subscribed(stream: stream, index: index)
            }
        case .requesting, .publishing, .closing, .catchingUp:
            break
        }
        peers[slot].role = .requesting
    }

    /// Counts the connection with the technique that it speaks now.
    mutating func setTechnique(_ technique: Int16, at slot: Int) {
        let before = peers[slot].technique
        guard before != technique else { return }
        if before >= 0 { counters.techniques[Int(before)].connections -= 1 }
        if technique >= 0 { counters.techniques[Int(technique)].connections += 1 }
        peers[slot].technique = technique
    }

    // MARK: - Time

    /// Sets when the connection must have done something. A timer that is armed for a later moment
    /// is left to fire and looked at then, so that a connection has one timer however often its
    /// deadline moves.
    mutating func setDeadline(_ deadline: Instant, at slot: Int) {
        peers[slot].deadline = deadline
        guard deadline < peers[slot].timer else { return }
        peers[slot].timer = deadline
        timers.schedule(peers.key(at: slot).token, at: deadline)
    }

    private mutating func fireTimers() {
        while let token = timers.popDue(now: context.now) {
            guard let slot = peers.slot(of: SlabKey(token: token)) else { continue }
            guard peers[slot].timer <= context.now else { continue }
            peers[slot].timer = .distantFuture
            let deadline = peers[slot].deadline
            if deadline <= context.now {
                deadlineReached(at: slot)
            } else if deadline < .distantFuture {
                setDeadline(deadline, at: slot)
            }
        }
        if listenAgainAt <= context.now { listenAgain() }
    }

    private mutating func deadlineReached(at slot: Int) {
        peers[slot].deadline = .distantFuture
        switch peers[slot].role {
        case .requesting where peers[slot].hasOutput:
            remove(slot, .slowReader)
        case .requesting where peers[slot].connection.isMidRequest:
            context.output.removeAll()
            let step = peers[slot].connection.timeOut(&context)
            take(step, at: slot)
        case .requesting:
            close(slot, .timeout)
        case .parked:
            answerPoll(at: slot)
        case .subscribed(let stream, _) where peers[slot].awaitsWritable:
            endStream(stream, at: slot, .slowReader)
        case .catchingUp:
            close(slot, .slowReader)
        case .subscribed, .publishing:
            break
        case .closing(let reason):
            remove(slot, reason)
        }
    }

    private mutating func listenAgain() {
        listenAgainAt = .distantFuture
        guard !listening, !isStopping else { return }
        listening = true
        for (index, descriptor) in listeners.enumerated() {
            try? poller.add(descriptor, .readable, token: UInt64(index))
        }
    }
}
