import Link
import Measurement
import Reactor
import Synchronization
import Transports
import Wire

/// The clients of one plan while they run: their workers, and the way to speak to them.
struct Squad {
    /// Descriptors that a process has open beside its clients' (pollers, inboxes, pipes, files).
    private static let ownDescriptors = 256
    /// Threads at most: more than any machine that this runs on has use for.
    private static let workerLimit = 64

    let plan: LoadPlan
    private var statuses: [WorkerStatus] = []
    private var inboxes: [Inbox<WorkerCommand>] = []
    private let threads = ThreadGroup<Result<Recorder, SystemError>>()

    /// Starts the workers of `plan`, which begin to connect at once and tell `notices` what they are
    /// asked to tell.
    ///
    /// - Throws: `LoadError` when the descriptors do not suffice.
    init(_ plan: LoadPlan, notices: Inbox<WorkerNotice>) throws {
        self.plan = plan
        let scenario = plan.scenario
        let limit = OpenFileLimit.raise().soft
        // Each worker beyond the first has a descriptor table of its own, as large as the process's.
        let room = limit - Self.ownDescriptors
        // A connection that ends has its descriptor for a while beside the client's next one.
        let descriptors = scenario.clients * (scenario.connection == .close ? 2 : 1)
        let needed = (descriptors + room - 1) / max(room, 1)
        guard room > 0, needed <= Self.workerLimit else {
            throw LoadError(
                "\(scenario.clients) clients need more than the \(limit) open files that a thread "
                    + "may have (ulimit -n); use fewer --clients or raise the limit")
        }
        let count = max(scenario.clientLoops, needed)
        for index in 0..<count {
            let status = WorkerStatus()
            let inbox: Inbox<WorkerCommand> = try Inbox()
            let seed = plan.workerSeed(
                index, of: count, inbox: inbox, status: status, notices: notices)
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

    /// The number of workers.
    var workers: Int { inboxes.count }

    func post(_ command: WorkerCommand) {
        for inbox in inboxes { inbox.post(command) }
    }

    /// Has the clients leave and hands over what they measured.
    ///
    /// - Throws: what ended a worker before.
    func finish() throws(SystemError) -> Recorder {
        post(.finish)
        var recorder = Recorder()
        for result in threads.joinAll() { recorder.merge(try result.get()) }
        return recorder
    }

    // What the workers let others see.

    var ready: Int { sum { $0.ready.load(ordering: .relaxed) } }
    var events: Int { sum { $0.events.load(ordering: .relaxed) } }
    var caughtUp: Int { sum { $0.caughtUp.load(ordering: .relaxed) } }

    var latencyP99: Int64 {
        statuses.map { $0.latencyP99.load(ordering: .relaxed) }.max() ?? 0
    }

    /// Why a client could not subscribe, the last time.
    var failure: String? {
        statuses.lazy.compactMap { status in
            status.failure.withLock { $0?.description }
                ?? status.brokenRule.withLock { $0?.description }
        }.first
    }

    private func sum(_ value: (WorkerStatus) -> Int) -> Int {
        statuses.reduce(0) { $0 + value($1) }
    }
}

extension LoadPlan {
    /// What worker `index` of `count` is made of.
    fileprivate func workerSeed(
        _ index: Int, of count: Int, inbox: Inbox<WorkerCommand>, status: WorkerStatus,
        notices: Inbox<WorkerNotice>
    ) -> WorkerSeed {
        let first = scenario.clients * index / count
        let last = scenario.clients * (index + 1) / count
        var seed = WorkerSeed(
            transport: transport, profile: profile, server: server, clients: first..<last,
            clientsPerSource: scenario.clients > LoadPlan.clientsPerSource
                ? LoadPlan.clientsPerSource : 0,
            connectRate: scenario.connectRatePerSecond / Double(count),
            seed: scenario.seed &+ UInt64(index), ownsDescriptors: count > 1, inbox: inbox,
            status: status)
        seed.isLockstep = scenario.lockstep
        seed.notices = notices
        seed.observesGaps = recordsGaps
        // In lock-step an event's moments are the harness's own, and a gap probe has no result.
        seed.observesDeliveries = index == 0 && !recordsGaps && !scenario.lockstep
        seed.link = delay
        if let fault {
            seed.silence = SilenceRule(
                for: transport, heartbeat: fault.heartbeat, hold: scenario.hold)
            if fault.kind == .blackhole, !fault.isLinkCut {
                seed.cutsLinks = true
                seed.link = delay ?? .loopback
            }
            if fault.kind == .stall { seed.receiveBuffer = FaultPlan.stalledReceiveBuffer }
        }
        seed.sampleLimit = recordsGaps || scenario.lockstep ? 0 : DeliverySamples.limit / count
        seed.farewellLimit = max(.seconds(1), roundTripTime * 4)
        return seed
    }
}
