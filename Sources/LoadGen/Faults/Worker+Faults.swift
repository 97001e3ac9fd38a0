import Link
import Measurement
import Reactor
import Transports

/// A worker's part in a fault: doing to its connections what it is told to, giving up those that are
/// silent, and keeping who noticed and recovered when.
extension Worker {
    /// Set in the tokens of the timers that watch for silence; a slab's generations do not come near
    /// it.
    static let silenceBit: UInt64 = 1 << 61

    /// How far a fault is.
    struct FaultState {
        /// When it began; nil before.
        var start: Instant?
        /// When it ended, and the newest event that was published until then.
        var end: (at: Instant, lastID: UInt64)?
        /// Whether nobody reads.
        var isStalled = false
        /// Whether nothing that is on an emulated link arrives.
        var isCut = false
    }

    mutating func obey(_ command: FaultCommand) {
        watchClients()
        switch command {
        case .begin(let kind, let moment):
            fault.start = moment
            switch kind {
            case .blackhole: fault.isCut = seed.cutsLinks
            case .stall: fault.isStalled = true
            case .reset: resetAll()
            case .freezeServer: break
            }
        case .end(let moment, let lastID):
            fault.end = (moment, lastID)
            mendLinks()
            readAgain()
        }
    }

    /// Begins to keep what a fault makes worth knowing of each client.
    mutating func watchClients() {
        guard watches.isEmpty else { return }
        watches = Array(repeating: FaultWatch(), count: seed.clients.count)
    }

    // MARK: - Doing it

    /// Resets every connection, as if the network had done it.
    private mutating func resetAll() {
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            guard clients[slot].socket != nil else { continue }
            clients[slot].socket?.setLinger(reset: true)
            broke(slot)
        }
    }

    /// A client that does not read has something to read: it is not looked at any more, since that
    /// would be told in every turn.
    mutating func leaveUnread(_ descriptor: Int32, of slot: Int) {
        poller.remove(descriptor)
        clients[slot].isUnwatched = true
    }

    /// Ends a stall: everybody reads what has come meanwhile.
    mutating func readAgain() {
        guard fault.isStalled else { return }
        fault.isStalled = false
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            // Who slept does not take its own sleep for the server's silence.
            noteSign(of: slot)
            // Where that is refused, what was missed only takes longer.
            try? clients[slot].socket?.liftReceiveBuffer(to: FaultPlan.usualReceiveBuffer)
            guard clients[slot].isUnwatched, let descriptor = clients[slot].descriptor else {
                continue
            }
            clients[slot].isUnwatched = false
            do throws(SystemError) {
                try poller.add(
                    descriptor, clients[slot].output.isEmpty ? .readable : [.readable, .writable],
                    token: clients.key(at: slot).token)
            } catch {
                broke(slot)
            }
        }
    }

    /// Ends a cut of the emulated links: what was under way arrives.
    private mutating func mendLinks() {
        guard fault.isCut else { return }
        fault.isCut = false
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            if case .opening = clients[slot].state {
                setDeadline(links[slot].open(at: context.now), at: slot)
            }
            armLink(slot)
        }
    }

    // MARK: - Silence

    /// The client waits for a sign of life from now on.
    mutating func awaitSign(_ slot: Int) {
        noteSign(of: slot)
        guard seed.silence != nil, watches[slot].timer == .distantFuture else { return }
        armSilence(slot)
    }

    /// The client has heard something, or asked for something.
    mutating func noteSign(of slot: Int) {
        guard !watches.isEmpty else { return }
        watches[slot].lastSign = context.now
    }

    private mutating func armSilence(_ slot: Int) {
        guard let rule = seed.silence else { return }
        let isConnected =
            switch clients[slot].state {
            case .waiting, .connecting, .opening: false
            case .open: true
            }
        let moment = rule.deadline(
            lastSign: watches[slot].lastSign, isConnected: isConnected,
            owedFrom: isConnected ? clients[slot].session.deadline : .distantFuture)
        watches[slot].timer = moment
        timers.schedule(clients.key(at: slot).token | Self.silenceBit, at: moment)
    }

    /// The client may have heard nothing for too long.
    mutating func silenceIsDue(_ key: SlabKey, now: Instant) {
        guard let slot = clients.slot(of: key), watches[slot].timer <= now else { return }
        watches[slot].timer = .distantFuture
        context.now = now
        // Between two connections there is nothing to give up; the next one is watched again.
        if case .waiting = clients[slot].state { return }
        if fault.isStalled { noteSign(of: slot) }
        armSilence(slot)
        guard watches[slot].timer <= now else { return }
        watches[slot].timer = .distantFuture
        broke(slot)
    }

    // MARK: - Keeping it

    /// The client has lost its connection, or given it up.
    mutating func noteLoss(of slot: Int) {
        guard let start = fault.start, !watches[slot].hasNoticed, !watches[slot].hasRecovered
        else { return }
        watches[slot].hasNoticed = true
        recorder.fault.noticed.append(max(0, context.now.nanoseconds(since: start)))
    }

    /// The client has heard something: it has recovered if that leaves nothing to be wished for.
    mutating func lookForRecovery(of slot: Int) {
        guard let end = fault.end, !watches[slot].hasRecovered,
            clients[slot].audit.highest >= end.lastID, clients[slot].audit.missing == 0
        else { return }
        watches[slot].hasRecovered = true
        recorder.fault.recovered.append(max(0, context.now.nanoseconds(since: end.at)))
    }
}
