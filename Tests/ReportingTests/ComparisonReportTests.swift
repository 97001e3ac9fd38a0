import Measurement
import Reporting
import Testing

@Suite("The report on a comparison")
struct ComparisonReportTests {
    private static func metric(
        _ verdict: PairedVerdict, ratio: Double, unit: String = "ns", reason: String? = nil
    ) -> ComparedMetric {
        ComparedMetric(
            metric: "latency.p50", connections: 1, unit: unit, base: 50_000, change: 50_000 * ratio,
            ratio: ratio, lowerRatio: ratio - 0.02, upperRatio: ratio + 0.02, verdict: verdict,
            reason: reason, restartRatios: [])
    }

    private static func record(_ passes: [ComparedMetric]...) -> RunRecord {
        var record = RunRecord.crafted()
        let made = passes.map {
            ComparisonPass(
                transport: "apple", restarts: 15, stealShare: 0.012,
                latenessP99Nanoseconds: 90_000, metrics: $0)
        }
        let comparison = ProgramComparison(
            base: "old", change: "new", restarts: 15, pairs: 10, sliceNanoseconds: 40_000_000,
            threshold: 0.03, confidence: 0.99, passes: made)
        record.comparison = comparison
        record.checks = comparison.checks
        return record
    }

    @Test("has a row for each figure, and closes with what it comes to")
    func same() {
        let text = ComparisonReport.render(
            Self.record([Self.metric(.same, ratio: 1.01)]), color: false)
        #expect(text.contains("\nnew against old\n"))
        #expect(
            text.contains("apple      latency.p50@1  50.0 µs  50.5 µs  1.010  0.990 … 1.030  same"))
        #expect(text.contains("- apple: 15 restarts, woken 90.0 µs late at p99, 1.2 % of the"))
        #expect(text.contains("- Nothing was found to be worse by more than 3.0 %.\n"))
    }

    private static let closings: [(record: RunRecord, sentence: String)] = [
        (
            record([metric(.worse, ratio: 1.2)], [metric(.worse, ratio: 1.1)]),
            "The change is worse in apple latency.p50@1."
        ),
        (
            record([metric(.better, ratio: 0.8)]),
            "The change is better in apple latency.p50@1, and worse in nothing."
        ),
        (
            record([metric(.cannotTell, ratio: 1, reason: "it was interrupted")]),
            "It cannot be told whether the change is worse."
        ),
        (
            record([metric(.worse, ratio: 1.2)], [metric(.same, ratio: 1.01)]),
            "Nothing was found to be worse by more than 3.0 %."
        ),
        (
            record([.notMeasured("latency.p50", connections: 1, unit: "ns", reason: "no process")]),
            "Nothing was measured."
        ),
    ]

    @Test("says the gravest thing last", arguments: closings)
    func closing(record: RunRecord, sentence: String) throws {
        let section = try #require(ComparisonSection.section(for: record))
        #expect(section.notes.last == sentence)
    }

    @Test("says why there is no verdict, once, and what two passes found")
    func reasons() throws {
        let open = Self.metric(.cannotTell, ratio: 1, reason: "it was interrupted")
        let section = try #require(ComparisonSection.section(for: Self.record([open, open])))
        #expect(section.notes.filter { $0 == "Cannot tell: it was interrupted." }.count == 1)
        let twice = try #require(
            ComparisonSection.section(
                for: Self.record(
                    [Self.metric(.worse, ratio: 1.2)], [Self.metric(.worse, ratio: 1.1)])))
        #expect(
            twice.notes.first
                == "apple latency.p50@1: The change is worse: +10.0 % (+8.0 % to +12.0 %), after "
                + "+20.0 % (+18.0 % to +22.0 %) in the first pass.")
    }

    @Test("says what could be hidden behind wide bounds")
    func wide() throws {
        let section = try #require(
            ComparisonSection.section(for: Self.record([Self.metric(.same, ratio: 1.25)])))
        #expect(
            section.notes.first
                == "apple latency.p50@1: the bounds are wide, and up to 27 % worse would not have "
                + "been noticed.")
    }

    @Test("is part of every report of such a record, and of no other")
    func everywhere() {
        let text = ConsoleReport.render(Self.record([Self.metric(.same, ratio: 1)]), color: false)
        #expect(text.contains("\nnew against old\n") && !text.contains("Nothing was measured"))
        #expect(ComparisonSection.section(for: .crafted()) == nil)
    }

    @Test("puts two records side by side, and marks what their rounds do not explain")
    func records() {
        let base = RunRecord.crafted(
            .crafted("apple", p50: 1_000_000), .crafted("apple", p50: 1_100_000, round: 2))
        let change = RunRecord.crafted(
            .crafted("apple", p50: 2_000_000), .crafted("apple", p50: 2_200_000, round: 2))
        let comparison = RecordComparison(
            base: base, change: change, basePath: "a.json", changePath: "b.json")
        let text = ComparisonReport.render(comparison, color: false)
        #expect(text.contains("1.00 ms … 1.10 ms"))
        #expect(text.contains("+100.0 % *"))
        #expect(text.contains("- Times of different runs decide nothing"))
        #expect(!text.contains("Exact counts"))
    }
}
