import Link
import Measurement
import Reactor
import Transports
import Wire

/// What a worker keeps of what its clients got.
extension Worker {
    /// Announced losses count up to here: somebody else's server may announce any number, and those
    /// of all workers are added up.
    private static let announcementLimit: UInt64 = 1 << 48

    /// Takes over what the session made of its last input.
    mutating func recordInput(of slot: Int) {
        recorder.totals.requests += takeRequests()
        if context.answers > 0 {
            recorder.totals.answers += context.answers
            recorder.totals.emptyAnswers += context.emptyAnswers
            context.answers = 0
            context.emptyAnswers = 0
        }
        if context.announcedLost > 0 {
            let announced = Int(min(context.announcedLost, Self.announcementLimit))
            recorder.announcedLost = min(
                recorder.announcedLost + announced, Int(Self.announcementLimit))
            context.announcedLost = 0
        }
        guard let cursor = context.cursor else { return }
        if !clients[slot].isReady { welcome(slot, cursor) }
        let now = context.now.nanoseconds
        for event in context.events { record(event, of: slot, now: now) }
        if stamp != 0 { recordReceiveDelay() }
        if seed.observesGaps { recordMoment(of: slot) }
        if slot == observedSlot { observeDeliveries(now) }
        if !clients[slot].isCaughtUp, clients[slot].audit.highest >= lastID {
            clients[slot].isCaughtUp = true
            caughtUp += 1
        }
    }

    private mutating func record(_ event: DeliveredEvent, of slot: Int, now: Int64) {
        recorder.totals.events += 1
        let due = event.intendedTime.nanoseconds
        let isMeasured = due >= windowStart && due < windowEnd
        switch clients[slot].audit.take(event.id) {
        case .new: break
        case .late: recorder.reordered += isMeasured ? 1 : 0
        case .duplicate:
            recorder.duplicate += isMeasured ? 1 : 0
            return
        }
        guard isMeasured else { return }
        recorder.received += 1
        recorder.latency.record(now - due)
        recorder.samples.append(id: event.id, latency: now - due)
    }

    /// How long the bytes lay in the kernel before they were read. The stamp is that of the last
    /// segment, so that it is an event's only where there was just one.
    private mutating func recordReceiveDelay() {
        let arrived = wallClock.moment(wallNanoseconds: stamp)
        stamp = 0
        guard context.events.count == 1, isInWindow(context.now) else { return }
        recorder.receiveDelay.record(context.now.nanoseconds(since: arrived))
    }

    /// Takes the moment if it brought events.
    private mutating func recordMoment(of slot: Int) {
        let now = context.now
        guard !context.events.isEmpty, isInWindow(now) else { return }
        recorder.gaps.take(now, events: context.events.count, after: &clients[slot].lastDelivery)
    }

    /// Keeps the deliveries that the observed client just had.
    private mutating func observeDeliveries(_ now: Int64) {
        for event in context.events where isInWindow(event.intendedTime) {
            recorder.observed.take(
                event.id, due: event.intendedTime, delivered: Instant(nanoseconds: now))
        }
        if recorder.observed.isFull { observedSlot = nil }
    }

    private func isInWindow(_ moment: Instant) -> Bool {
        moment.nanoseconds >= windowStart && moment.nanoseconds < windowEnd
    }

    private mutating func welcome(_ slot: Int, _ cursor: UInt64) {
        subscribed(slot, at: context.events.first.map { $0.id - 1 } ?? cursor)
        recorder.firstEvent.record(context.now.nanoseconds(since: clients[slot].connectStarted))
    }

    /// The client gets what comes after the event `cursor`.
    mutating func subscribed(_ slot: Int, at cursor: UInt64) {
        clients[slot].isReady = true
        ready += 1
        clients[slot].audit.begin(at: cursor)
    }

    /// The requests that sessions wrote since this was last asked.
    mutating func takeRequests() -> Int {
        defer { context.requests = 0 }
        return context.requests
    }

    /// Takes the totals as the window begins and ends.
    mutating func watchWindow(_ now: Instant) {
        if recorder.atWindowStart == nil, now.nanoseconds >= windowStart {
            recorder.atWindowStart = totalsNow()
        }
        if recorder.atWindowEnd == nil, now.nanoseconds >= windowEnd {
            recorder.atWindowEnd = totalsNow()
        }
    }

    /// The totals of this moment, with the thread's processor time.
    func totalsNow() -> Recorder.Totals {
        var totals = recorder.totals
        totals.down = context.received
        totals.wire += openWire()
        totals.cpuNanoseconds = ProcessUsage.threadCPUNanoseconds()
        return totals
    }
}
