import Link
import Testing
import Transports
import Wire

@Suite("The event log")
struct EventLogTests {
    private func log(
        of count: Int, events: Int = 1000, bytes: Int = 1 << 20, size: Int = 10
    ) -> EventLog {
        var limits = EventLog.Limits()
        limits.events = events
        limits.bytes = bytes
        var log = EventLog(limits: limits)
        for id in 0..<count {
            log.append(
                Event(
                    id: UInt64(id + 1), intendedTime: Instant(nanoseconds: Int64(id)),
                    payload: Array(repeating: UInt8(truncatingIfNeeded: id), count: size)))
        }
        return log
    }

    @Test("is empty before the first event")
    func empty() {
        let log = EventLog()
        #expect(log.newest == 0)
        #expect(log.oldest == 1)
        #expect(log.retained == 0)
        expect(log.resume(since: nil), cursor: 0, lost: 0)
        expect(log.resume(since: 0), cursor: 0, lost: 0)
    }

    @Test(
        "retains the latest events up to its limit",
        arguments: [1, 2, 3, 63, 64, 65, 100, 128, 129], [1, 2, 5, 64, 65, 127])
    func ring(count: Int, limit: Int) {
        let log = log(of: count, events: limit)
        let retained = min(count, limit)
        #expect(log.retained == retained)
        #expect(log.newest == UInt64(count))
        #expect(log.oldest == UInt64(count - retained + 1))
        for id in log.oldest...log.newest {
            #expect(log[id].id == id)
            #expect(log[id].payload.first == UInt8(truncatingIfNeeded: id - 1))
        }
    }

    @Test("wraps around many times")
    func wraps() {
        let log = log(of: 10_000, events: 70)
        #expect((log.oldest...log.newest).map { log[$0].id } == Array(9931...10_000))
    }

    @Test("retains no more bytes than it may, but always the newest event")
    func bytes() {
        #expect(log(of: 20, bytes: 55).retained == 5)
        #expect(log(of: 20, bytes: 50).retained == 5)
        #expect(log(of: 20, bytes: 9).retained == 1)
        #expect(log(of: 20, bytes: 0).retained == 1)
    }

    @Test(
        "says how far events reach that have so many bytes together, and the first in any case",
        arguments: [
            (0, 0, 1), (0, 9, 1), (0, 10, 1), (0, 19, 1), (0, 20, 2), (0, 199, 19), (0, 200, 20),
            (0, .max, 20), (15, 10, 16), (15, 35, 18), (19, 0, 20), (20, 0, 20), (20, 100, 20),
        ] as [(UInt64, Int, UInt64)])
    func reach(cursor: UInt64, bytes: Int, last: UInt64) {
        // 20 events of ten bytes.
        #expect(log(of: 20).reach(after: cursor, bytes: bytes) == last)
    }

    @Test("may retain nothing at all")
    func nothing() {
        let log = log(of: 20, events: 0)
        #expect(log.retained == 0)
        #expect(log.oldest == 21)
        expect(log.resume(since: 5), cursor: 20, lost: 15)
    }

    @Test(
        "tells a reader where it goes on and how much is lost",
        arguments: [
            (nil, 20, 0), (20, 20, 0), (19, 19, 0), (15, 15, 0), (14, 15, 1), (13, 15, 2),
            (0, 15, 15), (21, 20, 0), (UInt64.max, 20, 0),
        ] as [(UInt64?, UInt64, UInt64)])
    func resumes(since: UInt64?, cursor: UInt64, lost: UInt64) {
        // Events 16 to 20 are retained.
        expect(log(of: 20, events: 5).resume(since: since), cursor: cursor, lost: lost)
    }

    private func expect(_ resumption: EventLog.Resumption, cursor: UInt64, lost: UInt64) {
        #expect(resumption.cursor == cursor)
        #expect(resumption.lost == lost)
    }
}

@Suite("An event's payload")
struct EventPayloadTests {
    private let time = Instant(nanoseconds: 81_234_567_890_123)

    @Test("has exactly the size that is asked for", arguments: [62, 63, 100, 125, 126, 4096])
    func padded(size: Int) throws {
        for id in [1, 999, UInt64.max / 2] {
            let payload = EventPayload.padded(id: id, intendedTime: time, size: size)
            #expect(payload.count == size)
            let header = try EventPayload.header(of: payload.span, in: 0..<payload.count)
            #expect(header.id == id)
            #expect(header.intendedTime == time)
        }
    }

    @Test(
        "has a number and a time that are read whatever their length and what follows them",
        arguments: 1...19)
    func digits(count: Int) throws {
        let number = (0..<count).reduce(0) { sum, place in sum * 10 + UInt64(place % 9 + 1) }
        // Neighbours of the digits, and bytes that carry into the next when digits are summed up.
        for follower in [0x00, 0x2F, 0x3A, 0x7F, 0x80, 0xB9, 0xBA, 0xFF] as [UInt8] {
            let payload =
                Array("{\"id\":\(number),\"t\":\(number)".utf8) + [follower]
                + Array("0123456789".utf8)
            let header = try EventPayload.header(of: payload.span, in: 0..<payload.count)
            #expect(header.id == number)
            #expect(header.intendedTime.nanoseconds == Int64(number))
        }
    }

    @Test(
        "is refused when it does not begin with both",
        arguments: [
            "", "{", #"{"id":"#, #"{"id":17"#, #"{"id":17,"t":1"#, #"{"id":17,"t":12345678901"#,
            #"{"ix":17,"t":18,"data":""}"#, #"{"id":17,"u":18,"data":""}"#,
            #"{"id":,"t":18,"data":""}"#, #"{"id":0,"t":18,"data":""}"#,
            #"["id":17,"t":18,"data":""}"#,
        ])
    func refusal(text: String) {
        let payload = Array(text.utf8)
        #expect(throws: ProtocolError.eventPayload) {
            try EventPayload.header(of: payload.span, in: 0..<payload.count)
        }
    }

    @Test("is as short as the format allows when less is asked for")
    func short() {
        let payload = EventPayload.padded(id: 7, intendedTime: Instant(nanoseconds: 8), size: 0)
        #expect(String(decoding: payload, as: UTF8.self) == #"{"id":7,"t":8,"data":""}"#)
    }

    @Test("carries a line of the user's own", arguments: SampleData.lines)
    func carries(line: [UInt8]) throws {
        let payload = EventPayload.carrying(line, id: 7, intendedTime: Instant(nanoseconds: 8))
        #expect(payload == Array(#"{"id":7,"t":8,"data":"#.utf8) + line + [UInt8(ascii: "}")])
        #expect(try EventPayload.header(of: payload.span, in: 0..<payload.count).id == 7)
    }
}
