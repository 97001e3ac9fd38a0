import FoundationEssentials
import LabServer
import Link
import LoadGen
import Measurement
import Reactor
import Reporting
import Transports
import Wire

extension Command {
    /// `pushbench run`.
    static let run = Command(
        spec: CommandSpec(
            "run", summary: "Measure techniques side by side and print the table.",
            discussion: """
                Starts the lab server as a process of its own for each technique, opens real
                connections, publishes on a schedule that was fixed beforehand, and measures from
                the time at which each event was due. Prints a table with a row for each technique,
                and what it means in words. Ctrl-C ends the run and keeps what was measured.
                """,
            options: what + load + polling + server + output,
            examples: [
                .init(
                    command: "pushbench run --transport all --clients 1000",
                    note: "Every technique with a thousand clients, about a minute and a half:"),
                .init(
                    command: "pushbench run -t sse,ws --rate 50 --duration 30s --json run.json",
                    note: "Two of them, longer, with the record:"),
                .init(
                    command: "pushbench run -t longpoll --connection close --headers browser",
                    note: "Long polling as a browser without keep-alive does it:"),
            ]),
        run: { try RunCommand($0).run() })

    private static let what = [
        OptionSpec(
            "transport", short: "t", .list(transportChoices), default: "all", group: "Scenario",
            help: "The techniques to measure."),
        OptionSpec(
            "clients", short: "c", .count(1...1_000_000), default: "1000", group: "Scenario",
            help: "Clients of each technique."),
        OptionSpec(
            "rate", short: "r", .rate(), default: "10", group: "Scenario",
            help: "Events published a second; each goes to every client."),
        OptionSpec(
            "arrivals", .choice(["poisson", "periodic"]), default: "poisson", group: "Scenario",
            help: "When events are due: at seeded random times, or at equal intervals, which can "
                + "lock in phase with polling and then measure the phase."),
        OptionSpec(
            "payload", .size(EventPayload.smallestSize...(16 << 20)), default: "100",
            group: "Scenario", help: "The length of an event's JSON."),
        OptionSpec(
            "duration", short: "d", .duration(.milliseconds(100) ... .seconds(86_400)),
            default: "6s", group: "Scenario", help: "How long events are measured."),
        OptionSpec(
            "warmup", .duration(.zero ... .seconds(3600)), default: "1s", group: "Scenario",
            help: "How long events are published before that."),
        OptionSpec(
            "repeat", .count(1...1000), default: "1", group: "Scenario",
            help: "Rounds; all techniques are measured in each, in a new order."),
        OptionSpec(
            "seed", .count(0...Int.max), default: "1", group: "Scenario",
            help: "What everything random is drawn from; the same seed asks for the same run."),
    ]

    private static let load = [
        OptionSpec(
            "connect-rate", .rate(1...1e6), default: "5000", group: "Clients",
            help: "Connections opened a second."),
        OptionSpec(
            "headers", .text, default: "minimal", placeholder: "SET", group: "Clients",
            help:
                "Request fields: minimal, browser (what Chrome sends, with a 300-byte cookie), or "
                + "a file with one field a line."),
        OptionSpec(
            "drain", .duration(.zero ... .seconds(3600)), default: "10s", group: "Clients",
            help: "The longest wait for the last events."),
        OptionSpec(
            "client-loops", .count(1...64), default: "1", group: "Clients",
            help: "Threads of the load generator."),
        OptionSpec(
            "client-processor", .count(0...4095), group: "Clients",
            help: "The processor for its first thread; the next ones follow."),
    ]

    private static let polling = [
        OptionSpec(
            "poll-interval", .duration(.milliseconds(1) ... .seconds(3600)), default: "1s",
            group: "Polling", help: "Time between the requests of short polling."),
        OptionSpec(
            "hold", .duration(.milliseconds(10) ... .seconds(3600)), default: "25s",
            group: "Polling", help: "How long a poll waits for an event."),
        OptionSpec(
            "batch", .count(0...1_000_000), default: "0", group: "Polling",
            help: "Events in one answer at most; 0 for all that are pending."),
        OptionSpec(
            "connection", .choice(["keep-alive", "close"]), default: "keep-alive",
            group: "Polling", help: "Whether polls share a connection or open a new one each."),
    ]

