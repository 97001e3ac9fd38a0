import CLinux
import Glibc
import Link

/// The host's clocks, read through the vDSO (about 30 ns, no system call).
///
/// All processes of a host share CLOCK_MONOTONIC, so that the instant a server stamps on an event
/// can be subtracted from the instant at which the load generator reads it.
package enum MonotonicClock {
    /// The present moment.
    package static func now() -> Instant {
        Instant(nanoseconds: clx_clock(CLX_CLOCK_MONOTONIC))
    }

    /// Seconds since 1970, for `Date` fields and the names of files; never for a difference.
    package static func wall() -> Int64 {
        clx_clock(CLX_CLOCK_REALTIME) / 1_000_000_000
    }

    /// Sleeps until `moment`, however often a signal interrupts; for threads that have no loop.
    package static func sleep(until moment: Instant) {
        var time = timespec()
        time.tv_sec = Int(moment.nanoseconds / 1_000_000_000)
        time.tv_nsec = Int(moment.nanoseconds % 1_000_000_000)
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    /// How long a wait until `deadline` may last; zero when it has passed.
    static func nanoseconds(until deadline: Instant) -> Int64 {
        let now = now()
        return deadline > now ? deadline.nanoseconds(since: now) : 0
    }
}
