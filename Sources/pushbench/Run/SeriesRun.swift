import Link
import LinkEmulation
import Measurement
import Reactor

/// The runs of a sweep, one after the other on one network, and the series that they make.
struct SeriesRun {
    /// What is changed from run to run.
    let plan: SweepPlan
    /// A run for each of the plan's points.
    let requests: [RunRequest]

    /// Measures every point. Those measured before an interruption are kept, and those beside one
    /// that could not be measured.
    ///
    /// - Throws: what is wrong with what was asked for, and what kept every point from being measured.
    func run(on network: LabNetwork, interruption: Interruption) throws -> RecordSeries {
        let started = MonotonicClock.now()
        let startedWall = MonotonicClock.wall()
        var measured: [(point: Int, record: RunRecord)] = []
        var failures: [RecordSeries.Failure] = []
        for (index, request) in requests.enumerated() {
            guard !interruption.hasCome else { break }
            var request = request
            if !request.isQuiet {
                Terminal.errors.write("Point \(index + 1) of \(requests.count): \(request.label)\n")
            }
            request.label = "\(index + 1)/\(requests.count) \(request.label)"
            let value = plan.points[index].text
            do {
                let run = BenchRun(request, on: network, interruption: interruption)
                let outcome = try run.run()
                if !outcome.record.results.isEmpty { measured.append((index, outcome.record)) }
                if outcome.hasFailed {
                    let causes = outcome.record.warnings.filter { $0.id == "round-failed" }
                    failures.append(
                        RecordSeries.Failure(
                            value: value, reason: causes.map(\.cause).joined(separator: " ")))
                }
            } catch let error as UsageError {
                throw error
            } catch {
                network.close()
                failures.append(RecordSeries.Failure(value: value, reason: "\(error)"))
                if !request.isQuiet { Terminal.errors.write("\(request.label): \(error)\n") }
                guard measured.isEmpty, index == requests.count - 1 else { continue }
                throw error
            }
        }
        return RecordSeries(
            tool: .current, started: RunRecord.timestamp(secondsSince1970: startedWall),
            durationNanoseconds: (MonotonicClock.now() - started).nanoseconds,
            command: ["pushbench"] + CommandLine.arguments.dropFirst(),
            parameter: plan.parameter(of: measured.map(\.point)),
            partial: interruption.hasCome || measured.count < requests.count || !failures.isEmpty,
            failures: failures, runs: measured.map(\.record))
    }
}
