import Deflate
import Testing

@Suite("Without the trait")
struct NoDeflateTests {
    @Test("nothing is compressed or decompressed", .enabled(if: !Deflater.isAvailable))
    func nothing() {
        let message = [UInt8](repeating: 7, count: 1000)
        let compressed = Deflater.compress(message.span, windowBits: 15)
        #expect(compressed == nil && Inflater() == nil)
    }
}

#if Deflate
    @Suite("Raw deflate")
    struct DeflateTests {
        /// What `bytes`, in pieces of `length`, stand for; nil when they are refused.
        private static func inflate(
            _ messages: [[UInt8]], pieces length: Int = .max, limit: Int = 1 << 20
        ) throws -> [[UInt8]] {
            let inflater = try #require(Inflater())
            return try messages.map { message in
                var output: [UInt8] = []
                var start = 0
                while start < message.count {
                    let end = min(message.count, start + min(length, message.count))
                    let piece = Array(message[start..<end])
                    try inflater.inflate(piece.span, appendingTo: &output, limit: limit)
                    start = end
                }
                try inflater.endMessage(appendingTo: &output, limit: limit)
                return output
            }
        }

        private static let hello = Array("Hello".utf8)

        @Test(
            "is read as the examples of RFC 7692 §7.2.3 say",
            arguments: [
                // 7.2.3.1: one block.
                [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
                // 7.2.3.3: a block that is not compressed.
                [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],
                // 7.2.3.4: a block that says it is the last.
                [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
                // 7.2.3.5: two blocks.
                [
                    0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00,
                ],
            ] as [[UInt8]])
        func examples(message: [UInt8]) throws {
            for length in 1...message.count {
                #expect(try Self.inflate([message], pieces: length) == [Self.hello])
            }
        }

        @Test("refers to the message before, as the example of RFC 7692 §7.2.3.2 does")
        func takesOver() throws {
            let messages: [[UInt8]] = [
                [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], [0xF2, 0x00, 0x11, 0x00, 0x00],
            ]
            #expect(try Self.inflate(messages) == [Self.hello, Self.hello])
            #expect(throws: InflateError.self) { try Self.inflate([messages[1]]) }
        }

        @Test("an empty message is one byte")
        func empty() throws {
            #expect(try Self.inflate([[0x00]]) == [[]])
        }

        @Test("refers to what a last block brought, too")
        func takesOverFromLastBlock() throws {
            let messages: [[UInt8]] = [
                [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], [0xF2, 0x00, 0x11, 0x00, 0x00],
            ]
            #expect(try Self.inflate(messages) == [Self.hello, Self.hello])
        }

        @Test("reads what it wrote, with every window and in any pieces", arguments: 9...15)
        func roundTrip(windowBits: Int) throws {
            var state: UInt32 = 12345
            for length in [50, 300, 5_000, 70_000] {
                // Letters by chance, so that there is something to gain and much to copy.
                let message = (0..<length).map { _ -> UInt8 in
                    state = state &* 1_664_525 &+ 1_013_904_223
                    return UInt8(ascii: "a") + UInt8(state >> 29)
                }
                let compressed = try #require(
                    compress(message, windowBits))
                #expect(compressed.count < message.count)
                #expect(try Self.inflate([compressed], pieces: 7) == [message])
                // And the same again: each message stands for itself.
                #expect(compress(message, windowBits) == compressed)
            }
        }

        @Test("gives up on what does not get shorter")
        func noGain() {
            var state: UInt64 = 1
            let noise = (0..<1000).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            #expect(compress(noise, 15) == nil)
            #expect(compress([UInt8](), 15) == nil)
        }

        @Test("stops at the limit while it decompresses")
        func bomb() throws {
            let zeros = [UInt8](repeating: 0, count: 8 << 20)
            let bomb = try #require(compress(zeros, 15))
            #expect(bomb.count < 10_000)
            let inflater = try #require(Inflater())
            var output: [UInt8] = []
            #expect(throws: InflateError.tooLong) {
                try inflater.inflate(bomb.span, appendingTo: &output, limit: 100_000)
            }
            #expect(output.count <= 100_000)
            #expect(try Self.inflate([bomb], limit: 8 << 20).first?.count == 8 << 20)
            #expect(throws: InflateError.tooLong) {
                try Self.inflate([bomb], limit: (8 << 20) - 1)
            }
        }

        @Test(
            "refuses what is no deflate, or only its beginning",
            arguments: [
                [0xFF], [0x07], [0xF2, 0x48, 0xCD], [0x00, 0x09, 0x00, 0xF6, 0xFF, 0x48],
                [0x00, 0x05, 0x00, 0x00, 0x00], [0xF2, 0x00, 0x11, 0x00, 0x00],
                [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07],
            ] as [[UInt8]])
        func refuses(message: [UInt8]) {
            #expect(throws: InflateError.invalid) { try Self.inflate([message]) }
        }
    }

    /// What a message is compressed to, where that is shorter.
    private func compress(_ message: [UInt8], _ windowBits: Int) -> [UInt8]? {
        Deflater.compress(message.span, windowBits: windowBits)
    }
#endif
