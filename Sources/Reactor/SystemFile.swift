import CLinux

/// Small files in which Linux says something about itself: those of /proc and /sys.
package enum SystemFile {
    /// The beginning of the file at `path`, up to 4 KiB, which any setting fits into; nil when it
    /// cannot be read.
    package static func text(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { text in
            let count = clx_read_file(path, text.baseAddress, text.count)
            return count >= 0 ? String(decoding: text.prefix(count), as: UTF8.self) : nil
        }
    }

    /// The words of the file at `path`; none when it cannot be read.
    package static func words(_ path: String) -> [String] {
        text(path)?.split(whereSeparator: \.isWhitespace).map(String.init) ?? []
    }
}
