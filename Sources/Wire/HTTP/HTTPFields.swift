/// One field line of a head, as ranges of the bytes it was parsed from.
package struct HTTPField: Sendable {
    /// Where the name stands.
    package let name: Range<Int>
    /// Where the value stands, without the white space around it.
    package let value: Range<Int>

    fileprivate func moved(by distance: Int) -> HTTPField {
        HTTPField(
            name: name.lowerBound + distance..<name.upperBound + distance,
            value: value.lowerBound + distance..<value.upperBound + distance)
    }
}

/// The field section of a head (RFC 9112 §5): parsed in place, in order, names compared without case.
///
/// Nothing is copied: a field is two ranges of the span that was parsed, and the array of them is
/// reused from head to head.
package struct HTTPFields: Sendable {
    private var lines: [HTTPField] = []
    /// Where the section stands that `lines` are of.
    private var start = 0

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
        start = range.lowerBound
        var lineStart = start
        while lineStart < range.upperBound {
            guard let end = bytes.firstIndex(of: .lineFeed, from: lineStart, to: range.upperBound),
                end > lineStart, bytes[end - 1] == .carriageReturn
            else { throw .httpBareLineFeed }
            try parseLine(bytes, in: lineStart..<end - 1)
            guard lines.count <= limit else { throw .httpTooManyFields }
            lineStart = end + 1
        }
    }

    /// The section that was parsed last stands here now, the same bytes: so many bytes further.
    mutating func move(to position: Int) -> Int {
        let distance = position - start
        start = position
        guard distance != 0 else { return 0 }
        for index in lines.indices { lines[index] = lines[index].moved(by: distance) }
        return distance
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
