import Link
import Measurement
import Reactor
import Synchronization
import Transports
import Wire

/// How connections come to stand, break, and are made again.
extension Worker {
    /// Makes the clients and gives each the moment at which it connects.
    mutating func invite() {
        let start = MonotonicClock.now()
        var profile = seed.profile
        if seed.isLockstep { profile.pollInterval = Self.lockstepInterval }
        let prototype = seed.transport.makeClient(profile)
        let stride = max(1, seed.clients.count / max(seed.stampedClients, 1))
        if seed.silence != nil { watchClients() }
        for (index, number) in seed.clients.enumerated() {
            let isSampled = seed.stampedClients > 0 && index % stride == 0
            let key = clients.insert(
                LoadClient(
                    session: prototype,
                    isStamped: seed.link == nil && isSampled))
            if index == 0, seed.observesDeliveries { observedSlot = Int(key.slot) }
            if let link = seed.link {
                links.append(DelayedLink(link, seed: seed.seed &+ UInt64(number)))
            }
            let offset = Duration.nanoseconds(Int64(Double(index) / seed.connectRate * 1e9))
            setDeadline(start + offset, at: Int(key.slot))
        }
    }

    mutating func connect(_ slot: Int) {
        guard connecting < Self.connectingLimit else {
            return setDeadline(context.now + .milliseconds(1), at: slot)
        }
        clients[slot].connectStarted = context.now
        clients[slot].deadline = .distantFuture
        awaitSign(slot)
        do throws(SystemError) {
            let socket = try openSocket(from: source(of: slot))
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

    /// Where a client connects from, when the ordinary address has no ports left. Only this host's own
    /// network has as many addresses as one likes.
    private func source(of slot: Int) -> SocketAddress? {
        guard seed.clientsPerSource > 0, seed.server.isLoopback, !seed.server.isIPv6 else {
            return nil
        }
        let number = seed.clients.lowerBound + slot
        return .loopback(index: number / seed.clientsPerSource, port: 0)
    }

    /// Begins a connection, and lets go of one that departs when no descriptor is left.
    private mutating func openSocket(
        from source: SocketAddress?
    ) throws(SystemError) -> Socket {
        while true {
            do throws(SystemError) {
                return try Socket.connect(
                    to: seed.server, from: source,
                    receiveBuffer: fault.end == nil ? seed.receiveBuffer : nil)
            } catch {
                guard error.isDescriptorLimit, makeRoom() else { throw error }
            }
        }
    }

    mutating func couldNotConnect(_ slot: Int, _ error: SystemError) {
        failed += 1
        seed.status.failure.withLock { $0 = error }
        drop(slot, .lost, reconnectAt: context.now + Self.reconnectDelay)
    }

    /// The kernel has made the connection.
    mutating func stands(_ slot: Int) {
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

    mutating func connected(_ slot: Int) {
        clients[slot].state = .open
        if !clients[slot].isReady {
            recorder.connect.record(context.now.nanoseconds(since: clients[slot].connectStarted))
            recorder.firstRequests.append(context.now)
        }
        noteSign(of: slot)
        clients[slot].session.connected(&context)
        recorder.totals.requests += takeRequests()
        // Who hears nothing before the first event is subscribed once it has asked.
        if let cursor = context.cursor, !clients[slot].isReady { subscribed(slot, at: cursor) }
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
    mutating func drop(_ slot: Int, _ ending: Ending, reconnectAt moment: Instant) {
        if ending != .farewell { noteLoss(of: slot) }
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
        clients[slot].isUnwatched = false
        setDeadline(clients[slot].isFinished ? .distantFuture : moment, at: slot)
    }

    mutating func broke(_ slot: Int, _ ending: Ending = .lost) {
        recorder.reconnects += 1
        drop(slot, ending, reconnectAt: context.now + Self.reconnectDelay)
    }

    mutating func broke(
        _ slot: Int, over error: ProtocolError, _ ending: Ending = .farewell
    ) {
        recorder.brokenRules[error.rule, default: 0] += 1
        if !clients[slot].isReady { seed.status.brokenRule.withLock { $0 = error } }
        broke(slot, ending)
    }
}
