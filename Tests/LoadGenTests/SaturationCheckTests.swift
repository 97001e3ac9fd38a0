import LoadGen
import Measurement
import Testing

@Suite("The saturation check")
struct SaturationCheckTests {
    /// What was measured, and the warnings that it deserves.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var cpuShare = 0.2
        var lag: Int64 = 100_000
        var lateness: Int64 = 100_000
        var p50: Int64 = 1_000_000
        var count = 1000
        let warnings: [String]
    }

    private static let tick = SaturationCheck.schedulerTickNanoseconds

    static let cases: [Case] = [
        Case(testDescription: "at ease", warnings: []),
        Case(testDescription: "just below the limit", cpuShare: 0.899, warnings: []),
        Case(testDescription: "at the limit", cpuShare: 0.9, warnings: ["generator-saturated"]),
        Case(
            testDescription: "beyond a whole processor", cpuShare: 1.02,
            warnings: ["generator-saturated"]),
        Case(testDescription: "a lag of one tick is the scheduler's", lag: tick, warnings: []),
        Case(
            testDescription: "a lag beyond tick and share", lag: tick + 1,
            warnings: ["loop-lag"]),
        Case(
            testDescription: "a lag of twice the median", lag: 100_000_000, p50: 50_000_000,
            warnings: []),
        Case(
            testDescription: "a lateness of one tick is the scheduler's", lateness: tick,
            warnings: []),
        Case(
            testDescription: "a lateness beyond tick and share", lateness: tick + 1,
            warnings: ["source-late"]),
        Case(
            testDescription: "a lateness of a tenth of the median", lateness: 5_000_000,
            p50: 50_000_000, warnings: []),
        Case(
            testDescription: "everything at once", cpuShare: 1, lag: 20_000_000,
            lateness: 20_000_000, warnings: ["generator-saturated", "loop-lag", "source-late"]),
        Case(
            testDescription: "nothing delivered, so nothing to compare with", cpuShare: 1,
            lag: 20_000_000, lateness: 20_000_000, count: 0, warnings: ["generator-saturated"]),
    ]

    @Test("warns of what decides the figures itself", arguments: cases)
    func warnings(of given: Case) {
        let warnings = SaturationCheck.warnings(
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 1000, cpuShare: given.cpuShare,
                loopLagP99Nanoseconds: given.lag),
            // What a busy server is late is the server's; only a late wake-up is the machine's.
            source: SourceLateness(
                p50Nanoseconds: 0, p99Nanoseconds: 1 << 40, wakeP99Nanoseconds: given.lateness),
            latency: LatencySummary(
                count: given.count, mean: 0, p50: given.p50, p90: 0, p99: 0, p99_9: 0, max: 0))
        #expect(warnings.map(\.id) == given.warnings)
    }
}
