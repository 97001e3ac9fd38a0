import Link
import Measurement
import Reactor

/// The fault in the measured window: when it begins, what does it, and when it is over.
extension LoadGenerator {
    /// Injects the plan's fault into the window that begins at `windowStart`, and waits for its end,
    /// which comes also when the user interrupts. `newestBefore` is the newest event before the
    /// schedule's first. What keeps the fault from being made or ended is thrown on, when it was ended
    /// as far as it can be.
    mutating func inject(
        _ fault: FaultPlan, from windowStart: Instant, newestBefore: UInt64,
        into server: inout some ServerControl & ~Copyable, _ outcome: inout Outcome
    ) throws {
        let windowEnd = windowStart + scenario.duration
        try pause(
            until: windowStart + fault.start, in: .measure, end: windowEnd, watching: &server)
        guard !isInterrupted() else { return }
        let start = MonotonicClock.now()
        var report: ConnectionReport?
        do {
            try begin(fault, at: start, &server)
            try pause(
                until: start + fault.length, in: .fault, end: start + fault.length,
                watching: &server)
            // A server that is stopped cannot be asked; what it holds then is only what it has sent
            // before.
            if fault.kind != .freezeServer { report = try server.connections(since: start) }
            try end(fault, &server)
        } catch {
            try? end(fault, &server)
            throw error
        }
        let end = MonotonicClock.now()
        // What was due is published, if not by a server that has only just woken up, then at once.
        let events = plans[0].events(from: .zero, to: end - outcome.start)
        post(.fault(.end(at: end, lastID: newestBefore + UInt64(events))))
        outcome.fault = FaultOutcome(start: start, end: end, atEnd: report)
    }

    private func begin(
        _ fault: FaultPlan, at moment: Instant, _ server: inout some ServerControl & ~Copyable
    ) throws {
        post(.fault(.begin(fault.kind, at: moment)))
        switch fault.kind {
        case .blackhole: try cutLink(true)
        case .freezeServer: try server.suspend()
        case .stall, .reset: break
        }
    }

    /// Ends what is not the clients' own doing, which end it when they are told the last event.
    private func end(
        _ fault: FaultPlan, _ server: inout some ServerControl & ~Copyable
    ) throws {
        switch fault.kind {
        case .blackhole: try cutLink(false)
        case .freezeServer: try server.resume()
        case .stall, .reset: break
        }
    }
}

extension ResultAssembly {
    /// What became of the fault, where there was one.
    var fault: FaultResult? {
        guard let order = plan.fault, let found = outcome.fault else { return nil }
        return FaultResult(
            kind: order.kind, means: order.means,
            startNanoseconds: found.start.nanoseconds(since: outcome.window.lowerBound),
            lengthNanoseconds: order.kind.lasts
                ? found.end.nanoseconds(since: found.start) : 0,
            heartbeatNanoseconds: order.heartbeat.nanoseconds, clients: plan.scenario.clients,
            clientNoticed: EventTimes(recorder.fault.noticed),
            serverNoticed: found.afterwards?.lost,
            serverReasons: found.afterwards?.reasons ?? [:], held: found.atEnd?.held,
            recovered: EventTimes(recorder.fault.recovered))
    }

    /// Why theory is not asked about a round with a fault.
    static let faultReason =
        "connections failed on purpose, and what was due meanwhile is late by nature"
}
