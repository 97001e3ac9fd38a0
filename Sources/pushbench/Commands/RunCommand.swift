import FoundationEssentials
import LabServer
import Link
import LinkEmulation
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
            options: what + network + load + polling + server + output,
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
            "arrivals", .choice(["poisson", "periodic", "saturate"]), default: "poisson",
            group: "Scenario",
            help: "When events are due: at seeded random times; at equal intervals, which can "
                + "lock in phase with polling and then measure the phase; or all at the start."),
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
        OptionSpec(
            "lockstep", .flag, group: "Scenario",
            help: "Publish an event when every client has had the one before: bytes, requests and "
                + "calls are then the same on every run; latencies mean little."),
        OptionSpec(
            "side-by-side", .flag, group: "Scenario",
            help: "Subscribe all techniques to the same events at the same time, and compare them "
                + "event by event."),
    ]

    private static let network = [
        OptionSpec(
            "link", .link, group: "Network",
            help: "Emulate a link: \(LinkPreset.all.map(\.name).joined(separator: ", ")), or a "
                + "round trip and key=value parts."),
        OptionSpec(
            "rtt", .duration(.zero ... .seconds(60)), group: "Network",
            help: "Emulate this round trip."),
        OptionSpec(
            "jitter", .duration(.zero ... .seconds(30)), group: "Network",
            help: "How far one crossing may be from its mean."),
        OptionSpec(
            "loss", .fraction(0...0.99), group: "Network",
            help: "The share of packets that a crossing loses."),
        OptionSpec(
            "bandwidth", .text, placeholder: "RATE", group: "Network",
            help: "What the link carries each way, such as 10Mbit."),
        OptionSpec(
            "link-tier", .choice(["auto", "netem", "mirror", "client"]), default: "auto",
            group: "Network",
            help: "How the link is made: netem in a private network, a packet mirror there, or a "
                + "delay in the clients; auto takes the best that can be had."),
        OptionSpec(
            "gap-rtt", .duration(.zero ... .seconds(10)), default: "50ms", group: "Network",
            help: "The round trip of the gap probe, which comes first; 0 leaves it out."),
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
        OptionSpec(
            "no-batch", .flag, group: "Polling",
            help: "One event an answer, a mistake worth seeing: polls then queue. As --batch 1."),
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
        OptionSpec(
            "nagle", .flag, group: "Server",
            help: "Leave Nagle's algorithm on, a mistake worth seeing: a stream becomes a long "
                + "poll."),
        OptionSpec(
            "two-writes", .flag, group: "Server",
            help: "Write the head and body of an answer apart, another: 2 round trips and 40 ms."),
    ]

    private static let output = [
        OptionSpec(
            "json", .path, group: "Output", help: "Write the record there; - for standard output."),
        OptionSpec(
            "quiet", short: "q", .flag, group: "Output",
            help: "Print no progress and no table."),
        OptionSpec("no-color", .flag, group: "Output", help: "Print without colours."),
        OptionSpec(
            "strict", .flag, group: "Output",
            help: "End with exit code 4 when there is any warning."),
    ]
}

