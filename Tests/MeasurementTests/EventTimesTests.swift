import Measurement
import Testing

@Suite("Moments of one after the other")
struct EventTimesTests {
    @Test(
        "are the first, the middle and the last, in whatever order they come",
        arguments: [
            ([], nil),
            ([7], EventTimes(count: 1, first: 7, median: 7, last: 7)),
            ([9, 1], EventTimes(count: 2, first: 1, median: 1, last: 9)),
            ([5, 9, 1], EventTimes(count: 3, first: 1, median: 5, last: 9)),
        ] as [([Int64], EventTimes?)])
    func summary(times: [Int64], expected: EventTimes?) {
        #expect(EventTimes(times) == expected)
    }

    @Test("of patience are two and a half heartbeats, and none without heartbeats")
    func patience() {
        #expect(FaultOrder.patience(with: .seconds(2)) == .seconds(5))
        #expect(FaultOrder.patience(with: .zero) == .zero)
    }
}
