import FoundationEssentials
import Link
import LinkEmulation
import LoadGen
import Measurement
import Transports
import Wire

/// A run that can begin: what was asked for, checked, and what the scenario only names.
struct RunRequest {
    /// What is to be measured.
    var scenario: Scenario
    /// The fields that clients send.
    var headers: HeaderProfile
    /// Somebody else's server that is to be measured; nil for one of the run's own.
    var target: RunTarget?
    /// How the link is to be made; nil for the best way.
    var tier: LinkTier?
    /// The processor for the server's first thread; nil for any.
    var serverProcessor: Int?
    /// The processor for the generator's first thread; nil for any.
    var clientProcessor: Int?
    /// Whether no progress is shown.
    var isQuiet: Bool
    /// What errors begin with: "pushbench run".
    var place: String
    /// Which of several runs this is, for the progress line: "rtt 20ms"; empty for a run by itself.
    var label = ""

    /// What the options of `RunRequest.options` say, above what the scenario says that they name; the
    /// command must have all of them, and `quiet`.
    init(_ given: ParsedArguments) throws {
        let arguments = try given.applyingScenario()
        var scenario = try Self.scenario(arguments)
        let target = try Self.target(arguments)
        if let target { try Self.note(target, in: &scenario, arguments) }
        self.init(
            scenario, headers: try Self.headers(named: arguments.text("headers"), arguments),
            arguments)
        self.target = target
    }

    /// A scenario from elsewhere, with what the options say beside it.
    init(_ scenario: Scenario, headers: HeaderProfile, _ arguments: ParsedArguments) {
        self.scenario = scenario
        self.headers = headers
        tier = LinkTier(rawValue: arguments.choice("link-tier"))
        serverProcessor = arguments.countIfAny("server-processor")
        clientProcessor = arguments.countIfAny("client-processor")
        isQuiet = arguments.flag("quiet")
        place = arguments.command.place
    }

    /// An error about what was asked for, with the name of the command.
    func error(_ problem: String, remedy: String) -> UsageError {
        UsageError(place: place, problem: problem, remedy: remedy)
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
        // All events are due at the start: behind a warm-up there would be none to measure.
        if scenario.arrivals == .saturate, !arguments.isGiven("warmup") { scenario.warmup = .zero }
        scenario.link = try link(arguments)
        let gap = arguments.duration("gap-rtt")
        scenario.gapRoundTrip = gap > .zero ? gap : nil
        scenario.lockstep = arguments.flag("lockstep")
        scenario.sideBySide = arguments.flag("side-by-side")
        scenario.deflates = try arguments.deflates()
        if arguments.flag("nagle") { scenario.mistakes.insert(.nagle) }
        if arguments.flag("two-writes") { scenario.mistakes.insert(.twoWrites) }
        try addFault(to: &scenario, arguments)
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

    /// The set of header fields of this name, or of the file at this path.
    static func headers(
        named name: String, _ arguments: ParsedArguments
    ) throws -> HeaderProfile {
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
}
