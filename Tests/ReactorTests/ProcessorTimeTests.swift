import Testing

@testable import Reactor

@Suite("Processor time")
struct ProcessorTimeTests {
    @Test("is read from the first line of /proc/stat")
    func reads() throws {
        let time = try #require(
            ProcessorTime(stat: "cpu  100 10 200 3000 40 5 6 70 90 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n"))
        #expect(time.totalTicks == 3431)
        #expect(time.idleTicks == 3040)
        #expect(time.stealTicks == 70)
        #expect(time.stealShareSinceBoot == 70.0 / 3431)
    }

    @Test(
        "is nothing when the text is something else",
        arguments: [
            "", "cpu", "cpu  1 2 3 4 5 6 7\n", "cpu0 1 2 3 4 5 6 7 8\n", "cpu 1 2 3 x 5 6 7 8",
        ])
    func refuses(text: String) {
        #expect(ProcessorTime(stat: text) == nil)
    }

    @Test("gives the shares of what happened between two readings")
    func shares() throws {
        let earlier = try #require(ProcessorTime(stat: "cpu 100 0 0 900 0 0 0 0"))
        let later = try #require(ProcessorTime(stat: "cpu 130 0 0 950 0 0 0 20"))
        #expect(later.stealShare(since: earlier) == 0.2)
        #expect(later.busyShare(since: earlier) == 0.3)
    }

    @Test("gives no share of no time, and no negative one of a counter that stepped back")
    func survivesOddCounters() throws {
        let earlier = try #require(ProcessorTime(stat: "cpu 100 0 0 900 50 0 0 10"))
        let later = try #require(ProcessorTime(stat: "cpu 100 0 0 960 40 0 0 5"))
        #expect(earlier.stealShare(since: earlier) == nil)
        #expect(later.stealShare(since: earlier) == 0)
        #expect(later.busyShare(since: earlier) == 0)
    }

    @Test("of this machine only grows")
    func readsThisMachine() throws {
        let earlier = try #require(ProcessorTime.read())
        let later = try #require(ProcessorTime.read())
        #expect(earlier.totalTicks > 0)
        #expect(later.totalTicks >= earlier.totalTicks)
    }
}
