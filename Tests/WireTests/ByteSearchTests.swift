import Testing
import Wire

@Suite("A search for bytes")
struct ByteSearchTests {
    /// Longer than three of the blocks that are compared at once.
    private static let length = 53

    @Test(
        "finds the first of two bytes at every place, between any bounds",
        arguments: [(0x0A, 0x0D), (0x00, 0xFF), (0x7F, 0x80), (0x22, 0x22)] as [(UInt8, UInt8)])
    func findsFirst(byte: UInt8, other: UInt8) {
        // Filled with neighbours, which a comparison of whole words must not take for the byte.
        let filler = (0..<Self.length).map { $0 % 2 == 0 ? byte ^ 1 : other ^ 0x80 }
            .map { $0 == byte || $0 == other ? 0x41 : $0 }
        #expect(filler.span.firstIndex(of: byte, or: other, from: 0, to: Self.length) == nil)
        for place in 0..<Self.length {
            var bytes = filler
            bytes[place] = place % 3 == 0 ? other : byte
            // A later match is never the answer.
            if place + 5 < Self.length { bytes[place + 5] = byte }
            for start in [0, 1, place - 1, place].filter({ (0...place).contains($0) }) {
                let found = bytes.span.firstIndex(
                    of: byte, or: other, from: start, to: Self.length)
                #expect(found == place)
            }
            let before = bytes.span.firstIndex(of: byte, or: other, from: 0, to: place)
            #expect(before == nil)
            let last = bytes.span.firstIndex(of: byte, or: other, from: place, to: place + 1)
            #expect(last == place)
        }
    }

    @Test("finds nothing between bounds that hold nothing")
    func emptyBounds() {
        let bytes = [UInt8](repeating: 1, count: 20)
        #expect(bytes.span.firstIndex(of: 1, from: 20, to: 20) == nil)
        #expect(bytes.span.firstIndex(of: 1, from: 21, to: 20) == nil)
        #expect(bytes.span.firstIndex(of: 1, from: 5, to: 5) == nil)
    }

    @Test("finds where ASCII ends, at every place", arguments: [0x80, 0xC2, 0xFF] as [UInt8])
    func endOfASCII(byte: UInt8) {
        let text = [UInt8](repeating: 0x7F, count: Self.length)
        for start in 0...Self.length {
            let end = text.span.endOfASCII(from: start)
            #expect(end == text.count)
        }
        for place in 0..<Self.length {
            var bytes = text
            bytes[place] = byte
            for start in 0...place {
                let end = bytes.span.endOfASCII(from: start)
                #expect(end == place)
            }
        }
    }

    @Test("reads eight bytes as a number, the first in the lowest bits")
    func word() {
        let bytes: [UInt8] = [9, 1, 2, 3, 4, 5, 6, 7, 8]
        let (first, second) = (bytes.span.word(at: 0), bytes.span.word(at: 1))
        #expect(first == 0x0706_0504_0302_0109)
        #expect(second == 0x0807_0605_0403_0201)
    }
}
