import Link
import LinkEmulation
import Measurement
import Reporting

/// `pushbench run --find-max`: the search, its report, and its record.
struct FindMaxCommand {
    private let order: FindMaxOrder
    private let outputs: SeriesOutputs
    private let isStrict: Bool

    /// The search that was asked for; nil when it is a plain run.
    init?(_ arguments: ParsedArguments) throws {
        guard let order = try FindMaxOrder(arguments) else { return nil }
        self.order = order
        outputs = try SeriesOutputs(arguments)
        isStrict = arguments.flag("strict")
    }

    func run() throws -> ExitCode {
        // The network is entered first, while the process has one thread.
        let network = LabNetwork(
            tier: order.request.tier, seed: order.request.scenario.seed)
        let search = FindMaxRun(order, on: network, interruption: try Interruption())
        let series = try search.run()
        try outputs.write(series)
        if series.partial { return .cannotTell }
        return isStrict && series.isDoubtful ? .cannotTell : .fine
    }
}

extension RecordSeries {
    /// Whether a run that stands for a knee carries a warning, or somebody else than the server was the
    /// limit. What broke its limits carries some by its nature.
    fileprivate var isDoubtful: Bool {
        let searches = (findings?.knees ?? []).flatMap(\.searches)
        return searches.contains { search in
            search.passedRun.map { runs[$0].hasWarnings } ?? true
                || (search.party.map { $0 != .server } ?? true)
        }
    }
}
