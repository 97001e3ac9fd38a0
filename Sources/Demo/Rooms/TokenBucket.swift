import Link

/// How often something may be done: so many times at once, and then at an even rate.
///
/// Kept as one moment, as the generic cell rate algorithm does (ITU-T I.371): when the bucket will be
/// full again if nothing more is taken.
struct TokenBucket: Sendable {
    private let burst: Duration
    private let interval: Duration
    private var fullAt = Instant.distantPast

    /// A full bucket of `capacity` tokens that gets a new one every `interval`.
    init(capacity: Int, every interval: Duration) {
        self.interval = interval
        burst = interval * (capacity - 1)
    }

    /// How long it is until a token can be taken; zero when one can be now.
    func wait(at now: Instant) -> Duration {
        fullAt <= now ? .zero : max(fullAt - now - burst, .zero)
    }

    /// Takes a token, which must be there.
    mutating func take(at now: Instant) {
        fullAt = max(fullAt, now) + interval
    }
}
