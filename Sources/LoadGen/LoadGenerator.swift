import Link
import Measurement
import Reactor
import Synchronization
import Transports
import Wire

/// One round of one technique: connect, warm up, measure, drain.
///
/// The measuring is the workers' business, on threads of their own; this sees to the order of the
/// phases, looks at the server's process, and makes the result. Events are told apart by the time at
/// which they were due, so that no phase needs a barrier: an event belongs to the measured window
/// when its due time does, whenever it arrives.
package struct LoadGenerator {
    /// Between the order to publish and the first due time, so that the order arrives first.
    private static let lead = Duration.milliseconds(50)
    private static let reportInterval = Duration.milliseconds(200)

    private let plan: LoadPlan
    private let report: (LoadProgress) -> Void
    private let isInterrupted: () -> Bool

    private var statuses: [WorkerStatus] = []
    private var inboxes: [Inbox<WorkerCommand>] = []
    private let threads = ThreadGroup<Result<Recorder, SystemError>>()
    private var lastReport: (at: Instant, events: Int)?

    /// A round of `plan`.
    ///
    /// - Parameters:
    ///   - plan: what to do.
    ///   - report: told about five times a second how far the round is.
    ///   - isInterrupted: whether the user wants it to end; what was measured is kept.
    package init(
        _ plan: LoadPlan, report: @escaping (LoadProgress) -> Void = { _ in },
        isInterrupted: @escaping () -> Bool = { false }
    ) {
        self.plan = plan
        self.report = report
        self.isInterrupted = isInterrupted
    }

    /// Runs the round.
    ///
    /// - Throws: `LoadError` when no client could connect or the descriptors do not suffice, and
    ///   whatever the server's control throws.
    package mutating func run(_ server: inout some ServerControl & ~Copyable) throws
        -> TransportResult
    {
        let memoryBefore = server.processID.flatMap { ProcessUsage.residentBytes(of: $0) }
        try startWorkers()
        var outcome = Outcome()
        do {
            try connect(&outcome)
            let memoryAfter = server.processID.flatMap { ProcessUsage.residentBytes(of: $0) }
            if let memoryBefore, let memoryAfter, outcome.ready > 0 {
                outcome.memoryPerConnection =
                    Double(max(memoryAfter - memoryBefore, 0)) / Double(outcome.ready)
            }
            if !outcome.isPartial { try measure(&server, &outcome) }
        } catch {
            _ = finish()
            throw error
        }
        var recorder = Recorder()
        for result in finish() { recorder.merge(try result.get()) }
        return ResultAssembly(plan: plan, outcome: outcome, recorder: recorder).result
    }

    /// What the phases found out beside what the workers recorded.
    struct Outcome {
        var ready = 0
        /// The measured window; empty when it never began.
        var window = Instant.distantPast..<Instant.distantPast
        /// Events due in the window.
        var expectedEvents = 0
        var published: PublishReport?
        var serverCPUNanoseconds: Int64?
        var memoryPerConnection: Double?
        var caughtUp = 0
        var interruptedIn: Phase?
        var isPartial: Bool { interruptedIn != nil }
    }

    // MARK: - Workers

    private mutating func startWorkers() throws {
        let scenario = plan.scenario
        let limit = OpenFileLimit.raise().soft
        // Each worker beyond the first has a descriptor table of its own, as large as the process's.
        let room = limit - Self.ownDescriptors
        let needed = (scenario.clients + room - 1) / max(room, 1)
        guard room > 0, needed <= Self.workerLimit else {
            throw LoadError(
                "\(scenario.clients) clients need more than the \(limit) open files that a thread "
                    + "may have (ulimit -n); use fewer --clients or raise the limit")
        }
        let count = max(scenario.clientLoops, needed)
        for index in 0..<count {
            let status = WorkerStatus()
            let inbox: Inbox<WorkerCommand> = try Inbox()
            let first = scenario.clients * index / count
            let last = scenario.clients * (index + 1) / count
            let seed = WorkerSeed(
                transport: plan.transport, profile: plan.profile, server: plan.server,
                clients: first..<last,
                clientsPerSource: scenario.clients > LoadPlan.clientsPerSource
                    ? LoadPlan.clientsPerSource : 0,
                connectRate: scenario.connectRatePerSecond / Double(count),
                seed: scenario.seed &+ UInt64(index), ownsDescriptors: count > 1, inbox: inbox,
                status: status)
            statuses.append(status)
            inboxes.append(inbox)
            let processor = plan.processor.map { ($0 + index) % Processors.count }
            try threads.start(name: "clients-\(index)", processor: processor) {
                do throws(SystemError) {
                    var worker = Worker(seed, poller: try Worker.makePoller(seed))
                    return .success(try worker.run())
                } catch {
                    return .failure(error)
                }
            }
        }
    }

    /// Descriptors that a process has open beside its clients' (pollers, inboxes, pipes, files).
    private static let ownDescriptors = 256
    /// Threads at most: more than any machine that this runs on has use for.
    private static let workerLimit = 64

    private func post(_ command: WorkerCommand) {
        for inbox in inboxes { inbox.post(command) }
    }

    private func finish() -> [Result<Recorder, SystemError>] {
        post(.finish)
        return threads.joinAll()
    }

    private func sum(_ value: (WorkerStatus) -> Int) -> Int {
        statuses.reduce(0) { $0 + value($1) }
    }

    // MARK: - Phases

    /// Waits until every client has had its first message.
    private mutating func connect(_ outcome: inout Outcome) throws {
        let scenario = plan.scenario
        let ramp = Double(scenario.clients) / scenario.connectRatePerSecond
        // Thrice the ramp and ten seconds: a client that is not there by then is not coming.
        let deadline = MonotonicClock.now() + .seconds(ramp * 3 + 10)
        while true {
            outcome.ready = sum { $0.ready.load(ordering: .relaxed) }
            if outcome.ready == scenario.clients { break }
            if isInterrupted() {
                outcome.interruptedIn = .connect
                return
            }
            guard MonotonicClock.now() < deadline else {
                throw LoadError(couldNotConnect(outcome.ready))
            }
            pause(until: MonotonicClock.now() + .milliseconds(5), in: .connect, end: nil)
        }
        post(.subscribed)
    }

    private func couldNotConnect(_ ready: Int) -> String {
        let failure = statuses.compactMap { $0.failure.withLock { $0 } }.first
        let reason = failure.map { " (\($0))" } ?? ""
        return "only \(ready) of \(plan.scenario.clients) clients could subscribe to "
            + "\(plan.transport.id) at \(plan.server)\(reason); use fewer --clients, a lower "
            + "--connect-rate, or look at the server"
    }

    private mutating func measure(
        _ server: inout some ServerControl & ~Copyable, _ outcome: inout Outcome
    ) throws {
        let scenario = plan.scenario
        let start = MonotonicClock.now() + Self.lead
        let windowStart = start + scenario.warmup
        let windowEnd = windowStart + scenario.duration
        let total = countEvents(from: .zero, to: scenario.warmup + scenario.duration)
        post(.measure(start: windowStart.nanoseconds, end: windowEnd.nanoseconds))
        try server.publish(
            PublishOrder(
                ratePerSecond: scenario.ratePerSecond, arrivals: scenario.arrivals,
                seed: scheduleSeed, payloadBytes: scenario.payloadBytes, events: total,
                start: start))

        pause(until: windowStart, in: .warmUp, end: windowStart)
        let cpuBefore = server.processID.flatMap { ProcessUsage.cpuNanoseconds(of: $0) }
        let begun = MonotonicClock.now()
        pause(until: windowEnd, in: .measure, end: windowEnd)
        let cpuAfter = server.processID.flatMap { ProcessUsage.cpuNanoseconds(of: $0) }
        if let cpuBefore, let cpuAfter { outcome.serverCPUNanoseconds = cpuAfter - cpuBefore }

        let ended = min(MonotonicClock.now(), windowEnd)
        if isInterrupted() {
            outcome.interruptedIn = begun < windowEnd && ended > windowStart ? .measure : .warmUp
            // What is due later does not count any more.
            post(.measure(start: windowStart.nanoseconds, end: ended.nanoseconds))
        }
        outcome.window = windowStart..<max(windowStart, ended)
        outcome.expectedEvents = countEvents(
            from: scenario.warmup, to: max(ended - start, scenario.warmup))
        try drain(&server, &outcome)
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
        let limit = MonotonicClock.now() + plan.scenario.drainLimit
        outcome.published = try server.outcome(until: limit)
        guard let last = outcome.published?.ids?.upperBound else { return }
        post(.expect(lastID: last))
        while MonotonicClock.now() < limit, !isInterrupted() {
            pause(until: MonotonicClock.now() + .milliseconds(10), in: .drain, end: limit)
            outcome.caughtUp = sum { $0.caughtUp.load(ordering: .relaxed) }
            if outcome.caughtUp == plan.scenario.clients { break }
        }
    }

    /// The seed of the arrival times: each round has a schedule of its own, the same for every
    /// technique, so that they are measured by the same events.
    private var scheduleSeed: UInt64 { plan.scenario.seed &+ UInt64(plan.round) &* 0x9E37 }

    private func countEvents(from start: Duration, to end: Duration) -> Int {
        ArrivalSchedule.count(
            plan.scenario.arrivals, ratePerSecond: plan.scenario.ratePerSecond,
            seed: scheduleSeed, from: start, to: end)
    }

    /// Sleeps until `moment`, telling meanwhile how far the round is; ends early on an interrupt.
    private mutating func pause(until moment: Instant, in phase: Phase, end: Instant?) {
        while !isInterrupted() {
            let now = MonotonicClock.now()
            tell(phase, end: end, now: now)
            guard now < moment else { return }
            MonotonicClock.sleep(until: min(moment, now + .milliseconds(50)))
        }
    }

    private mutating func tell(_ phase: Phase, end: Instant?, now: Instant) {
        let events = sum { $0.events.load(ordering: .relaxed) }
        guard let last = lastReport else {
            lastReport = (now, events)
            return
        }
        let elapsed = now - last.at
        guard elapsed >= Self.reportInterval else { return }
        lastReport = (now, events)
        report(
            LoadProgress(
                phase: phase, ready: sum { $0.ready.load(ordering: .relaxed) },
                clients: plan.scenario.clients,
                deliveriesPerSecond: Double(events - last.events) / elapsed.seconds,
                latencyP99Nanoseconds: statuses.map { $0.latencyP99.load(ordering: .relaxed) }
                    .max() ?? 0,
                timeLeft: end.map { $0 - now }))
    }
}
