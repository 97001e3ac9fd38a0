import FoundationEssentials

// The compressed form of HdrHistogram, V2 (org.HdrHistogram.AbstractHistogram,
// `encodeIntoCompressedByteBuffer`), as its logs have it in base64. All numbers are big endian.
//
// ```
// envelope   cookie 1C849314 · length of the rest (int32) · zlib stream (RFC 1950)
//
// in it      cookie 1C849313 · length of the counts in bytes (int32) · normalizing offset (int32)
//            significant digits (int32) · lowest value (int64) · highest value (int64)
//            ratio of integers to values (double) · counts
//
// counts     from the first slot to the last that is occupied, each in zigzag and LEB128:
//            n ≥ 0 is the count of a slot, −n is a run of n slots without a count
// ```
//
// The zlib stream consists of stored blocks (RFC 1951 §3.2.4), so that no compressor is needed; runs
// of empty slots are short already. What is read back is what is written here: zlib streams that
// are really compressed, and histograms of other bounds, get an error that says so.

extension EncodedHistogram {
    /// The counts of `histogram`.
    package init(_ histogram: Histogram) {
        var counts = ByteWriter()
        var emptySlots: Int64 = 0
        for count in histogram.countsBySlot {
            guard count > 0 else {
                emptySlots += 1
                continue
            }
            if emptySlots > 0 {
                // HdrHistogram writes a single empty slot as the count that it has.
                counts.write(zigzag: emptySlots > 1 ? -emptySlots : 0)
                emptySlots = 0
            }
            counts.write(zigzag: Int64(count))
        }
        var content = ByteWriter()
        content.write(Layout.cookie)
        content.write(Int32(counts.bytes.count))
        content.write(Layout.normalizingOffset)
        content.write(Layout.significantDigits)
        content.write(Layout.lowest)
        content.write(Histogram.highestTrackable)
        content.write(Layout.ratio.bitPattern)
        content.write(counts.bytes)
        let stream = StoredStream.wrapping(content.bytes)
        var envelope = ByteWriter()
        envelope.write(Layout.envelopeCookie)
        envelope.write(Int32(stream.count))
        envelope.write(stream)
        self.init(text: Data(envelope.bytes).base64EncodedString())
    }

    /// The histogram with these counts. What a slot has lost, it has lost: the values are the highest
    /// of their slots, and so the mean and the maximum are up to one part in a thousand above those
    /// of the histogram that was encoded.
    ///
    /// - Throws: `RecordError` for text that is not what `init(_:)` writes.
    package func decoded() throws(RecordError) -> Histogram {
        guard let data = Data(base64Encoded: text) else {
            throw .histogram("is not base64 text")
        }
        var envelope = ByteReader(Array(data))
        try envelope.expect(Layout.envelopeCookie, "the cookie of a compressed histogram, V2")
        let length = try envelope.read(Int32.self)
        guard length == envelope.remaining else {
            throw .histogram("announces \(length) bytes and has \(envelope.remaining)")
        }
        var content = ByteReader(try StoredStream.content(of: envelope.rest()))
        try content.expect(Layout.cookie, "the cookie of a histogram, V2")
        let countsLength = try content.read(Int32.self)
        try content.expect(Layout.normalizingOffset, "the normalizing offset")
        try content.expect(Layout.significantDigits, "the number of significant digits")
        try content.expect(Layout.lowest, "the lowest value")
        try content.expect(Histogram.highestTrackable, "the highest value")
        try content.expect(Layout.ratio.bitPattern, "the ratio of integers to values")
        guard countsLength == content.remaining else {
            throw .histogram(
                "announces \(countsLength) bytes of counts and has \(content.remaining)")
        }
        return Histogram(countsBySlot: try Self.counts(in: &content))
    }

    /// All counts, slot by slot.
    private static func counts(
        in content: inout ByteReader
    ) throws(RecordError) -> [Int] {
        var counts: [Int] = []
        var total = 0
        while content.remaining > 0 {
            let number = try content.readZigzag()
            guard number < 0 else {
                counts.append(Int(number))
                let (sum, overflows) = total.addingReportingOverflow(Int(number))
                guard !overflows else { throw .histogram("counts more than 64 bits can") }
                total = sum
                guard counts.count <= Histogram.slotCount else { throw .tooManySlots }
                continue
            }
            guard number.magnitude <= UInt64(Histogram.slotCount - counts.count) else {
                throw .tooManySlots
            }
            counts.append(contentsOf: repeatElement(0, count: Int(number.magnitude)))
        }
        return counts
    }
}

/// The numbers at the head of what is written: the only ones that are read.
private enum Layout {
    /// V2, compressed: 1C849304, with the bit that says that counts are in zigzag and LEB128.
    static let envelopeCookie: UInt32 = 0x1C84_9314
    /// V2, not compressed: 1C849303, with the same bit.
    static let cookie: UInt32 = 0x1C84_9313
    /// Slots are where their values say; HdrHistogram moves them when values are shifted in place.
    static let normalizingOffset: Int32 = 0
    /// What `Histogram`'s slots are made for.
    static let significantDigits: Int32 = 3
    /// One nanosecond is told from two.
    static let lowest: Int64 = 1
    /// A value is its integer.
    static let ratio = 1.0
}

