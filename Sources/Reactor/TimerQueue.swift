import Link

/// Deadlines in the order in which they come, each with a token that says whose it is.
///
/// A binary heap, because a loop has few timers beside its connections' (heartbeats, holds, the next
/// publish time) and asks only for the earliest. Nothing is ever cancelled: an owner that moved or
/// dropped its deadline compares the token that pops with the deadline it has now and ignores a
/// stale entry. That keeps a deadline in one place, its owner, and this queue free of look-ups.
package struct TimerQueue: Sendable {
    private struct Entry {
        let instant: Instant
        /// Counts up with every entry, so that entries of one instant keep their order.
        let sequence: UInt64
        let token: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            left.instant == right.instant
                ? left.sequence < right.sequence : left.instant < right.instant
        }
    }

    /// A heap: the entry at `n` comes no later than those at `2n + 1` and `2n + 2`.
    private var entries: [Entry] = []
    private var nextSequence: UInt64 = 0

    /// Makes an empty queue.
    package init() {}

    /// The number of entries, stale ones included.
    package var count: Int {
        entries.count
    }

    /// The earliest deadline, perhaps a stale one: waking for it costs one turn of the loop.
    package var next: Instant? {
        entries.first?.instant
    }

    /// Adds an entry for `token`; earlier entries of the same token stay.
    package mutating func schedule(_ token: UInt64, at instant: Instant) {
        entries.append(Entry(instant: instant, sequence: nextSequence, token: token))
        nextSequence += 1
        siftUp(entries.count - 1)
    }

    /// Removes the earliest entry that is due at `now` and returns its token; `nil` when none is.
    /// Entries of the same instant come in the order in which they were scheduled.
    package mutating func popDue(now: Instant) -> UInt64? {
        guard let first = entries.first, first.instant <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(0)
        }
        return first.token
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var earliest = parent
            let left = 2 * parent + 1
            if left < entries.count && entries[left] < entries[earliest] {
                earliest = left
            }
            let right = left + 1
            if right < entries.count && entries[right] < entries[earliest] {
                earliest = right
            }
            guard earliest != parent else { return }
            entries.swapAt(parent, earliest)
            parent = earliest
        }
    }
}
