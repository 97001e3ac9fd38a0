import Link
import LinkEmulation
import LoadGen
import Measurement
import Reactor
import Reporting
import Transports
import Wire

/// One run: the gap probe, every technique in turn, each on a fresh server, or all of them side by
/// side; then the record and what it says.
struct BenchRun {
    private let request: RunRequest
    private let scenario: Scenario
    private let transports: [Transport]
    private let network: LabNetwork
    private let interruption: Interruption
    private var progress: RunProgress
    private var gapProbe: GapProbe?
    private var results: [TransportResult] = []
    private var paired: [PairedDifference] = []
    private var warnings: [MeasurementWarning] = []

    /// What a run came to.
    struct Outcome {
        /// What was measured, also when that is not all.
        let record: RunRecord
        /// Whether a round failed; the record's warnings say why.
        let hasFailed: Bool
    }

    /// Prepares a run. The network may be shared by one run after the other; it must have been
    /// entered, and the interruption made, before the process had a second thread.
    init(_ request: RunRequest, on network: LabNetwork, interruption: Interruption) {
        self.request = request
        self.network = network
        self.interruption = interruption
        scenario = request.scenario
        transports =
            request.target?.transports(scenario.transports)
            ?? scenario.transports.compactMap { Transport.named($0) }
        progress = RunProgress(
            isQuiet: request.isQuiet, label: request.label,
            rounds: (scenario.sideBySide ? 1 : transports.count) * scenario.repeats
                * (scenario.fault?.heartbeats.count ?? 1))
    }

    /// Measures everything. What was measured before an interruption or a failed round is kept.
    ///
    /// - Throws: what kept even the first round from being measured.
    consuming func run() throws -> Outcome {
        let started = MonotonicClock.now()
        let startedWall = MonotonicClock.wall()
        let processorsBefore = ProcessorTime.read()
        let clocksBefore = WallClockOffset.measure()
        let hasFailed = try measureAll()
        network.close()
        progress.finish()
        noteMachine(since: processorsBefore, clocksBefore)
        let record = RunRecord(
            tool: .current, machine: .current(),
            started: RunRecord.timestamp(secondsSince1970: startedWall),
            durationNanoseconds: (MonotonicClock.now() - started).nanoseconds,
            command: ["pushbench"] + CommandLine.arguments.dropFirst(), scenario: scenario,
            partial: interruption.hasCome || hasFailed, warnings: warnings.map(\.recorded),
            results: ordered(results), gapProbe: gapProbe, paired: paired.isEmpty ? nil : paired)
        return Outcome(record: record, hasFailed: hasFailed)
    }

    // MARK: - Rounds

    /// Measures everything; true when a round failed and what was measured before is kept.
    private mutating func measureAll() throws -> Bool {
        warnings = lockWarnings
        try probeGaps()
        guard !interruption.hasCome else { return false }
        progress.note("calibrating the link")
        var link = try openLink(scenario.link ?? .loopback)
        link.result.turnaroundNanoseconds = gapProbe?.link.turnaroundNanoseconds
        link.result.turnaroundOnNewConnectionNanoseconds =
            gapProbe?.link.turnaroundOnNewConnectionNanoseconds
        link.result.noDelay = scenario.mistakes.isEmpty
        var random = SeededGenerator(seed: scenario.seed)
        for round in 1...scenario.repeats {
            let order = transports.shuffled(using: &random)
            for part in parts(of: order, in: round) {
                let techniques = part.techniques
                progress.begin(
                    techniques,
                    part.heartbeat.map { ", heartbeat \(Units.text(of: $0))" } ?? "")
                let failure: String?
                do {
                    failure = try measure(part, round: round, over: link)
                } catch {
                    // What was measured is worth keeping.
                    guard !results.isEmpty else { throw error }
                    failure = "\(error)"
                }
                if let failure {
                    let names = techniques.map(\.id).joined(separator: ", ")
                    warnings.append(.roundFailed(transport: names, reason: failure))
                    return true
                }
                guard !interruption.hasCome else { return false }
            }
        }
        return false
    }

    /// What is measured at once: one technique, or all of them; with a fault, one of the heartbeats.
    private struct Part {
        let techniques: [Transport]
        let heartbeat: Duration?
        /// The number of its results: heartbeats count as rounds, or nothing but the heartbeat would
        /// tell two lines of a table of figures apart.
        let number: Int
    }

