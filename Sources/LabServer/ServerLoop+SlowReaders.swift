import Link
import Measurement
import Reactor
import Transports
import Wire

/// What a loop does for clients that take their bytes slowly, and how much it holds for them.
///
/// Three bounds hold whatever clients do. What a stream's subscribers have in common is held once, and
/// back to whoever is `backlogLimit` behind at most. What is one client's alone is written in pieces,
/// the next when the last has left. And all of it together stays under
/// `totalBacklogLimit`. Who takes nothing at all for the idle timeout is given up besides.
extension ServerLoop {
    /// Keeps what the socket did not take; false when the connection is gone, because with that the
    /// loop would hold more than it may.
    mutating func hold(_ bytes: ArraySlice<UInt8>, for slot: Int) -> Bool {
        guard privateBytes + bytes.count <= configuration.totalBacklogLimit else {
            remove(slot, .slowReader)
            return false
        }
        privateBytes += bytes.count
        peers[slot].output.append(contentsOf: bytes)
        let waiting = peers[slot].output.count - peers[slot].outputSent
        if !peers[slot].isGathering { noteBacklog(waiting, of: Int(peers[slot].technique)) }
        return true
    }

    /// Asks to be told when the connection's socket takes more; until then its stream waits, so that
    /// nothing overtakes its own output. While there is such output, nothing more is read from the
    /// client, not even its end, since answers to that would only join the queue.
    mutating func awaitWritable(_ slot: Int) {
        if case .subscribed(let stream, let index) = peers[slot].role {
            streams[stream].block(index)
        }
        let hasOutput = peers[slot].hasOutput
        // Only what a client takes postpones its end, not what comes for it meanwhile.
        if !peers[slot].awaitsWritable { postponeGivingUp(slot) }
        guard !peers[slot].awaitsWritable || hasOutput else { return }
        peers[slot].awaitsWritable = true
        poller.modify(
            peers[slot].socket.descriptor, hasOutput ? .writable : [.readable, .writable],
            token: peers.key(at: slot).token, ignoringEnd: hasOutput)
    }

    /// The socket takes more: sends what waits; false when the connection is gone.
    mutating func sendOutput(at slot: Int) -> Bool {
        if peers[slot].hasOutput {
            do throws(SystemError) {
                let descriptor = peers[slot].socket.descriptor
                let start = peers[slot].outputSent
                let sent =
                    try peers[slot].output.span.withUnsafeBytes { (raw) throws(SystemError) in
                        try Socket.send(
                            descriptor, UnsafeRawBufferPointer(rebasing: raw[start...]))
                    } ?? 0
                let technique = Int(peers[slot].technique)
                if technique >= 0 {
                    if sent > 0 { counters.techniques[technique].sends += 1 }
                    counters.techniques[technique].sentBytes += sent
                }
                peers[slot].outputSent += sent
            } catch {
                remove(slot, DisconnectReason(error))
                return false
            }
            guard !peers[slot].hasOutput else {
                awaitRequest(at: slot)
                postponeGivingUp(slot)
                return true
            }
            privateBytes -= peers[slot].output.count
            peers[slot].output = []
            peers[slot].outputSent = 0
        }
        let key = peers.key(at: slot)
        peers[slot].awaitsWritable = false
        poller.modify(peers[slot].socket.descriptor, .readable, token: key.token)
        switch peers[slot].role {
        case .subscribed(let stream, let index):
            streams[stream].unblock(index)
            peers[slot].deadline = .distantFuture
            return tellDrops(to: slot)
        case .catchingUp: catchUp(slot)
        case .closing: shutDown(slot)
        case .requesting: goOn(at: slot)
        case .parked, .publishing: break
        }
        return peers.contains(key)
    }

    /// A client on a stream has something to take: it is given up when it takes none of it for the
    /// idle timeout. The timer is the connection's only one and is armed when its socket is full, so
    /// that those who read cost nothing.
    private mutating func postponeGivingUp(_ slot: Int) {
        switch peers[slot].role {
        case .subscribed, .catchingUp:
            setDeadline(context.now + configuration.idleTimeout, at: slot)
        case .requesting, .parked, .publishing, .closing: break
        }
    }

