import Link
import LinkEmulation
import Measurement
import Reactor
import Reporting

extension Command {
    /// `pushbench sweep`.
    static let sweep = Command(
        spec: CommandSpec(
            "sweep", summary: "Measure the same at several values of one option.",
            discussion: """
                Makes a run for each value, one after the other, and shows every figure over the
                values: which technique is ahead at which, and where the order changes. One option
                is swept over at a time; all others are those of run, but the gap probe is left out
                unless --gap-rtt asks for it. Ctrl-C ends the sweep and keeps the values measured;
                a value that cannot be measured does not lose the others.
                """,
            options: [over] + options + SeriesOutputs.options + [strict],
            examples: [
                .init(
                    command: "pushbench sweep --over rtt=0,20ms,50ms,100ms -t longpoll,sse,ws",
                    note: "What distance does to long polling:"),
                .init(
                    command:
                        "pushbench sweep --over rate=1,5,20,100 -t poll,longpoll,ws --rtt 50ms",
                    note: "From which rate on asking in batches is cheaper than a stream:"),
                .init(
                    command: "pushbench sweep --scenario pimentel --html pimentel.html",
                    note: "A sweep that was published, with its charts:"),
                .init(
                    command: "pushbench sweep --over 'link=lan;4g;4g,loss=1%' -t sse,ws",
                    note: "Values with commas of their own stand between semicolons:"),
            ]),
        run: { try SweepCommand($0).run() })

    private static let over = OptionSpec(
        "over", .text, placeholder: "OPTION=VALUES", group: "Sweep",
        help: "The option that is changed, and its values with commas between them: any option "
            + "below that takes one value. Without it, the sweep of the scenario.")

    /// A sweep is many runs, so that each is shorter and smaller than a run by itself: four values
    /// and eight techniques shall take less than three minutes.
    private static let shorter = ["clients": "100", "duration": "3s", "gap-rtt": "0"]

    private static let options = RunRequest.options.map { option in
        shorter[option.name].map { option.defaulting(to: $0) } ?? option
    }

    private static let strict = OptionSpec(
        "strict", .flag, group: "Output",
        help: "End with exit code 4 when there is any warning.")
}

/// `pushbench sweep`: a run for each value of an option, their record, and its report.
struct SweepCommand {
    private let plan: SweepPlan
    private let requests: [RunRequest]
    private let outputs: SeriesOutputs
    private let isStrict: Bool

    /// Every run is checked before the first begins.
    init(_ given: ParsedArguments) throws {
        let scenario = try given.scenarioIfAny()
        let plan = try Self.plan(given, scenario)
        if given.isGiven(plan.option.name) {
            throw given.error(
                "--\(plan.option.name) is what the sweep is over",
                remedy: "give it in --over, with the other values")
        }
        if plan.option.name == "link-tier" {
            throw given.error(
                "--over link-tier: all runs of a sweep are on one kind of network",
                remedy: "make a run for each tier, and pushbench report all of their records")
        }
        self.plan = plan
        requests = try plan.points.map { point in
            let own = given.setting(plan.option.name, to: point.value)
            var request = try RunRequest(scenario.map { own.applying($0) } ?? own)
            request.label = "\(plan.option.name) \(point.text)"
            return request
        }
        outputs = try SeriesOutputs(given)
        isStrict = given.flag("strict")
    }

    private static func plan(
        _ arguments: ParsedArguments, _ scenario: ScenarioFile?
    ) throws -> SweepPlan {
        guard let text = arguments.textIfAny("over") else {
            guard let plan = scenario?.sweep else {
                throw arguments.error(
                    scenario == nil
                        ? "--over is missing" : "the scenario has no sweep and --over is missing",
                    remedy: "write for example --over rtt=0,20ms,50ms,100ms")
            }
            return plan
        }
        do {
            return try SweepPlan(parsing: text, options: RunRequest.settings)
        } catch {
            throw arguments.error("--over \(error.subject)", remedy: error.remedy)
        }
    }

    /// Makes the runs. It must be the first thing that the process does.
    func measure() throws -> RecordSeries {
        // The network is entered first, while the process has one thread.
        let network = LabNetwork(tier: requests[0].tier, seed: requests[0].scenario.seed)
        return try SeriesRun(plan: plan, requests: requests)
            .run(on: network, interruption: try Interruption())
    }

    func run() throws -> ExitCode {
        let series = try measure()
        try outputs.write(series)
        if !series.failures.isEmpty { return .couldNotRun }
        if series.partial { return .cannotTell }
        return isStrict && series.hasWarnings ? .cannotTell : .fine
    }
}
