import Link
import Measurement
import Reporting

/// What `--find-max` asks for: a search for the greatest load that a technique carries, checked.
struct FindMaxOrder {
    /// The load that is raised.
    enum Subject: String, CaseIterable {
        /// Events a second, for `--clients`.
        case rate
        /// Clients, at `--rate`.
        case clients
    }

    /// The options that say so, in the order of help; `run` alone has them.
    static let options = [
        OptionSpec(
            "find-max", .choice(Subject.allCases.map { Choice($0.rawValue) }), group: "Search",
            help: "Search for the greatest load that each technique carries: the highest rate for "
                + "--clients, or the most clients at --rate. It begins at what is given, goes up by "
                + "a factor of two until a step breaks a limit twice, and halves the rest."),
        OptionSpec(
            "limit", .text, default: defaultLimit.text, repeatable: true,
            placeholder: "FIGURE=MOST", group: "Search",
            help: "What a load must keep to: p50=, p99=, p999= and loss=, with commas between "
                + "them or each by itself. Nothing may be lost unless loss= says how much."),
        OptionSpec(
            "searches", .count(1...100), default: "3", group: "Search",
            help: "How often it is searched for: saturation has a cliff, and is another each time."),
        OptionSpec(
            "find-resolution", .fraction(0.01...0.5), default: "5%", group: "Search",
            help: "How close a load that passed and one that failed must be to end a search."),
    ]

    /// What a user waits for without noticing (R. B. Miller, 1968).
    private static let defaultLimit = LoadLimit(.p99, most: 100e6)
    /// The length of a step unless one is given.
    private static let duration = Duration.seconds(3)
    /// Enough for congestion windows and buffers on one machine.
    private static let warmup = Duration.milliseconds(500)
    /// What has not arrived so long after a step is lost; more would only stretch steps that fail.
    private static let drain = Duration.seconds(2)

    /// The load that is raised.
    let subject: Subject
    /// What it must keep to.
    let limits: [LoadLimit]
    /// How close the ends of a search must be.
    let resolution: Double
    /// How often it is searched for.
    let searches: Int
    /// A step, at the load that is tried first.
    let request: RunRequest

    /// What was asked for; nil when it is no search.
    init?(_ given: ParsedArguments) throws {
        let subject = given.choiceIfAny("find-max").flatMap { Subject(rawValue: $0) }
        guard let subject else {
            try Self.refuseStray(given)
            return nil
        }
        let arguments = try given.applyingScenario()
        var request = try RunRequest(given)
        try Self.refuseTogether(request.scenario, given)
        if !arguments.isGiven("duration") { request.scenario.duration = Self.duration }
        if !arguments.isGiven("warmup") { request.scenario.warmup = Self.warmup }
        if !arguments.isGiven("drain") { request.scenario.drainLimit = Self.drain }
        request.scenario.gapRoundTrip = nil
        self.subject = subject
        self.request = request
        limits = try Self.limits(given)
        resolution = given.fraction("find-resolution")
        searches = given.count("searches")
        try checkResolution(given)
    }

    // MARK: - The search

    /// Fewer events in a step say nothing of percentiles.
    private static let fewestEvents = 10.0
    /// The most that is tried: a schedule of a step is held in memory, 8 bytes an event.
    private static let highestRate = 2e6
    /// As many as `--clients` takes.
    private static let mostClients = 1e6

    /// A search of the load, from what was given on.
    var settings: KneeSearch.Settings {
        let scenario = request.scenario
        switch subject {
        case .rate:
            let lowest = Self.fewestEvents / scenario.duration.seconds
            return KneeSearch.Settings(
                start: scenario.ratePerSecond,
                range: min(
                    lowest, scenario.ratePerSecond)...max(
                        Self.highestRate, scenario.ratePerSecond),
                resolution: resolution)
        case .clients:
            return KneeSearch.Settings(
                start: Double(scenario.clients), range: 1...Self.mostClients,
                resolution: resolution, isWhole: true)
        }
    }

    /// A step of one technique at this load.
    func step(of transport: String, at load: Double) -> RunRequest {
        var step = request
        step.scenario.transports = [transport]
        switch subject {
        case .rate: step.scenario.ratePerSecond = load
        case .clients: step.scenario.clients = Int(load)
        }
        return step
    }

    /// The load as the option is written.
    func text(of load: Double) -> String {
        switch subject {
        case .rate: Units.text(ofRate: load)
        case .clients: "\(Int(load))"
        }
    }

    /// The unit of the load, as series name units.
    var unit: String {
        switch subject {
        case .rate: "1/s"
        case .clients: "1"
        }
    }

