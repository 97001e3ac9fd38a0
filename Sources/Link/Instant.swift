/// A moment on the one clock that every part of a run shares: nanoseconds of CLOCK_MONOTONIC under
/// real sockets, nanoseconds since the start in virtual time.
///
/// Server and load generator are separate processes on one host and read the same clock, so that a
/// delivery's latency is one subtraction. Pure code never reads a clock: it is handed an `Instant`.
package struct Instant: Hashable, Comparable, Sendable, Codable {
    /// Nanoseconds since the clock's own zero.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The earliest moment that can be told.
    package static let distantPast = Instant(nanoseconds: .min)

    /// A moment that never comes.
    package static let distantFuture = Instant(nanoseconds: .max)

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment `duration` after `instant`; far moments stay far instead of overflowing.
    package static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return duration.nanoseconds > 0 ? .distantFuture : .distantPast
    }

    /// The moment `duration` before `instant`.
    package static func - (instant: Instant, duration: Duration) -> Instant {
        // The shortest duration that there is has no opposite; the longest is near enough.
        instant + .nanoseconds(-max(duration.nanoseconds, -.max))
    }

    /// The time from `earlier` to this moment, in nanoseconds; negative when it lies ahead.
    package func nanoseconds(since earlier: Instant) -> Int64 {
        nanoseconds &- earlier.nanoseconds
    }

    /// The time from `earlier` to `later`.
    package static func - (later: Instant, earlier: Instant) -> Duration {
        .nanoseconds(later.nanoseconds(since: earlier))
    }
}

extension Duration {
    /// This duration in whole nanoseconds, towards zero; the largest value stands for anything
    /// longer than 292 years.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds > 0 ? .max : .min }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds > 0 ? .max : .min) : sum
    }

    /// This duration as a fraction of seconds, for rates and for people.
    package var seconds: Double {
        Double(nanoseconds) / 1e9
    }
}
