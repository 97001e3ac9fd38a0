/// Searching bytes sixteen at a time.
///
/// Where a line, a chunk or a string ends is most of what a decoder wants to know, and the answer is
/// one byte among a hundred or ten thousand. Compared one by one they cost seven instructions each;
/// sixteen in one register cost less than one each.
extension Span where Element == UInt8 {
    /// Where `byte` first occurs at or after `start` and before `end`.
    package func firstIndex(of byte: UInt8, from start: Int, to end: Int) -> Int? {
        firstIndex(of: byte, or: byte, from: start, to: end)
    }

    /// Where `byte` or `other` first occurs at or after `start` and before `end`.
    package func firstIndex(
        of byte: UInt8, or other: UInt8, from start: Int, to end: Int
    ) -> Int? {
        guard start < end else { return nil }
        let (first, second) = (SIMD16(repeating: byte), SIMD16(repeating: other))
        // Checked once for all blocks, which lie between these bounds.
        let content = unsafe extracting(start..<end).bytes
        var offset = 0
        while content.byteCount &- offset >= 16 {
            let block = unsafe content.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
            // A match is a byte of ones, so that the lowest bit set belongs to the first match.
            let matches = unsafe unsafeBitCast(
                block .== first .| block .== second, to: SIMD2<UInt64>.self)
            if matches[0] | matches[1] != 0 {
                return start + offset
                    + (matches[0] != 0
                        ? matches[0].littleEndian.trailingZeroBitCount / 8
                        : matches[1].littleEndian.trailingZeroBitCount / 8 + 8)
            }
            offset &+= 16
        }
        var index = start + offset
        while index < end {
            if self[index] == byte || self[index] == other { return index }
            index += 1
        }
        return nil
    }

    /// Where the first byte stands, at or after `start`, that is not ASCII; the end if none is.
    package func endOfASCII(from start: Int) -> Int {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        let content = unsafe extracting(start...).bytes
        var offset = 0
        while content.byteCount &- offset >= 16 {
            let block = unsafe content.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: SIMD2<UInt64>.self)
            guard (block[0] | block[1]) & highBits == 0 else { break }
            offset &+= 16
        }
        var index = start + offset
        if count - index >= 8, word(at: index) & highBits == 0 { index += 8 }
        while index < count, self[index] < 0x80 { index += 1 }
        return index
    }

    /// The eight bytes from `offset` on, the first of them in the lowest bits.
    ///
    /// Any eight bytes are a number; the library calls the load unsafe for types of which that is
    /// not true, and for places that were not checked.
    ///
    /// Inlined into other modules: a call costs nine instructions more than the load, and an event's
    /// header takes six loads.
    ///
    /// - Precondition: they are all within the span.
    @inlinable
    package func word(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && count - 8 >= offset, "a word lies within the span")
        return unsafe UInt64(
            littleEndian: bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// The sixteen bytes from `offset` on, like a word.
    package func block(at offset: Int) -> SIMD16<UInt8> {
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }
}
