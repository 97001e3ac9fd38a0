import Link
import Measurement
import Transports

extension Command {
    /// `pushbench trace`.
    static let trace = Command(
        spec: CommandSpec(
            "trace", summary: "Record one real exchange and tell it slowly, step by step.",
            discussion: """
                Starts a lab server, has one client subscribe to it over a link with the given round
                trip, publishes some events, and records what crosses, at both ends and by one clock.
                Then it tells what happened, much slower than it was: who sends what and what each
                byte is for, what is being waited for, when an event is due while nobody is asking,
                and what its latency is made of. At the end stand the figures beside what theory says
                of this very schedule, and the ladder diagram.

                Where the system allows a private network, the link delays real packets; else the
                delay is behind the client's connection, and the page says so.
                """,
            operands: [
                OperandSpec("TECHNIQUE", .choice(transportChoices), help: "What to trace.")
            ], options: traceOptions,
            examples: [
                .init(
                    command: "pushbench trace long-polling --rtt 100ms --events 5",
                    note: "Where the events wait:"),
                .init(
                    command: "pushbench trace longpoll --connection close --speed 0.02",
                    note: "The same with a new connection for each poll, fifty times slower:"),
                .init(
                    command: "pushbench trace sse --speed 0 --svg sse.svg",
                    note: "All at once, and a picture for a slide:"),
            ]),
        run: { arguments in
            guard let name = arguments.operands.first, let transport = Transport.named(name) else {
                return .usage
            }
            let output = try TeachingOutput(arguments)
            if arguments.flag("step"), !Terminal.input.isTerminal {
                throw arguments.error(
                    "--step needs a keyboard, and standard input is none",
                    remedy: "leave it out, or give --speed")
            }
            var progress = ProgressLine()
            progress.update(
                "recording one exchange over \(Units.text(of: arguments.duration("rtt"))) …")
            let recording = Result { try TraceRun.record(plan(of: transport, arguments)) }
            progress.finish()
            let exchange = try recording.get()
            let page = TracePage(exchange: exchange, width: output.width)
            if !output.isPictureOnly { tell(page, arguments, output) }
            try output.write(picture: page.picture)
            return exchange.failure == nil ? .fine : .cannotTell
        })

    private static let traceOptions: [OptionSpec] =
        [
            OptionSpec(
                "rtt", .duration(.microseconds(100) ... .seconds(10)), default: "100ms",
                group: "Scenario", help: "The link's round trip."),
            OptionSpec(
                "events", short: "n", .count(1...100), default: "5", group: "Scenario",
                help: "Events published."),
            OptionSpec(
                "rate", short: "r", .rate(1e-2...1e4), default: "10", group: "Scenario",
                help: "Events a second."),
            OptionSpec(
                "arrivals", .choice(["poisson", "periodic"]), default: "poisson",
                group: "Scenario", help: "When events are due: at random moments, or regularly."),
            OptionSpec(
                "payload", .size(EventPayload.smallestSize...(64 << 10)), default: "100",
                group: "Scenario", help: "The length of an event's JSON."),
            OptionSpec(
                "connection", .choice(["keep-alive", "close"]), default: "keep-alive",
                group: "Scenario", help: "Whether polls share a connection or open a new one each."),
            OptionSpec(
                "poll-interval", .duration(.milliseconds(1) ... .seconds(60)), default: "1s",
                group: "Scenario", help: "Time between the requests of short polling."),
            OptionSpec(
                "hold", .duration(.milliseconds(1) ... .seconds(60)), default: "25s",
                group: "Scenario", help: "How long the server keeps a poll without an event."),
            OptionSpec(
                "seed", .count(0...Int.max), default: "1", group: "Scenario",
                help: "What random moments are drawn from."),
            OptionSpec(
                "speed", .fraction(0...1), placeholder: "SHARE", group: "Telling",
                help: """
                    How fast it is told: 0.1 is ten times slower than it was, 0 without any pause. By \
                    itself it takes some twenty seconds on a terminal, and no pause elsewhere.
                    """),
            OptionSpec(
                "step", .flag, group: "Telling", help: "Wait for Enter before each step."),
        ] + TeachingOutput.options

    private static func plan(of transport: Transport, _ arguments: ParsedArguments) -> TracePlan {
        var plan = TracePlan(transport: transport)
        plan.roundTripTime = arguments.duration("rtt")
        plan.events = arguments.count("events")
        plan.ratePerSecond = arguments.rate("rate")
        plan.arrivals = Arrivals(rawValue: arguments.choice("arrivals")) ?? .poisson
        plan.payloadBytes = arguments.size("payload")
        plan.connection = ConnectionPolicy(rawValue: arguments.choice("connection")) ?? .keepAlive
        plan.pollInterval = arguments.duration("poll-interval")
        plan.hold = arguments.duration("hold")
        plan.seed = UInt64(arguments.count("seed"))
        return plan
    }

    private static func tell(
        _ page: TracePage, _ arguments: ParsedArguments, _ output: TeachingOutput
    ) {
        func write(_ lines: [StyledLine]) {
            let text = lines.map { $0.render(color: output.isColored) + "\n" }.joined()
            output.terminal.write(text)
        }
        let exchange = page.exchange
        let length = (exchange.lastArrival ?? exchange.start) - exchange.start
        let speed =
            arguments.fractionIfAny("speed")
            ?? (output.terminal.isTerminal ? TracePlayer.usualSpeed(for: length) : 0)
        let isStepped = arguments.flag("step")
        write(page.opening() + [page.pace(speed: isStepped ? 0 : speed), StyledLine()])
        TracePlayer(
            narration: Narration(exchange: exchange, width: output.width),
            pace: isStepped ? .step : speed > 0 ? .speed(speed) : .none,
            isColored: output.isColored
        ).play(on: output.terminal)
        write(page.closing())
    }
}