    // MARK: - Limits

    private static func limits(_ arguments: ParsedArguments) throws -> [LoadLimit] {
        var limits: [LoadLimit] = []
        for text in arguments.texts("limit").flatMap({ $0.split(separator: ",") }) {
            let limit: LoadLimit
            do {
                limit = try LoadLimit(parsing: String(text))
            } catch {
                throw arguments.error("--limit \(error.subject)", remedy: error.remedy)
            }
            guard !limits.contains(where: { $0.figure == limit.figure }) else {
                throw arguments.error(
                    "--limit has \(limit.figure.rawValue) twice", remedy: "give each figure once")
            }
            limits.append(limit)
        }
        if !limits.contains(where: { $0.figure != .loss }) { limits.append(defaultLimit) }
        if !limits.contains(where: { $0.figure == .loss }) {
            limits.append(LoadLimit(.loss, most: 0))
        }
        return limits
    }

    /// A limit must be short beside a step. With a share e of the load too much, an event that is due
    /// at t is late by e·t, so that a small e stays within a long limit until the step is over.
    private func checkResolution(_ arguments: ParsedArguments) throws {
        let warmup = request.scenario.warmup.seconds
        let duration = request.scenario.duration.seconds
        let latencies = limits.filter { $0.figure != .loss }.map { limit in
            (limit, seconds: limit.most / 1e9, part: limit.figure == .p50 ? 0.5 : 1)
        }
        let tightest = latencies.min {
            $0.seconds / (warmup + duration * $0.part) < $1.seconds / (warmup + duration * $1.part)
        }
        guard let tightest,
            tightest.seconds > resolution * (warmup + duration * tightest.part)
        else { return }
        let overload = tightest.seconds / (warmup + duration * tightest.part)
        let needed = ((tightest.seconds / resolution - warmup) / tightest.part).rounded(.up)
        throw arguments.error(
            "--limit \(tightest.0.text) hides an overload of up to "
                + "\(Readable.percent(overload)) in steps of "
                + "\(Units.text(of: request.scenario.duration)), more than --find-resolution "
                + Units.text(ofFraction: resolution),
            remedy: "give --duration \(Units.text(of: .seconds(needed))), a shorter limit or a "
                + "coarser resolution")
    }

    // MARK: - Contradictions

    private static func refuseStray(_ arguments: ParsedArguments) throws {
        for name in ["limit", "searches", "find-resolution"] where arguments.isGiven(name) {
            throw arguments.error(
                "--\(name) says something about a search, and there is none",
                remedy: "add --find-max rate or --find-max clients, or leave out --\(name)")
        }
    }

    /// What a search makes no sense with.
    private static func refuseTogether(_ scenario: Scenario, _ given: ParsedArguments) throws {
        let contradictions: [(isThere: Bool, problem: String, remedy: String)] = [
            (
                scenario.arrivals == .saturate,
                "--arrivals saturate has every event due at once, so that there is no rate to find",
                "leave out --arrivals: poisson is what a server meets"
            ),
            (
                scenario.lockstep,
                "--lockstep publishes when every client had the event before, which no load is",
                "leave out --lockstep or --find-max"
            ),
            (
                scenario.sideBySide,
                "--side-by-side puts all techniques on one server, which none has for itself then",
                "leave out --side-by-side: techniques are searched for one after the other"
            ),
            (
                scenario.fault != nil, "--fault breaks every step of a search",
                "leave out --fault or --find-max"
            ),
            (
                scenario.repeats > 1, "--repeat \(scenario.repeats) is for a run at one load",
                "give --searches \(scenario.repeats) and --repeat 1"
            ),
            (
                given.isGiven("gap-rtt") && given.duration("gap-rtt") > .zero,
                "--gap-rtt asks for a gap probe, which a search has none of",
                "leave out --gap-rtt"
            ),
            (
                given.flag("github"), "--github annotates the record of one run",
                "leave out --github; --markdown writes what a step's summary can show"
            ),
        ]
        for contradiction in contradictions where contradiction.isThere {
            throw given.error(
                "\(contradiction.problem) (--find-max)", remedy: contradiction.remedy)
        }
        let formats = SeriesReport.all.map(\.name)
        for report in Report.all where !report.isForTerminal && !formats.contains(report.name) {
            guard given.isGiven(report.name) else { continue }
            throw given.error(
                "--\(report.name) shows one run, and a search is many (--find-max)",
                remedy: "there are --json, --markdown, --csv and --html")
        }
    }
}
