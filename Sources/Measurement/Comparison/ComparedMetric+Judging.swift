import Glibc

extension ComparedMetric {
    /// The figure called `metric` as `restarts` have it, judged.
    package init(
        metric: String, connections: Int, unit: String, restarts: [PairedRestart],
        rule: PairedRule, conditions: PairedConditions
    ) {
        let judgement = rule.judge(restarts, under: conditions)
        self.init(
            metric: metric, connections: connections, unit: unit, base: judgement.base,
            change: judgement.change, ratio: judgement.logRatio.map { exp($0) },
            lowerRatio: judgement.lower.map { exp($0) },
            upperRatio: judgement.upper.map { exp($0) }, verdict: judgement.verdict,
            reason: judgement.reason, restartRatios: restarts.map { exp($0.logRatio) })
    }

    /// A figure that these programs do not have, for `reason`.
    package static func notMeasured(
        _ metric: String, connections: Int, unit: String, reason: String
    ) -> ComparedMetric {
        ComparedMetric(
            metric: metric, connections: connections, unit: unit, base: nil, change: nil,
            ratio: nil, lowerRatio: nil, upperRatio: nil, verdict: .notMeasured, reason: reason,
            restartRatios: [])
    }

    /// The name as checks write it: the figure's, and how many connections it was measured with.
    package var name: String { "\(metric)@\(connections)" }
}

extension ProgramComparison {
    /// One figure with everything that was found out about it.
    package struct Outcome: Hashable, Sendable {
        /// The technique's id.
        package let transport: String
        /// The figure as the last pass has it.
        package let last: ComparedMetric
        /// The same of the pass before; nil when there was one pass only.
        package let first: ComparedMetric?
        /// What both come to.
        package let verdict: PairedVerdict
    }

    /// Every technique's figures, in the order in which they were measured.
    package var outcomes: [Outcome] {
        var transports: [String] = []
        for pass in passes where !transports.contains(pass.transport) {
            transports.append(pass.transport)
        }
        return transports.flatMap { transport -> [Outcome] in
            let own = passes.filter { $0.transport == transport }
            guard let last = own.last else { return [] }
            return last.metrics.map { metric in
                let first =
                    own.count > 1 ? own[0].metrics.first { $0.name == metric.name } : nil
                return Outcome(
                    transport: transport, last: metric, first: first,
                    verdict: first.map { .combined($0.verdict, metric.verdict) }
                        ?? metric.verdict)
            }
        }
    }

    /// What was found out, as checks.
    package var checks: [CheckResult] {
        outcomes.map { outcome in
            CheckResult(
                kind: .paired, transport: outcome.transport, metric: outcome.last.name,
                outcome: outcome.verdict.checkOutcome, message: outcome.sentence,
                unit: outcome.last.unit, expected: outcome.last.base, actual: outcome.last.change)
        }
    }
}

extension ProgramComparison.Outcome {
    /// The verdict with its figures, as one sentence.
    package var sentence: String {
        let found = Self.difference(of: last)
        switch verdict {
        case .notMeasured:
            return "Not measured: \(last.reason ?? "there is no such figure")."
        case .cannotTell:
            let reason = last.reason ?? first?.reason ?? "the measurement is too noisy"
            return "Cannot tell: \(reason)."
        case .worse, .better:
            let twice = first.map { ", after \(Self.difference(of: $0)) in the first pass" } ?? ""
            return "The change is \(verdict.rawValue): \(found)\(twice)."
        case .same:
            guard let first, first.verdict != .same else {
                return "No difference beyond the threshold: \(found)."
            }
            return "Not found again: \(found), after \(Self.difference(of: first)) in the first "
                + "pass."
        }
    }

    /// `+4.3 % (+3.7 % to +4.9 %)`.
    private static func difference(of metric: ComparedMetric) -> String {
        guard let ratio = metric.ratio else { return "no figure" }
        let bounds = [metric.lowerRatio, metric.upperRatio].compactMap(\.self).map(percent)
        return percent(ratio) + (bounds.count == 2 ? " (\(bounds[0]) to \(bounds[1]))" : "")
    }

    /// A ratio as a signed difference, to a tenth of a percent.
    private static func percent(_ ratio: Double) -> String {
        let text = NumberText.fixed(abs(ratio - 1) * 100, places: 1)
        return (text == "0.0" ? "±" : ratio < 1 ? "−" : "+") + text + " %"
    }
}

extension PairedVerdict {
    /// The verdict as a check has it.
    package var checkOutcome: CheckResult.Outcome {
        switch self {
        case .better: .better
        case .same: .passed
        case .worse: .failed
        case .cannotTell: .cannotTell
        case .notMeasured: .skipped
        }
    }
}
