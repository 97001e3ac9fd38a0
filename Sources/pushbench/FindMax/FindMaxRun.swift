import Link
import LinkEmulation
import Measurement
import Reactor
import Reporting

/// The tries of a search, technique after technique on one network, each with a server of its own;
/// and the series that they make.
struct FindMaxRun {
    /// Beside what a step lasts: the server's start, the calibration of the link, the last events.
    private static let overhead = Duration.seconds(1)
    /// Tries of a search that begins near the knee: two steps to either side of it, and three
    /// halvings, of which half fail and are tried again.
    private static let triesOfRepetition = 7

    private let order: FindMaxOrder
    private let network: LabNetwork
    private let interruption: Interruption
    private var series: RecordSeries
    private var findings: KneeFindings
    private var tried = (count: 0, time: Duration.zero)

    /// Prepares the search. The network must have been entered, and the interruption made, before
    /// the process had a second thread.
    init(_ order: FindMaxOrder, on network: LabNetwork, interruption: Interruption) {
        self.order = order
        self.network = network
        self.interruption = interruption
        findings = KneeFindings(limits: order.limits, resolution: order.resolution, knees: [])
        series = RecordSeries(
            tool: .current,
            started: RunRecord.timestamp(secondsSince1970: MonotonicClock.wall()),
            durationNanoseconds: 0, command: ["pushbench"] + CommandLine.arguments.dropFirst(),
            parameter: .init(name: order.subject.rawValue, unit: order.unit, values: []), runs: [])
    }

    /// Searches. What was found before an interruption is kept.
    ///
    /// - Throws: what is wrong with what was asked for, and what kept every try from being measured.
    consuming func run() throws -> RecordSeries {
        let started = MonotonicClock.now()
        for transport in order.request.scenario.transports {
            findings.knees.append(Knee(transport: transport))
            try searchRepeatedly(transport)
            guard !interruption.hasCome else { break }
        }
        series.partial = interruption.hasCome
        series.findings = findings
        series.durationNanoseconds = (MonotonicClock.now() - started).nanoseconds
        return series
    }

    // MARK: - Searches

    /// All searches of one technique: the first from the load that was given on, the others from
    /// about where it ended.
    private mutating func searchRepeatedly(_ transport: String) throws {
        var settings = order.settings
        for number in 1...order.searches {
            let found = try search(transport, number, settings)
            if !found.runs.isEmpty || found.end != .interrupted {
                findings.knees[findings.knees.count - 1].searches.append(found)
            }
            guard found.end != .interrupted else { return }
            settings = order.settings.again(around: found.passed ?? settings.range.lowerBound)
        }
    }

    private mutating func search(
        _ transport: String, _ number: Int, _ settings: KneeSearch.Settings
    ) throws -> Knee.Search {
        var search = KneeSearch(settings)
        var found = Knee.Search()
        while let load = search.next {
            guard !interruption.hasCome else { return found }
            var step = order.step(of: transport, at: load)
            step.label =
                "\(order.subject.rawValue) \(order.text(of: load)), search \(number) of "
                + "\(order.searches), about \(timeLeft(search, number))"
            guard let outcome = try measure(step, load) else { return found }
            if let run = outcome.run { found.runs.append(run) }
            search.take(hasPassed: outcome.causes.isEmpty)
            if search.passed == load {
                found.passed = load
                found.passedRun = outcome.run
            } else if search.failed == load {
                found.failed = load
                found.failedRun = outcome.run
                found.causes = outcome.causes + outcome.circumstances
            }
            tell(outcome, isSecondTry: search.next == load)
        }
        found.end =
            switch search.finding {
            case .between: .found
            case .atLeast: .atLeast
            case .below, nil: .below
            }
        return found
    }

    // MARK: - Tries

    /// What came of a try.
    private struct Outcome {
        /// Its place in the series; nil when nothing could be measured.
        var run: Int?
        /// The limits that it broke; none when it passed.
        var causes: [Knee.Cause] = []
        /// Who had no time left.
        var circumstances: [Knee.Cause] = []
    }

    /// Measures one step; nil when the user ended it.
    private mutating func measure(_ step: RunRequest, _ load: Double) throws -> Outcome? {
        let began = MonotonicClock.now()
        let text = order.text(of: load)
        let record: RunRecord
        do {
            let bench = BenchRun(step, on: network, interruption: interruption)
            record = try bench.run().record
        } catch let error as UsageError {
            throw error
        } catch {
            network.close()
            guard !interruption.hasCome else { return nil }
            // Whatever keeps the first load from being measured keeps the others, too.
            guard !series.runs.isEmpty else { throw error }
            if !series.failures.contains(where: { $0.value == text }) {
                series.failures.append(
                    RecordSeries.Failure(
                        value: text, reason: "\(step.scenario.transports[0]): \(error)"))
            }
            return Outcome(causes: [.notMeasured])
        }
        guard !record.partial, let result = record.results.first else { return nil }
        tried.count += 1
        tried.time += MonotonicClock.now() - began
        series.parameter.values.append(.init(text: text, number: load))
        series.runs.append(record)
        let all = Knee.Cause.all(
            in: result, limits: order.limits, serverLoops: step.scenario.serverLoops)
        return Outcome(
            run: series.runs.count - 1, causes: all.filter(\.isLimit),
            circumstances: all.filter { !$0.isLimit })
    }

    // MARK: - Progress

    /// Says what came of a try, and whether it is made again.
    private func tell(_ outcome: Outcome, isSecondTry: Bool) {
        guard !order.request.isQuiet else { return }
        var words = outcome.causes.isEmpty ? "  passed" : "  failed"
        let names = (outcome.causes + outcome.circumstances).map(\.rawValue)
        if !names.isEmpty { words += " (\(names.joined(separator: ", ")))" }
        Terminal.errors.write(words + (isSecondTry ? ", once more\n" : "\n"))
    }

    /// About how much longer it takes: what the tries took so far, or a step should, for as many as
    /// are expected in this search, in those after it, and of the techniques after it.
    private func timeLeft(_ search: KneeSearch, _ number: Int) -> String {
        let scenario = order.request.scenario
        let expected =
            scenario.warmup + scenario.duration + Self.overhead
            + .seconds(Double(scenario.clients) / scenario.connectRatePerSecond)
        let each = tried.count > 0 ? tried.time / tried.count : expected
        let repetitions = Self.triesOfRepetition * (order.searches - 1)
        let techniques = scenario.transports.count - findings.knees.count
        let own = KneeSearch(order.settings).triesLeft
        let first = max(findings.knees[0].searches.first?.runs.count ?? own, own)
        let tries =
            search.triesLeft + Self.triesOfRepetition * (order.searches - number)
            + techniques * (first + repetitions)
        let seconds = (each * tries).seconds
        return seconds < 90
            ? "\(Int(seconds.rounded(.up))) s left" : "\(Int((seconds / 60).rounded(.up))) min left"
    }
}
