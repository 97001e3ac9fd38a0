import Link
import Measurement
import Transports

/// What theory is told of a round: its link as calibrated, its own schedule, and what the software
/// was seen to add.
struct RoundConditions {
    private let plan: LoadPlan
    private let outcome: LoadGenerator.Outcome
    /// Everybody who has an event from the server when this technique's clients do.
    private let subscribers: Int
    /// The mean place of a client in a fan-out, in nanoseconds of the server's time.
    private let queue: Double
    /// The mean time from the kernel's having an event to the client's reading it.
    private let reading: Double
    /// c of this round, as the server saw it: what the time without a poll has over its round trips.
    private let rearm: Double?

    /// The moments at which the clients first asked, counted from the schedule's start.
    private let phases: [Double]

    init(
        plan: LoadPlan, outcome: LoadGenerator.Outcome, recorder: Recorder,
        result: TransportResult
    ) {
        self.plan = plan
        self.outcome = outcome
        phases = recorder.firstRequests.map {
            Double($0.nanoseconds(since: outcome.start))
        }
        reading = result.receiveDelay?.mean ?? 0
        let roundTrips = plan.scenario.connection == .close ? 2.0 : 1.0
        rearm = result.rearm.map {
            $0.meanNanoseconds - roundTrips * Double(plan.link.rttEffectiveNanoseconds)
        }
        // The last of N clients waits for N - 1 deliveries, each as long as it costs the server;
        // side by side, the clients of all techniques stand in one queue.
        let perDelivery =
            outcome.isShared
            ? outcome.sharedCPUNanosecondsPerDelivery : result.server.cpuNanosecondsPerDelivery
        subscribers = outcome.isShared ? outcome.ready : plan.scenario.clients
        queue = plan.fansOut ? Double(subscribers - 1) / 2 * (perDelivery ?? 0) : 0
    }

    var conditions: Conditions {
        let scenario = plan.scenario
        let link = plan.link
        let profile = scenario.link
        let start = scenario.warmup
        let end = scenario.warmup + scenario.duration
        let dueTimes =
            scenario.arrivals == .saturate
            ? [Double](repeating: 0, count: plan.events(from: .zero, to: end))
            : ArrivalSchedule.dueTimes(
                scenario.arrivals, ratePerSecond: scenario.ratePerSecond, seed: plan.scheduleSeed,
                before: end)
        // The probe's c is one client's; many ask at once after each event, and wait for each other.
        let calibrated =
            scenario.connection == .close
            ? link.turnaroundOnNewConnectionNanoseconds : link.turnaroundNanoseconds
        // In an answer written in two, the server's window has the wait for the acknowledgement in it.
        let isHeldUp =
            scenario.connection == .keepAlive && scenario.mistakes.contains(.twoWrites)
        let turnaround = max(0, (isHeldUp ? nil : rearm) ?? Double(calibrated ?? 0))
        var conditions = Conditions(
            roundTrip: Double(link.rttEffectiveNanoseconds), turnaround: turnaround,
            delivery: Double(outcome.published?.lateness.p50Nanoseconds ?? 0) + queue
                + reading,
            connection: scenario.connection, schedule: dueTimes,
            window: Double(start.nanoseconds)..<Double(end.nanoseconds),
            payloadBytes: scenario.payloadBytes,
            pollInterval: Double(scenario.pollInterval.nanoseconds),
            hold: Double(scenario.hold.nanoseconds), batchLimit: scenario.batchLimit,
            clients: scenario.clients, firstID: outcome.published?.ids?.lowerBound ?? 1)
        conditions.spread = queue
        conditions.phases = phases.isEmpty ? nil : phases
        conditions.nagle = !scenario.mistakes.isEmpty
        conditions.twoWrites = scenario.mistakes.contains(.twoWrites)
        conditions.bandwidth = profile?.down.bitsPerSecond.map(Double.init)
        conditions.lossRate = profile?.lossRate ?? 0
        conditions.jitter = Double(profile?.jitter.nanoseconds ?? 0)
        // Above a kilobyte and a half of MTU no answer here needs a second flight.
        conditions.segmentBytes = link.mtu.flatMap { $0 < 9000 ? $0 - Self.headers : nil }
        return conditions
    }

    /// IP, TCP and timestamps.
    private static let headers = 52

    /// `prediction` without what cannot be said: where the place in the fan-out's queue is more of
    /// the latency than its law allows for, the law is the queue's.
    ///
    /// The gap is the probe's to measure, over its own link, and is judged there.
    func restrict(_ predicted: Prediction) -> Prediction {
        var prediction = predicted
        prediction.gap = nil
        guard let mean = prediction.latency?.mean,
            queue > Tolerance.meanLatency.around(mean)
        else { return prediction }
        prediction.exclusions["latency_ns"] =
            "a fan-out to \(subscribers) clients takes longer than the link: the latency "
            + "is the place in its queue"
        return prediction
    }
}

extension LoadGenerator.Outcome {
    /// What a delivery cost the server, were all techniques that shared it alike.
    fileprivate var sharedCPUNanosecondsPerDelivery: Double? {
        guard let serverCPUNanoseconds, expectedEvents > 0, ready > 0 else { return nil }
        return Double(serverCPUNanoseconds) / Double(expectedEvents * ready)
    }
}

extension LoadPlan {
    /// Whether an event leaves for many clients in one go, and not when each of them asks.
    fileprivate var fansOut: Bool {
        guard case .polling = transport.server else { return true }
        return holdsPolls
    }
}
