import CLinux

/// The path of the running program, to start it once more as a server.
///
/// When the file was replaced since, the kernel's answer names no file, and starting it fails with
/// "No such file or directory": better than measuring another build than the one that asks.
package func executablePath() -> String {
    // PATH_MAX of Linux.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { path in
        let count = clx_read_link("/proc/self/exe", path.baseAddress, path.count)
        guard count > 0 else { return "/proc/self/exe" }
        return String(decoding: path.prefix(count), as: UTF8.self)
    }
}
