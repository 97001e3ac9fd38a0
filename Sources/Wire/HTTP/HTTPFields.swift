/// One field line of a head, as ranges of the bytes it was parsed from.
package struct HTTPField: Sendable {
    /// Where the name stands.
    package let name: Range<Int>
    /// Where the value stands, without the white space around it.
    package let value: Range<Int>
}

/// The field section of a head (RFC 9112 §5): parsed in place, in order, names compared without case.
///
/// Nothing is copied: a field is two ranges of the span that was parsed, and the array of them is
/// reused from head to head.
package struct HTTPFields: Sendable {
    private var lines: [HTTPField] = []

    package init() {}

    /// The number of field lines.
    package var count: Int { lines.count }

    /// The field line at `index`, in the order of the head.
    package subscript(index: Int) -> HTTPField { lines[index] }

    /// Parses the field lines in `range`, which ends before the empty line.
    ///
    /// - Throws: a rule of RFC 9112 §5 that the peer broke; lenient parsing of these shapes is what
    ///   request smuggling lives on, so none is repaired.
    package mutating func parse(
        _ bytes: Span<UInt8>, in range: Range<Int>, limit: Int
    ) throws(ProtocolError) {
        lines.removeAll(keepingCapacity: true)
        var start = range.lowerBound
        while start < range.upperBound {
            guard let end = bytes.firstIndex(of: .lineFeed, from: start, to: range.upperBound),
                end > start, bytes[end - 1] == .carriageReturn
            else { throw .httpBareLineFeed }
            try parseLine(bytes, in: start..<end - 1)
            guard lines.count <= limit else { throw .httpTooManyFields }
            start = end + 1
        }
    }

    /// The value of the first field called `name` (lower case).
    package func value(of name: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        for line in lines where bytes.matchesIgnoringCase(name, in: line.name) {
            return line.value
        }
        return nil
    }

    /// Whether some field called `name` lists `token` among comma-separated values; both lower case.
    package func contains(_ token: StaticString, in name: StaticString, of bytes: Span<UInt8>)
        -> Bool
    {
        for line in lines where bytes.matchesIgnoringCase(name, in: line.name) {
            var start = line.value.lowerBound
            while start <= line.value.upperBound {
                let end =
                    bytes.firstIndex(of: UInt8(ascii: ","), from: start, to: line.value.upperBound)
                    ?? line.value.upperBound
                if bytes.matchesIgnoringCase(token, in: trimmed(bytes, start..<end)) { return true }
                start = end + 1
            }
        }
        return false
    }

    private mutating func parseLine(
        _ bytes: Span<UInt8>, in line: Range<Int>
    ) throws(ProtocolError) {
        guard let first = line.first else { throw .httpMalformedField }
        if bytes[first] == .space || bytes[first] == .tab { throw .httpObsoleteFolding }
        var colon = first
        while colon < line.upperBound, bytes[colon].isTokenCharacter { colon += 1 }
        guard colon < line.upperBound, colon > first, bytes[colon] == UInt8(ascii: ":") else {
            throw .httpMalformedField
        }
        let value = trimmed(bytes, colon + 1..<line.upperBound)
        for index in value where bytes[index] < 0x20 && bytes[index] != .tab || bytes[index] == 0x7F
        {
            throw .httpMalformedField
        }
        lines.append(HTTPField(name: first..<colon, value: value))
    }

    private func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] == .space || bytes[start] == .tab { start += 1 }
        while end > start, bytes[end - 1] == .space || bytes[end - 1] == .tab { end -= 1 }
        return start..<end
    }
}
