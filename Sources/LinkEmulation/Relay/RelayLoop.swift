import Link
import Reactor

/// The thread of a relay: reads what comes, keeps it for as long as the link would take, and sends
/// it on.
///
/// A turn: wait until something is ready or due; read the clock; take commands, connections and
/// bytes; let everything arrive that is due; lay the counters down. Whatever concerns one connection
/// ends in `pump`, which brings its sockets to what the connection says at this moment.
struct RelayLoop: ~Copyable {
    typealias Side = RelayedConnection.Side

    /// Smaller tokens than any connection's: the doors in their order, then the inbox.
    private static let inboxToken: UInt64 = 1 << 16
    /// Set in the tokens of servers' sockets; a slab's generations do not come near it.
    private static let serverBit: UInt64 = 1 << 63
    /// How often the counters are laid down while something changes.
    private static let boardInterval = Duration.milliseconds(50)
    /// How long the doors stay shut when no descriptors are left, instead of spinning on them.
    private static let acceptPause = Duration.milliseconds(100)

    private let inbox: Inbox<RelayCommand>
    private let board: RelayBoard
    private let server: SocketAddress
    private let connectionLimit: Int
    private var seeds: SeededGenerator
    private var poller: Poller
    private var timers = TimerQueue()
    private var peers = Slab<RelayPeer>()
    private var doors: [RelayDoor]
    /// Everything is read into this one buffer. 64 KiB takes what a socket usually holds.
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var now = MonotonicClock.now()
    private var isListening = true
    private var listenAgainAt = Instant.distantFuture
    private var nextBoard = Instant.distantPast
    /// Whether something was done since the counters were laid down.
    private var boardIsStale = true
    private var isStopped = false

    /// A loop that watches its doors and its inbox, on the thread that will run it.
    static func make(
        _ plan: RelayPlan, inbox: Inbox<RelayCommand>, board: RelayBoard
    ) throws(SystemError) -> RelayLoop {
        let poller = try Poller()
        for (index, listener) in plan.listeners.enumerated() {
            try poller.add(listener, .readable, token: UInt64(index))
        }
        try poller.add(inbox.descriptor, .readable, token: inboxToken)
        return RelayLoop(plan, inbox: inbox, board: board, poller: poller)
    }

    private init(
        _ plan: RelayPlan, inbox: Inbox<RelayCommand>, board: RelayBoard, poller: consuming Poller
    ) {
        self.inbox = inbox
        self.board = board
        self.poller = poller
        server = plan.server
        connectionLimit = plan.connectionLimit
        seeds = SeededGenerator(seed: plan.seed)
        doors = plan.listeners.map { RelayDoor(listener: $0, profile: plan.profile) }
    }

    /// Relays until told to stop, and closes everything.
    mutating func run() {
        do throws(SystemError) {
            while !isStopped {
                try turn()
            }
        } catch {
            board.fail("\(error)")
        }
        forEachPeer(of: nil) { loop, slot in loop.remove(slot, reset: true) }
        for door in doors { _ = Socket(adopting: door.listener) }
        layDownCounters()
    }

    private mutating func turn() throws(SystemError) {
        let moment = min(timers.next ?? .distantFuture, listenAgainAt)
        let count = try poller.wait(until: boardIsStale ? min(moment, nextBoard) : moment)
        now = MonotonicClock.now()
        for index in 0..<count {
            let (token, readiness) = poller[index]
            switch token {
            case Self.inboxToken: for command in inbox.drain() { obey(command) }
            case 0..<UInt64(doors.count): accept(through: Int(token))
            case Self.serverBit...:
                isReady(.server, SlabKey(token: token & ~Self.serverBit), readiness)
            default: isReady(.client, SlabKey(token: token), readiness)
            }
        }
        while let token = timers.popDue(now: now) {
            guard let slot = peers.slot(of: SlabKey(token: token)), peers[slot].timer <= now else {
                continue
            }
            peers[slot].timer = .distantFuture
            pump(slot)
        }
        if listenAgainAt <= now { listenAgain() }
        if boardIsStale, nextBoard <= now { layDownCounters() }
    }

    private mutating func layDownCounters() {
        boardIsStale = false
        nextBoard = now + Self.boardInterval
        var counts = doors.map(\.counts)
        var slot = peers.nextOccupied(after: -1)
        while let current = slot {
            let door = peers[current].door
            counts[door].connections += 1
            counts[door].heldUpBytes += peers[current].connection.up.heldBytes
            counts[door].heldDownBytes += peers[current].connection.down.heldBytes
            slot = peers.nextOccupied(after: current)
        }
        board.set(counts)
    }

