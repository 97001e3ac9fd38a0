import Testing
import Wire

@Suite("ChunkedCoding")
struct ChunkedCodingTests {
    /// A content as the encoder writes it: one chunk a message, then the last chunk.
    struct Coding: Sendable, CustomTestStringConvertible {
        var messages: [String]
        var bytes: String

        var testDescription: String { bytes.visible }
    }

    static let codings = [
        Coding(messages: [], bytes: "0\r\n\r\n"),
        Coding(messages: ["a"], bytes: "1\r\na\r\n0\r\n\r\n"),
        // The example of Wikipedia's article and of many a tutorial: four, six and eleven bytes.
        Coding(
            messages: ["Wiki", "pedia ", "in \r\n\r\nchunks."],
            bytes: "4\r\nWiki\r\n6\r\npedia \r\ne\r\nin \r\n\r\nchunks.\r\n0\r\n\r\n"),
        Coding(messages: ["\r\n", "0\r\n\r\n"], bytes: "2\r\n\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
        Coding(
            messages: [String(repeating: "x", count: 255)],
            bytes: "ff\r\n\(String(repeating: "x", count: 255))\r\n0\r\n\r\n"),
        Coding(
            messages: [String(repeating: "x", count: 4096)],
            bytes: "1000\r\n\(String(repeating: "x", count: 4096))\r\n0\r\n\r\n"),
    ]

    @Test("writes what it reads and reads what it writes", arguments: codings)
    func bothWays(coding: Coding) {
        var wire = WireBuffer()
        for text in coding.messages {
            var message = WireBuffer()
            message.write(text, as: .payload)
            ChunkedCoding.encode(message, into: &wire)
        }
        ChunkedCoding.encodeEnd(into: &wire)
        #expect(wire.bytes == coding.bytes.bytes)

        let content = coding.messages.joined().bytes
        #expect(wire.ledger[.payload] == content.count)
        #expect(wire.ledger[.closing] == 5)
        for pieces in Feed.all(of: wire.bytes) {
            let reading = ChunkedReading(pieces)
            #expect(reading.content == content)
            #expect(reading.isFinished && reading.error == nil)
            var ledger = reading.ledger
            ledger[.payload] += content.count
            #expect(ledger == wire.ledger)
        }
    }

    @Test("keeps the classes of a message, and writes nothing for an empty one")
    func classes() {
        var message = WireBuffer()
        var wire = WireBuffer()
        ChunkedCoding.encode(message, into: &wire)
        #expect(wire.isEmpty)
        message.write("data: ", as: .messageFraming)
        message.write("{}", as: .payload)
        message.write("\n\n", as: .messageFraming)
        ChunkedCoding.encode(message, into: &wire)
        #expect(wire.bytes == "a\r\ndata: {}\n\n\r\n".bytes)
        #expect(wire.ledger[.transferCoding] == 5)
        #expect(wire.ledger[.messageFraming] == 8)
        #expect(wire.ledger[.payload] == 2)
        #expect(wire.ledger.total == wire.count)
    }

    /// What others may write and the encoder here does not (RFC 9112 §7.1.1 and §7.1.2).
    static let foreign: [(bytes: String, content: String)] = [
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        (
            "aB\r\n\(String(repeating: "y", count: 0xAB))\r\n0\r\n\r\n",
            String(repeating: "y", count: 0xAB)
        ),
        ("003\r\nabc\r\n000\r\n\r\n", "abc"),
        ("000000000000003\r\nabc\r\n000000000000000\r\n\r\n", "abc"),
        ("3;name=value\r\nabc\r\n0;last\r\n\r\n", "abc"),
        ("3 ; a = \"q;\\\"\" ;b\r\nabc\r\n0\r\n\r\n", "abc"),
        ("3 \r\nabc\r\n0\t \r\n\r\n", "abc"),
        ("3;\r\nabc\r\n0\r\n\r\n", "abc"),
        ("3\r\nabc\r\n0\r\nExpires: never\r\nX: y\r\n\r\n", "abc"),
        ("0\r\nX:\r\n\r\n", ""),
        ("1;\(String(repeating: "x", count: 1022))\r\nz\r\n0\r\n\r\n", "z"),
        ("1\r\nz\r\n0\r\nA: \(String(repeating: "x", count: 1019))\r\n\r\n", "z"),
    ]

    @Test("reads sizes, extensions and trailers of other encoders", arguments: foreign)
    func reads(bytes: String, content: String) {
        for pieces in Feed.all(of: bytes.bytes) {
            let reading = ChunkedReading(pieces)
            #expect(reading.content == content.bytes)
            #expect(reading.isFinished && reading.error == nil)
        }
    }

    @Test(
        "charges every byte but the content's",
        arguments: codings.map(\.bytes) + foreign.map(\.bytes))
    func ledger(bytes: String) {
        for pieces in Feed.all(of: bytes.bytes) {
            let reading = ChunkedReading(pieces)
            #expect(reading.consumed == bytes.utf8.count)
            #expect(reading.ledger.total + reading.content.count == reading.consumed)
            #expect(
                reading.ledger[.transferCoding] + reading.ledger[.closing] == reading.ledger.total)
        }
    }

    @Test("charges the last chunk and its trailers as closing, all else as transfer coding")
    func closing() {
        let reading = ChunkedReading(["2;x\r\nab\r\n0\r\nA: b\r\n\r\n".bytes])
        #expect(reading.ledger[.transferCoding] == 7)
        #expect(reading.ledger[.closing] == 11)
    }

    @Test(
        "leaves the bytes behind the last chunk",
        arguments: ["X", "\r\n", "0\r\n\r\n", "HTTP/1.1 200"])
    func trailing(rest: String) {
        let coding = "3\r\nabc\r\n0\r\nT: v\r\n\r\n"
        for pieces in Feed.all(of: (coding + rest).bytes) {
            let reading = ChunkedReading(pieces)
            #expect(reading.consumed == coding.utf8.count)
            #expect(reading.isFinished)
            #expect(reading.content == "abc".bytes)
        }
    }

    @Test("is not finished before the last byte, and gives content as it comes")
    func unfinished() {
        let coding = "3\r\nabc\r\n0\r\nT: v\r\n\r\n".bytes
        for length in 0..<coding.count {
            let reading = ChunkedReading([Array(coding[..<length])])
            #expect(!reading.isFinished)
            #expect(reading.error == nil)
            #expect(reading.consumed == length)
            #expect(reading.content == Array("abc".bytes.prefix(max(length - 3, 0))))
        }
    }

    @Test("never gives an empty piece")
    func pieces() throws {
        var decoder = ChunkedCoding.Decoder()
        var ledger = ByteLedger()
        for piece in ["2\r\n", "", "a", "", "b", "\r\n1\r\n", "c\r\n0\r\n\r\n"].map(\.bytes) {
            var offset = 0
            while let range = try decoder.next(in: piece.span, at: &offset, ledger: &ledger) {
                #expect(range.count == 1)
            }
            #expect(offset == piece.count)
        }
        #expect(decoder.isFinished)
    }
}
