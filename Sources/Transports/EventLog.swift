/// The one event source: a bounded ring of the latest events, read by cursor.
///
/// A cursor is the id of the last event that a client has. Whoever asks with a cursor gets every
/// retained event with a greater id; when some of those are gone, the log says how many, and the
/// technique says so in-band, so that a client never loses events silently.
package struct EventLog: Sendable {
    /// Bounds on what is retained; the older bound that bites first.
    package struct Limits: Sendable {
        /// Events: ten minutes at 100 a second.
        package var events = 60_000
        /// Bytes of payload.
        package var bytes = 64 << 20

        package init() {}
    }

    /// Where a reader stands after it asked to resume.
    package struct Resumption: Equatable, Sendable {
        /// The id after which events follow.
        package let cursor: UInt64
        /// Events between what the reader has and `cursor` that are no longer retained.
        package let lost: UInt64
    }

    private var ring: [Event?] = []
    private var first = 0
    private var count = 0
    private var bytes = 0
    private let limits: Limits

    /// The id of the newest event ever appended; 0 before the first.
    package private(set) var newest: UInt64 = 0

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// The id of the oldest event retained; `newest + 1` when none is.
    package var oldest: UInt64 { newest + 1 - UInt64(count) }

    /// The number of events retained.
    package var retained: Int { count }

    /// Appends `event` and lets go of the oldest beyond the limits.
    ///
    /// - Precondition: its id is the next one.
    package mutating func append(_ event: Event) {
        precondition(event.id == newest + 1, "ids count up without holes")
        if count == ring.count { grow() }
        ring[(first + count) % ring.count] = event
        count += 1
        newest = event.id
        bytes += event.payload.count
        while count > limits.events || (bytes > limits.bytes && count > 1) { dropOldest() }
    }

    /// The event with `id`.
    ///
    /// - Precondition: it is retained.
    package subscript(id: UInt64) -> Event {
        precondition(id >= oldest && id <= newest, "the event must be retained")
        guard let event = ring[(first + Int(id - oldest)) % ring.count] else {
            preconditionFailure("a retained event is in the ring")
        }
        return event
    }

    /// Where a reader that has everything up to `since` goes on; nil asks for live events only.
    ///
    /// A cursor from the future belongs to another life of the server: the reader starts at the
    /// newest event, and sees by the cursor it is told that it has been moved.
    package func resume(since: UInt64?) -> Resumption {
        guard let since, since <= newest else { return Resumption(cursor: newest, lost: 0) }
        let cursor = max(since, oldest - 1)
        return Resumption(cursor: cursor, lost: cursor - since)
    }

    /// The last of the events after `cursor` that together have `bytes` at most, or the first of them
    /// if that alone has more; `cursor` when there are none.
    ///
    /// - Precondition: the event after `cursor` is retained, or `cursor` is the newest.
    package func reach(after cursor: UInt64, bytes: Int) -> UInt64 {
        guard self.bytes > bytes else { return newest }
        var last = cursor
        var total = 0
        while last < newest {
            total += self[last + 1].payload.count
            guard total <= bytes || last == cursor else { break }
            last += 1
        }
        return last
    }

    private mutating func dropOldest() {
        bytes -= ring[first]?.payload.count ?? 0
        ring[first] = nil
        first = (first + 1) % ring.count
        count -= 1
    }

    /// Doubles the ring up to one slot more than it may retain.
    private mutating func grow() {
        let capacity = min(max(ring.count * 2, 64), limits.events + 1)
        var larger: [Event?] = []
        larger.reserveCapacity(capacity)
        for offset in 0..<count { larger.append(ring[(first + offset) % ring.count]) }
        larger.append(contentsOf: repeatElement(nil, count: capacity - count))
        ring = larger
        first = 0
    }
}
