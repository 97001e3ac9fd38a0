import Link
import Measurement

/// Two programs in pairs: a row for each figure, and what it comes to.
package enum ComparisonSection {
    /// The section of a record that compares two programs; nil for others.
    package static func section(for record: RunRecord) -> Section? {
        guard let comparison = record.comparison, !comparison.passes.isEmpty else { return nil }
        let outcomes = comparison.outcomes
        let threshold = Readable.percent(comparison.threshold)
        let slice = Readable.duration(nanoseconds: Double(comparison.sliceNanoseconds))
        return Section(
            title: "\(comparison.change) against \(comparison.base)",
            table: table(of: outcomes, confidence: comparison.confidence),
            notes: reasons(outcomes) + wide(outcomes) + comparison.passes.map(circumstances)
                + [closing(outcomes, threshold: threshold)],
            legend:
                "Medians over \(Readable.count(comparison.restarts, "restart")) of "
                + "\(Readable.count(comparison.pairs, "pair")) of slices of \(slice), as many "
                + "clients as stand behind the figure's name; the ratio is change ÷ base within "
                + "pairs (Hodges–Lehmann), each bound by exact signed ranks. Worse: a lower bound "
                + "above 1 and more than \(threshold) by estimate, in two passes.")
    }

    private static func table(
        of outcomes: [ProgramComparison.Outcome], confidence: Double
    ) -> TextTable {
        var table = TextTable(columns: [
            .init("transport", .left), .init("figure", .left), .init("base"), .init("change"),
            .init("ratio"), .init("\(Readable.percent(confidence)) bounds"),
            .init("verdict", .left),
        ])
        for outcome in outcomes {
            let metric = outcome.last
            table.append([
                .init(outcome.transport), .init(metric.name), .init(value(metric.base, metric)),
                .init(value(metric.change, metric)), .init(ratio(metric.ratio)),
                .init(bounds(of: metric)), verdict(outcome.verdict),
            ])
        }
        return table
    }

    private static func value(_ value: Double?, _ metric: ComparedMetric) -> String {
        guard let value else { return Readable.nothing }
        return metric.unit == MetricUnit.nanoseconds.text
            ? Readable.duration(nanoseconds: value) : Readable.number(value)
    }

    private static func ratio(_ ratio: Double?) -> String {
        ratio.map { NumberText.fixed($0, places: 3) } ?? Readable.nothing
    }

    private static func bounds(of metric: ComparedMetric) -> String {
        guard metric.lowerRatio != nil || metric.upperRatio != nil else { return Readable.nothing }
        return "\(ratio(metric.lowerRatio)) … \(ratio(metric.upperRatio))"
    }

    private static func verdict(_ verdict: PairedVerdict) -> TextTable.Cell {
        switch verdict {
        case .better: .init("better", .good)
        case .same: .init("same")
        case .worse: .init("worse", .bad)
        case .cannotTell: .init("cannot tell", .doubtful)
        case .notMeasured: .init("not measured", .faint)
        }
    }

    /// What the table cannot say: why there is no verdict, and what two passes found.
    private static func reasons(_ outcomes: [ProgramComparison.Outcome]) -> [String] {
        var reasons: [String] = []
        for outcome in outcomes {
            switch outcome.verdict {
            case .same where outcome.first == nil || outcome.first?.verdict == .same: continue
            case .better where outcome.first == nil: continue
            case .better, .same, .worse, .cannotTell, .notMeasured: break
            }
            let isOfAll = outcome.verdict == .cannotTell || outcome.verdict == .notMeasured
            let subject = isOfAll ? "" : "\(outcome.transport) \(outcome.last.name): "
            let sentence = subject + outcome.sentence
            if !reasons.contains(sentence) { reasons.append(sentence) }
        }
        return reasons
    }

    /// The most that may be hidden in a figure that is called the same without being said so: what a
    /// default comparison is sure to find.
    private static let unremarkable = 1.1

    /// Figures in which a difference may be hidden, because their bounds lie far apart.
    private static func wide(_ outcomes: [ProgramComparison.Outcome]) -> [String] {
        outcomes.compactMap { outcome in
            guard outcome.verdict == .same, let upper = outcome.last.upperRatio,
                upper > unremarkable
            else { return nil }
            return "\(outcome.transport) \(outcome.last.name): the bounds are wide, and up to "
                + "\(Readable.percent(upper - 1)) worse would not have been noticed."
        }
    }

    /// What the machine did meanwhile.
    private static func circumstances(_ pass: ComparisonPass) -> String {
        let late = Readable.duration(nanoseconds: Double(pass.latenessP99Nanoseconds))
        let steal = pass.stealShare.map { ", \(Readable.percent($0)) of the processor time stolen" }
        return "\(pass.transport): \(Readable.count(pass.restarts, "restart")), woken "
            + "\(late) late at p99\(steal ?? "")."
    }

    /// What it all comes to, in one sentence.
    private static func closing(
        _ outcomes: [ProgramComparison.Outcome], threshold: String
    ) -> String {
        func names(_ verdict: PairedVerdict) -> [String] {
            outcomes.filter { $0.verdict == verdict }.map { "\($0.transport) \($0.last.name)" }
        }
        let (worse, better, open) = (names(.worse), names(.better), names(.cannotTell))
        if !worse.isEmpty { return "The change is worse in \(Readable.list(worse))." }
        if !open.isEmpty { return "It cannot be told whether the change is worse." }
        if !better.isEmpty {
            return "The change is better in \(Readable.list(better)), and worse in nothing."
        }
        return outcomes.allSatisfy { $0.verdict == .notMeasured }
            ? "Nothing was measured." : "Nothing was found to be worse by more than \(threshold)."
    }
}