    // Commands.

    private mutating func obey(_ command: RelayCommand) {
        boardIsStale = true
        switch command {
        case .stop: isStopped = true
        case .change(let change, let door):
            for index in doors.indices where door == nil || door == index {
                var altered = doors[index]
                altered.alter(by: change, at: now)
                doors[index] = altered
                apply(change, toDoor: index)
            }
        }
    }

    private mutating func apply(_ change: RelayCommand.Change, toDoor index: Int) {
        let door = doors[index]
        forEachPeer(of: index) { loop, slot in
            switch change {
            case .set(let profile): loop.peers[slot].connection.set(profile, at: loop.now)
            case .cut, .blackhole:
                loop.peers[slot].connection.plug(at: door.pluggedAt, now: loop.now)
            case .freeze(let isOn): loop.peers[slot].connection.down.isFrozen = isOn
            case .reset: return loop.remove(slot, reset: true)
            }
            loop.pump(slot)
        }
    }

    private mutating func forEachPeer(
        of door: Int?, _ body: (inout RelayLoop, Int) -> Void
    ) {
        var slot = peers.nextOccupied(after: -1)
        while let current = slot {
            if door == nil || peers[current].door == door { body(&self, current) }
            slot = peers.nextOccupied(after: current)
        }
    }

    // Connections.

    private mutating func accept(through index: Int) {
        let listener = Socket(adopting: doors[index].listener)
        do throws(SystemError) {
            while let socket = try listener.accept() {
                boardIsStale = true
                guard peers.count < connectionLimit else {
                    doors[index].counts.refused += 1
                    continue
                }
                admit(socket, through: index)
            }
        } catch {
            // No descriptors left, or no memory: who is there goes on, others wait in the kernel.
            pauseListening()
        }
        _ = listener.release()
    }

    private mutating func pauseListening() {
        listenAgainAt = now + Self.acceptPause
        guard isListening else { return }
        isListening = false
        for door in doors { poller.remove(door.listener) }
    }

    private mutating func listenAgain() {
        listenAgainAt = .distantFuture
        guard !isListening else { return }
        isListening = true
        for (index, door) in doors.enumerated() {
            try? poller.add(door.listener, .readable, token: UInt64(index))
        }
    }

    private mutating func admit(_ socket: consuming Socket, through index: Int) {
        let door = doors[index]
        var connection = RelayedConnection(
            door.profile, seed: seeds.next(), pluggedAt: door.pluggedAt, at: now)
        connection.down.isFrozen = door.isFrozen
        let key = peers.insert(RelayPeer(door: index, client: socket, connection: connection))
        doors[index].counts.accepted += 1
        pump(Int(key.slot))
    }

    private mutating func dial(_ slot: Int) {
        peers[slot].connection.dialled(at: now)
        do throws(SystemError) {
            peers[slot].server = try Socket.connect(to: server)
        } catch {
            lose(.server, slot)
        }
    }

    private mutating func remove(_ slot: Int, reset: Bool) {
        boardIsStale = true
        if reset { peers[slot].resetWhenClosed() }
        // Closing a socket takes it out of the poller too.
        let key = peers.key(at: slot)
        _ = peers.remove(key)
    }

    private mutating func lose(_ side: Side, _ slot: Int) {
        peers[slot][watch: side].isLost = true
        peers[slot].connection.lose(side, at: now)
    }

    // Bytes.

    private mutating func isReady(_ side: Side, _ key: SlabKey, _ readiness: Readiness) {
        guard let slot = peers.slot(of: key), !peers[slot][watch: side].isLost else { return }
        boardIsStale = true
        if readiness.writable { peers[slot][watch: side].isBlocked = false }
        if !peers[slot][watch: side].stands {
            comesToStand(slot)
        } else if peers[slot][from: side].room > 0 {
            if readiness.readable || readiness.hungUp || readiness.failed { read(side, slot) }
        } else if readiness.failed {
            lose(side, slot)
        }
        pump(slot)
    }

    /// The server has taken the connection, or not.
    private mutating func comesToStand(_ slot: Int) {
        let error = peers[slot].server?.pendingError()
        peers[slot].serverWatch.stands = true
        if error != nil { lose(.server, slot) }
    }

