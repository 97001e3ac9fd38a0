/// Small questions about bytes that are mostly ASCII text, asked of a span without making a String.
///
/// Protocol text is compared and counted as bytes: `String` would cost a hundred times more on the
/// path of a request, and case folding in HTTP is ASCII's only (RFC 9110 §5.1).
extension Span where Element == UInt8 {
    /// The index after the empty line that ends a head (CR LF CR LF), looked for from `start` on.
    package func endOfHead(from start: Int) -> Int? {
        var index = Swift.max(start, 0)
        while let lineFeed = firstIndex(of: .lineFeed, from: index, to: count) {
            if lineFeed >= 3, self[lineFeed - 1] == .carriageReturn,
                self[lineFeed - 2] == .lineFeed, self[lineFeed - 3] == .carriageReturn
            {
                return lineFeed + 1
            }
            index = lineFeed + 1
        }
        return nil
    }

    /// Whether the bytes of `range` are exactly `text`.
    package func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard text.utf8CodeUnitCount == range.count else { return false }
        return starts(with: text, at: range.lowerBound)
    }

    /// Whether the bytes of `range` are exactly `text`.
    package func matches(_ text: [UInt8], in range: Range<Int>) -> Bool {
        guard text.count == range.count else { return false }
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count).")
        // Eight bytes at a time: one by one costs more than the parsing that a comparison saves.
        return unsafe withUnsafeBytes { own in
            unsafe text.withUnsafeBytes { wanted in
                var index = 0
                while index + 8 <= wanted.count {
                    guard
                        unsafe own.loadUnaligned(
                            fromByteOffset: range.lowerBound + index, as: UInt64.self)
                            == wanted.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    else { return false }
                    index += 8
                }
                while index < wanted.count {
                    guard unsafe own[range.lowerBound + index] == wanted[index] else {
                        return false
                    }
                    index += 1
                }
                return true
            }
        }
    }

    /// Whether `text` stands at `start`.
    package func starts(with text: StaticString, at start: Int) -> Bool {
        guard start + text.utf8CodeUnitCount <= count else { return false }
        return text.withUTF8Buffer { buffer in
            var index = 0
            while index < buffer.count {
                guard unsafe self[start + index] == buffer[index] else { return false }
                index += 1
            }
            return true
        }
    }

    /// Whether the bytes of `range` are `text`, ignoring ASCII case; `text` must be lower case.
    package func matchesIgnoringCase(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard text.utf8CodeUnitCount == range.count else { return false }
        return text.withUTF8Buffer { buffer in
            var index = 0
            while index < buffer.count {
                guard unsafe self[range.lowerBound + index].asciiLowercased == buffer[index] else {
                    return false
                }
                index += 1
            }
            return true
        }
    }

    /// The decimal number that the bytes of `range` spell, if they are 1 to 19 digits.
    package func decimal(in range: Range<Int>) -> UInt64? {
        // 19 digits always fit into 64 bits, so that no sum below can overflow.
        guard range.count >= 1, range.count <= 19 else { return nil }
        var number: UInt64 = 0
        for index in range {
            let digit = self[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            number = number * 10 + UInt64(digit)
        }
        return number
    }

    /// A copy of the bytes of `range`.
    package func array(_ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range { copy.append(self[index]) }
        return copy
    }

    /// The bytes of `range` as text, broken UTF-8 replaced.
    package func text(_ range: Range<Int>) -> String {
        String(decoding: array(range), as: UTF8.self)
    }
}

extension Array where Element == UInt8 {
    /// A copy of `bytes`.
    package init(copying bytes: Span<UInt8>) {
        self.init()
        append(copying: bytes)
    }

    /// Appends a copy of `bytes`.
    package mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe append(contentsOf: buffer)
        }
    }
}

extension UInt8 {
    /// The byte with an ASCII capital made small.
    package var asciiLowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }

    /// Whether the byte may stand in a token (RFC 9110 §5.6.2).
    package var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// The value of a hexadecimal digit.
    package var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The bytes that separate and end things in HTTP and its kin. Computed, because from another
    /// module a stored one is reached through a call and a load.
    package static var carriageReturn: UInt8 { 0x0D }
    package static var lineFeed: UInt8 { 0x0A }
    package static var space: UInt8 { 0x20 }
    package static var tab: UInt8 { 0x09 }
}
