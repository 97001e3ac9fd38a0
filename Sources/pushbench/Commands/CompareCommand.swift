import Link
import Measurement
import Reactor
import Reporting
import Transports

extension Command {
    /// `pushbench compare`.
    static let compare = Command(
        spec: CommandSpec(
            "compare", summary: "Compare two records, or two server programs in pairs.",
            discussion: """
                With two records: what is exact is compared exactly; timings of different runs are
                shown with their spread over the rounds, and decide nothing.

                With --base and --change: both programs are started fresh for each restart, on the
                same processor, and driven in turn: an event is posted when every client has had the
                one before. Pairs of short slices, in random order, give one ratio a restart; the
                change is worse when the ratio lies above 1 with 99 % confidence (exact signed-rank
                bounds) and above the threshold by estimate. What looks worse is measured once more
                with fresh processes, and is worse only if it is so both times.

                Compared are the median latency with one connection, and the server's processor time
                a delivery with one and with --clients connections. A program is a pushbench, or any
                command with {port} in it (and {raw-port} for raw TCP) that serves GET
                /events/TECHNIQUE with pushbench's payload, takes POST /events, and publishes
                nothing by itself.

                Exit codes: 0 nothing got worse; 3 something did; 4 cannot tell: too few restarts,
                other machines or programs in the way, an interruption, or records of different
                scenarios.
                """,
            operands: [
                OperandSpec(
                    "RECORD", .path, arity: .zeroOrMore,
                    help: "Two records of pushbench run --json: the base's and the change's.")
            ],
            options: programs + measurement + RunOutputs.options,
            examples: [
                .init(
                    command: "pushbench compare before.json after.json",
                    note: "Two runs of one scenario:"),
                .init(
                    command:
                        "pushbench compare --base old/pushbench --change .build/release/pushbench",
                    note: "Two builds, about half a minute, and twice that when one looks worse:"),
                .init(
                    command:
                        "pushbench compare --base 'node a.js {port}' --change 'node b.js {port}' "
                        + "-t sse",
                    note: "Servers of your own:"),
                .init(
                    command:
                        "pushbench compare --base-url http://127.0.0.1:8080 --base-pid 71 "
                        + "--change-url http://127.0.0.1:8090 --change-pid 72",
                    note: "Two servers that run already:"),
            ]),
        run: { try CompareCommand($0).run() })

    private static let programs = [
        OptionSpec(
            "base", .text, placeholder: "PROGRAM", group: "Programs",
            help: "The program that is there already: a pushbench, or a command with {port} in it."
        ),
        OptionSpec(
            "change", .text, placeholder: "PROGRAM", group: "Programs",
            help: "The program that may be worse."),
        OptionSpec(
            "base-url", .text, placeholder: "URL", group: "Programs",
            help: "A running server in place of --base, such as http://127.0.0.1:8080."),
        OptionSpec(
            "change-url", .text, placeholder: "URL", group: "Programs",
            help: "A running server in place of --change."),
        OptionSpec(
            "base-pid", .count(1...Int(Int32.max)), group: "Programs",
            help: "The process of --base-url, so that its processor time can be compared."),
        OptionSpec(
            "change-pid", .count(1...Int(Int32.max)), group: "Programs",
            help: "The process of --change-url."),
        OptionSpec(
            "server-processor", .count(0...4095), group: "Programs",
            help: "The processor for both programs; the first one where there are two or more."),
        OptionSpec(
            "client-processor", .count(0...4095), group: "Programs",
            help: "The processor for the clients; the second one where there are two or more."),
    ]

    private static let measurement = [
        OptionSpec(
            "transport", short: "t", .list(transportChoices), default: "websocket",
            group: "Measurement", help: "The techniques to compare them by."),
        OptionSpec(
            "restarts", .count(1...1000), default: "15", group: "Measurement",
            help: "Fresh processes of both, so many times; fewer than 7 cannot be 99 % sure."),
        OptionSpec(
            "pairs", .count(1...1000), default: "10", group: "Measurement",
            help: "Pairs of slices in a restart, for one connection and for many."),
        OptionSpec(
            "slice", .duration(.milliseconds(5) ... .seconds(60)), default: "40ms",
            group: "Measurement", help: "How long a slice is; its first tenth is not counted."),
        OptionSpec(
            "clients", short: "c", .count(1...10_000), default: "64", group: "Measurement",
            help: "Connections of the slices with many."),
        OptionSpec(
            "payload", .size(EventPayload.smallestSize...(1 << 20)), default: "100",
            group: "Measurement", help: "The length of an event's JSON, about."),
        OptionSpec(
            "threshold", .fraction(0.001...10), default: "3%", group: "Measurement",
            help: "The least difference that counts."),
        OptionSpec(
            "seed", .count(0...Int.max), default: "1", group: "Measurement",
            help: "What the order inside the pairs is drawn from."),
    ]
}

/// `pushbench compare`: two records, or two programs.
struct CompareCommand {
    /// What is compared.
    enum Subject: Sendable {
        case records(base: String, change: String)
        case programs(PairedSettings)
    }

