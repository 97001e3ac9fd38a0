import Measurement

/// A figure as it was measured and as theory has it, over the rounds of a contender: the medians, and
/// the worst verdict.
struct Comparison {
    /// What was measured; nil when nothing was.
    let measured: Double?
    /// What theory says; nil where its law does not hold under the run's conditions.
    let predicted: Double?
    /// How they agree.
    let verdict: Verdict

    /// Both, in another unit; nil without one.
    func divided(by unit: Double) -> Comparison? {
        guard unit > 0 else { return nil }
        return Comparison(
            measured: measured.map { $0 / unit }, predicted: predicted.map { $0 / unit },
            verdict: verdict)
    }
}

extension Contender {
    /// The figure whose name in the record is, or begins with, `metric`: `latency_ns.mean`, or
    /// `bytes_per_event.` for the sum of all classes and directions. Nil when theory does not name it.
    func comparison(_ metric: String) -> Comparison? {
        let rounds = self.rounds.compactMap { result in
            Self.sum(of: (result.prediction?.rows ?? []).filter { $0.metric.hasPrefix(metric) })
        }
        guard let first = rounds.first else { return nil }
        let verdict = Verdict.overall(rounds.map(\.verdict))
        return Comparison(
            measured: Statistics.median(of: rounds.compactMap(\.measured)),
            predicted: Statistics.median(of: rounds.compactMap(\.predicted)),
            // What is said of several that cannot be compared forgets why.
            verdict: verdict.reason == nil ? verdict : first.verdict)
    }

    private static func sum(of rows: [PredictionRow]) -> Comparison? {
        guard let first = rows.first else { return nil }
        let measured = rows.compactMap(\.measured)
        let verdict = Verdict.overall(rows.map(\.verdict))
        // Without a law the number is only what the formula would give if it held; without a
        // measurement the law stands, and nobody knows.
        let isExcluded = verdict.reason != nil && !measured.isEmpty
        return Comparison(
            measured: measured.isEmpty ? nil : measured.reduce(0, +),
            predicted: isExcluded ? nil : rows.reduce(0) { $0 + $1.predicted },
            verdict: verdict.reason == nil ? verdict : first.verdict)
    }

    /// What theory and measurement come to, all in all; nil when there is no prediction.
    var verdict: Verdict? {
        let verdicts = rounds.compactMap { $0.prediction?.verdict }
        guard let first = verdicts.first else { return nil }
        let verdict = Verdict.overall(verdicts)
        return verdict.reason == nil ? verdict : first
    }

    /// The rounds in which some figure is off.
    var roundsOff: Int {
        rounds.filter { $0.prediction?.verdict.miss != nil }.count
    }

    /// The law in one line, as the first round that has a prediction words it.
    var law: String? {
        rounds.lazy.compactMap { $0.prediction?.law }.first
    }
}
