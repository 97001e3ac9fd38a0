import Measurement

/// Text with something in it that each of the formats must escape.
let hostileText = "a<b>&\"c\"'|d`e*f_g,h:i%j\\k\r\nl\tm [n]( o) @p #q \"\u{301} ]]> {r}\u{1}"

extension RunRecord {
    /// Checks of every kind and outcome, two techniques over two rounds with their latencies, and
    /// hostile text wherever a record has text that is not the program's.
    static var checked: RunRecord {
        func result(_ transport: String, _ round: Int, _ p50: Int64) -> TransportResult {
            .crafted(transport, p50: p50, round: round) {
                var latency = Histogram()
                for count in 1...100 { latency.record(p50 + Int64(count) * 1000, count: 10) }
                $0.latency = latency.summary
                $0.latencyHistogram = EncodedHistogram(latency)
                $0.deliveries = DeliveryCount(
                    expected: 1000, received: 1000, lost: 0, perSecond: Double(100 * round))
                $0.server.cpuNanosecondsPerDelivery = 5000.5
            }
        }
        var record = RunRecord.crafted(
            result("apple", 1, 1_000_000), result("p,ear", 1, 500_000_000),
            result("apple", 2, 1_200_000), result("p,ear", 2, 400_000_000))
        record.scenario.repeats = 2
        record.results[3].deliveries.lost = 3
        record.results[3].deliveries.received = 997
        record.results[1].warnings = [
            RecordedWarning(id: "made-up", cause: hostileText, remedy: hostileText)
        ]
        record.warnings = record.results[1].warnings
        record.machine.cpu = hostileText
        record.command = ["pushbench", "run", "--headers", hostileText, "it's", ""]
        record.checks = [
            check(.exact, "apple", "exact.down_bytes", .failed, "B", 100_000, 100_001),
            check(.exact, "apple", "exact.up_bytes", .passed, "B", 100, 100),
            check(.threshold, "p,ear", "latency.p99", .failed, "ns", 20_000_000, 501_000_000),
            check(.threshold, "p,ear", "latency.p99", .passed, "ns", 600_000_000, 501_000_000),
            check(.threshold, "apple", "latency.p99", .cannotTell, "ns", 20_000_000, 1_000_000),
            check(.paired, "apple", "server.cpu_per_delivery", .better, "ns", 5100, 4900.5),
            check(.descriptive, "apple", "requests_per_event", .skipped, "1", nil, nil),
            check(.threshold, "", "lost", .passed, "1", 0, 0),
        ]
        record.checks?[2].message = hostileText
        return record
    }

    private static func check(
        _ kind: CheckResult.Kind, _ transport: String, _ metric: String,
        _ outcome: CheckResult.Outcome, _ unit: String, _ expected: Double?, _ actual: Double?
    ) -> CheckResult {
        CheckResult(
            kind: kind, transport: transport, metric: metric, outcome: outcome,
            message: "\(metric) was looked at.", unit: unit, expected: expected, actual: actual)
    }
}
