import Link
import LoadGen
import Measurement
import Reactor
import Transports

/// The gap probe: one client of each technique, a link with a round trip, and a source that always
/// has something to deliver.
///
/// Polls are probed on a kept connection and on new ones, with one event an answer, which shows the
/// gap itself, and with all that is pending, which shows that it is a limit on answers and not on
/// events. Streams have no gap, which is shown once.
struct GapProbing {
    /// Deliveries of the probe with one event an answer, on the slowest technique: enough for a
    /// median that one stall does not move.
    private static let deliveries = 20
    /// Events in one round trip while everything is pending in batches: λR.
    private static let eventsPerRoundTrip = 10.0
    /// What is slower than this many round trips (short polling's interval) is made to ask so often.
    private static let pollRoundTrips = 2

    let scenario: Scenario
    let headers: HeaderProfile
    let transports: [Transport]
    let link: LabLink
    /// Starts a server with so many events in an answer at most.
    let startServer: (_ batchLimit: Int) throws -> ServerProcess
    let note: (String) -> Void
    let isInterrupted: () -> Bool

    /// Probes every technique; nil when the user ended it.
    func run() throws -> GapProbe? {
        let polling = transports.filter { $0.theory.kind == .polling }
        let probes: [(ConnectionPolicy, batchLimit: Int, [Transport])] = [
            (.keepAlive, 1, polling), (.keepAlive, 0, transports), (.close, 1, polling),
            (.close, 0, polling),
        ]
        var rows: [GapRow] = []
        for (connection, batchLimit, techniques) in probes where !techniques.isEmpty {
            note(
                "gap probe, \(connection.rawValue), "
                    + (batchLimit == 1 ? "one event an answer" : "all that is pending"))
            rows += try probe(techniques, connection, batchLimit: batchLimit)
            guard !isInterrupted() else { return nil }
        }
        var link = link.result
        link.turnaroundNanoseconds = turnaround(rows, .keepAlive)
        link.turnaroundOnNewConnectionNanoseconds = turnaround(rows, .close)
        return GapProbe(link: link, rows: rows.sorted { place(of: $0) < place(of: $1) })
    }

    /// In the order of the techniques, kept connections first, single answers first.
    private func place(of row: GapRow) -> Int {
        let technique = transports.firstIndex { $0.id == row.transport } ?? 0
        return technique * 4 + (row.connection == .close ? 2 : 0) + (row.batchLimit == 1 ? 0 : 1)
    }

    private func probe(
        _ techniques: [Transport], _ connection: ConnectionPolicy, batchLimit: Int
    ) throws -> [GapRow] {
        var server = try startServer(batchLimit)
        let scenario = scenario(connection, batchLimit: batchLimit)
        let plans = techniques.map { transport in
            var plan = LoadPlan(
                transport: transport, scenario: scenario, headers: headers,
                server: link.dialled(transport.isHTTP ? server.http : server.raw))
            plan.link = link.result
            plan.delay = link.clientDelay
            plan.recordsGaps = true
            return plan
        }
        var generator = LoadGenerator(plans, isInterrupted: isInterrupted)
        let rounds = try generator.run(&server)
        server.stop()
        return zip(plans, rounds).compactMap { plan, round in
            GapProbing.row(plan, round, batchLimit: batchLimit)
        }
    }

    private func scenario(_ connection: ConnectionPolicy, batchLimit: Int) -> Scenario {
        let roundTrip = link.profile.roundTripTime
        var probe = scenario
        probe.clients = 1
        probe.clientLoops = 1
        probe.connection = connection
        probe.batchLimit = batchLimit
        probe.pollInterval = min(scenario.pollInterval, roundTrip * Self.pollRoundTrips)
        probe.warmup = .zero
        probe.lockstep = false
        probe.sideBySide = false
        // The slowest cycle is two round trips: a new connection's, and short polling's interval.
        probe.duration = roundTrip * (Self.deliveries * 2)
        probe.drainLimit = roundTrip * (Self.deliveries * 4) + .seconds(5)
        if batchLimit == 1 {
            // All are due at once, and are delivered one by one.
            probe.arrivals = .saturate
            probe.ratePerSecond = Double(Self.deliveries) / probe.duration.seconds
        } else {
            probe.arrivals = .poisson
            probe.ratePerSecond = Self.eventsPerRoundTrip / roundTrip.seconds
        }
        return probe
    }

