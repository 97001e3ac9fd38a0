import CLinux

/// What the processors of this machine did since it started, in the kernel's ticks: USER_HZ, a
/// hundredth of a second of one processor each.
///
/// It is the first line of /proc/stat (proc(5)), over all processors, whichever this process may
/// use. One reading means little; the difference of two says what happened between them.
package struct ProcessorTime: Hashable, Sendable {
    /// All ticks: of work, of idleness, and of waiting for other machines.
    package let totalTicks: Int
    /// Ticks without work, those that waited for a disk included.
    package let idleTicks: Int
    /// Ticks in which this machine had work and the host gave the processor to another machine.
    package let stealTicks: Int

    /// Reads it now; nil where there is no /proc/stat.
    package static func read() -> ProcessorTime? {
        // The line is "cpu" and ten numbers of at most 20 digits; what follows is not needed.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { text in
            let count = clx_read_file("/proc/stat", text.baseAddress, text.count)
            guard count > 0 else { return nil }
            return ProcessorTime(stat: String(decoding: text.prefix(count), as: UTF8.self))
        }
    }

    /// Reads the beginning of /proc/stat: "cpu  user nice system idle iowait irq softirq steal …".
    ///
    /// The numbers after steal are the time of guests, which user and nice contain already.
    init?(stat: String) {
        let words = stat.prefix { $0 != "\n" }.split(separator: " ")
        guard words.first == "cpu" else { return nil }
        let ticks = words.dropFirst().prefix(8).compactMap { Int($0) }
        guard ticks.count == 8 else { return nil }
        totalTicks = ticks.reduce(0) { $0 &+ $1 }
        idleTicks = ticks[3] &+ ticks[4]
        stealTicks = ticks[7]
    }

    /// The share of the time since `earlier` that other machines took, from 0 to 1; nil when no tick
    /// has passed.
    package func stealShare(since earlier: ProcessorTime) -> Double? {
        share(stealTicks - earlier.stealTicks, since: earlier)
    }

    /// The share of the time since `earlier` in which a processor worked, from 0 to 1, whoever it
    /// worked for; nil when no tick has passed.
    package func busyShare(since earlier: ProcessorTime) -> Double? {
        let idle = idleTicks - earlier.idleTicks
        let steal = stealTicks - earlier.stealTicks
        return share(totalTicks - earlier.totalTicks - idle - steal, since: earlier)
    }

    /// The share that other machines took since this one started; nil when it has only just.
    package var stealShareSinceBoot: Double? {
        totalTicks > 0 ? Double(stealTicks) / Double(totalTicks) : nil
    }

    /// `ticks` of all since `earlier`. The kernel lets some counters step back a little (proc(5)
    /// says so of iowait), which is no negative share.
    private func share(_ ticks: Int, since earlier: ProcessorTime) -> Double? {
        let total = totalTicks - earlier.totalTicks
        return total > 0 ? min(1, max(0, Double(ticks) / Double(total))) : nil
    }
}
