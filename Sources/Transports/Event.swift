import Link
import Wire

/// One message of the one event source.
package struct Event: Sendable {
    /// Counts up from 1 without holes.
    package let id: UInt64
    /// When the event was due, which is not when somebody got round to publishing it: latency from
    /// this moment charges a late publisher to the server, as coordinated omission would not.
    package let intendedTime: Instant
    /// The JSON bytes that are the same on every technique.
    package let payload: [UInt8]

    package init(id: UInt64, intendedTime: Instant, payload: [UInt8]) {
        self.id = id
        self.intendedTime = intendedTime
        self.payload = payload
    }
}

/// The payload's format, the same on every technique so that bytes compare:
///
///     {"id":1234,"t":81234567890123,"data":"xxxx"}
///
/// `id` is the event's number, `t` its intended time in nanoseconds of CLOCK_MONOTONIC, and `data`
/// a filler that brings the payload to an asked size, or a line of the user's own.
package enum EventPayload {
    /// Writes a payload of exactly `size` bytes, or as few as the format allows when that is more.
    package static func padded(id: UInt64, intendedTime: Instant, size: Int) -> [UInt8] {
        var bytes = head(id: id, intendedTime: intendedTime, capacity: size)
        bytes.append(UInt8(ascii: "\""))
        let filler = max(size - bytes.count - 2, 0)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: filler))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Writes a payload around `data`, which must be one line of JSON.
    package static func carrying(_ data: [UInt8], id: UInt64, intendedTime: Instant) -> [UInt8] {
        var bytes = head(id: id, intendedTime: intendedTime, capacity: data.count + 64)
        bytes.append(contentsOf: data)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The smallest size that holds ids and times for as long as a machine stays up: 20 bytes of
    /// names and punctuation, 20 digits each for id and time, 2 quotes.
    package static let smallestSize = 62

    /// The number and intended time that a payload begins with.
    ///
    /// - Throws: `eventPayload` when the bytes of `range` do not begin as the format says.
    package static func header(
        of bytes: Span<UInt8>, in range: Range<Int>
    ) throws(ProtocolError) -> (id: UInt64, intendedTime: Instant) {
        guard range.count >= 8, bytes.word(at: range.lowerBound) & 0xFFFF_FFFF_FFFF == idName else {
            throw .eventPayload
        }
        var index = range.lowerBound + 6
        let id = number(in: bytes, at: &index, to: range.upperBound)
        guard range.upperBound - index >= 8, bytes.word(at: index) & 0xFF_FFFF_FFFF == timeName
        else { throw .eventPayload }
        index += 5
        let time = number(in: bytes, at: &index, to: range.upperBound)
        guard index < range.upperBound, id > 0 else { throw .eventPayload }
        return (id, Instant(nanoseconds: Int64(bitPattern: time)))
    }

    /// `{"id":` as the lower six bytes of a word.
    private static var idName: UInt64 { 0x3A22_6469_227B }
    /// `,"t":` as the lower five bytes of a word. Behind it stand a digit, a comma and data.
    private static var timeName: UInt64 { 0x3A_2274_222C }

    /// Reads digits and leaves `index` behind them; wraps instead of trapping on absurd numbers.
    private static func number(in bytes: Span<UInt8>, at index: inout Int, to end: Int) -> UInt64 {
        var number: UInt64 = 0
        // Eight digits at once cost as much as three do one by one.
        while end - index >= 8 {
            let word = bytes.word(at: index)
            let count = leadingDigits(of: word)
            if number > 0 {
                for _ in 0..<count { number &*= 10 }
            }
            number &+= value(ofDigits: word, count: count)
            index += count
            guard count == 8 else { return number }
        }
        while index < end {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            number = number &* 10 &+ UInt64(digit)
            index += 1
        }
        return number
    }

    /// How many bytes of `word`, from the lowest on, are digits before one that is not.
    private static func leadingDigits(of word: UInt64) -> Int {
        // Digits are 30 to 39: what is above reaches the highest bit by the first sum, what is below
        // by the second. Carries only pass to bytes behind the one that is found.
        let others = (word &+ 0x4646_4646_4646_4646) | (word &- 0x3030_3030_3030_3030)
        return (others & 0x8080_8080_8080_8080).trailingZeroBitCount / 8
    }

    /// The number that the lowest `count` bytes of `word` spell, the first digit in the lowest.
    ///
    /// Neighbours are joined at once: digits to numbers below 100, those to numbers below 10,000,
    /// those to one.
    private static func value(ofDigits word: UInt64, count: Int) -> UInt64 {
        // Pushed up to the last place, with zeros before them.
        let digits = (word &- 0x3030_3030_3030_3030) << UInt64(64 - 8 * count)
        let pairs = ((digits &* (10 << 8 | 1)) >> 8) & 0x00FF_00FF_00FF_00FF
        let quads = ((pairs &* (100 << 16 | 1)) >> 16) & 0x0000_FFFF_0000_FFFF
        return (quads &* (10_000 << 32 | 1)) >> 32
    }

    private static func head(id: UInt64, intendedTime: Instant, capacity: Int) -> [UInt8] {
        var wire = WireBuffer()
        wire.write("{\"id\":", as: .payload)
        wire.write(decimal: id, as: .payload)
        wire.write(",\"t\":", as: .payload)
        wire.write(decimal: intendedTime.nanoseconds, as: .payload)
        wire.write(",\"data\":", as: .payload)
        var bytes = wire.take()
        bytes.reserveCapacity(max(capacity, bytes.count + 3))
        return bytes
    }
}

extension ProtocolError {
    package static let eventPayload = ProtocolError(
        rule: "event-payload", reason: "An event does not begin with its id and time.",
        reference: "pushbench, one event on every wire")
}
