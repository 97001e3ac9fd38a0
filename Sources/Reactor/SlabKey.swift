/// Names one element of a `Slab` for as long as it is there, and nothing afterwards.
///
/// A connection that closes leaves its slot to the next one while a timer or a readiness report for
/// it may still be on its way. The generation tells the two apart.
package struct SlabKey: Hashable, Sendable {
    /// The element's place.
    package let slot: UInt32
    /// How often the place was taken or given back until then; odd, because the place is taken.
    package let generation: UInt32

    /// Makes the key of those two parts; a slab makes its own.
    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The key that `token` was made of.
    package init(token: UInt64) {
        slot = UInt32(truncatingIfNeeded: token)
        generation = UInt32(token >> 32)
    }

    /// The key in 64 bits, for a `Poller` or a `TimerQueue`.
    ///
    /// Never below 2³² for a key that a slab gave out, so that smaller tokens are free for what a
    /// loop watches beside its connections: a listener, an inbox.
    package var token: UInt64 {
        UInt64(generation) << 32 | UInt64(slot)
    }
}