/// What `pushbench run` was asked to do, checked.
struct RunCommand {
    let arguments: ParsedArguments
    let scenario: Scenario
    let headers: HeaderProfile
    /// How the link is to be made; nil for the best way.
    let tier: LinkTier?

    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        scenario = try Self.scenario(arguments)
        headers = try Self.headers(arguments)
        tier = LinkTier(rawValue: arguments.choice("link-tier"))
        try Self.checkOutput(arguments)
    }

    func run() throws -> ExitCode {
        var run = try BenchRun(self)
        return try run.run()
    }

    private static func scenario(_ arguments: ParsedArguments) throws -> Scenario {
        var scenario = Scenario(
            transports: arguments.list("transport"), clients: arguments.count("clients"),
            ratePerSecond: arguments.rate("rate"),
            arrivals: Arrivals(rawValue: arguments.choice("arrivals")) ?? .poisson,
            payloadBytes: arguments.size("payload"),
            connectRatePerSecond: arguments.rate("connect-rate"),
            warmup: arguments.duration("warmup"), duration: arguments.duration("duration"),
            drainLimit: arguments.duration("drain"),
            pollInterval: arguments.duration("poll-interval"), hold: arguments.duration("hold"),
            batchLimit: arguments.flag("no-batch") ? 1 : arguments.count("batch"),
            connection: ConnectionPolicy(rawValue: arguments.choice("connection")) ?? .keepAlive,
            headers: arguments.text("headers"), repeats: arguments.count("repeat"),
            seed: UInt64(arguments.count("seed")), serverLoops: arguments.count("loops"),
            clientLoops: arguments.count("client-loops"),
            backlogLimitBytes: arguments.size("backlog"),
            slowReaderPolicy: SlowReaderPolicy(rawValue: arguments.choice("slow-readers"))
                ?? .disconnect)
        scenario.link = try link(arguments)
        let gap = arguments.duration("gap-rtt")
        scenario.gapRoundTrip = gap > .zero ? gap : nil
        scenario.lockstep = arguments.flag("lockstep")
        scenario.sideBySide = arguments.flag("side-by-side")
        if arguments.flag("nagle") { scenario.mistakes.insert(.nagle) }
        if arguments.flag("two-writes") { scenario.mistakes.insert(.twoWrites) }
        try check(scenario, arguments)
        return scenario
    }

    /// What only makes sense together, or not at all.
    private static func check(_ scenario: Scenario, _ arguments: ParsedArguments) throws {
        if arguments.flag("no-batch"), arguments.isGiven("batch") {
            throw arguments.error(
                "--no-batch and --batch say the same thing twice", remedy: "give one of them")
        }
        if scenario.lockstep, scenario.arrivals == .saturate || arguments.isGiven("arrivals") {
            throw arguments.error(
                "--lockstep has no arrivals: an event comes when the one before was had",
                remedy: "leave out --arrivals or --lockstep")
        }
        if scenario.arrivals == .saturate, scenario.warmup > .zero, !arguments.isGiven("warmup") {
            return
        }
        if scenario.arrivals == .saturate, scenario.warmup > .zero {
            throw arguments.error(
                "--arrivals saturate has every event due at once, so none is left after a warm-up",
                remedy: "leave out --warmup")
        }
    }

    /// The link: a preset or its text, and single parts that replace its own.
    private static func link(_ arguments: ParsedArguments) throws -> LinkProfile? {
        let base = arguments.linkIfAny("link")
        let parts = ["rtt", "jitter", "loss", "bandwidth"].filter { arguments.isGiven($0) }
        guard !parts.isEmpty else { return base.flatMap { $0 == .loopback ? nil : $0 } }
        let rate = arguments.textIfAny("bandwidth")
        let down = rate ?? base.flatMap { $0.down == .unlimited ? nil : Units.text(of: $0.down) }
        let up = rate ?? base.flatMap { $0.up == .unlimited ? nil : Units.text(of: $0.up) }
        var text = Units.text(of: arguments.durationIfAny("rtt") ?? base?.roundTripTime ?? .zero)
        text +=
            ",jitter=\(Units.text(of: arguments.durationIfAny("jitter") ?? base?.jitter ?? .zero))"
        text +=
            ",loss=\(Units.text(ofFraction: arguments.fractionIfAny("loss") ?? base?.lossRate ?? 0))"
        if let down { text += ",down=\(down)" }
        if let up { text += ",up=\(up)" }
        do {
            let link = try LinkProfile(parsing: text)
            return link == .loopback ? nil : link
        } catch {
            throw arguments.error(
                "--\(parts.joined(separator: ", --")): \(error.value) \(error.problem)",
                remedy: error.remedy)
        }
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
}
