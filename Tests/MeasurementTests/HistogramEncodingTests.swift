import Foundation
import Link
import Testing

@testable import Measurement

/// A histogram's parts, each of which a test spoils.
struct HistogramParts {
    var envelopeCookie: [UInt8] = [0x1C, 0x84, 0x93, 0x14]
    var envelopeLength: Int?
    var zlibHeader: [UInt8] = [0x78, 0x01]
    var blockKind: UInt8 = 1
    var blockLength: Int?
    var complement: Int?
    var cookie: [UInt8] = [0x1C, 0x84, 0x93, 0x13]
    var countsLength: Int?
    var offset: UInt8 = 0
    var digits: UInt8 = 3
    var lowest: UInt8 = 1
    var highest: [UInt8] = [0, 0, 3, 0x46, 0x30, 0xB8, 0xA0, 0]
    var ratio: [UInt8] = [0x3F, 0xF0, 0, 0, 0, 0, 0, 0]
    var counts: [UInt8] = [2, 2]
    var checksum: UInt32?
    var tail: [UInt8] = []

    private static func int32(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private static func littleEndian(_ number: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
    }

    var encoded: EncodedHistogram {
        var content = cookie + Self.int32(countsLength ?? counts.count)
        content += [0, 0, 0, offset, 0, 0, 0, digits, 0, 0, 0, 0, 0, 0, 0, lowest]
        content += highest + ratio + counts
        var (sum, sumOfSums): (UInt32, UInt32) = (1, 0)
        for byte in content {
            sum = (sum + UInt32(byte)) % 65_521
            sumOfSums = (sumOfSums + sum) % 65_521
        }
        var stream = zlibHeader + [blockKind]
        stream += Self.littleEndian(blockLength ?? content.count)
        stream += Self.littleEndian(complement ?? ~(blockLength ?? content.count)) + content
        stream += Self.int32(Int(checksum ?? sumOfSums << 16 | sum)) + tail
        let envelope =
            envelopeCookie + Self.int32(envelopeLength ?? stream.count) + stream
        return EncodedHistogram(text: Data(envelope).base64EncodedString())
    }
}

@Suite("A histogram's compressed form")
struct HistogramEncodingTests {
    /// Histograms of every shape: nothing, the ends of the range, single slots with and without room
    /// between them, long runs without a count, large counts, and one value in many slots.
    private static let shapes: [[(value: Int64, count: Int)]] = [
        [],
        [(0, 1)],
        [(1, 1)],
        [(0, 1), (2, 1)],
        [(0, 1), (3, 1)],
        [(5, 63), (6, 64), (7, 65)],
        [(2047, 1), (2048, 2), (4095, 3), (4096, 4)],
        [(Histogram.highestTrackable, 1)],
        [(0, 1), (Histogram.highestTrackable, 1 << 40)],
        [(1_000_000, .max)],
        (0..<3000).map { (Int64($0) * 1_000_003, $0 % 7 + 1) },
    ]

    private static func histogram(_ shape: [(value: Int64, count: Int)]) -> Histogram {
        var histogram = Histogram()
        for (value, count) in shape { histogram.record(value, count: count) }
        return histogram
    }

    @Test("keeps every count", arguments: shapes.indices)
    func roundTrip(shape: Int) throws {
        let histogram = Self.histogram(Self.shapes[shape])
        let encoded = EncodedHistogram(histogram)
        let decoded = try encoded.decoded()
        #expect(decoded.count == histogram.count)
        #expect(decoded.countsBySlot == histogram.countsBySlot)
        #expect(EncodedHistogram(decoded) == encoded)
        #expect(encoded.text.hasPrefix("HISTFAAA"))
    }

