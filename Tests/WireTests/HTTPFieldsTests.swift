import Testing
import Wire

@Suite("HTTPFields")
struct HTTPFieldsTests {
    /// Field lines with the bytes that they are ranges of.
    private struct Section {
        let bytes: [UInt8]
        let fields: HTTPFields

        init(_ text: String, limit: Int = 100) throws {
            let section = text.bytes
            var parsed = HTTPFields()
            try parsed.parse(section.span, in: 0..<section.count, limit: limit)
            (bytes, fields) = (section, parsed)
        }

        func value(_ name: StaticString) -> String? {
            fields.value(of: name, in: bytes.span).map { bytes.span.text($0) }
        }

        func contains(_ token: StaticString, in name: StaticString) -> Bool {
            fields.contains(token, in: name, of: bytes.span)
        }
    }

    @Test("gives the first value of a name, whatever its case and place")
    func value() throws {
        let section = try Section("Upgrade: a\r\nAccept: \t b, c \r\nACCEPT: d\r\nEmpty:\r\n")
        #expect(section.fields.count == 4)
        #expect(section.value("upgrade") == "a")
        #expect(section.value("accept") == "b, c")
        #expect(section.value("empty") == "")
        #expect(section.value("accep") == nil)
        #expect(section.value("accept-") == nil)
        #expect(section.value("a") == nil)
    }

    @Test(
        "finds a token in a list, and only as a whole element",
        arguments: [
            ("close", true), ("CLOSE", true), ("a,close", true), ("close,a", true),
            ("a , close\t, b", true), (",,close", true), ("close,", true), ("", false),
            (",", false),
            ("closed", false), ("enclose", false), ("clos", false), ("close a", false),
            ("\"close\"", false), ("close;q=1", false),
        ])
    func contains(value: String, found: Bool) throws {
        #expect(
            try Section("Connection: \(value)\r\n").contains("close", in: "connection") == found)
    }

    @Test("looks for a token in every field of the name and in no other")
    func containsAcrossLines() throws {
        let section = try Section("Connection: a\r\nTe: close\r\nconnection: b, upgrade\r\n")
        #expect(section.contains("a", in: "connection"))
        #expect(section.contains("b", in: "connection"))
        #expect(section.contains("upgrade", in: "connection"))
        #expect(!section.contains("close", in: "connection"))
        #expect(!section.contains("a", in: "upgrade"))
    }

    @Test("has no fields in an empty section, and forgets those of the last one")
    func reused() throws {
        var fields = HTTPFields()
        let bytes = "A: b\r\nC: d\r\n".bytes
        try fields.parse(bytes.span, in: 0..<bytes.count, limit: 2)
        #expect(fields.count == 2)
        try fields.parse(bytes.span, in: 6..<bytes.count, limit: 2)
        #expect(fields.count == 1)
        #expect(bytes.span.text(fields[0].name) == "C")
        try fields.parse(bytes.span, in: 3..<3, limit: 0)
        #expect(fields.count == 0)
    }

    @Test(
        "refuses a section that does not end with a line, or has an empty line",
        arguments: [
            ("A: b", ProtocolError.httpBareLineFeed), ("A: b\n", .httpBareLineFeed),
            ("A: b\r\nC: d\r", .httpBareLineFeed), ("\n", .httpBareLineFeed),
            ("\r\n", .httpMalformedField), ("A: b\r\n\r\nC: d\r\n", .httpMalformedField),
            (" \r\n", .httpObsoleteFolding), ("A: b\r\nC: d\r\nE: f\r\n", .httpTooManyFields),
        ])
    func refused(text: String, rule: ProtocolError) {
        #expect(throws: rule) { try Section(text, limit: 2) }
    }
}
