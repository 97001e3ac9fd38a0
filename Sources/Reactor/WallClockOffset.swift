import CLinux
import Link

/// By how much the wall clock is ahead of the monotonic one: what makes a moment of a kernel's
/// receive stamp, which is of CLOCK_REALTIME.
///
/// The clocks cannot be read at once, so that the wall clock is read between two readings of the
/// other, and the narrowest of several such sandwiches is believed: off by half its width at most,
/// some 30 ns. The wall clock is steered and may be set, so that an offset ages; at the 500 ppm that
/// the kernel steers by at most, two seconds make 1 µs.
package struct WallClockOffset: Hashable, Sendable {
    /// Sandwiches tried: 50 of them cost 5 µs, and one without an interruption is always among them.
    private static let attempts = 50

    /// The offset in nanoseconds.
    package let nanoseconds: Int64

    /// An offset known otherwise.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Reads both clocks.
    package static func measure() -> WallClockOffset {
        var narrowest = Int64.max
        var offset: Int64 = 0
        for _ in 0..<attempts {
            let before = clx_clock(CLX_CLOCK_MONOTONIC)
            let wall = clx_clock(CLX_CLOCK_REALTIME)
            let after = clx_clock(CLX_CLOCK_MONOTONIC)
            guard after - before < narrowest else { continue }
            narrowest = after - before
            offset = wall - (before + (after - before) / 2)
        }
        return WallClockOffset(nanoseconds: offset)
    }

    /// The moment of a wall clock's reading.
    package func moment(wallNanoseconds: Int64) -> Instant {
        Instant(nanoseconds: wallNanoseconds &- nanoseconds)
    }
}
