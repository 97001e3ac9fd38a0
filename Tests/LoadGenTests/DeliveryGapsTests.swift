import Link
import Measurement
import Testing

@testable import LoadGen

@Suite("Delivery gaps")
struct DeliveryGapsTests {
    private func moment(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

    @Test("lie between the delivery moments of one client")
    func gaps() {
        var gaps = DeliveryGaps()
        var first = Instant.distantPast
        var second = Instant.distantPast
        gaps.take(moment(1000), events: 1, after: &first)
        gaps.take(moment(1010), events: 5, after: &second)
        gaps.take(moment(1250), events: 2, after: &first)
        gaps.take(moment(1350), events: 1, after: &first)
        #expect(gaps.gaps.count == 2)
        #expect(gaps.gaps.minimum == 100 && gaps.gaps.maximum == 250)
        #expect(gaps.moments == 4 && gaps.events == 9 && gaps.largestBatch == 5)
        #expect(gaps.eventsPerMoment == 2.25)
        #expect(first == moment(1350))

        var sum = DeliveryGaps()
        #expect(sum.eventsPerMoment == 0)
        sum.merge(gaps)
        sum.merge(gaps)
        #expect(sum.gaps.count == 4 && sum.moments == 8 && sum.events == 18)
        #expect(sum.largestBatch == 5)
    }
}
