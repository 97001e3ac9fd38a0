import Link
import Measurement
import Reactor
import Transports

/// Rounds without a schedule.
extension LoadGenerator {
    /// How long a step of a lock-step run may take: more than any stall of a loaded machine.
    private static let stepPatience = Duration.seconds(60)
    /// Between two looks at whether all polls wait at the server: shorter than most links.
    private static let restInterval = Duration.milliseconds(1)

    /// Publishes event after event, each when every client has had the one before.
    ///
    /// As many events as the schedule would have had at the same rate, first those of the warm-up;
    /// the window begins and ends while everybody is at rest, so that counts belong to its events
    /// and to nothing else.
    mutating func step(
        _ server: inout some ServerControl & ~Copyable, _ notices: Inbox<WorkerNotice>,
        _ outcome: inout Outcome
    ) throws {
        outcome.isLockstep = true
        var poller = try Poller(capacity: 1)
        try poller.add(notices.descriptor, .readable, token: 0)
        let warmup = Int((scenario.ratePerSecond * scenario.warmup.seconds).rounded())
        let count = max(1, Int((scenario.ratePerSecond * scenario.duration.seconds).rounded()))
        var last: UInt64 = 0
        var first: UInt64?
        try awaitRest(after: last, notices, &poller)
        post(.subscribed)
        try awaitRest(after: last, notices, &poller)
        let begun = MonotonicClock.now()
        outcome.start = begun
        var windowStart = begun
        var cpuBefore: Int64?
        var snapshotBefore: ServerSnapshot?
        for index in 0..<warmup + count {
            if index == warmup {
                windowStart = MonotonicClock.now()
                post(.measure(start: .min, end: .max))
                try awaitRest(after: last, notices, &poller)
                cpuBefore = server.processID.flatMap { ProcessUsage.cpuNanoseconds(of: $0) }
                snapshotBefore = try restedSnapshot(&server)
            }
            guard !isInterrupted() else {
                outcome.interruptedIn = index < warmup ? .warmUp : .measure
                break
            }
            last = try server.step(payloadBytes: scenario.payloadBytes)
            if index >= warmup {
                first = first ?? last
                outcome.expectedEvents += 1
            }
            post(.poll)
            try awaitRest(after: last, notices, &poller)
            tell(index < warmup ? .warmUp : .measure, end: nil, now: MonotonicClock.now())
        }
        if let cpuBefore,
            let cpuAfter = server.processID.flatMap({ ProcessUsage.cpuNanoseconds(of: $0) })
        {
            outcome.serverCPUNanoseconds = cpuAfter - cpuBefore
        }
        if let snapshotBefore {
            outcome.server = try restedSnapshot(&server).map { $0 - snapshotBefore }
        }
        post(.measure(start: .min, end: .min))
        try awaitRest(after: last, notices, &poller)
        outcome.window = windowStart..<MonotonicClock.now()
        outcome.published = PublishReport(
            ids: first.map { $0...last },
            lateness: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0))
        outcome.caughtUp = clients
    }

    /// Waits until every client has had event `id` and will do nothing of itself.
    private func awaitRest(
        after id: UInt64, _ notices: Inbox<WorkerNotice>, _ poller: inout Poller
    ) throws {
        post(.awaitEvent(id: id))
        var missing = sum(\.workers)
        let deadline = MonotonicClock.now() + Self.stepPatience
        while missing > 0 {
            _ = try poller.wait(until: deadline)
            missing -= notices.drain().count { $0 == .delivered(id: id) }
            guard missing == 0 || MonotonicClock.now() < deadline else {
                throw LoadError(
                    "event \(id) did not reach every client within "
                        + "\(Int(Self.stepPatience.seconds)) s; use fewer --clients, or look at the "
                        + "server")
            }
        }
    }

    /// What the server has done when every poll that clients have sent waits there: a client is done
    /// with a step when its next poll is sent, and the server has yet to read it.
    ///
    /// Clients whose polls are answered at once have nothing under way when a step is over.
    private func restedSnapshot(
        _ server: inout some ServerControl & ~Copyable
    ) throws -> ServerSnapshot? {
        let deadline = MonotonicClock.now() + Self.stepPatience
        while true {
            let snapshot = try server.snapshot()
            let isRested = plans.allSatisfy { plan in
                guard plan.holdsPolls, let technique = snapshot?.technique(plan.transport.id)
                else { return true }
                return technique.parked >= plan.scenario.clients
            }
            let now = MonotonicClock.now()
            guard !isRested, now < deadline, !isInterrupted() else { return snapshot }
            MonotonicClock.sleep(until: now + Self.restInterval)
        }
    }
}

extension LoadPlan {
    /// Whether the technique's polls wait at the server until there is an event.
    var holdsPolls: Bool {
        guard case .polling(let server) = transport.server else { return false }
        return server.hold == .untilEvent
    }
}
