import Glibc
import Link

/// What a paired comparison comes to.
package enum PairedVerdict: String, Hashable, Sendable, Codable, CaseIterable {
    /// The change is better, and by more than the threshold.
    case better
    /// No difference beyond the threshold was found.
    case same
    /// The change is worse, and by more than the threshold.
    case worse
    /// The measurement cannot decide it.
    case cannotTell = "cannot-tell"
    /// The figure cannot be had of these programs.
    case notMeasured = "not-measured"
}

/// Under what conditions a pass was made.
package struct PairedConditions: Hashable, Sendable {
    /// The share of processor time that other machines took; nil where the kernel does not say.
    package var stealShare: Double?
    /// How late the generator woke for what was due by the clock, in 1 % of the cases or fewer.
    package var latenessP99Nanoseconds: Int64
    /// Whether the pass ended before its time.
    package var isInterrupted: Bool

    package init(
        stealShare: Double? = nil, latenessP99Nanoseconds: Int64 = 0, isInterrupted: Bool = false
    ) {
        self.stealShare = stealShare
        self.latenessP99Nanoseconds = latenessP99Nanoseconds
        self.isInterrupted = isInterrupted
    }
}

/// When a difference between two programs counts.
///
/// Two conditions, of which one alone would not do: the bound says that there is a difference at
/// all, the threshold that it matters. On data of identical programs the bound alone flags 1 % of the
/// cases by its very definition; both together flagged at most 1.2 % of the cases in the worst of six
/// configurations, and 0.2 % on average, with 15 restarts.
package struct PairedRule: Hashable, Sendable {
    /// The least difference that counts, as a share of the base: 3 % of the processor time of a
    /// delivery is 100 ns, and smaller ones drown in how a build happens to lie in memory.
    package var threshold = 0.03
    /// How sure each bound is, on its own side.
    package var confidence = 0.99
    /// Beyond these the machine made the figures and not the programs: a share of stolen time, and
    /// the tick of a kernel with HZ = 250, after which a thread that was in the way is put aside.
    package var stealLimit = 0.05
    package var latenessLimit = Duration.milliseconds(4)

    package init(threshold: Double = 0.03) {
        self.threshold = threshold
    }

    /// The fewest restarts that can decide anything.
    package var fewestRestarts: Int { SignedRank.fewestRanks(confidence: confidence) }

    /// What the restarts of one figure come to, of which less is better.
    package func judge(
        _ restarts: [PairedRestart], under conditions: PairedConditions
    ) -> PairedJudgement {
        guard
            let located = HodgesLehmann(restarts.map(\.logRatio), confidence: confidence)
        else {
            return PairedJudgement(verdict: .cannotTell, reason: "no restart has the figure")
        }
        var judgement = PairedJudgement(
            verdict: .same, reason: doubt(about: restarts.count, under: conditions),
            restarts: restarts.count, logRatio: located.estimate, lower: located.lower,
            upper: located.upper, base: Statistics.median(of: restarts.map(\.base)),
            change: Statistics.median(of: restarts.map(\.change)))
        let least = log(1 + threshold)
        if judgement.reason != nil {
            judgement.verdict = .cannotTell
        } else if let lower = located.lower, lower > 0, located.estimate > least {
            judgement.verdict = .worse
        } else if let upper = located.upper, upper < 0, located.estimate < -least {
            judgement.verdict = .better
        }
        return judgement
    }

    /// Why nothing can be decided; nil when something can.
    private func doubt(about restarts: Int, under conditions: PairedConditions) -> String? {
        if let share = conditions.stealShare, share > stealLimit {
            return "other machines took \(percent(share)) of the processor time, "
                + "and more than \(percent(stealLimit)) is too much"
        }
        if conditions.latenessP99Nanoseconds > latenessLimit.nanoseconds {
            let late = NumberText.significant(Double(conditions.latenessP99Nanoseconds) / 1e6)
            let limit = NumberText.significant(latenessLimit.seconds * 1e3, digits: 1)
            return
                "the generator woke \(late) ms late at p99, and more than \(limit) ms is too much"
        }
        if conditions.isInterrupted { return "it was interrupted" }
        if restarts < fewestRestarts {
            return "\(restarts) restarts cannot be \(percent(confidence)) sure of anything, "
                + "\(fewestRestarts) can"
        }
        return nil
    }

    private func percent(_ share: Double) -> String {
        NumberText.significant(share * 100, digits: 2) + " %"
    }
}

/// What one pass says of one figure.
package struct PairedJudgement: Hashable, Sendable {
    /// The verdict of this pass.
    package var verdict: PairedVerdict
    /// Why it cannot tell, or has no figure; nil otherwise.
    package var reason: String?
    /// The restarts that it rests on.
    package var restarts: Int
    /// The estimate of ln(change ÷ base), and its bounds; nil where there are none.
    package var logRatio: Double?
    package var lower: Double?
    package var upper: Double?
    /// The medians of the figure itself over the restarts.
    package var base: Double?
    package var change: Double?

    package init(
        verdict: PairedVerdict, reason: String? = nil, restarts: Int = 0, logRatio: Double? = nil,
        lower: Double? = nil, upper: Double? = nil, base: Double? = nil, change: Double? = nil
    ) {
        self.verdict = verdict
        self.reason = reason
        self.restarts = restarts
        self.logRatio = logRatio
        self.lower = lower
        self.upper = upper
        self.base = base
        self.change = change
    }
}

extension PairedVerdict {
    /// What two passes with fresh processes come to: a difference only if both found the same one,
    /// so that a false alarm needs two coincidences. When the second cannot tell, nobody can.
    package static func combined(_ first: PairedVerdict, _ second: PairedVerdict) -> PairedVerdict {
        switch (first, second) {
        case (_, .cannotTell), (.cannotTell, _): .cannotTell
        case (.notMeasured, _), (_, .notMeasured): .notMeasured
        case (.worse, .worse): .worse
        case (.better, .better): .better
        default: .same
        }
    }
}
