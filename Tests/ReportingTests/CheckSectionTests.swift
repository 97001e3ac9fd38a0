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
            message: "\(transport) \(metric): in words.", unit: unit, expected: expected,
            actual: actual)
    }

    @Test("has a row for each check, but one for all counts that are as they were")
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
        let section = try #require(text.firstRange(of: "Checks\n")).lowerBound
        #expect(
            text[section...] == """
                Checks
                             transport     metric           expected              now
                ───────────  ────────────  ──────────────  ─────────  ───────────────
                passed       apple         2 exact counts  as before             same
                passed       pear          exact.requests         40               40
                FAILED       pear          exact.up_bytes      3000B            3040B
                passed       2 techniques  lost                    0                0
                passed       2 techniques  latency.p90          20ms  1.25ms to 1.5ms
                passed       apple         latency.p99          20ms            1.5ms
                cannot tell  pear          latency.p99          20ms             30ms
                skipped      plum          rearm.mean           20ms                –
                better       pear          cpu                812 ns           790 ns
                - pear exact.up_bytes: in words.
                - pear latency.p99: in words.
                - Failed: 1 of 11 checks (pear.exact.up_bytes).

                """)
        #expect(ConsoleReport.render(record, color: false).contains(text[section...]))
    }
}