    private static let server = [
        OptionSpec(
            "loops", .count(1...64), default: "1", group: "Server",
            help: "Threads of the server."),
        OptionSpec(
            "server-processor", .count(0...4095), group: "Server",
            help: "The processor for its first thread; the next ones follow."),
        OptionSpec(
            "backlog", .size(1024...(1 << 32)), default: "1MiB", group: "Server",
            help: "Bytes that a client may be behind."),
        OptionSpec(
            "slow-readers", .choice(["disconnect", "drop"]), default: "disconnect",
            group: "Server", help: "What happens to a client that is further behind."),
    ]

    private static let output = [
        OptionSpec(
            "json", .path, group: "Output", help: "Write the record there; - for standard output."),
        OptionSpec(
            "quiet", short: "q", .flag, group: "Output",
            help: "Print no progress and no table."),
        OptionSpec("no-color", .flag, group: "Output", help: "Print without colours."),
    ]
}

/// One run: every technique in turn, each on a fresh server, then the record and what it says.
struct RunCommand {
    private let arguments: ParsedArguments
    private let scenario: Scenario
    private let headers: HeaderProfile

    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        scenario = Self.scenario(arguments)
        headers = try Self.headers(arguments)
        try Self.checkOutput(arguments)
    }

    private static func scenario(_ arguments: ParsedArguments) -> Scenario {
        Scenario(
            transports: arguments.list("transport"), clients: arguments.count("clients"),
            ratePerSecond: arguments.rate("rate"),
            arrivals: Arrivals(rawValue: arguments.choice("arrivals")) ?? .poisson,
            payloadBytes: arguments.size("payload"),
            connectRatePerSecond: arguments.rate("connect-rate"),
            warmup: arguments.duration("warmup"), duration: arguments.duration("duration"),
            drainLimit: arguments.duration("drain"),
            pollInterval: arguments.duration("poll-interval"), hold: arguments.duration("hold"),
            batchLimit: arguments.count("batch"),
            connection: ConnectionPolicy(rawValue: arguments.choice("connection")) ?? .keepAlive,
            headers: arguments.text("headers"), repeats: arguments.count("repeat"),
            seed: UInt64(arguments.count("seed")), serverLoops: arguments.count("loops"),
            clientLoops: arguments.count("client-loops"),
            backlogLimitBytes: arguments.size("backlog"),
            slowReaderPolicy: SlowReaderPolicy(rawValue: arguments.choice("slow-readers"))
                ?? .disconnect, target: nil)
    }

    private static func headers(_ arguments: ParsedArguments) throws -> HeaderProfile {
        let name = arguments.text("headers")
        switch name {
        case "minimal": return .minimal
        case "browser": return .browser
        default:
            guard let content = try? Data(contentsOf: URL(filePath: name)) else {
                throw arguments.error(
                    "--headers \(name) is neither a set nor a file that can be read",
                    remedy: "minimal, browser, or a file with one `Name: value` a line")
            }
            do {
                return try HeaderProfile.parse(Array(content))
            } catch {
                throw arguments.error(
                    "--headers \(name): \(error.reason)", remedy: "write one `Name: value` a line")
            }
        }
    }

    /// Finds out before a run of minutes, not after it, that its record cannot be written.
    private static func checkOutput(_ arguments: ParsedArguments) throws {
        guard let path = arguments.pathIfAny("json"), path != "-" else { return }
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder.isEmpty ? "." : folder) else {
            throw arguments.error(
                "--json \(path): there is no folder \(folder) that can be written to",
                remedy: "make the folder, or give another path")
        }
    }

    func run() throws -> ExitCode {
        let interruption = try Interruption()
        let started = MonotonicClock.now()
        let startedWall = MonotonicClock.wall()
        var progress = RunProgress(
            isQuiet: arguments.flag("quiet"), rounds: scenario.transports.count * scenario.repeats)
        var results: [TransportResult] = []
        var failure: MeasurementWarning?
        var random = SeededGenerator(seed: scenario.seed)
        rounds: for round in 1...scenario.repeats {
            for id in scenario.transports.shuffled(using: &random) {
                guard let transport = Transport.named(id) else { continue }
                progress.begin(transport)
                do {
                    let result = try measure(transport, round: round, interruption, progress)
                    results.append(result)
                    progress.end(result)
                } catch {
                    // What was measured is worth keeping.
                    guard !results.isEmpty else { throw error }
                    failure = .roundFailed(transport: id, reason: "\(error)")
                    break rounds
                }
                if interruption.hasCome { break rounds }
            }
        }
        progress.finish()
        let record = RunRecord(
            tool: .current, machine: .current(),
            started: RunRecord.timestamp(secondsSince1970: startedWall),
            durationNanoseconds: (MonotonicClock.now() - started).nanoseconds,
            command: ["pushbench"] + CommandLine.arguments.dropFirst(), scenario: scenario,
            partial: interruption.hasCome || failure != nil,
            warnings: (failure.map { warnings + [$0] } ?? warnings).map(\.recorded),
            results: ordered(results))
        try write(record)
        if failure != nil { return .couldNotRun }
        return record.partial ? .cannotTell : .fine
    }

    private func measure(
        _ transport: Transport, round: Int, _ interruption: Interruption,
        _ progress: RunProgress
    ) throws -> TransportResult {
        var server = try ServerProcess(
            options: serverOptions, processor: arguments.countIfAny("server-processor"))
        let plan = LoadPlan(
            transport: transport, scenario: scenario, headers: headers,
            server: transport.isHTTP ? server.http : server.raw,
            round: round, processor: arguments.countIfAny("client-processor"))
        let line = progress.line
        var generator = LoadGenerator(
            plan, report: { line.update($0) }, isInterrupted: { interruption.hasCome })
        let result = try generator.run(&server)
        server.stop()
        return result
    }

    private var serverOptions: [String] {
        var options = [
            "--port", "0", "--raw-port", "0", "--hold", Units.text(of: scenario.hold),
            "--batch", "\(scenario.batchLimit)", "--loops", "\(serverLoops)",
            "--backlog", "\(scenario.backlogLimitBytes)",
            "--slow-readers", scenario.slowReaderPolicy.rawValue,
        ]
        if let processor = arguments.countIfAny("server-processor") {
            options += ["--processor", "\(processor)"]
        }
        return options
    }

    /// As many loops as were asked for, or as many more as the clients need: each has room for as
    /// many connections as a process may have open files, and clients spread over them by chance.
    private var serverLoops: Int {
        let room = OpenFileLimit.raise().soft - 256
        guard scenario.clients > room, room > 0 else { return scenario.serverLoops }
        return max(scenario.serverLoops, Int(Double(scenario.clients) * 1.1) / room + 1)
    }

    /// In the order in which they were asked for, whatever order they were measured in.
    private func ordered(_ results: [TransportResult]) -> [TransportResult] {
        scenario.transports.flatMap { id in results.filter { $0.transport == id } }
    }

    private var warnings: [MeasurementWarning] {
        var warnings: [MeasurementWarning] = []
        let interval = Duration.nanoseconds(Int64(1e9 / scenario.ratePerSecond))
        if scenario.arrivals == .periodic, scenario.transports.contains(Transport.shortPolling.id) {
            let ratio = scenario.pollInterval.seconds / interval.seconds
            if abs(ratio - ratio.rounded()) < 0.02 * max(ratio, 1) {
                warnings.append(
                    .periodicLocked(eventInterval: interval, pollInterval: scenario.pollInterval))
            }
        }
        return warnings
    }

    private func write(_ record: RunRecord) throws {
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
