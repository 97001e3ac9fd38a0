import Link
import Reactor
import Transports
import Wire

/// The emulated links of the clients, where the plan asks for them: what a session writes waits for
/// the way to the server before it is sent, and what was read waits for the way back before the
/// session gets it. Without links none of this is called.
extension Worker {
    /// Set in the tokens of links' timers; a slab's generations do not come near it.
    static let linkBit: UInt64 = 1 << 62

    /// Puts what the session wrote on its way.
    mutating func putOnLink(from slot: Int) {
        links[slot].up.put(context.output.bytes, at: context.now)
        armLink(slot)
    }

    /// Puts on its way what was just received: `bytes`, or the end if there are none.
    mutating func putOnLink(_ bytes: [UInt8], for slot: Int) {
        if bytes.isEmpty {
            // An end is reported for ever; the session has to hear of it later only.
            if let descriptor = clients[slot].descriptor { poller.remove(descriptor) }
            links[slot].hasReadEnd = true
            links[slot].down.putEnd(at: context.now)
        } else {
            links[slot].down.put(bytes, at: context.now)
        }
        armLink(slot)
    }

    /// Something has arrived at either end of a client's link.
    mutating func linkIsDue(_ key: SlabKey, now: Instant) {
        guard let slot = clients.slot(of: key), links[slot].timer <= now else { return }
        links[slot].timer = .distantFuture
        guard clients[slot].state == .open, !fault.isCut else { return }
        context.startInput(now: now)
        while let bytes = links[slot].up.take(by: now) {
            clients[slot].output.append(contentsOf: bytes)
        }
        guard flush(slot) else { return }
        while clients[slot].state == .open, let bytes = links[slot].down.take(by: now) {
            // Latency is taken when the session gets the bytes, as it is behind a read.
            context.startInput(now: MonotonicClock.now())
            if bytes.isEmpty {
                peerHasClosed(slot)
            } else {
                take(bytes, bytes.count, for: slot)
            }
        }
        armLink(slot)
    }

    /// Sees to it that the link is looked at when the next piece arrives.
    mutating func armLink(_ slot: Int) {
        let moment = links[slot].next
        guard moment < links[slot].timer else { return }
        links[slot].timer = moment
        timers.schedule(clients.key(at: slot).token | Self.linkBit, at: moment)
    }

    /// Empties the link before its connection ends. A goodbye that is on its way goes at once: the
    /// measuring is not concerned with it. What the session will not hear any more is discarded.
    ///
    /// - Returns: whether the server's end was read, and the socket is not watched any more.
    mutating func clearLink(_ slot: Int, sendingRest: Bool) -> Bool {
        let rest = links[slot].up.clear()
        if sendingRest, !rest.isEmpty, let descriptor = clients[slot].descriptor {
            let sent =
                try? rest.span.withUnsafeBytes { (raw) throws(SystemError) in
                    try Socket.send(descriptor, raw)
                }
            if let sent {
                recorder.socketBytesUp += sent
                recorder.totals.sends += 1
            }
        }
        let unheard = links[slot].down.clear().count
        recorder.socketBytesDown -= unheard
        recorder.totals.discardedBytesDown += unheard
        defer { links[slot].hasReadEnd = false }
        return links[slot].hasReadEnd
    }
}
