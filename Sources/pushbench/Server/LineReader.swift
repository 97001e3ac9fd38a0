import Glibc
import Wire

/// Whole lines of a descriptor, read as they come.
struct LineReader {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    /// Whether the other end was closed and every line handed out.
    private(set) var hasEnded = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Reads once and returns the lines that are whole now, without their ends and without empty
    /// ones; what comes after the last line end counts as a line.
    mutating func read() -> [[UInt8]] {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        guard count > 0 else {
            hasEnded = true
            defer { pending = [] }
            return pending.isEmpty ? [] : [pending]
        }
        pending.append(contentsOf: chunk[..<count])
        guard let end = pending.lastIndex(of: .lineFeed) else { return [] }
        let lines = pending[..<end].split(separator: .lineFeed).map(Array.init)
        pending.removeFirst(end + 1)
        return lines
    }
}
