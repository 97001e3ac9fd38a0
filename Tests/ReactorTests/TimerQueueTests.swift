import Link
import Reactor
import Testing

@Suite("A timer queue")
struct TimerQueueTests {
    @Test("is empty to begin with")
    func startsEmpty() {
        var queue = TimerQueue()
        #expect(queue.count == 0)
        #expect(queue.next == nil)
        #expect(queue.popDue(now: .distantFuture) == nil)
    }

    @Test("gives out nothing before its time, and everything at it")
    func waitsForItsTime() {
        var queue = TimerQueue()
        queue.schedule(1, at: Instant(nanoseconds: 100))
        #expect(queue.popDue(now: Instant(nanoseconds: 99)) == nil)
        #expect(queue.next == Instant(nanoseconds: 100))
        #expect(queue.popDue(now: Instant(nanoseconds: 100)) == 1)
        #expect(queue.count == 0)
    }

    @Test("keeps the order of insertion among entries of one instant")
    func keepsOrder() {
        var queue = TimerQueue()
        for token in 0..<100 {
            queue.schedule(UInt64(token), at: Instant(nanoseconds: 5))
        }
        let popped = (0..<100).compactMap { _ in queue.popDue(now: Instant(nanoseconds: 5)) }
        #expect(popped == Array(0..<100))
    }

    @Test("keeps the earlier entries of a token")
    func keepsStaleEntries() {
        var queue = TimerQueue()
        queue.schedule(9, at: Instant(nanoseconds: 1))
        queue.schedule(9, at: Instant(nanoseconds: 2))
        #expect(queue.count == 2)
        #expect(queue.popDue(now: .distantFuture) == 9)
        #expect(queue.popDue(now: .distantFuture) == 9)
        #expect(queue.popDue(now: .distantFuture) == nil)
    }

    @Test("agrees with a sorted list over random deadlines and a moving clock", arguments: 1...8)
    func agreesWithOracle(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var queue = TimerQueue()
        var oracle: [(at: Int64, token: UInt64)] = []
        var now: Int64 = 0
        for token in 0..<3_000 as Range<UInt64> {
            // Few distinct instants, so that many entries share one.
            let at = now + Int64(random.next() % 50)
            queue.schedule(token, at: Instant(nanoseconds: at))
            // After every entry that is not later: stable.
            let place = oracle.firstIndex { $0.at > at } ?? oracle.count
            oracle.insert((at, token), at: place)
            guard random.next() % 4 == 0 else { continue }
            now += Int64(random.next() % 10)
            while let first = oracle.first, first.at <= now {
                #expect(queue.popDue(now: Instant(nanoseconds: now)) == first.token)
                oracle.removeFirst()
            }
            #expect(queue.popDue(now: Instant(nanoseconds: now)) == nil)
            #expect(queue.next?.nanoseconds == oracle.first?.at)
            #expect(queue.count == oracle.count)
        }
    }
}
