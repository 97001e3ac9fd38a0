/// `name=value&name=value` in a request target, read in place.
package enum QueryString {
    /// Where the value of the first parameter called `name` stands.
    package static func value(
        of name: StaticString, in bytes: Span<UInt8>, query: Range<Int>
    ) -> Range<Int>? {
        var start = query.lowerBound
        while start < query.upperBound {
            let end =
                bytes.firstIndex(of: UInt8(ascii: "&"), from: start, to: query.upperBound)
                ?? query.upperBound
            let equals = bytes.firstIndex(of: UInt8(ascii: "="), from: start, to: end) ?? end
            if bytes.matches(name, in: start..<equals) {
                return min(equals + 1, end)..<end
            }
            start = end + 1
        }
        return nil
    }

    /// The bytes of `range` with percent-encoding undone, or nil where it is broken.
    package static func decoded(_ bytes: Span<UInt8>, in range: Range<Int>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard index + 2 < range.upperBound,
                    let high = bytes[index + 1].hexadecimalValue,
                    let low = bytes[index + 2].hexadecimalValue
                else { return nil }
                decoded.append(high << 4 | low)
                index += 3
            case UInt8(ascii: "+"):
                decoded.append(.space)
                index += 1
            default:
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }
}
