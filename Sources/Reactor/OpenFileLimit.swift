import CLinux

/// How many files, and so connections, a descriptor table may hold.
package enum OpenFileLimit {
    /// Raises the soft limit to the hard one, which needs no privilege, and says what both are then.
    ///
    /// The soft limit is low for the sake of programs that use `select`; ours do not.
    package static func raise() -> (soft: Int, hard: Int) {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        SystemCall.demand("RLIMIT_NOFILE") { clx_raise_open_files(&soft, &hard) }
        return (Int(clamping: soft), Int(clamping: hard))
    }

    /// The number of open descriptors in the calling thread's table; 0 when /proc is not there.
    package static var openCount: Int {
        Swift.max(0, Int(clx_count_descriptors("/proc/thread-self/fd")))
    }
}