    private mutating func read(_ side: Side, _ slot: Int) {
        guard let descriptor = peers[slot].descriptor(side) else { return }
        let room = min(buffer.count, peers[slot][from: side].room)
        do throws(SystemError) {
            guard let count = try fill(upTo: room, from: descriptor) else { return }
            if count > 0 {
                let bytes = Array(buffer[..<count])
                peers[slot][from: side].put(bytes, at: now)
            } else {
                peers[slot][from: side].putEnd(.finished, at: now)
            }
        } catch {
            lose(side, slot)
        }
    }

    private mutating func fill(upTo room: Int, from descriptor: Int32) throws(SystemError) -> Int? {
        var span = buffer.mutableSpan
        return try span.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receive(
                descriptor, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<room]))
        }
    }

    /// Brings a connection's sockets to what it says at this moment.
    private mutating func pump(_ slot: Int) {
        peers[slot].connection.advance(to: now)
        if peers[slot].connection.dialAt <= now { dial(slot) }
        guard send(from: .client, to: .server, slot), send(from: .server, to: .client, slot) else {
            return remove(slot, reset: true)
        }
        guard !peers[slot].connection.isOver else { return remove(slot, reset: false) }
        guard watch(.client, slot), watch(.server, slot) else { return remove(slot, reset: true) }
        let moment = peers[slot].connection.next(after: now)
        guard moment < peers[slot].timer else { return }
        peers[slot].timer = moment
        timers.schedule(peers.key(at: slot).token, at: moment)
    }

    /// Sends what one side has said and the other may hear; false when it shall hear a reset.
    private mutating func send(from side: Side, to other: Side, _ slot: Int) -> Bool {
        while canSend(to: other, slot), let sent = sendOnce(from: side, to: other, slot) {
            peers[slot][from: side].sent(sent)
            let door = peers[slot].door
            switch other {
            case .server: doors[door].counts.bytesUp += sent
            case .client: doors[door].counts.bytesDown += sent
            }
            boardIsStale = true
        }
        // A reset arrives whether or not the other side takes bytes.
        switch peers[slot][from: side].takeEnd(at: now, canFinish: canSend(to: other, slot)) {
        case .none: break
        case .finished:
            finish(other, slot)
        case .reset:
            return false
        }
        return true
    }

    private func canSend(to side: Side, _ slot: Int) -> Bool {
        let watch = peers[slot][watch: side]
        return watch.stands && !watch.isBlocked && !watch.isLost
    }

    /// Sends what the kernel takes of a direction's output; nil when there is none, or it takes none.
    private mutating func sendOnce(from side: Side, to other: Side, _ slot: Int) -> Int? {
        let output = peers[slot][from: side].output(at: now)
        guard !output.isEmpty, let descriptor = peers[slot].descriptor(other) else { return nil }
        do throws(SystemError) {
            let sent = try output.span.withUnsafeBytes { (raw) throws(SystemError) in
                try Socket.send(descriptor, raw)
            }
            if sent ?? 0 < output.count { peers[slot][watch: other].isBlocked = true }
            return sent
        } catch {
            lose(other, slot)
            return nil
        }
    }

    private mutating func finish(_ side: Side, _ slot: Int) {
        switch side {
        case .client: peers[slot].client.shutdownWriting()
        case .server: peers[slot].server?.shutdownWriting()
        }
        peers[slot][watch: side].hasShutDown = true
    }

    /// Tells the poller what to look for on a side; false when it takes no more.
    private mutating func watch(_ side: Side, _ slot: Int) -> Bool {
        guard let descriptor = peers[slot].descriptor(side) else { return true }
        let before = peers[slot][watch: side].interest
        let isReading = before?.contains(.readable) ?? false
        let wanted = peers[slot][watch: side].wanted(
            reading: peers[slot][from: side].takes(isReading: isReading))
        guard wanted != before else { return true }
        peers[slot][watch: side].interest = wanted
        let bit = side == .server ? Self.serverBit : 0
        let token = peers.key(at: slot).token | bit
        guard let wanted else {
            poller.remove(descriptor)
            return true
        }
        if before == nil {
            guard (try? poller.add(descriptor, wanted, token: token)) != nil else { return false }
            if wanted.contains(.readable) { return true }
        }
        // Who is not read is not asked for its end either: it would be told in every turn.
        poller.modify(
            descriptor, wanted, token: token, ignoringEnd: !wanted.contains(.readable))
        return true
    }
}
