import Measurement
import Testing

@testable import LoadGen

@Suite("Delivery samples")
struct DeliverySamplesTests {
    private func samples(
        _ deliveries: [(UInt64, Int64)], limit: Int = 100
    ) -> DeliverySamples {
        var samples = DeliverySamples(limit: limit)
        for (id, latency) in deliveries { samples.append(id: id, latency: latency) }
        return samples
    }

    private func list(_ samples: DeliverySamples) -> [[UInt64]] {
        var list: [[UInt64]] = []
        samples.forEach { list.append([$0, UInt64($1)]) }
        return list
    }

    @Test("come back as they went in, whichever id came first")
    func roundTrip() {
        let samples = samples([(70, 5), (71, 6), (69, 7), (70, 8)])
        #expect(list(samples) == [[70, 5], [71, 6], [69, 7], [70, 8]])
        #expect(samples.count == 4 && samples.isComplete)
    }

    @Test("of several workers are one list")
    func merge() {
        var sum = DeliverySamples()
        sum.merge(samples([(10, 1), (11, 2)]))
        sum.merge(samples([]))
        sum.merge(samples([(9, 3), (12, 4)]))
        #expect(list(sum) == [[10, 1], [11, 2], [9, 3], [12, 4]])
        #expect(sum.isComplete)
    }

    @Test("are given up altogether beyond their limit, and whatever they are added to")
    func limit() {
        let full = samples([(1, 1), (2, 2)], limit: 2)
        #expect(full.isComplete && full.count == 2)
        let spilled = samples([(1, 1), (2, 2), (3, 3), (4, 4)], limit: 2)
        #expect(!spilled.isComplete && spilled.count == 0)
        var sum = full
        sum.merge(spilled)
        #expect(!sum.isComplete && sum.count == 0)
        sum.merge(full)
        #expect(!sum.isComplete && sum.count == 0)
        #expect(!samples([(1, 1)], limit: 0).isComplete)
    }

    @Test("are given up where ids jump further than can be kept", arguments: [1, 1 << 40])
    func jumps(first: UInt64) {
        #expect(!samples([(first, 1), (first &+ 1 << 32, 1)]).isComplete)
        #expect(!samples([(first, 1), (first &- 1 << 32, 1)]).isComplete)
        var sum = samples([(first, 1)])
        sum.merge(samples([(first &+ 1 << 33, 1)]))
        #expect(!sum.isComplete)
    }

    @Test("tell the latency that a punctual source would have had")
    func uncorrected() {
        let samples = samples([(1, 1000), (1, 1100), (2, 2000), (3, 50), (4, 70)])
        // The fourth event's lateness is not known; the third's was read after the delivery.
        let histogram = samples.uncorrected(latenessByID: [1: 400, 2: 0, 3: 60])
        #expect(histogram.count == 4)
        #expect(histogram.minimum == 0 && histogram.maximum == 2000)
        #expect(histogram.mean == Double(600 + 700 + 2000 + 0) / 4)
        #expect(samples.uncorrected(latenessByID: [:]).count == 0)
    }

    @Test("tell each event's mean over its clients")
    func means() {
        let samples = samples([(1, 10), (1, 20), (2, 5), (1, 60), (3, 7), (3, 8)])
        #expect(samples.meanByEvent == [1: 30, 2: 5, 3: 7.5])
        #expect(DeliverySamples().meanByEvent == [:])
    }
}
