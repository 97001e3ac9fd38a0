import Measurement
import Reporting
import Testing

@Suite("The section of the checks")
struct CheckSectionTests {
    private static func check(
        _ kind: CheckResult.Kind, _ transport: String, _ metric: String,
        _ outcome: CheckResult.Outcome, _ unit: String, _ expected: Double?, _ actual: Double?
    ) -> CheckResult {
        CheckResult(
            kind: kind, transport: transport, metric: metric, outcome: outcome,
            message: "In words.", unit: unit, expected: expected,
            actual: actual)
    }

    @Test(
        "has a row for each check but the counts that are as they were, and shares it where all passed"
    )
    func rows() throws {
        var record = RunRecord.crafted(.crafted("apple"))
        #expect(!ConsoleReport.render(record, color: false).contains("Checks"))
        record.checks = [
            Self.check(.exact, "apple", "lost", .passed, "1", 0, 0),
            Self.check(.exact, "apple", "exact.requests", .passed, "1", 40, 40),
            Self.check(.exact, "pear", "exact.requests", .passed, "1", 40, 40),
            Self.check(.exact, "pear", "exact.up_bytes", .failed, "B", 3000, 3040),
            Self.check(.threshold, "apple", "lost", .passed, "1", 0, 0),
            Self.check(.threshold, "pear", "lost", .passed, "1", 0, 0),
            Self.check(.threshold, "apple", "latency.p90", .passed, "ns", 2e7, 1.5e6),
            Self.check(.threshold, "pear", "latency.p90", .passed, "ns", 2e7, 1.25e6),
            Self.check(.threshold, "apple", "latency.p99", .passed, "ns", 2e7, 1.5e6),
            Self.check(.threshold, "pear", "latency.p99", .cannotTell, "ns", 2e7, 3e7),
            Self.check(.threshold, "plum", "rearm.mean", .skipped, "ns", 2e7, nil),
            Self.check(.paired, "pear", "cpu", .better, "ns", 812, 790),
        ]
        let text = ConsoleReport.checks(of: record, color: false)
        let section = try #require(text.firstRange(of: "Checks: ")).lowerBound
        #expect(
            text[section...] == """
                Checks: 1 failed, 1 cannot tell, 1 skipped, 1 better, 8 passed
                check      transport     metric          expected              actual  outcome
                ─────────  ────────────  ──────────────  ────────  ──────────────────  ───────────
                exact      pear          exact.up_bytes    3000 B              3040 B  failed
                threshold  2 techniques  lost                   0                   0  passed
                threshold  2 techniques  latency.p90      20.0 ms  1.25 ms to 1.50 ms  passed
                threshold  apple         latency.p99      20.0 ms             1.50 ms  passed
                threshold  pear          latency.p99      20.0 ms             30.0 ms  cannot tell
                threshold  plum          rearm.mean       20.0 ms                   –  skipped
                paired     pear          cpu               812 ns              790 ns  better
                - pear, exact.up_bytes: In words.
                - pear, latency.p99: In words.
                - plum, rearm.mean: In words.

                """)
        #expect(ConsoleReport.render(record, color: false).contains(text[section...]))
    }
}