    let subject: Subject
    private let outputs: RunOutputs
    private let arguments: ParsedArguments

    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        outputs = try RunOutputs(arguments)
        let live = ["base", "change", "base-url", "change-url"].filter { arguments.isGiven($0) }
        switch arguments.operands.count {
        case 0:
            subject = .programs(try Self.settings(arguments))
        case 2:
            guard live.isEmpty else {
                throw arguments.error(
                    "--\(live[0]) does not go with records",
                    remedy: "give two records, or two programs")
            }
            subject = .records(base: arguments.operands[0], change: arguments.operands[1])
        default:
            throw arguments.error(
                "there must be two records, not \(arguments.operands.count)",
                remedy: "pushbench report puts more of them side by side")
        }
    }

    private static func settings(_ arguments: ParsedArguments) throws -> PairedSettings {
        let transports = arguments.list("transport").compactMap { Transport.named($0) }
        let base = try program("base", arguments)
        let change = try program("change", arguments)
        if let bare = transports.first(where: { !$0.isHTTP }),
            !base.speaksRaw || !change.speaksRaw
        {
            throw arguments.error(
                "it is not known where both programs speak \(bare.id)",
                remedy: "write \(ComparedProgram.rawPortMark) where its port goes in a command, or "
                    + "leave \(bare.id) out")
        }
        let processors = Processors.count
        return PairedSettings(
            transports: transports, base: base, change: change,
            restarts: arguments.count("restarts"), pairs: arguments.count("pairs"),
            slice: arguments.duration("slice"), clients: arguments.count("clients"),
            payloadBytes: arguments.size("payload"),
            rule: PairedRule(threshold: arguments.fraction("threshold")),
            seed: UInt64(arguments.count("seed")),
            serverProcessor: try processor("server-processor", arguments)
                ?? (processors > 1 ? 0 : nil),
            clientProcessor: try processor("client-processor", arguments)
                ?? (processors > 1 ? 1 : nil))
    }

    private static func processor(_ name: String, _ arguments: ParsedArguments) throws -> Int? {
        guard let index = arguments.countIfAny(name) else { return nil }
        guard index < Processors.count else {
            throw arguments.error(
                "--\(name) \(index): there is no such processor",
                remedy: "write 0 to \(Processors.count - 1)")
        }
        return index
    }

    /// The program of `--base` or `--change`, or the server of the URL in its place.
    private static func program(
        _ name: String, _ arguments: ParsedArguments
    ) throws -> ComparedProgram {
        let (url, pid) = ("\(name)-url", "\(name)-pid")
        guard arguments.isGiven(name) != arguments.isGiven(url) else {
            throw arguments.error(
                arguments.isGiven(name)
                    ? "--\(name) and --\(url) exclude each other" : "--\(name) is missing",
                remedy: arguments.isGiven(name)
                    ? "give one of them"
                    : "give two records, or a program for --base and one for --change")
        }
        if let text = arguments.textIfAny(url) {
            return try ComparedProgram(
                url: text, processID: arguments.countIfAny(pid), option: "--\(url)", arguments)
        }
        guard !arguments.isGiven(pid) else {
            throw arguments.error(
                "--\(pid) goes with --\(url)", remedy: "leave it out: --\(name) is started here")
        }
        return try ComparedProgram(arguments.text(name), option: "--\(name)", arguments)
    }

    func run() throws -> ExitCode {
        switch subject {
        case .records(let base, let change):
            return try StoredComparison(base: base, change: change).run(to: outputs)
        case .programs(let settings):
            return try compare(settings)
        }
    }

    private func compare(_ settings: PairedSettings) throws -> ExitCode {
        let started = MonotonicClock.now()
        let startedWall = MonotonicClock.wall()
        var run = PairedRun(
            settings, interruption: try Interruption(), isQuiet: arguments.flag("quiet"))
        try run.run()
        let record = RunRecord(
            tool: .current, machine: .current(),
            started: RunRecord.timestamp(secondsSince1970: startedWall),
            durationNanoseconds: (MonotonicClock.now() - started).nanoseconds,
            command: ["pushbench"] + CommandLine.arguments.dropFirst(),
            scenario: Scenario(settings), partial: run.isPartial, results: [],
            checks: run.comparison.checks, comparison: run.comparison)
        try outputs.write(record, console: ComparisonReport.render)
        return Self.exitCode(of: run.comparison.outcomes.map(\.verdict), isPartial: run.isPartial)
    }

    /// What the verdicts come to, the gravest first: what got worse did so whatever the others are.
    static func exitCode(of verdicts: [PairedVerdict], isPartial: Bool) -> ExitCode {
        if verdicts.contains(.worse) { return .regression }
        if isPartial || verdicts.contains(.cannotTell) { return .cannotTell }
        return verdicts.allSatisfy { $0 == .notMeasured } ? .cannotTell : .fine
    }
}

extension Scenario {
    /// What a comparison does, as far as a scenario can say it: steps with so many clients.
    fileprivate init(_ settings: PairedSettings) {
        self.init(
            transports: settings.transports.map(\.id), clients: settings.clients,
            ratePerSecond: 0, arrivals: .saturate, payloadBytes: settings.payloadBytes,
            connectRatePerSecond: 0, warmup: .zero,
            duration: settings.slice * settings.pairs, drainLimit: .zero, pollInterval: .zero,
            hold: .seconds(25), headers: "minimal", repeats: settings.restarts,
            seed: settings.seed, backlogLimitBytes: 1 << 20, lockstep: true)
    }
}