    private func parts(of order: [Transport], in round: Int) -> [Part] {
        if scenario.sideBySide { return [Part(techniques: order, heartbeat: nil, number: round)] }
        let heartbeats = scenario.fault?.heartbeats.map { Duration?.some($0) } ?? [nil]
        return order.flatMap { transport in
            heartbeats.enumerated().map { index, heartbeat in
                Part(
                    techniques: [transport], heartbeat: heartbeat,
                    number: (round - 1) * heartbeats.count + index + 1)
            }
        }
    }

    private func openLink(_ profile: LinkProfile) throws -> LabLink {
        do {
            return try network.link(profile)
        } catch let refusal as LinkRefusal {
            throw request.error(
                "--link-tier \(request.tier?.rawValue ?? "auto"): \(refusal)",
                remedy: "use --link-tier auto; pushbench doctor says what this machine allows")
        }
    }

    private mutating func probeGaps() throws {
        guard let roundTrip = scenario.gapRoundTrip, !scenario.lockstep else { return }
        progress.note("calibrating a round trip of \(Units.text(of: roundTrip)) for the gap probe")
        let link = try openLink(LinkProfile(roundTripTime: roundTrip))
        let options = { [self] batchLimit in
            serverOptions(over: link, batchLimit: batchLimit, clients: 1)
        }
        let processor = request.serverProcessor
        let probing = GapProbing(
            scenario: scenario, headers: request.headers, transports: transports, link: link,
            startServer: { try ServerProcess(options: options($0), processor: processor) },
            note: { [line = progress.line] in line.note($0) },
            isInterrupted: { [interruption] in interruption.hasCome })
        gapProbe = try probing.run()
    }

    /// Measures a technique, or several side by side, on a server of their own; says why when that
    /// did not come to its end.
    private mutating func measure(
        _ part: Part, round: Int, over link: LabLink
    ) throws -> String? {
        link.beginRound()
        let started = MonotonicClock.now()
        let rounds: [Round]
        if let target = request.target {
            var server = try TargetServer(target.publishing, processID: target.processID)
            let plans = part.techniques.map { technique in
                var plan = plan(technique, part, round: round, at: target.address, over: link)
                plan.foreignSince = server.since
                return plan
            }
            rounds = try run(plans, on: &server, over: link)
        } else {
            let clients = scenario.clients * part.techniques.count
            let options =
                serverOptions(over: link, batchLimit: scenario.batchLimit, clients: clients)
                + request.livenessOptions(heartbeat: part.heartbeat)
            var server = try startServer(options: options)
            let (http, raw) = (link.dialled(server.http), link.dialled(server.raw))
            let plans = part.techniques.map { technique in
                plan(technique, part, round: round, at: technique.isHTTP ? http : raw, over: link)
            }
            rounds = try run(plans, on: &server, over: link)
            server.stop()
        }
        let mirror = link.mirrorResult(since: started)
        for round in rounds {
            var result = finish(round.result, mirror)
            result.round = part.number
            results.append(result)
            progress.end(result)
        }
        if scenario.sideBySide { compare(rounds) }
        return rounds.lazy.compactMap(\.failure).first
    }

    private func plan(
        _ transport: Transport, _ part: Part, round: Int, at address: SocketAddress,
        over link: LabLink
    ) -> LoadPlan {
        var plan = LoadPlan(
            transport: transport, scenario: scenario, headers: request.headers, server: address,
            round: round, processor: request.clientProcessor)
        plan.link = link.result
        plan.delay = link.clientDelay
        plan.fault = request.faultPlan(heartbeat: part.heartbeat, over: link)
        return plan
    }

    private func run(
        _ plans: [LoadPlan], on server: inout some ServerControl & ~Copyable, over link: LabLink
    ) throws -> [Round] {
        let line = progress.line
        var generator = LoadGenerator(
            plans, interface: { link.interfaceCount() }, cutLink: { try link.cut($0) },
            report: { line.update($0) },
            isInterrupted: { [interruption] in interruption.hasCome })
        return try generator.run(&server)
    }

    /// Starts a server. In lock-step its ports must have five digits, which is what Linux hands out
    /// unless it is told otherwise: clients write the port into every request, and a digit less is a
    /// byte less.
    private func startServer(options: [String]) throws -> ServerProcess {
        var server = try ServerProcess(options: options, processor: request.serverProcessor)
        var attempts = 0
        while scenario.lockstep, min(server.http.port, server.raw.port) < 10_000 {
            attempts += 1
            guard attempts < Self.portAttempts else {
                throw request.error(
                    "the system hands out port \(min(server.http.port, server.raw.port)), and the "
                        + "exact bytes of --lockstep need five digits",
                    remedy: "set net.ipv4.ip_local_port_range to 32768 60999")
            }
            server.stop()
            server = try ServerProcess(options: options, processor: request.serverProcessor)
        }
        return server
    }

