import Measurement
import Testing

@testable import LoadGen

@Suite("The comparison of techniques side by side")
struct PairedComparisonTests {
    @Test("bounds the median of the differences by their ranks")
    func bounds() throws {
        // 100 differences: the median's ranks are 50 ± 9.8.
        let difference = try #require(PairedComparison.difference((1...100).map { Double($0) }))
        #expect(difference.events == 100)
        #expect(difference.medianNanoseconds == 50.5)
        #expect(difference.lowerNanoseconds == 41 && difference.upperNanoseconds == 60)
        #expect(difference.p5Nanoseconds == 6 && difference.p95Nanoseconds == 95)
        #expect(difference.shareEarlier == 0)
    }

    @Test("counts what came earlier, and has nothing to say about no events")
    func shares() {
        #expect(PairedComparison.difference([-1, -2, 3, 0])?.shareEarlier == 0.5)
        #expect(PairedComparison.difference([-4])?.lowerNanoseconds == -4)
        #expect(PairedComparison.difference([]) == nil)
    }

    private func round(_ transport: String, _ latencies: [(UInt64, Int64)]) -> Round {
        var recorder = Recorder()
        recorder.samples = DeliverySamples(limit: 100)
        for (id, latency) in latencies { recorder.samples.append(id: id, latency: latency) }
        return Round(
            result: TransportResult(
                transport: transport, clients: 1,
                deliveries: DeliveryCount(expected: 0, received: 0), latency: .none,
                generator: GeneratorCost(
                    cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
                source: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0)),
            recorder: recorder, published: nil, failure: nil)
    }

    @Test("matches events by their ids, over the mean of the clients")
    func matches() {
        let rounds = [
            round("a", [(7, 100), (7, 300), (8, 500), (9, 1)]),
            round("b", [(6, 1), (7, 150), (8, 400)]),
        ]
        let differences = PairedComparison.differences(of: rounds, to: ["b", "c"])
        #expect(differences.map(\.transport) == ["a"])
        #expect(differences.first?.reference == "b")
        // Event 7: 200 - 150; event 8: 500 - 400; 6 and 9 came to one of them only.
        #expect(differences.first?.events == 2)
        #expect(differences.first?.medianNanoseconds == 75)
    }

    @Test("compares nothing with samples that are not whole")
    func incomplete() {
        var whole = round("a", [(1, 1)])
        var recorder = Recorder()
        recorder.samples = DeliverySamples(limit: 0)
        recorder.samples.append(id: 1, latency: 1)
        whole = Round(result: whole.result, recorder: recorder, published: nil, failure: nil)
        #expect(PairedComparison.differences(of: [whole, round("b", [(1, 2)])], to: ["b"]).isEmpty)
    }
}
