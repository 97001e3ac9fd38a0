import Link
import Measurement
import Testing

@testable import LoadGen

@Suite("Observed deliveries")
struct ObservedDeliveriesTests {
    private func observed(_ deliveries: [(id: UInt64, due: Int64, delivered: Int64)])
        -> ObservedDeliveries
    {
        var observed = ObservedDeliveries()
        for delivery in deliveries {
            observed.take(
                delivery.id, due: Instant(nanoseconds: delivery.due),
                delivered: Instant(nanoseconds: delivery.delivered))
        }
        return observed
    }

    private func timeline(_ observed: ObservedDeliveries) -> [DeliveryTimeline.Delivery] {
        observed.timeline(from: Instant(nanoseconds: 1000))?.deliveries ?? []
    }

    @Test("stand in the order of arrival, on a time that begins where it is said to")
    func order() {
        let observed = observed([(7, 1100, 1500), (6, 1050, 1600), (8, 1400, 1600)])
        #expect(
            timeline(observed) == [
                .init(id: 7, dueNanoseconds: 100, deliveredNanoseconds: 500),
                .init(id: 6, dueNanoseconds: 50, deliveredNanoseconds: 600),
                .init(id: 8, dueNanoseconds: 400, deliveredNanoseconds: 600),
            ])
    }

    @Test("have an event once, at its first arrival")
    func duplicates() {
        let observed = observed([(7, 1100, 1500), (7, 1100, 1700), (8, 1400, 1800)])
        #expect(timeline(observed).map(\.deliveredNanoseconds) == [500, 800])
    }

    @Test("are the first ones up to the limit")
    func limit() {
        let many = observed((1...300).map { (UInt64($0), 1000 + Int64($0), 2000) })
        #expect(many.isFull)
        #expect(timeline(many).map(\.id) == Array(1...UInt64(ObservedDeliveries.limit)))
        #expect(!observed([(1, 1000, 1000)]).isFull)
    }

    @Test("of several workers are those of the one that observed")
    func merge() {
        var sum = ObservedDeliveries()
        sum.merge(ObservedDeliveries())
        sum.merge(observed([(1, 1000, 1001)]))
        sum.merge(ObservedDeliveries())
        sum.merge(observed([(2, 1000, 1001)]))
        #expect(timeline(sum).map(\.id) == [1])
        var recorder = Recorder()
        var other = Recorder()
        other.observed = sum
        recorder.merge(other)
        #expect(timeline(recorder.observed).map(\.id) == [1])
    }

    @Test("that are none make no timeline")
    func nothing() {
        #expect(ObservedDeliveries().timeline(from: .distantPast) == nil)
    }
}
