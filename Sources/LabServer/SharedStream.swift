import Reactor
import Wire

/// The live messages of one technique and coding, encoded once, and the connections that read them.
///
/// A subscriber is a descriptor and a position in these bytes: a send gives it everything from its
/// position to the end, so that all messages due leave in one system call when the loop is behind,
/// and each leaves at once when it is not. What a connection has not taken is not copied anywhere;
/// its position stays behind. The walk touches only this array and these bytes: no allocation, no
/// reference count, no look-up.
struct SharedStream {
    /// One connection on the stream: 32 bytes, so that two share a cache line.
    struct Subscriber {
        let descriptor: Int32
        /// The connection's place among the loop's peers.
        let slot: UInt32
        /// The absolute position of the next byte it gets.
        var position: Int
        /// The position at which its answer is long enough and is ended.
        let recycleAt: Int
        /// Whether it waits until its socket takes more, or until its own output has left.
        var isBlocked: Bool
    }

    /// What a walk found out, besides that everybody got everything.
    struct WalkReport {
        /// Connections whose socket is full.
        var blocked: [UInt32] = []
        /// Connections that are gone.
        var broken: [(slot: UInt32, error: SystemError)] = []
        /// Connections too far behind.
        var slow: [UInt32] = []
        /// Connections whose answer is long enough.
        var recycled: [UInt32] = []
        var sends = 0
        var sentBytes = 0
        var deliveries = 0
        /// Bytes that whoever is furthest behind has not got.
        var furthestBehind = 0

        mutating func reset() {
            blocked.removeAll(keepingCapacity: true)
            broken.removeAll(keepingCapacity: true)
            slow.removeAll(keepingCapacity: true)
            recycled.removeAll(keepingCapacity: true)
            (sends, sentBytes, deliveries, furthestBehind) = (0, 0, 0, 0)
        }
    }

    /// Where a message ends, and how many events have ended there.
    private struct Boundary {
        let position: Int
        let events: Int
    }

    private(set) var subscribers: [Subscriber] = []
    private var bytes: [UInt8] = []
    /// The absolute position of the first byte held.
    private var base = 0
    /// The ends of the messages held, in order.
    private var boundaries: [Boundary] = []
    private var events = 0
    /// How many events had ended at `base`.
    private var eventsAtBase = 0

    /// The absolute position behind the last message.
    var end: Int { base + bytes.count }

    /// Whether some subscriber may have something to get.
    private(set) var hasNews = false

    // MARK: - Messages

    /// Appends one encoded message.
    mutating func append(_ message: borrowing WireBuffer, isEvent: Bool) {
        bytes.append(contentsOf: message.bytes)
        if isEvent { events += 1 }
        boundaries.append(Boundary(position: end, events: events))
        hasNews = true
    }

    /// The bytes from `position` to the end of the message that it lies in; empty at a boundary.
    func restOfMessage(at position: Int) -> ArraySlice<UInt8> {
        guard position > base else { return [] }
        let index = firstBoundary(atOrAfter: position)
        guard index < boundaries.count else { return [] }
        return bytes[position - base..<boundaries[index].position - base]
    }

    /// The number of events that end behind `position`.
    func eventsAfter(_ position: Int) -> Int {
        events - eventsEnded(at: position)
    }

    private func eventsEnded(at position: Int) -> Int {
        let index = firstBoundary(atOrAfter: position + 1)
        return index == 0 ? eventsAtBase : boundaries[index - 1].events
    }

