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
    private let command: RunCommand
    private let scenario: Scenario
    private let transports: [Transport]
    private let network: LabNetwork
    private let interruption: Interruption
    private var progress: RunProgress
    private var gapProbe: GapProbe?
    private var results: [TransportResult] = []
    private var paired: [PairedDifference] = []
    private var warnings: [MeasurementWarning] = []

    /// Prepares a run. It must be the first thing that the process does: the network is entered here.
    init(_ command: RunCommand) throws {
        self.command = command
        scenario = command.scenario
        transports = scenario.transports.compactMap { Transport.named($0) }
        network = LabNetwork(tier: command.tier, seed: scenario.seed)
        interruption = try Interruption()
        progress = RunProgress(
            isQuiet: command.arguments.flag("quiet"),
            rounds: (scenario.sideBySide ? 1 : transports.count) * scenario.repeats)
    }

    mutating func run() throws -> ExitCode {
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
        try write(record)
        if hasFailed { return .couldNotRun }
        if record.partial { return .cannotTell }
        return command.arguments.flag("strict") && record.hasWarnings ? .cannotTell : .fine
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
            for techniques in scenario.sideBySide ? [order] : order.map({ [$0] }) {
                progress.begin(techniques)
                do {
                    try measure(techniques, round: round, over: link)
                } catch {
                    // What was measured is worth keeping.
                    guard !results.isEmpty else { throw error }
                    warnings.append(
                        .roundFailed(
                            transport: techniques.map(\.id).joined(separator: ", "),
                            reason: "\(error)"))
                    return true
                }
                guard !interruption.hasCome else { return false }
            }
        }
        return false
    }

    private func openLink(_ profile: LinkProfile) throws -> LabLink {
        do {
            return try network.link(profile)
        } catch let refusal as LinkRefusal {
            throw command.arguments.error(
                "--link-tier \(command.arguments.choice("link-tier")): \(refusal)",
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
        let processor = command.arguments.countIfAny("server-processor")
        let probing = GapProbing(
            scenario: scenario, headers: command.headers, transports: transports, link: link,
            startServer: { try ServerProcess(options: options($0), processor: processor) },
            note: { [line = progress.line] in line.note($0) },
            isInterrupted: { [interruption] in interruption.hasCome })
        gapProbe = try probing.run()
    }

    /// Measures a technique, or several side by side, on a server of their own.
    private mutating func measure(
        _ techniques: [Transport], round: Int, over link: LabLink
    ) throws {
        let clients = scenario.clients * techniques.count
        var server = try ServerProcess(
            options: serverOptions(over: link, batchLimit: scenario.batchLimit, clients: clients),
            processor: command.arguments.countIfAny("server-processor"))
        let plans = techniques.map { transport in
            var plan = LoadPlan(
                transport: transport, scenario: scenario, headers: command.headers,
                server: link.dialled(transport.isHTTP ? server.http : server.raw),
                round: round, processor: command.arguments.countIfAny("client-processor"))
            plan.link = link.result
            plan.delay = link.clientDelay
            return plan
        }
        let line = progress.line
        link.beginRound()
        let started = MonotonicClock.now()
        var generator = LoadGenerator(
            plans, interface: { link.interfaceCount() }, report: { line.update($0) },
            isInterrupted: { [interruption] in interruption.hasCome })
        let rounds = try generator.run(&server)
        server.stop()
        let mirror = link.mirrorResult(since: started)
        for round in rounds {
            let result = finish(round.result, mirror)
            results.append(result)
            progress.end(result)
        }
        if scenario.sideBySide { compare(rounds) }
    }

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
        if let processor = command.arguments.countIfAny("server-processor") {
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

    private func write(_ record: RunRecord) throws {
        let arguments = command.arguments
        let path = arguments.pathIfAny("json")
        if !arguments.flag("quiet"), path != "-" {
            let color = Terminal.output.allowsColor && !arguments.flag("no-color")
            Terminal.output.write(ConsoleReport.render(record, color: color))
        }
        guard let path else { return }
        if path == "-" {
            Terminal.output.write(String(decoding: try record.encoded(), as: UTF8.self))
        } else {
            try record.write(to: path)
            if !arguments.flag("quiet") { Terminal.errors.write("The record is in \(path).\n") }
        }
    }
}