    /// Where ports may be anything above 1024, five of six have five digits.
    private static let portAttempts = 20

    /// What techniques are compared with side by side: what one would choose today, and the floor.
    private static let references = [Transport.webSocket.id, Transport.rawTCP.id]

    /// Compares what was measured side by side; several rounds have their differences one by one.
    private mutating func compare(_ rounds: [Round]) {
        let inOrder = transports.compactMap { transport in
            rounds.first { $0.result.transport == transport.id }
        }
        paired += PairedComparison.differences(of: inOrder, to: Self.references)
    }

    /// Adds what the load generator cannot know: the mirror's account and the gap.
    private func finish(_ measured: TransportResult, _ mirror: MirrorResult?) -> TransportResult {
        var result = measured
        result.link.mirror = mirror
        result.gap = gapProbe?.gap(of: result.transport, result.connection)
        if let mirror, mirror.isSaturated {
            result.warnings.append(
                MeasurementWarning.mirrorSaturated(
                    overflowed: mirror.overflowedPackets, cpuShare: mirror.cpuShare,
                    packetsPerSecond: mirror.peakPacketsPerSecond
                ).recorded)
        }
        return result
    }

    private func serverOptions(over link: LabLink, batchLimit: Int, clients: Int) -> [String] {
        var options = [
            "--address", link.serverHost, "--port", "0", "--raw-port", "0",
            "--hold", Units.text(of: scenario.hold), "--batch", "\(batchLimit)",
            "--loops", "\(serverLoops(for: clients))",
            "--backlog", "\(scenario.backlogLimitBytes)",
            "--slow-readers", scenario.slowReaderPolicy.rawValue,
        ]
        // A heartbeat comes by the clock, which has no say in a run of steps.
        if scenario.lockstep { options += ["--heartbeat", "0"] }
        options += scenario.mistakes.map { "--\($0.rawValue)" }
        if scenario.deflates { options.append("--deflate") }
        if let processor = request.serverProcessor {
            options += ["--processor", "\(processor)"]
        }
        return options
    }

    /// As many loops as were asked for, or as many more as the clients need: each has room for as
    /// many connections as a process may have open files, and clients spread over them by chance.
    private func serverLoops(for clients: Int) -> Int {
        let room = OpenFileLimit.raise().soft - 256
        guard clients > room, room > 0 else { return scenario.serverLoops }
        return max(scenario.serverLoops, Int(Double(clients) * 1.1) / room + 1)
    }

    // MARK: - Warnings

    /// The share of stolen time from which the figures are the host's.
    private static let stealLimit = 0.05
    /// How far the clocks may part: steering is at most 500 parts in a million, and a run seldom
    /// lasts longer than 100 s.
    private static let clockLimit = Duration.milliseconds(50)

    private mutating func noteMachine(
        since processorsBefore: ProcessorTime?, _ clocksBefore: WallClockOffset
    ) {
        if let processorsBefore,
            let share = ProcessorTime.read()?.stealShare(since: processorsBefore),
            share > Self.stealLimit
        {
            warnings.append(.steal(share: share))
        }
        let step = WallClockOffset.measure().nanoseconds - clocksBefore.nanoseconds
        if step.magnitude > Self.clockLimit.nanoseconds.magnitude {
            warnings.append(.clockJumped(by: .nanoseconds(step)))
        }
    }

    private var lockWarnings: [MeasurementWarning] {
        let interval = Duration.nanoseconds(Int64(1e9 / scenario.ratePerSecond))
        guard scenario.arrivals == .periodic, !scenario.lockstep,
            scenario.transports.contains(Transport.shortPolling.id)
        else { return [] }
        let ratio = scenario.pollInterval.seconds / interval.seconds
        guard abs(ratio - ratio.rounded()) < 0.02 * max(ratio, 1) else { return [] }
        return [.periodicLocked(eventInterval: interval, pollInterval: scenario.pollInterval)]
    }

    // MARK: - Record

    /// In the order in which they were asked for, whatever order they were measured in.
    private func ordered(_ results: [TransportResult]) -> [TransportResult] {
        scenario.transports.flatMap { id in results.filter { $0.transport == id } }
    }
}