    private func firstBoundary(atOrAfter position: Int) -> Int {
        var low = 0
        var high = boundaries.count
        while low < high {
            let middle = (low + high) / 2
            if boundaries[middle].position < position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: - Subscribers

    /// Adds a connection at the present end and returns its index.
    mutating func subscribe(
        descriptor: Int32, slot: UInt32, isBlocked: Bool, recycleAfter limit: Int
    ) -> Int {
        let recycleAt = limit > 0 ? end + limit : Int.max
        subscribers.append(
            Subscriber(
                descriptor: descriptor, slot: slot, position: end, recycleAt: recycleAt,
                isBlocked: isBlocked))
        return subscribers.count - 1
    }

    /// Removes the subscriber at `index`; the last one takes its place, and its slot is returned.
    mutating func unsubscribe(_ index: Int) -> UInt32? {
        let last = subscribers.removeLast()
        guard index < subscribers.count else { return nil }
        subscribers[index] = last
        return last.slot
    }

    /// The subscriber's socket takes bytes again.
    mutating func unblock(_ index: Int) {
        subscribers[index].isBlocked = false
        if subscribers[index].position < end { hasNews = true }
    }

    /// The subscriber waits for its own output to leave first.
    mutating func block(_ index: Int) {
        subscribers[index].isBlocked = true
    }

    /// Moves a subscriber to `position`: behind what was copied or dropped for it.
    mutating func move(_ index: Int, to position: Int) {
        subscribers[index].position = position
    }

    /// Bytes that all subscribers together are behind.
    var backlogBytes: Int {
        subscribers.reduce(0) { $0 + end - $1.position }
    }

    /// Bytes that are held because somebody has not got them: back to whoever is furthest behind, and
    /// at most as much again until they are worth moving.
    var heldBytes: Int { bytes.count }

    // MARK: - The walk

    /// Sends every subscriber what it has not got, in one pass over the array.
    mutating func walk(backlogLimit: Int, report: inout WalkReport) {
        hasNews = false
        // Held once for the walk: the bytes do not change in it, and a send must not count
        // references.
        let held = bytes
        let slowest = held.span.withUnsafeBytes { content in
            send(content, backlogLimit: backlogLimit, report: &report)
        }
        report.furthestBehind = end - slowest
        forget(before: slowest)
    }

    /// The walk itself; returns the position of who is furthest behind.
    private mutating func send(
        _ content: UnsafeRawBufferPointer, backlogLimit: Int, report: inout WalkReport
    ) -> Int {
        let end = self.end
        var slowest = end
        // Positions are few and repeat: nearly everybody stands where the one before stood.
        var counted = (position: end, events: 0)
        for index in subscribers.indices where subscribers[index].position < end {
            let start = subscribers[index].position
            guard !subscribers[index].isBlocked else {
                slowest = min(slowest, start)
                if end - start > backlogLimit { report.slow.append(subscribers[index].slot) }
                continue
            }
            if counted.position != start { counted = (start, eventsAfter(start)) }
            do throws(SystemError) {
                let due = UnsafeRawBufferPointer(rebasing: content[(start - base)...])
                let sent = try Socket.send(subscribers[index].descriptor, due) ?? 0
                if sent > 0 { report.sends += 1 }
                report.sentBytes += sent
                subscribers[index].position = start + sent
                guard start + sent == end else {
                    report.deliveries += counted.events - eventsAfter(start + sent)
                    slowest = min(slowest, start + sent)
                    subscribers[index].isBlocked = true
                    report.blocked.append(subscribers[index].slot)
                    continue
                }
                report.deliveries += counted.events
                if end >= subscribers[index].recycleAt {
                    report.recycled.append(subscribers[index].slot)
                }
            } catch {
                subscribers[index].isBlocked = true
                report.broken.append((subscribers[index].slot, error))
            }
        }
        return slowest
    }

    /// Lets go of the messages that every subscriber has; a move of the rest is only made once it is
    /// the smaller part, so that a byte is moved once at most on average. A message of which somebody
    /// has a part stays whole: `base` is always the end of one.
    private mutating func forget(before slowest: Int) {
        guard slowest < end else {
            eventsAtBase = events
            base = end
            bytes.removeAll(keepingCapacity: true)
            boundaries.removeAll(keepingCapacity: true)
            return
        }
        guard slowest - base > bytes.count / 2 else { return }
        let passed = firstBoundary(atOrAfter: slowest + 1)
        guard passed > 0 else { return }
        let position = boundaries[passed - 1].position
        guard position - base > bytes.count / 2 else { return }
        eventsAtBase = boundaries[passed - 1].events
        bytes.removeFirst(position - base)
        boundaries.removeFirst(passed)
        base = position
    }
}
