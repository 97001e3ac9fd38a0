import Measurement

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
            options: RunRequest.options + RunRequest.faultOptions + RunRequest.targetOptions
                + FindMaxOrder.options + RunOutputs.options + [strict],
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
                .init(
                    command: "pushbench run --clients 200 --rtt 50ms",
                    note: "Over an emulated round trip, with what theory says beside it:"),
                .init(
                    command: "pushbench run -t ws,sse --lockstep --json exact.json",
                    note: "Event by event: the same bytes and requests on every run:"),
                .init(
                    command: "pushbench run --clients 20 --rtt 20ms --fault blackhole",
                    note: "A link that drops everything for 10 s: who notices, and when:"),
                .init(
                    command: "pushbench run --find-max rate -t ws,sse --limit p99=100ms",
                    note: "The highest rate that a thousand clients get within 100 ms:"),
                .init(
                    command: "pushbench run --target http://127.0.0.1:8080 --profile nchan",
                    note: "Somebody else's server, by events that are posted to it:"),
            ]),
        run: { try FindMaxCommand($0)?.run() ?? RunCommand($0).run() })

    private static let strict = OptionSpec(
        "strict", .flag, group: "Output",
        help: "End with exit code 4 when there is any warning.")
}

/// `pushbench run`: one run, its report, and a verdict on its warnings when that was asked for.
struct RunCommand {
    private let request: RunRequest
    private let outputs: RunOutputs
    private let isStrict: Bool

    init(_ arguments: ParsedArguments) throws {
        request = try RunRequest(arguments)
        outputs = try RunOutputs(arguments)
        isStrict = arguments.flag("strict")
    }

    func run() throws -> ExitCode {
        // The network is entered first, while the process has one thread.
        let bench = BenchRun(
            request,
            on: LabNetwork(
                tier: request.tier, seed: request.scenario.seed,
                isToBeCut: request.scenario.fault?.kind == .blackhole,
                isForeign: request.target != nil),
            interruption: try Interruption())
        let outcome = try bench.run()
        try outputs.write(outcome.record)
        if outcome.hasFailed { return .couldNotRun }
        if outcome.record.partial { return .cannotTell }
        return isStrict && outcome.record.hasWarnings ? .cannotTell : .fine
    }
}