    @Test("keeps the counts of values all over the range", arguments: [UInt64(1), 2, 3])
    func randomRoundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var histogram = Histogram()
        for _ in 0..<20_000 {
            histogram.record(Int64(generator.next() >> (22 + generator.next() % 42)))
        }
        let decoded = try EncodedHistogram(histogram).decoded()
        #expect(decoded.countsBySlot == histogram.countsBySlot)
        for percentile in [0.1, 50, 90, 99, 99.9] {
            #expect(
                decoded.value(atPercentile: percentile)
                    == histogram.value(atPercentile: percentile))
        }
    }

    @Test("needs more than one stored block for a histogram of many slots")
    func severalBlocks() throws {
        var histogram = Histogram()
        for bits in 11...41 {
            for slot in Int64(0)..<1024 {
                histogram.record((1024 + slot) << (bits - 10), count: 10_000)
            }
        }
        let encoded = EncodedHistogram(histogram)
        #expect(Data(base64Encoded: encoded.text)?.count ?? 0 > 65_535)
        #expect(try encoded.decoded().countsBySlot == histogram.countsBySlot)
    }

    @Test("is, byte for byte, what the format says")
    func bytes() throws {
        let encoded = EncodedHistogram(Self.histogram([(0, 1), (2, 1), (5, 64)]))
        let bytes = try #require(Data(base64Encoded: encoded.text)).map { String($0, radix: 16) }
        let expected = """
            1c 84 93 14  0 0 0 39
            78 1  1  2e 0  d1 ff
            1c 84 93 13  0 0 0 6  0 0 0 0  0 0 0 3
            0 0 0 0 0 0 0 1  0 0 3 46 30 b8 a0 0  3f f0 0 0 0 0 0 0
            2 0 2 3 80 1
            """
        #expect(bytes.dropLast(4) == expected.split(whereSeparator: \.isWhitespace).map { "\($0)" })
    }

    @Test("is what the Python port of HdrHistogram 0.10.8 reads, so that this text stays")
    func stable() {
        let encoded = EncodedHistogram(Self.histogram([(1000, 3), (2_000_000, 2)]))
        #expect(
            encoded.text
                == "HISTFAAAADp4AQEvAND/HISTEwAAAAcAAAAAAAAAAwAAAAAAAAABAAADRjC4oAA/8AAAAAAAAM8PBu+uAQR5SwbY"
        )
    }

    // MARK: - Hostile input

    /// What is wrong with a part, and what is said of it.
    struct Spoiling: Sendable, CustomTestStringConvertible {
        let expected: String
        let spoil: @Sendable (inout HistogramParts) -> Void

        init(_ expected: String, _ spoil: @escaping @Sendable (inout HistogramParts) -> Void) {
            self.expected = expected
            self.spoil = spoil
        }

        var testDescription: String { expected }
    }

    private func cause(_ encoded: EncodedHistogram) -> String? {
        do throws(RecordError) {
            _ = try encoded.decoded()
            return nil
        } catch {
            #expect(error.place == "latency_histogram")
            return error.cause
        }
    }

    @Test("is read when nothing is spoilt")
    func soundParts() {
        #expect(cause(HistogramParts().encoded) == nil)
    }

    @Test(
        "is refused when a part of it is not as it is written here",
        arguments: [
            Spoiling(
                "has 0 where the cookie of a compressed", { $0.envelopeCookie = [0, 0, 0, 0] }),
            Spoiling("announces 9 bytes and has 53", { $0.envelopeLength = 9 }),
            Spoiling("announces -1 bytes", { $0.envelopeLength = -1 }),
            Spoiling("has no zlib stream", { $0.zlibHeader = [0x78, 0x02] }),
            Spoiling("has no zlib stream", { $0.zlibHeader = [0x1F, 0x8B] }),
            Spoiling("is compressed", { $0.blockKind = 0b011 }),
            Spoiling("ends too early", { $0.blockLength = 60_000 }),
            Spoiling("whose length does not match", { $0.complement = 0 }),
            Spoiling("where the cookie of a histogram", { $0.cookie[3] = 0x03 }),
            Spoiling("announces 3 bytes of counts and has 2", { $0.countsLength = 3 }),
            Spoiling("announces -2147483648 bytes of counts", { $0.countsLength = 1 << 31 }),
            Spoiling("has 1 where the normalizing offset", { $0.offset = 1 }),
            Spoiling("has 2 where the number of significant digits, 3", { $0.digits = 2 }),
            Spoiling("has 5 where the lowest value, 1", { $0.lowest = 5 }),
            Spoiling("where the highest value, 3600000000000", { $0.highest[7] = 1 }),
            Spoiling("where the ratio", { $0.ratio[0] = 0 }),
            Spoiling("ends too early", { $0.counts = [2, 0x80] }),
            Spoiling("has a checksum", { $0.checksum = 1 }),
            Spoiling("goes on for 2 bytes", { $0.tail = [0, 0] }),
            // −33,792 slots fit, and not one more; nor does the most negative number trap.
            Spoiling("has more than the 33792", { $0.counts = [0x81, 0x90, 0x04] }),
            Spoiling("has more than the 33792", { $0.counts = [0xFF, 0x8F, 0x04, 2] }),
            Spoiling("has more than the 33792", { $0.counts = Array(repeating: 0xFF, count: 9) }),
            Spoiling("has more than the 33792", { $0.counts = Array(repeating: 2, count: 33_793) }),
            Spoiling(
                "counts more than 64 bits",
                { $0.counts = [0xFE, 255, 255, 255, 255, 255, 255, 255, 255, 2] }
            ),
        ])
    func hostile(_ spoiling: Spoiling) {
        var parts = HistogramParts()
        spoiling.spoil(&parts)
        let cause = cause(parts.encoded)
        #expect(cause?.contains(spoiling.expected) == true, "\(cause ?? "it was read")")
    }

    @Test(
        "is refused when it is not a histogram at all",
        arguments: ["", "x", "HISTFAAA", "ä", "===="])
    func notBase64(text: String) {
        #expect(cause(EncodedHistogram(text: text)) != nil)
    }

    @Test("never traps, wherever it is cut and whichever byte is another")
    func mutations() throws {
        let sound = EncodedHistogram(Self.histogram([(0, 1), (900, 2), (77_777, 300)]))
        let bytes = Array(try #require(Data(base64Encoded: sound.text)))
        for index in bytes.indices {
            let cut = Data(bytes[..<index]).base64EncodedString()
            #expect(cause(EncodedHistogram(text: cut)) != nil)
            for change in [0x01, 0x40, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[index] ^= change
                // The checksum covers everything but what stands before it.
                #expect(
                    cause(EncodedHistogram(text: Data(changed).base64EncodedString())) != nil)
            }
        }
    }
}