/// A zlib stream (RFC 1950) of stored blocks: a header, blocks of at most 65,535 bytes, a checksum.
private enum StoredStream {
    /// Deflate with a window of 32 KiB, and the check that makes both bytes a multiple of 31.
    private static let header: [UInt8] = [0x78, 0x01]
    /// Two bytes say how long a block is.
    private static let longestBlock = 65_535

    static func wrapping(_ content: [UInt8]) -> [UInt8] {
        var stream = ByteWriter()
        stream.write(header)
        var start = 0
        repeat {
            let end = min(start + longestBlock, content.count)
            let length = UInt16(end - start)
            // A bit for the last block and two for "stored", padded to a byte.
            stream.write(UInt8(end == content.count ? 1 : 0))
            // Alone of all numbers, deflate's own are little endian.
            stream.write(length.byteSwapped)
            stream.write((~length).byteSwapped)
            stream.write(Array(content[start..<end]))
            start = end
        } while start < content.count
        stream.write(checksum(of: content))
        return stream.bytes
    }

    static func content(of stream: [UInt8]) throws(RecordError) -> [UInt8] {
        var stream = ByteReader(stream)
        let head = [try stream.read(UInt8.self), try stream.read(UInt8.self)]
        guard head[0] & 0x0F == 8, (Int(head[0]) << 8 | Int(head[1])) % 31 == 0 else {
            throw .histogram("has no zlib stream in it")
        }
        var content: [UInt8] = []
        var isLast = false
        while !isLast {
            let kind = try stream.read(UInt8.self)
            guard kind >> 1 == 0 else {
                throw .histogram("is compressed, and only stored blocks are read here")
            }
            isLast = kind & 1 == 1
            let length = try stream.read(UInt16.self)
            guard try stream.read(UInt16.self) == ~length else {
                throw .histogram("has a stored block whose length does not match its complement")
            }
            content += try stream.read(bytes: Int(length.byteSwapped))
        }
        guard try stream.read(UInt32.self) == checksum(of: content) else {
            throw .histogram("has a checksum that is not that of its content")
        }
        guard stream.remaining == 0 else {
            throw .histogram("goes on for \(stream.remaining) bytes after its zlib stream")
        }
        return content
    }

    /// Adler-32 (RFC 1950 §8.2): a sum of the bytes and a sum of those sums, modulo the largest prime
    /// below 65,536.
    private static func checksum(of bytes: [UInt8]) -> UInt32 {
        var (sum, sumOfSums): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            sum = (sum + UInt32(byte)) % 65_521
            sumOfSums = (sumOfSums + sum) % 65_521
        }
        return sumOfSums << 16 | sum
    }
}

/// Bytes that numbers are written to.
private struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ more: [UInt8]) {
        bytes += more
    }

    mutating func write<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    /// Zigzag puts the sign last, so that small numbers of either sign are short; then seven bits a
    /// byte, the lowest first, and the ninth byte has all of its eight.
    mutating func write(zigzag number: Int64) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        for _ in 0..<8 {
            guard rest > 0x7F else { break }
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Bytes that numbers are read from.
private struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    mutating func read(bytes count: Int) throws(RecordError) -> ArraySlice<UInt8> {
        guard count <= remaining else { throw .histogram("ends too early") }
        position += count
        return bytes[(position - count)..<position]
    }

    mutating func rest() -> [UInt8] {
        let rest = Array(bytes[position...])
        position = bytes.count
        return rest
    }

    mutating func read<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(RecordError) -> Number {
        try read(bytes: Number.bitWidth / 8).reduce(0) { number, byte in
            // A byte has nothing to be shifted out by.
            (Number.bitWidth == 8 ? 0 : number << 8) | Number(truncatingIfNeeded: byte)
        }
    }

    mutating func expect<Number: FixedWidthInteger>(
        _ number: Number, _ meaning: String
    ) throws(RecordError) {
        let found = try read(Number.self)
        guard found == number else {
            throw .histogram("has \(found) where \(meaning), \(number), should be")
        }
    }

    mutating func readZigzag() throws(RecordError) -> Int64 {
        var number: UInt64 = 0
        for place in 0..<9 {
            let byte = try read(UInt8.self)
            let isLast = place == 8 || byte < 0x80
            number |= UInt64(place == 8 ? byte : byte & 0x7F) << UInt64(7 * place)
            if isLast { break }
        }
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }
}

extension RecordError {
    private static let histogramRemedy =
        "check that the record is complete and was written by pushbench"

    fileprivate static func histogram(_ cause: String) -> RecordError {
        RecordError(place: "latency_histogram", cause: cause, remedy: histogramRemedy)
    }

    fileprivate static let tooManySlots = histogram(
        "has more than the \(Histogram.slotCount) counts between 1 ns and 1 hour")
}
