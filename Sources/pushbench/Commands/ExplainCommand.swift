import Link
import Measurement
import Transports

extension Command {
    /// `pushbench explain`.
    static let explain = Command(
        spec: CommandSpec(
            "explain", summary: "Explain a technique: its bytes, its ladder diagram, its law.",
            discussion: """
                Lets the very client and server that are measured elsewhere speak in virtual time,
                over a link with the given round trip, and shows what they said: every byte and what
                it is for, who spoke when, and what theory says must come of it beside what the
                simulation measured. Nothing is sent anywhere; it takes no time but that of the
                arithmetic.
                """,
            operands: [
                OperandSpec(
                    "TECHNIQUE", .choice(transportChoices), help: "What to explain.")
            ],
            options: [
                OptionSpec(
                    "rtt", .duration(.microseconds(1) ... .seconds(10)), default: "50ms",
                    group: "Scenario", help: "The link's round trip."),
                OptionSpec(
                    "connection", .choice(["keep-alive", "close"]), default: "keep-alive",
                    group: "Scenario",
                    help: "Whether polls share a connection or open a new one each."),
                OptionSpec(
                    "rate", short: "r", .rate(1e-3...1e4), default: "10", group: "Scenario",
                    help: "Events published a second, at random times."),
                OptionSpec(
                    "payload", .size(EventPayload.smallestSize...(64 << 10)), default: "100",
                    group: "Scenario", help: "The length of an event's JSON."),
                OptionSpec(
                    "poll-interval", .duration(.milliseconds(1) ... .seconds(3600)), default: "1s",
                    group: "Scenario", help: "Time between the requests of short polling."),
            ] + TeachingOutput.options,
            examples: [
                .init(
                    command: "pushbench explain long-polling",
                    note: "Where the gap of long polling is:"),
                .init(
                    command: "pushbench explain longpoll --connection close --rtt 100ms",
                    note: "And what the articles mean by twice the round trip:"),
                .init(
                    command: "pushbench explain ws", note: "What is left when nobody has to ask:"),
                .init(
                    command: "pushbench explain sse --svg sse.svg", note: "A picture for a slide:"),
                .init(
                    command: "pushbench explain jsonp --color always | less -R",
                    note: "Page by page, in colour:"),
            ]),
        run: { arguments in
            guard let name = arguments.operands.first, let transport = Transport.named(name) else {
                return .usage
            }
            let output = try TeachingOutput(arguments)
            let explanation = Explanation(
                transport: transport, roundTripTime: arguments.duration("rtt"),
                connection: ConnectionPolicy(rawValue: arguments.choice("connection"))
                    ?? .keepAlive,
                ratePerSecond: arguments.rate("rate"), payloadBytes: arguments.size("payload"),
                pollInterval: arguments.duration("poll-interval"), width: output.width)
            if !output.isPictureOnly {
                output.terminal.write(explanation.render(color: output.isColored))
            }
            try output.write(picture: explanation.picture)
            return .fine
        })
}
