import Wire

/// The in-band notice of where a stream stands: `{"cursor":17}` or `{"cursor":17,"lost":3}`.
package enum PositionNotice {
    /// Writes the notice's JSON; a framing wraps it as it wraps an event.
    package static func write(cursor: UInt64, lost: UInt64, into wire: inout WireBuffer) {
        wire.write("{\"cursor\":", as: .notice)
        wire.write(decimal: cursor, as: .notice)
        if lost > 0 {
            wire.write(",\"lost\":", as: .notice)
            wire.write(decimal: lost, as: .notice)
        }
        wire.write("}", as: .notice)
    }

    /// Whether the bytes of `range` are a notice and not an event.
    package static func begins(_ bytes: Span<UInt8>, in range: Range<Int>) -> Bool {
        // Asked of every event: the first eight characters are compared at once.
        range.count > 10 && bytes.word(at: range.lowerBound) == 0x726F_7372_7563_227B
            && bytes.starts(with: "\":", at: range.lowerBound + 8)
    }

    /// Reads a notice.
    package static func read(
        _ bytes: Span<UInt8>, in range: Range<Int>
    ) throws(ProtocolError) -> (cursor: UInt64, lost: UInt64) {
        guard begins(bytes, in: range), bytes[range.upperBound - 1] == UInt8(ascii: "}") else {
            throw .positionNotice
        }
        let start = range.lowerBound + 10
        let end = range.upperBound - 1
        guard let comma = bytes.firstIndex(of: UInt8(ascii: ","), from: start, to: end) else {
            guard let cursor = bytes.decimal(in: start..<end) else { throw .positionNotice }
            return (cursor, 0)
        }
        guard let cursor = bytes.decimal(in: start..<comma),
            bytes.starts(with: ",\"lost\":", at: comma), comma + 8 < end,
            let lost = bytes.decimal(in: comma + 8..<end)
        else { throw .positionNotice }
        return (cursor, lost)
    }
}

extension ProtocolError {
    package static let positionNotice = ProtocolError(
        rule: "position-notice", reason: "A position notice is not {\"cursor\":N,\"lost\":N}.",
        reference: "pushbench, cursor and resumption")
}
