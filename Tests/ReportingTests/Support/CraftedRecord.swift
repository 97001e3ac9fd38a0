import Measurement
import Wire

/// Records made by hand: each begins as a run in which nothing is remarkable, and a test changes
/// what its finding is about. The ids are invented, because Reporting must know none.
extension RunRecord {
    static func crafted(_ results: TransportResult...) -> RunRecord {
        var transports: [String] = []
        for result in results where !transports.contains(result.transport) {
            transports.append(result.transport)
        }
        return RunRecord(
            tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
            machine: Machine(
                cpu: "Imaginary 9000", cores: 2, memoryBytes: 8 << 30, kernel: "6.18.0",
                os: "Debian GNU/Linux 12"),
            started: "2025-11-21T02:32:00Z", durationNanoseconds: 15_000_000_000,
            command: ["pushbench", "run"],
            scenario: Scenario(
                transports: transports, clients: 1000, ratePerSecond: 10, payloadBytes: 100,
                connectRatePerSecond: 500, warmup: .seconds(2), duration: .seconds(10),
                drainLimit: .seconds(5), pollInterval: .seconds(1), hold: .seconds(25),
                headers: "browser", seed: 42, backlogLimitBytes: 65_536),
            results: results)
    }
}

extension TransportResult {
    /// A result with the given median latency, in which an event cost 100 bytes of payload.
    static func crafted(
        _ transport: String, p50: Int64 = 1_000_000, round: Int = 1,
        change: (inout TransportResult) -> Void = { _ in }
    ) -> TransportResult {
        var payload = ByteCount()
        payload[.payload] = 100
        var result = TransportResult(
            transport: transport, round: round, clients: 1000,
            deliveries: DeliveryCount(expected: 50_000, received: 50_000, perSecond: 5000),
            latency: LatencySummary(
                count: 50_000, mean: Double(p50), p50: p50, p90: p50 * 2, p99: p50 * 3,
                p99_9: p50 * 4, max: p50 * 5),
            bytesPerEvent: ByteTraffic(down: payload),
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 2000, cpuShare: 0.25, loopLagP99Nanoseconds: 40_000),
            source: SourceLateness(p50Nanoseconds: 11_000, p99Nanoseconds: 36_000))
        change(&result)
        return result
    }

    /// The same, with another latency summary's count.
    mutating func deliverNothing() {
        deliveries = DeliveryCount(expected: 0, received: 0)
        latency = .none
        bytesPerEvent = ByteTraffic()
    }
}
