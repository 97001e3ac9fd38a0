import Testing
import Wire

@Suite("A hostile chunked encoder")
struct ChunkedHostileTests {
    /// Bytes that break a rule, and how many of them are good.
    struct Attack: Sendable, CustomTestStringConvertible {
        var rule: ProtocolError
        var good: String
        var bad: String

        init(_ good: String, _ bad: String, _ rule: ProtocolError = .httpMalformedChunk) {
            (self.good, self.bad, self.rule) = (good, bad, rule)
        }

        var testDescription: String { (good + bad).visible }
    }

    static let sizes = [
        Attack("", "\r\n"), Attack("", "\n"), Attack("", " 1\r\na\r\n"), Attack("", ";x\r\n"),
        Attack("", "-1\r\n"), Attack("", "+1\r\n"), Attack("0", "x1\r\n"), Attack("", "g\r\n"),
        Attack("1", "g\r\n"), Attack("1", "_0\r\n"), Attack("1", ".0\r\n"),
        Attack("1", "\u{0}\r\n"),
        Attack("1", "\na\r\n"), Attack("1\r", "a\r\n"), Attack("1\r", "\r\n"),
        Attack("1 ", "2\r\n"),
        Attack("1\t", "a\r\n"), Attack("1 ", "\n"), Attack("3", "\u{A0}\r\n"),
    ]

    static let extensions = [
        Attack("1;x", "\na\r\n"), Attack("1;x", "\u{0}\r\n"), Attack("1;x\r", "y\r\n"),
        Attack("1;x\r", "\r\n"), Attack("1;x", "\u{7}\r\n"), Attack("1;x", "\u{7F}\r\n"),
    ]

    static let contents = [
        Attack("1\r\na", "b\r\n"), Attack("1\r\na", "\n"), Attack("1\r\na\r", "b"),
        Attack("1\r\na\r", "\r\n"), Attack("1\r\na\r\n", "\r\n"), Attack("1\r\na", "0\r\n\r\n"),
    ]

    static let trailers = [
        Attack("0\r\n", "\n", .httpMalformedTrailer), Attack("0\r\n", ": b", .httpMalformedTrailer),
        Attack("0\r\n", " A: b", .httpMalformedTrailer),
        Attack("0\r\nGET", " / HTTP/1.1\r\n\r\n", .httpMalformedTrailer),
        Attack("0\r\nA", "\r\n", .httpMalformedTrailer),
        Attack("0\r\n\r", "a"), Attack("0\r\n\r", "\r\n"),
        Attack("0\r\nA: b", "\n\r\n"), Attack("0\r\nA: b\r", "c\r\n"), Attack("0\r\nA: ", "\u{0}"),
    ]

    static let floods = [
        Attack("fffffffffffffff", "f\r\n", .httpChunkTooLarge),
        Attack("000000000000000", "0\r\n\r\n", .httpChunkTooLarge),
        Attack("1;" + String(repeating: "x", count: 1023), "x\r\n", .httpChunkTooLarge),
        Attack("1" + String(repeating: " ", count: 1024), " \r\n", .httpChunkTooLarge),
        Attack("0\r\n" + String(repeating: "x", count: 1024), "x", .httpChunkTooLarge),
        // Five counted bytes a line: the line feed is no part of what is skipped.
        Attack(
            "0\r\n" + String(repeating: "A: b\r\n", count: 204) + "A: b", "\r\n", .httpChunkTooLarge
        ),
    ]

    @Test(
        "is refused at the first bad byte, however its bytes are cut",
        arguments: sizes + extensions + contents + trailers + floods)
    func refused(attack: Attack) {
        let bytes = (attack.good + attack.bad).bytes
        for pieces in Feed.all(of: bytes) {
            let reading = ChunkedReading(pieces)
            #expect(reading.error == attack.rule)
            #expect(reading.consumed == attack.good.utf8.count)
            #expect(!reading.isFinished)
        }
        #expect(ChunkedReading([attack.good.bytes]).error == nil)
    }

    @Test("may announce the largest size, and waits for it in vain")
    func largest() {
        let reading = ChunkedReading(["fffffffffffffff\r\nabc".bytes])
        #expect(reading.error == nil)
        #expect(reading.content == "abc".bytes)
    }

    @Test("may skip as much again with the next chunk")
    func limitPerLine() {
        let line = "1;" + String(repeating: "x", count: 1000) + "\r\na\r\n"
        let reading = ChunkedReading([(line + line + line + "0\r\n\r\n").bytes])
        #expect(reading.error == nil)
        #expect(reading.content == "aaa".bytes)
    }
}
