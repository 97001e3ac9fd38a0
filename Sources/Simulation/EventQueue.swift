import Link

/// What is still to happen, in the order in which it will: a heap by time, then rank, then age.
///
/// Age makes the order of things that happen at once a fact and not an accident, so that a
/// simulation is the same on every machine. Rank stands above it for one reason: a server reads
/// everything that has come before it publishes what is due at that very moment, whichever of the
/// two was foreseen first.
struct EventQueue<Happening> {
    /// The order of things within one moment: the steps of a server loop's turn.
    enum Rank: UInt8 {
        /// Bytes arrive, connections open and close.
        case arrival
        /// Somebody has waited long enough.
        case timer
        /// Events are due and enter the log.
        case publishing
        /// What was published leaves.
        case sending
    }

    private struct Entry {
        let time: Instant
        let rank: Rank
        let age: Int
        let happening: Happening

        func precedes(_ other: Entry) -> Bool {
            if time != other.time { return time < other.time }
            if rank != other.rank { return rank.rawValue < other.rank.rawValue }
            return age < other.age
        }
    }

    private var heap: [Entry] = []
    private var scheduled = 0

    /// Lets `happening` happen at `time`.
    mutating func schedule(_ happening: Happening, at time: Instant, rank: Rank = .arrival) {
        heap.append(Entry(time: time, rank: rank, age: scheduled, happening: happening))
        scheduled += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out what happens next; nil when nothing ever will.
    mutating func next() -> (time: Instant, happening: Happening)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.happening) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].precedes(heap[least]) { least = child }
            }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.happening)
    }
}
