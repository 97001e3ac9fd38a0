import Measurement

extension RecordSeries {
    /// A search for the highest rate: figs that end where their server does, in two searches that do
    /// not agree to the last digit; pears that the generator could not follow; plums that never keep
    /// within the limit; and cherries, at whose search somebody lost patience.
    static var harvest: RecordSeries {
        var craft = SearchCraft()
        let figs = [
            craft.search(
                "stream-of-figs", [(100, 2), (200, 4), (400, 150), (400, 160), (283, 9)],
                server: 0.97, passed: 283, failed: 400),
            craft.search(
                "stream-of-figs", [(300, 20), (420, 170), (420, 171)], server: 0.96, passed: 300,
                failed: 420),
        ]
        let pears = [
            craft.search(
                "long-pears", [(100, 8), (200, 190), (200, 300)], generator: 0.98, passed: 100,
                failed: 200)
        ]
        let plums = [
            craft.search("plums", [(100, 990), (100, 990)], end: .below, failed: 100)
        ]
        let cherries = [craft.search("cherries", [(100, 3)], end: .interrupted, passed: 100)]
        return RecordSeries(
            tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
            started: "2025-11-21T02:32:00Z", durationNanoseconds: 60_000_000_000,
            command: ["pushbench", "run", "--find-max", "rate"],
            parameter: Parameter(name: "rate", unit: "1/s", values: craft.values), partial: true,
            runs: craft.runs,
            findings: KneeFindings(
                limits: [LoadLimit(.p99, most: 1e8), LoadLimit(.loss, most: 0)], resolution: 0.05,
                knees: [
                    Knee(transport: "stream-of-figs", searches: figs),
                    Knee(transport: "long-pears", searches: pears),
                    Knee(transport: "plums", searches: plums),
                    Knee(transport: "cherries", searches: cherries),
                ]))
    }
}

/// Makes the runs of searches by hand.
private struct SearchCraft {
    var values: [RecordSeries.Parameter.Value] = []
    var runs: [RunRecord] = []

    /// A search of so many tries, each a rate and its 99th percentile in milliseconds. Who has no time
    /// left has none where 100 ms are exceeded.
    mutating func search(
        _ transport: String, _ tries: [(rate: Double, p99: Int64)], server: Double = 0.5,
        generator: Double = 0.4, end: Knee.End = .found, passed: Double? = nil,
        failed: Double? = nil
    ) -> Knee.Search {
        let first = runs.count
        for (rate, p99) in tries {
            let hasFailed = p99 > 100
            var record = RunRecord.crafted(
                .crafted(transport, p50: p99 * 500_000) {
                    $0.latency.p99 = p99 * 1_000_000
                    $0.deliveries = DeliveryCount(
                        expected: Int(rate) * 3000, received: Int(rate) * 3000,
                        perSecond: rate * 1000)
                    $0.server = ServerCost(
                        cpuNanosecondsPerDelivery: 250, cpuShare: hasFailed ? server : 0.3)
                    $0.generator.cpuShare = hasFailed ? generator : 0.2
                    if $0.generator.cpuShare > 0.9 {
                        $0.warnings = [
                            MeasurementWarning.generatorSaturated(cpuShare: generator).recorded
                        ]
                    }
                })
            record.scenario.ratePerSecond = rate
            runs.append(record)
            values.append(.init(text: "\(Int(rate))/s", number: rate))
        }
        func run(_ rate: Double?) -> Int? {
            tries.lastIndex { $0.rate == rate }.map { first + $0 }
        }
        let failedRun = run(failed)
        return Knee.Search(
            runs: Array(first..<runs.count), end: end, passed: passed, failed: failed,
            passedRun: run(passed), failedRun: failedRun,
            causes: failedRun.map {
                Knee.Cause.all(
                    in: runs[$0].results[0],
                    limits: [LoadLimit(.p99, most: 1e8), LoadLimit(.loss, most: 0)], serverLoops: 1)
            } ?? [])
    }
}
