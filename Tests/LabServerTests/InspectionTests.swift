import Link
import Measurement
import Testing

@testable import LabServer

@Suite("A look at the connections")
struct InspectionTests {
    private static func moment(_ nanoseconds: Int64) -> Instant {
        Instant(nanoseconds: nanoseconds)
    }

    @Test("counts what is held, and what was lost since the moment asked for, on all loops")
    func sums() {
        var first = LossLog()
        first.note(.lost, at: Self.moment(5))
        first.note(.dead, at: Self.moment(15))
        first.note(.finished, at: Self.moment(16))
        var second = LossLog()
        second.note(.dead, at: Self.moment(12))
        second.note(.slowReader, at: Self.moment(40))
        var inspection = Inspection(since: Self.moment(10))
        inspection.add(first)
        inspection.add(heldBytes: 0)
        inspection.add(second)
        inspection.add(heldBytes: 30)
        #expect(
            inspection.report
                == ConnectionReport(
                    open: 2, held: HeldBytes(mean: 15, most: 30),
                    lost: EventTimes(count: 3, first: 2, median: 5, last: 30),
                    reasons: ["dead": 2, "slow-reader": 1]))
    }

    @Test("says nothing of what there is none of")
    func nothing() {
        #expect(
            Inspection(since: Self.moment(0)).report
                == ConnectionReport(open: 0, held: HeldBytes(mean: 0, most: 0)))
    }

    @Test("forgets the oldest losses of a crowd, and never the latest", arguments: [0, 1, 19_999])
    func bounded(extra: Int) {
        var log = LossLog()
        let count = LossLog.limit * 5 + extra
        for index in 0..<count { log.note(.lost, at: Self.moment(Int64(index))) }
        let kept = log.since(.distantPast)
        #expect(kept.count >= LossLog.limit && kept.count <= 2 * LossLog.limit)
        #expect(kept.last?.moment == Self.moment(Int64(count - 1)))
    }
}
