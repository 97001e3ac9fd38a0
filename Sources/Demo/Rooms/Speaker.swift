import Link

/// Somebody who may speak: how often, and what was said last.
struct Speaker: Sendable {
    /// Messages at once; typing faster than the one a second that follows is pasting.
    private static let burst = 5

    private var bucket = TokenBucket(capacity: burst, every: .seconds(1))
    /// The last message: the number that the page gave it, and its event.
    private var last: (reference: Int, event: UInt64)?

    /// The event of the message that the page has numbered `reference`, if it was said already: a
    /// page whose connection broke before it was told sends it again.
    func event(of reference: Int?) -> UInt64? {
        guard let last, let reference, reference <= last.reference else { return nil }
        return last.event
    }

    /// Takes leave to speak, of the speaker and of the room.
    ///
    /// - Throws: `rate` when it was too often; nothing is taken then.
    mutating func takeLeave(of room: inout TokenBucket, at now: Instant) throws(RoomRefusal) {
        let wait = max(bucket.wait(at: now), room.wait(at: now))
        guard wait == .zero else { throw .rate(wait) }
        bucket.take(at: now)
        room.take(at: now)
    }

    /// Has said it.
    mutating func said(_ reference: Int?, as event: UInt64) {
        if let reference { last = (reference, event) }
    }
}
