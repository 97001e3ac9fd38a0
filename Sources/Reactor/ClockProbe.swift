import Glibc
import Link

/// How good the clock is that every latency is read from.
package struct ClockProbe: Hashable, Sendable {
    /// What the kernel counts time by: `tsc`, `kvm-clock`; nil when it does not say.
    package let source: String?
    /// The clock's resolution in nanoseconds.
    package let resolutionNanoseconds: Int64
    /// What a reading costs: some 30 ns through the vDSO, 150 and more as a system call.
    package let readNanoseconds: Double

    /// A clock that was probed otherwise.
    package init(source: String?, resolutionNanoseconds: Int64, readNanoseconds: Double) {
        self.source = source
        self.resolutionNanoseconds = resolutionNanoseconds
        self.readNanoseconds = readNanoseconds
    }

    /// Readings whose mean is taken: some 0.3 ms of them.
    private static let readings = 10_000

    /// Probes it.
    package static func measure() -> ClockProbe {
        var resolution = timespec()
        clock_getres(CLOCK_MONOTONIC, &resolution)
        let start = MonotonicClock.now()
        var end = start
        for _ in 0..<readings {
            end = MonotonicClock.now()
        }
        return ClockProbe(
            source: SystemFile.words(
                "/sys/devices/system/clocksource/clocksource0/current_clocksource"
            ).first,
            resolutionNanoseconds: Int64(resolution.tv_sec) * 1_000_000_000
                + Int64(resolution.tv_nsec),
            readNanoseconds: Double(end.nanoseconds(since: start)) / Double(readings))
    }

    /// How late a loop is woken: the latenesses in nanoseconds of `count` waits of `interval`, in
    /// ascending order, on a thread like those of server and generator.
    package static func wakeLateness(count: Int, interval: Duration) throws(SystemError) -> [Int64]
    {
        let thread = try WorkerThread.start(name: "wake") { () -> Result<[Int64], SystemError> in
            do throws(SystemError) {
                var poller = try Poller(capacity: 1)
                var latenesses: [Int64] = []
                for _ in 0..<count {
                    let due = MonotonicClock.now() + interval
                    _ = try poller.wait(until: due)
                    latenesses.append(MonotonicClock.now().nanoseconds(since: due))
                }
                return .success(latenesses.sorted())
            } catch {
                return .failure(error)
            }
        }
        return try thread.join().get()
    }
}
