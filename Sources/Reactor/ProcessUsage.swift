import CLinux
import Glibc

/// What a process used of the machine: CPU time and memory.
package enum ProcessUsage {
    /// The CPU time that a process has used, its finished threads included; `nil` when there is no
    /// such process.
    ///
    /// The process's own CPU clock: nanoseconds as the scheduler counts them. The sum over
    /// /proc/PID/task/*/schedstat is the same number without the threads that have ended, and
    /// /proc/PID/stat counts in steps of 10 ms.
    package static func cpuNanoseconds(of processID: Int32) -> Int64? {
        let time = clx_process_cpu(processID)
        return time >= 0 ? time : nil
    }

    /// The memory of a process that is in RAM; `nil` when it cannot be read.
    ///
    /// `Rss` of /proc/PID/smaps_rollup, which walks the page tables and is exact; where that cannot
    /// be read, /proc/PID/statm, which since Linux 6.2 may be off by some hundred kilobytes a
    /// processor. Not `Pss`: server and load generator share one executable, and a difference of
    /// two readings must not move when another process that shares pages comes or goes.
    package static func residentBytes(of processID: Int32) -> Int? {
        if let text = contents("/proc/\(processID)/smaps_rollup") {
            for line in text.split(separator: "\n") where line.hasPrefix("Rss:") {
                let words = line.split(separator: " ")
                return words.count == 3 ? Int(words[1]).map { $0 * 1024 } : nil
            }
        }
        let fields = contents("/proc/\(processID)/statm")?.split(separator: " ") ?? []
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }

    /// The CPU time that the calling thread has used.
    package static func threadCPUNanoseconds() -> Int64 {
        clx_clock(CLX_CLOCK_THREAD_CPU)
    }

    /// The CPU time that this process has used, its finished threads included.
    package static func ownCPUNanoseconds() -> Int64 {
        clx_clock(CLX_CLOCK_PROCESS_CPU)
    }

    private static func contents(_ path: String) -> String? {
        // smaps_rollup is the longest of them, with about 900 bytes.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { text in
            let count = clx_read_file(path, text.baseAddress, text.count)
            return count > 0 ? String(decoding: text.prefix(count), as: UTF8.self) : nil
        }
    }
}
