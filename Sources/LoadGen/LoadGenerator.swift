import Link
import Measurement
import Reactor
import Synchronization
import Transports
import Wire

/// One round: connect, warm up, measure, drain. Usually of one technique; of several when they are
/// measured side by side, by the same events.
///
/// The measuring is the workers' business, on threads of their own; this sees to the order of the
/// phases, looks at the server, and makes the results. Events are told apart by the time at which
/// they were due, so that no phase needs a barrier: an event belongs to the measured window when its
/// due time does, whenever it arrives.
package struct LoadGenerator {
    /// Between the order to publish and the first due time, so that the order arrives first.
    private static let lead = Duration.milliseconds(50)
    /// Between the moment when a window is cut short and its end, so that workers are told before.
    private static let notice = Duration.milliseconds(5)
    private static let reportInterval = Duration.milliseconds(200)

    let plans: [LoadPlan]
    private let report: (LoadProgress) -> Void
    let isInterrupted: () -> Bool
    private let interface: () -> InterfaceCount?
    let cutLink: (Bool) throws -> Void

    private var squads: [Squad] = []
    private var lastReport: (at: Instant, events: Int)?
    /// How much longer than it should this thread has slept since the window began, at worst.
    private var longestStandstill = Duration.zero

    /// A round of `plans`, which must not be empty and share all of their scenario but the technique
    /// and what its clients do with connections.
    ///
    /// - Parameters:
    ///   - plans: what to do, one for each technique.
    ///   - interface: reads what crossed the interface so far, where nothing else does.
    ///   - cutLink: drops the link's packets, or does not any more, where it can.
    ///   - report: told about five times a second how far the round is.
    ///   - isInterrupted: whether the user wants it to end; what was measured is kept.
    package init(
        _ plans: [LoadPlan], interface: @escaping () -> InterfaceCount? = { nil },
        cutLink: @escaping (Bool) throws -> Void = { _ in },
        report: @escaping (LoadProgress) -> Void = { _ in },
        isInterrupted: @escaping () -> Bool = { false }
    ) {
        precondition(!plans.isEmpty, "a round has something to measure")
        self.plans = plans
        self.interface = interface
        self.cutLink = cutLink
        self.report = report
        self.isInterrupted = isInterrupted
    }

    /// Runs the round and returns what was measured, in the order of the plans. Where the server
    /// fails once everybody is subscribed, that is what was measured until then, and the failure.
    ///
    /// - Throws: `LoadError` when no client could connect or the descriptors do not suffice, and
    ///   whatever the server's control throws before the first event, or in lock-step.
    package mutating func run(_ server: inout some ServerControl & ~Copyable) throws -> [Round] {
        let memoryBefore = server.processID.flatMap { ProcessUsage.residentBytes(of: $0) }
        let interfaceBefore = interface()
        let notices: Inbox<WorkerNotice> = try Inbox()
        for plan in plans { squads.append(try Squad(plan, notices: notices)) }
        var outcome = Outcome()
        do {
            try connect(&server, &outcome)
            let memoryAfter = server.processID.flatMap { ProcessUsage.residentBytes(of: $0) }
            if let memoryBefore, let memoryAfter, outcome.ready > 0 {
                outcome.memoryPerConnection =
                    Double(max(memoryAfter - memoryBefore, 0)) / Double(outcome.ready)
            }
            if !outcome.isPartial {
                if scenario.lockstep {
                    try step(&server, notices, &outcome)
                } else {
                    measure(&server, &outcome)
                }
            }
        } catch {
            for squad in squads { _ = try? squad.finish() }
            throw error
        }
        // Everybody leaves before anything is counted up: farewells cross the interface, too.
        for squad in squads { squad.post(.finish) }
        let recorders = try squads.map { try $0.finish() }
        awaitLastAcknowledgements()
        if let interfaceBefore, let interfaceAfter = interface() {
            outcome.interface = interfaceAfter - interfaceBefore
        }
        outcome.isShared = plans.count > 1
        return zip(plans, recorders).map { plan, recorder in
            ResultAssembly(plan: plan, outcome: outcome, recorder: recorder).round
        }
    }

    /// What the phases found out beside what the workers recorded.
    struct Outcome {
        /// Clients that were subscribed, of all plans together.
        var ready = 0
        /// The start of the schedule.
        var start = Instant.distantPast
        /// The measured window; empty when it never began.
        var window = Instant.distantPast..<Instant.distantPast
        /// Events due in the window.
        var expectedEvents = 0
        var published: PublishReport?
        var serverCPUNanoseconds: Int64?
        /// What the server did within the window.
        var server: ServerSnapshot?
        var memoryPerConnection: Double?
        var caughtUp = 0
        var interruptedIn: Phase?
        /// Why the server could not go on; nil when it did.
        var failure: String?
        /// How long the generator stood still in one piece, at worst.
        var standstill = Duration.zero
        /// The fault, once it is over.
        var fault: FaultOutcome?
        /// What crossed the interface in the whole round.
        var interface: InterfaceCount?
        /// Whether several techniques shared the server, so that its cost belongs to none of them.
        var isShared = false
        /// Whether events were published one by one, each when everybody had the one before.
        var isLockstep = false
        var isPartial: Bool { interruptedIn != nil }
    }

    /// What the plans have in common.
    var scenario: Scenario { plans[0].scenario }

    var clients: Int { plans.reduce(0) { $0 + $1.scenario.clients } }

    func post(_ command: WorkerCommand) {
        for squad in squads { squad.post(command) }
    }

    func sum(_ value: (Squad) -> Int) -> Int {
        squads.reduce(0) { $0 + value($1) }
    }

    /// Waits until the acknowledgements have arrived that the last connections sent as they closed:
    /// a server that misses them would send its own end again, after all was counted.
    private func awaitLastAcknowledgements() {
        let crossing =
            Duration.nanoseconds(plans[0].link.rttEffectiveNanoseconds)
            + (scenario.link?.jitter ?? .zero) * 2
        MonotonicClock.sleep(until: MonotonicClock.now() + crossing)
    }

    // MARK: - Phases

    /// Waits until every client has had its first message.
    private mutating func connect(
        _ server: inout some ServerControl & ~Copyable, _ outcome: inout Outcome
    ) throws {
        let plan = plans[0]
        let ramp = Double(clients) / scenario.connectRatePerSecond
        // Thrice the ramp, ten seconds and the link's handshakes with a SYN or two sent again: a
        // client that is not there by then is not coming.
        let deadline = MonotonicClock.now() + .seconds(ramp * 3 + 10) + plan.roundTripTime * 10
        while true {
            outcome.ready = sum(\.ready)
            if outcome.ready == clients { break }
            if isInterrupted() {
                outcome.interruptedIn = .connect
                return
            }
            guard MonotonicClock.now() < deadline else { throw couldNotConnect() }
            try pause(
                until: MonotonicClock.now() + .milliseconds(5), in: .connect, end: nil,
                watching: &server)
        }
        // In lock-step the bytes until then are exact, too, so everybody must be at rest first.
        if !scenario.lockstep { post(.subscribed) }
    }

    private func couldNotConnect() -> LoadError {
        let squad = squads.first { $0.ready < $0.plan.scenario.clients } ?? squads[0]
        let plan = squad.plan
        let reason = squad.failure.map { " (\($0))" } ?? ""
        let remedy =
            plan.foreignSince == nil
            ? "use fewer --clients, a lower --connect-rate, or look at the server"
            : "check --target and --profile, and the server's log and limits"
        return LoadError(
            "only \(squad.ready) of \(plan.scenario.clients) clients could subscribe to "
                + "\(plan.transport.id) at \(plan.server)\(reason); \(remedy)")
    }

    private mutating func measure(
        _ server: inout some ServerControl & ~Copyable, _ outcome: inout Outcome
    ) {
        let start = MonotonicClock.now() + Self.lead
        let windowStart = start + scenario.warmup
        let windowEnd = windowStart + scenario.duration
        outcome.start = start
        do {
            try publish(from: windowStart, to: windowEnd, on: &server, &outcome)
        } catch {
            outcome.failure = "\(error)"
        }
        // Workers must know the end before it has come, or they count what is due behind it.
        let ended = min(MonotonicClock.now() + Self.notice, windowEnd)
        if isInterrupted() || outcome.failure != nil {
            outcome.interruptedIn = ended > windowStart ? .measure : .warmUp
            // What is due later does not count any more.
            post(.measure(start: windowStart.nanoseconds, end: ended.nanoseconds))
        }
        outcome.window = windowStart..<max(windowStart, ended)
        outcome.expectedEvents = plans[0].events(
            from: scenario.warmup, to: max(ended - start, scenario.warmup))
        do {
            try drain(&server, &outcome)
            if let fault = outcome.fault {
                outcome.fault?.afterwards = try server.connections(since: fault.start)
            }
        } catch {
            outcome.failure = outcome.failure ?? "\(error)"
            outcome.interruptedIn = outcome.interruptedIn ?? .drain
        }
        outcome.standstill = longestStandstill
    }

    /// Has the schedule published, and looks at the server while it is.
    private mutating func publish(
        from windowStart: Instant, to windowEnd: Instant,
        on server: inout some ServerControl & ~Copyable, _ outcome: inout Outcome
    ) throws {
        let plan = plans[0]
        let newestBefore = plan.fault == nil ? 0 : UInt64(try server.snapshot()?.events ?? 0)
        post(.measure(start: windowStart.nanoseconds, end: windowEnd.nanoseconds))
        try server.publish(
            PublishOrder(
                ratePerSecond: scenario.ratePerSecond, arrivals: scenario.arrivals,
                seed: plan.scheduleSeed, payloadBytes: scenario.payloadBytes,
                events: plan.events(from: .zero, to: scenario.warmup + scenario.duration),
                start: outcome.start))

        try pause(until: windowStart, in: .warmUp, end: windowStart, watching: &server)
        longestStandstill = .zero
        let cpuBefore = server.processID.flatMap { ProcessUsage.cpuNanoseconds(of: $0) }
        let snapshotBefore = try server.snapshot()
        if let fault = plan.fault {
            try inject(
                fault, from: windowStart, newestBefore: newestBefore, into: &server, &outcome)
        }
        try pause(until: windowEnd, in: .measure, end: windowEnd, watching: &server)
        let cpuAfter = server.processID.flatMap { ProcessUsage.cpuNanoseconds(of: $0) }
        if let cpuBefore, let cpuAfter { outcome.serverCPUNanoseconds = cpuAfter - cpuBefore }
        if let snapshotBefore { outcome.server = try server.snapshot().map { $0 - snapshotBefore } }
    }

    /// Waits for the last events to arrive.
    private mutating func drain(
        _ server: inout some ServerControl & ~Copyable, _ outcome: inout Outcome
    ) throws {
        guard !outcome.isPartial else {
            // The schedule goes on without us; what was due has a moment to arrive. The interrupt
            // stands, so that `pause` would not wait.
            MonotonicClock.sleep(until: MonotonicClock.now() + .milliseconds(300))
            return
        }
        let limit = MonotonicClock.now() + scenario.drainLimit
        outcome.published = try server.outcome(until: limit)
        guard let last = outcome.published?.ids?.upperBound else { return }
        post(.expect(lastID: last))
        while MonotonicClock.now() < limit, !isInterrupted() {
            try pause(
                until: MonotonicClock.now() + .milliseconds(10), in: .drain, end: limit,
                watching: &server)
            outcome.caughtUp = sum(\.caughtUp)
            if outcome.caughtUp == clients { break }
        }
    }

    // MARK: - Progress

    /// Sleeps until `moment`, telling meanwhile how far the round is; ends early on an interrupt.
    ///
    /// - Throws: as soon as the server is gone.
    mutating func pause(
        until moment: Instant, in phase: Phase, end: Instant?,
        watching server: inout some ServerControl & ~Copyable
    ) throws {
        while !isInterrupted() {
            let now = MonotonicClock.now()
            tell(phase, end: end, now: now)
            guard now < moment else { return }
            try server.checkPresence()
            let wake = min(moment, now + .milliseconds(50))
            MonotonicClock.sleep(until: wake)
            longestStandstill = max(longestStandstill, MonotonicClock.now() - wake)
        }
    }

    mutating func tell(_ phase: Phase, end: Instant?, now: Instant) {
        let events = sum(\.events)
        guard let last = lastReport else {
            lastReport = (now, events)
            return
        }
        let elapsed = now - last.at
        guard elapsed >= Self.reportInterval else { return }
        lastReport = (now, events)
        report(
            LoadProgress(
                phase: phase, ready: sum(\.ready), clients: clients,
                deliveriesPerSecond: Double(events - last.events) / elapsed.seconds,
                latencyP99Nanoseconds: squads.map(\.latencyP99).max() ?? 0,
                timeLeft: end.map { $0 - now }))
    }
}

/// What a round measured of one technique, with what may still be made of it.
package struct Round: Sendable {
    /// The result.
    package let result: TransportResult
    /// What the clients recorded.
    package let recorder: Recorder
    /// The ids published, and how late.
    package let published: PublishReport?
    /// Why the server could not go on to the end; nil when it did.
    package var failure: String?
}

/// What crossed a network interface: IP bytes and packets, both directions together.
package struct InterfaceCount: Sendable {
    /// IP bytes.
    package var bytes: Int
    /// IP packets.
    package var packets: Int

    package init(bytes: Int, packets: Int) {
        self.bytes = bytes
        self.packets = packets
    }

    /// What crossed it between two readings.
    package static func - (later: InterfaceCount, earlier: InterfaceCount) -> InterfaceCount {
        InterfaceCount(
            bytes: later.bytes - earlier.bytes, packets: later.packets - earlier.packets)
    }
}