    /// c: what the software adds to a cycle, which is what the median gap of a poll that waits has
    /// over the round trips in it.
    private func turnaround(_ rows: [GapRow], _ connection: ConnectionPolicy) -> Int64? {
        let gaps = rows.filter { row in
            row.connection == connection && row.batchLimit == 1
                && waits(row.transport)
        }.map(\.gap.medianNanoseconds).sorted()
        guard !gaps.isEmpty else { return nil }
        // The wait between two writes is the mistake's, and theory has it already.
        guard connection == .close || !scenario.mistakes.contains(.twoWrites) else { return nil }
        let roundTrips: Int64 = connection == .close ? 2 : 1
        return max(0, gaps[gaps.count / 2] - roundTrips * link.result.rttEffectiveNanoseconds)
    }

    /// Whether the technique's polls wait for an event, so that their cycle is the link's and not
    /// their own interval.
    private func waits(_ transport: String) -> Bool {
        guard case .polling(let server)? = Transport.named(transport)?.server else { return false }
        return server.hold == .untilEvent
    }

    /// What one client's deliveries say; nil when there were not two of them.
    private static func row(_ plan: LoadPlan, _ round: Round, batchLimit: Int) -> GapRow? {
        let recorded = round.recorder.gaps
        let result = round.result
        guard recorded.gaps.count > 0 else { return nil }
        let roundTrip = Double(result.link.rttEffectiveNanoseconds)
        let summary = recorded.gaps.summary
        let gap = GapResult(
            minimumNanoseconds: recorded.gaps.minimum, medianNanoseconds: summary.p50,
            inRoundTrips: roundTrip > 0 ? Double(summary.p50) / roundTrip : nil)
        var row = GapRow(
            transport: result.transport, connection: result.connection, batchLimit: batchLimit,
            gap: gap, deliveries: recorded.moments, eventsPerDelivery: recorded.eventsPerMoment)
        // How long the rest of a batch waits behind its head depends on what is in it.
        if batchLimit == 1 || !plan.scenario.mistakes.contains(.twoWrites) {
            row.judge(
                plan.transport.theory.kind, against: plan.predictedGap, slack: plan.gapSlack)
        }
        // With one event an answer the backlog grows, and latency is the place in it.
        if batchLimit != 1, result.latency.count > 0 {
            row.worstLatencyNanoseconds = result.latency.max
            row.worstLatencyInTransits =
                roundTrip > 0 ? Double(result.latency.max) / (roundTrip / 2) : nil
            row.rearm = result.rearm
        }
        return row
    }
}

extension LoadPlan {
    /// How far a gap may be above its law: a delayed acknowledgement comes with the client's next tick.
    fileprivate var gapSlack: Double {
        scenario.connection == .keepAlive && scenario.mistakes.contains(.twoWrites)
            ? TCPLaw.delayedACKSpread : 0
    }

    /// The gap that theory gives for the plan's link, without any time of the software's.
    fileprivate var predictedGap: GapResult? {
        var conditions = Conditions(
            roundTrip: Double(link.rttEffectiveNanoseconds), connection: scenario.connection,
            schedule: [], window: 0..<1, payloadBytes: scenario.payloadBytes,
            pollInterval: Double(scenario.pollInterval.nanoseconds),
            hold: Double(scenario.hold.nanoseconds), batchLimit: scenario.batchLimit)
        conditions.nagle = !scenario.mistakes.isEmpty
        conditions.twoWrites = scenario.mistakes.contains(.twoWrites)
        return transport.prediction(under: conditions, profile: profile).gap
    }
}

extension GapRow {
    /// Holds the gap against theory: the median, which saturation makes the smallest, and of a stream
    /// that nothing holds up the smallest, since its median is its source's.
    fileprivate mutating func judge(
        _ kind: Theory.Kind, against predicted: GapResult?, slack: Double
    ) {
        guard let predicted else { return }
        let expected = predicted.medianNanoseconds
        let measured =
            kind == .polling || expected > 0 ? gap.medianNanoseconds : gap.minimumNanoseconds
        predictedNanoseconds = expected
        let difference = Double(measured - expected)
        verdict =
            abs(difference) <= Tolerance.gap.around(Double(expected)) + slack
            ? Verdict.holds.description
            : Verdict.off(by: expected > 0 ? abs(difference) / Double(expected) : 1).description
    }
}
