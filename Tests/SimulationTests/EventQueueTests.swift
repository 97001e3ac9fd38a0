import Link
import Testing

@testable import Simulation

@Suite("The queue of what happens next")
struct EventQueueTests {
    @Test("goes by time, then by rank, then by age")
    func order() {
        var queue = EventQueue<Int>()
        queue.schedule(6, at: Instant(nanoseconds: 2), rank: .arrival)
        queue.schedule(4, at: Instant(nanoseconds: 1), rank: .sending)
        queue.schedule(3, at: Instant(nanoseconds: 1), rank: .publishing)
        queue.schedule(1, at: Instant(nanoseconds: 1), rank: .arrival)
        queue.schedule(2, at: Instant(nanoseconds: 1), rank: .arrival)
        queue.schedule(5, at: Instant(nanoseconds: 1), rank: .sending)
        queue.schedule(7, at: Instant(nanoseconds: 3))
        var order: [Int] = []
        while let (_, happening) = queue.next() { order.append(happening) }
        #expect(order == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test("takes and gives in any order, and loses nothing", arguments: UInt64(1)...5)
    func heap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = EventQueue<Int>()
        var last = (time: Instant.distantPast, happening: -1)
        var taken = 0
        for number in 0..<500 {
            let ahead = Int64(random.next() % 50)
            let now = last.time == .distantPast ? 0 : last.time.nanoseconds
            queue.schedule(number, at: Instant(nanoseconds: now + ahead))
            guard random.next() % 3 == 0, let next = queue.next() else { continue }
            #expect(next.time >= last.time)
            last = next
            taken += 1
        }
        while let next = queue.next() {
            #expect(
                next.time > last.time || (next.time == last.time && next.happening > last.happening)
            )
            last = next
            taken += 1
        }
        #expect(taken == 500)
    }
}
