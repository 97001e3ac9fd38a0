import Measurement
import Testing
import Wire

@Suite("The comparison of two records")
struct RecordComparisonTests {
    private static func result(
        _ transport: String, round: Int = 1, p50: Int64 = 1000, downBytes: Int? = nil,
        requests: Int = 10, tier: String = "loopback"
    ) -> TransportResult {
        var result = TransportResult(
            transport: transport, round: round, clients: 2,
            deliveries: DeliveryCount(expected: 20, received: 20),
            latency: LatencySummary(
                count: 20, mean: Double(p50), p50: p50, p90: p50, p99: p50, p99_9: p50, max: p50),
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
            source: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0))
        result.link.tier = tier
        result.exact = downBytes.map { bytes in
            ExactCounts(
                events: 10, deliveries: 20, requests: requests, answers: 10, upBytes: 500,
                downBytes: bytes, clientSends: 10, clientReceives: 10)
        }
        return result
    }

    private static func record(
        lockstep: Bool = false, _ results: TransportResult...,
        change: (inout RunRecord) -> Void = { _ in }
    ) -> RunRecord {
        var record = RunRecord.minimal
        record.scenario.transports = []
        for result in results where !record.scenario.transports.contains(result.transport) {
            record.scenario.transports.append(result.transport)
        }
        record.scenario.lockstep = lockstep
        record.results = results
        change(&record)
        return record
    }

    private static func compare(_ base: RunRecord, _ change: RunRecord) -> RecordComparison {
        RecordComparison(base: base, change: change, basePath: "a.json", changePath: "b.json")
    }

    @Test("shows times with their spread, and fails on none of them")
    func times() throws {
        let base = Self.record(
            Self.result("sse", p50: 100), Self.result("sse", round: 2, p50: 120))
        let change = Self.record(
            Self.result("sse", p50: 900), Self.result("sse", round: 2, p50: 800))
        let comparison = Self.compare(base, change)
        let row = try #require(comparison.rows.first { $0.metric.name == "latency.p50" })
        #expect(row.base.median == 110 && row.base.lowest == 100 && row.base.highest == 120)
        #expect(row.isApart && row.ratio == 850.0 / 110)
        #expect(comparison.exact.isEmpty && !comparison.isUndecided)
        #expect(comparison.checks.allSatisfy { $0.kind == .descriptive && $0.outcome == .passed })
        #expect(comparison.remarks.contains { $0.contains("decide nothing") })
    }

    @Test("calls nothing apart of which there is one round")
    func singleRounds() {
        let comparison = Self.compare(
            Self.record(Self.result("sse", p50: 100)), Self.record(Self.result("sse", p50: 900)))
        #expect(comparison.rows.allSatisfy { !$0.isApart })
    }

    private static let counts: [(bytes: Int, requests: Int, failed: [String], better: [String])] = [
        (5000, 10, [], []), (5001, 10, ["exact.down_bytes"], []),
        (4999, 10, [], ["exact.down_bytes"]),
        (5001, 9, ["exact.down_bytes"], ["exact.requests"]),
    ]

    @Test(
        "compares the counts of lock-step exactly, and tells worse from better", arguments: counts)
    func exact(bytes: Int, requests: Int, failed: [String], better: [String]) {
        let comparison = Self.compare(
            Self.record(lockstep: true, Self.result("sse", downBytes: 5000)),
            Self.record(lockstep: true, Self.result("sse", downBytes: bytes, requests: requests)))
        #expect(!comparison.exact.isEmpty && !comparison.isUndecided)
        func names(_ outcome: CheckResult.Outcome) -> [String] {
            comparison.exact.filter { $0.outcome == outcome }.map(\.metric)
        }
        #expect(names(.failed) == failed)
        #expect(names(.better) == better)
    }

    @Test("compares no counts of different scenarios, and says in what they differ")
    func scenarios() {
        let comparison = Self.compare(
            Self.record(lockstep: true, Self.result("sse", downBytes: 5000)),
            Self.record(lockstep: true, Self.result("sse", downBytes: 9000)) {
                $0.scenario.payloadBytes += 100
                $0.scenario.seed = 1
            })
        #expect(comparison.exact.isEmpty && comparison.isUndecided)
        #expect(comparison.remarks.contains("The scenarios differ in payload."))
        #expect(
            comparison.remarks.contains(
                "The exact counts are not compared: the scenarios differ in payload."))
    }

    @Test("compares no counts with a run that lost events or did not end")
    func lossy() {
        let good = Self.record(lockstep: true, Self.result("sse", downBytes: 5000))
        let lossy = Self.record(lockstep: true, Self.result("sse", downBytes: 5000)) {
            $0.results[0].deliveries.lost = 1
        }
        let partial = Self.record(lockstep: true, Self.result("sse", downBytes: 5000)) {
            $0.partial = true
        }
        #expect(Self.compare(lossy, good).isUndecided)
        #expect(Self.compare(good, partial).isUndecided)
        // A change that loses events got worse, which is no reason to look away.
        #expect(Self.compare(good, lossy).exact.contains { $0.outcome == .failed })
    }

    @Test("says what else differs, and compares nothing over different links")
    func remarks() {
        let base = Self.record(
            Self.result("sse", tier: "netem"), Self.result("websocket"), Self.result("raw-tcp"))
        let change = Self.record(Self.result("sse", tier: "mirror"), Self.result("websocket")) {
            $0.machine.cores = 64
            $0.tool.commit = "fedcba9"
        }
        let comparison = Self.compare(base, change)
        #expect(Set(comparison.rows.map(\.transport)) == ["websocket"])
        #expect(
            comparison.remarks.contains(
                "sse is not compared: the links were made in different ways, netem and mirror."))
        #expect(comparison.remarks.contains("raw-tcp is in the base only."))
        #expect(comparison.remarks.contains { $0.hasPrefix("The machines differ: ") })
        #expect(comparison.remarks.contains { $0.contains("fedcba9") })
    }
}
