import Foundation
import Link
import Measurement
import Testing

@Suite("The rule for pairs")
struct PairedRuleTests {
    /// Restarts with these differences, in percent of the base.
    private static func restarts(_ percents: [Double]) -> [PairedRestart] {
        percents.map { percent in
            PairedRestart(logRatio: log(1 + percent / 100), base: 100, change: 100 + percent)
        }
    }

    private static let steady = PairedConditions(stealShare: 0.01, latenessP99Nanoseconds: 100_000)

    /// Fifteen restarts around `percent`.
    private static func around(_ percent: Double, spread: Double = 1) -> [Double] {
        (0..<15).map { percent + spread * (Double($0) - 7) / 7 }
    }

    private static let cases: [(percents: [Double], verdict: PairedVerdict)] = [
        (around(0), .same), (around(10), .worse), (around(-10), .better),
        // Beyond doubt, and too little to matter.
        (around(2.5), .same), (around(-2.5), .same), (around(3.2), .worse),
        // Large, and not beyond doubt.
        (around(8, spread: 40), .same),
        // One or two wild restarts do not make a difference, nor hide one.
        (around(0).dropLast(2) + [400, 900], .same),
        (around(10).dropLast(2) + [-60, 300], .worse),
        (Array(around(10).prefix(7)), .worse), (Array(around(10).prefix(6)), .cannotTell),
        ([], .cannotTell),
    ]

    @Test("asks for certainty and for size", arguments: cases)
    func verdicts(percents: [Double], verdict: PairedVerdict) {
        let judgement = PairedRule().judge(Self.restarts(percents), under: Self.steady)
        #expect(judgement.verdict == verdict)
        #expect((judgement.reason != nil) == (verdict == .cannotTell))
        #expect(judgement.restarts == percents.count)
    }

    @Test("takes its threshold as it is given")
    func threshold() {
        let restarts = Self.restarts(Self.around(4))
        #expect(PairedRule(threshold: 0.03).judge(restarts, under: Self.steady).verdict == .worse)
        #expect(PairedRule(threshold: 0.05).judge(restarts, under: Self.steady).verdict == .same)
    }

    private static let doubts: [(conditions: PairedConditions, remark: String)] = [
        (
            .init(stealShare: 0.051),
            "other machines took 5.1 % of the processor time, and more than 5.0 % is too much"
        ),
        (
            .init(stealShare: nil, latenessP99Nanoseconds: 4_400_000),
            "the generator woke 4.40 ms late at p99, and more than 4 ms is too much"
        ),
        (.init(stealShare: 0, isInterrupted: true), "it was interrupted"),
    ]

    @Test("decides nothing that the machine made", arguments: doubts)
    func doubt(conditions: PairedConditions, remark: String) {
        for percent in [0.0, 10, -10] {
            let judgement = PairedRule().judge(
                Self.restarts(Self.around(percent)), under: conditions)
            #expect(judgement.verdict == .cannotTell)
            #expect(judgement.reason == remark)
        }
    }

    @Test("says how many restarts it takes")
    func tooFew() {
        let judgement = PairedRule().judge(Self.restarts([10, 10, 10]), under: Self.steady)
        #expect(judgement.reason == "3 restarts cannot be 99 % sure of anything, 7 can")
    }

    // MARK: - Pairs

