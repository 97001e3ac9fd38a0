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
        guard bytes.starts(with: "{\"id\":", at: range.lowerBound) else { throw .eventPayload }
        var index = range.lowerBound + 6
        let id = number(in: bytes, at: &index, to: range.upperBound)
        guard index < range.upperBound, bytes.starts(with: ",\"t\":", at: index) else {
            throw .eventPayload
        }
        index += 5
        let time = number(in: bytes, at: &index, to: range.upperBound)
        guard index < range.upperBound, id > 0 else { throw .eventPayload }
        return (id, Instant(nanoseconds: Int64(bitPattern: time)))
    }

    /// Reads digits and leaves `index` behind them; wraps instead of trapping on absurd numbers.
    private static func number(in bytes: Span<UInt8>, at index: inout Int, to end: Int) -> UInt64 {
        var number: UInt64 = 0
        while index < end {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            number = number &* 10 &+ UInt64(digit)
            index += 1
        }
        return number
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
