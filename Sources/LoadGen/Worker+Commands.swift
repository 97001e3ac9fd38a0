import Link
import Reactor
import Transports

/// What a worker is told to do.
extension Worker {
    mutating func obey(_ command: WorkerCommand) {
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
        case .fault(let command):
            obey(command)
        case .finish:
            leave()
        }
    }

    /// Counts the clients that have had event `id`, now and as more of them get it.
    mutating func expect(_ id: UInt64) {
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
    mutating func poll() {
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
    func isAtRest(_ now: Instant) -> Bool {
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
        readAgain()
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
    mutating func giveUpConnecting() {
        leaveBy = .distantFuture
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            next = clients.nextOccupied(after: slot)
            guard case .connecting = clients[slot].state else { continue }
            drop(slot, .lost, reconnectAt: .distantFuture)
        }
    }
}