    @Test("takes the median of the pairs' ratios")
    func pairs() throws {
        let restart = try #require(
            PairedRestart(pairs: [(100, 110), (200, 220), (50, 500), (100, 90), (10, 11)]))
        #expect(abs(restart.logRatio - log(1.1)) < 1e-12)
        #expect(restart.base == 100 && restart.change == 110)
    }

    @Test("leaves out pairs without a figure, and a restart with too few of the others")
    func incompletePairs() {
        #expect(PairedRestart(pairs: [(100, 110), (nil, 5), (100, 0), (100, 110)]) != nil)
        #expect(PairedRestart(pairs: [(100, 110), (nil, 5), (0, 5)]) == nil)
        #expect(PairedRestart(pairs: [(nil, nil)]) == nil)
        #expect(PairedRestart(pairs: []) == nil)
    }

    // MARK: - Two passes

    private static let passes: [(PairedVerdict, PairedVerdict, PairedVerdict)] = [
        (.worse, .worse, .worse), (.worse, .same, .same), (.worse, .better, .same),
        (.same, .worse, .same), (.better, .better, .better), (.better, .same, .same),
        (.worse, .cannotTell, .cannotTell), (.same, .same, .same),
        (.notMeasured, .notMeasured, .notMeasured),
    ]

    @Test("needs both passes for a difference", arguments: passes)
    func combined(first: PairedVerdict, second: PairedVerdict, both: PairedVerdict) {
        #expect(PairedVerdict.combined(first, second) == both)
    }

    // MARK: - Synthetic slices

    /// A restart of ten pairs on a noisy machine: slices that drift together, noise of their own, one
    /// slice in twelve that something else ran in, and a restart's own luck of 1.5 %.
    private static func restart(
        slowedBy share: Double, _ random: inout SeededGenerator
    ) -> PairedRestart? {
        func normal() -> Double {
            (0..<12).reduce(-6) { sum, _ in sum + random.nextUnit() }
        }
        let luck = 0.015 * normal()
        var drift = 0.0
        let pairs = (0..<10).map { _ -> (base: Double?, change: Double?) in
            drift += 0.05 * normal()
            func slice(_ level: Double) -> Double {
                let isDisturbed = random.nextUnit() < 1.0 / 12
                return level * exp(drift + 0.04 * normal()) * (isDisturbed ? 1.6 : 1)
            }
            return (slice(1000), slice(1000 * (1 + share) * exp(luck)))
        }
        return PairedRestart(pairs: pairs)
    }

    private static func flags(of trials: Int, slowedBy share: Double, seed: UInt64) -> Int {
        var random = SeededGenerator(seed: seed)
        return (0..<trials).count { _ in
            let restarts = (0..<15).compactMap { _ in restart(slowedBy: share, &random) }
            return PairedRule().judge(restarts, under: steady).verdict == .worse
        }
    }

    @Test("does not cry wolf over identical programs")
    func falseAlarms() {
        // The test by itself is wrong in 1 % of the cases, and the threshold takes most of those.
        #expect(Self.flags(of: 300, slowedBy: 0, seed: 1) <= 3)
    }

    @Test("finds a tenth, and most of a twentieth")
    func power() {
        #expect(Self.flags(of: 100, slowedBy: 0.10, seed: 2) >= 99)
        #expect(Self.flags(of: 100, slowedBy: 0.05, seed: 3) >= 75)
    }

    // MARK: - The record

    private static func metric(_ verdict: PairedVerdict, ratio: Double? = 1.1) -> ComparedMetric {
        ComparedMetric(
            metric: "latency.p50", connections: 1, unit: "ns", base: 50_000, change: 55_000,
            ratio: ratio, lowerRatio: 1.05, upperRatio: 1.15, verdict: verdict,
            reason: verdict == .cannotTell ? "it was interrupted" : nil, restartRatios: [])
    }

    private static func comparison(_ metrics: [ComparedMetric]) -> ProgramComparison {
        ProgramComparison(
            base: "a", change: "b", restarts: 15, pairs: 10, sliceNanoseconds: 40_000_000,
            threshold: 0.03, confidence: 0.99,
            passes: metrics.map {
                ComparisonPass(
                    transport: "sse", restarts: 15, stealShare: 0, latenessP99Nanoseconds: 0,
                    metrics: [$0])
            })
    }

    @Test("makes checks of what was found, with the figures in them")
    func checks() throws {
        func check(_ metrics: ComparedMetric...) throws -> CheckResult {
            try #require(Self.comparison(metrics).checks.first)
        }
        let passed = try check(Self.metric(.same, ratio: 0.9996))
        #expect(passed.outcome == .passed && passed.metric == "latency.p50@1")
        #expect(passed.expected == 50_000 && passed.actual == 55_000 && passed.unit == "ns")
        #expect(passed.message == "No difference beyond the threshold: ±0.0 % (+5.0 % to +15.0 %).")
        let failed = try check(Self.metric(.worse), Self.metric(.worse, ratio: 1.2))
        #expect(failed.outcome == .failed)
        #expect(
            failed.message
                == "The change is worse: +20.0 % (+5.0 % to +15.0 %), after +10.0 % (+5.0 % to "
                + "+15.0 %) in the first pass.")
        let again = try check(Self.metric(.worse), Self.metric(.same, ratio: 0.99))
        #expect(again.outcome == .passed)
        #expect(again.message.hasPrefix("Not found again: −1.0 %"))
        let open = try check(Self.metric(.worse), Self.metric(.cannotTell))
        #expect(open.outcome == .cannotTell)
        #expect(open.message == "Cannot tell: it was interrupted.")
        let none = try check(
            .notMeasured("latency.p50", connections: 1, unit: "ns", reason: "nobody looked"))
        #expect(none.outcome == .skipped && none.message == "Not measured: nobody looked.")
    }

    @Test("names metrics that the registry knows")
    func names() {
        for name in ["latency.p50", "server.cpu_per_delivery"] {
            #expect(Metric.named(name)?.direction == .lower)
        }
    }
}
