import Wire

/// Cuts bytes into lines that end in LF, in place wherever a line lies whole in one read.
package struct LineSplitter: Sendable {
    /// Where a line is to be found; its LF is not part of it.
    package enum Line: Sendable {
        /// In the span that was given.
        case inPlace(Range<Int>)
        /// In `assembled`, having come in pieces.
        case assembled
    }

    /// The last line that came in pieces.
    package private(set) var assembled: [UInt8] = []
    private var pending: [UInt8] = []
    private let limit: Int

    /// - Parameter limit: bytes of a line at most.
    package init(limit: Int = 16 << 20) {
        self.limit = limit
    }

    /// The bytes of the line that has not ended yet.
    package var pendingCount: Int { pending.count }

    /// The next whole line in `bytes` from `offset`, which moves behind its LF; nil when the rest is
    /// the beginning of a line, which is kept.
    package mutating func next(
        in bytes: Span<UInt8>, at offset: inout Int
    ) throws(ProtocolError) -> Line? {
        guard offset < bytes.count else { return nil }
        guard let end = bytes.firstIndex(of: .lineFeed, from: offset, to: bytes.count) else {
            guard pending.count + bytes.count - offset <= limit else { throw .lineTooLong }
            pending.append(copying: bytes.extracting(offset..<bytes.count))
            offset = bytes.count
            return nil
        }
        let piece = offset..<end
        guard pending.count + piece.count <= limit else { throw .lineTooLong }
        offset = end + 1
        guard !pending.isEmpty else { return .inPlace(piece) }
        pending.append(copying: bytes.extracting(piece))
        swap(&assembled, &pending)
        pending.removeAll(keepingCapacity: false)
        return .assembled
    }
}

extension ProtocolError {
    package static let lineTooLong = ProtocolError(
        rule: "line-too-long", reason: "A line passes the limit.",
        reference: "pushbench, line framing", closeCode: 1009)
}