    // MARK: - Catching up

    /// Writes a connection that is on its way to a stream what it misses, piece by piece for as long
    /// as its socket takes them, and puts it on the stream when it misses nothing.
    mutating func catchUp(_ slot: Int) {
        while case .catchingUp(let stream, let cursor) = peers[slot].role {
            guard cursor < context.log.newest else { return join(stream, at: slot) }
            guard !peers[slot].hasOutput else { return }
            let (technique, coding) = identity(of: stream)
            context.output.removeAll()
            let lost = context.continueReplay(after: cursor, of: technique, coding: coding)
            if lost > 0 {
                // The log has overtaken it.
                guard configuration.slowReaderPolicy == .drop else {
                    return close(slot, .slowReader)
                }
                counters.techniques[stream / StreamCoding.allCases.count].dropped += Int(lost)
            }
            peers[slot].role = .catchingUp(stream: stream, cursor: context.replayed)
            guard
                send(
                    context.output.bytes, runs: context.output.runs, events: replayedEvents,
                    to: slot)
            else { return }
        }
    }

    private mutating func join(_ stream: Int, at slot: Int) {
        let index = streams[stream].subscribe(
            descriptor: peers[slot].socket.descriptor, slot: UInt32(slot),
            isBlocked: peers[slot].hasOutput, recycleAfter: configuration.responseLimit)
        peers[slot].role = .subscribed(stream: stream, index: index)
        if !peers[slot].hasOutput { peers[slot].deadline = .distantFuture }
        if streams[stream].subscribers.count == 1 { postponeHeartbeat(of: stream) }
        if application != nil { tellBegan(slot) }
    }

    // MARK: - The policy

    /// Lets go of what a slow reader has not taken, and tells it in-band how much that was as soon as
    /// it takes anything; until then further drops are added to that.
    mutating func skipBacklog(of slot: Int, on stream: Int) {
        guard case .subscribed(_, let index) = peers[slot].role else { return }
        let position = streams[stream].subscribers[index].position
        let rest = Array(streams[stream].restOfMessage(at: position))
        let lost = streams[stream].eventsAfter(position + rest.count)
        streams[stream].move(index, to: streams[stream].end)
        counters.techniques[stream / StreamCoding.allCases.count].dropped += lost
        peers[slot].untold += UInt32(clamping: lost)
        guard send(rest, to: slot) else { return }
        awaitWritable(slot)
    }

    /// Tells a subscriber how many events were dropped for it, before it gets the next; false when
    /// the connection is gone.
    private mutating func tellDrops(to slot: Int) -> Bool {
        guard peers[slot].untold > 0, case .subscribed(let stream, let index) = peers[slot].role
        else { return true }
        let position = streams[stream].subscribers[index].position
        let cursor = context.log.newest - UInt64(streams[stream].eventsAfter(position))
        let (technique, coding) = identity(of: stream)
        scratch.removeAll()
        technique.write(
            .position(cursor: cursor, lost: UInt64(peers[slot].untold)), coding: coding,
            into: &scratch)
        peers[slot].untold = 0
        return send(scratch.bytes, runs: scratch.runs, to: slot)
    }

    // MARK: - Counting

    /// Notes how far behind a client of the technique is, and how much is held for everybody.
    mutating func noteBacklog(_ bytes: Int, of technique: Int) {
        if technique >= 0 {
            let peak = counters.techniques[technique].backlogPeakBytes
            counters.techniques[technique].backlogPeakBytes = max(peak, bytes)
        }
        counters.heldPeakBytes = max(counters.heldPeakBytes, heldBytes)
    }

    /// A connection ends because it did not read.
    mutating func countSlowReader(_ slot: Int) {
        let technique = Int(peers[slot].technique)
        if technique >= 0 { counters.techniques[technique].slowReaders += 1 }
    }

    /// What the loop holds because somebody has not taken it: each stream's bytes once, and what is a
    /// connection's alone.
    var heldBytes: Int {
        streams.reduce(privateBytes) { $0 + $1.heldBytes }
    }
}
