import Testing
import Wire

@Suite("HTTPBodyFraming")
struct HTTPBodyFramingTests {
    private func declared(_ text: String, minorVersion: Int = 1) throws -> HTTPBodyFraming? {
        let bytes = text.bytes
        var fields = HTTPFields()
        try fields.parse(bytes.span, in: 0..<bytes.count, limit: 10)
        return try HTTPBodyFraming.declared(
            by: fields, in: bytes.span, minorVersion: minorVersion)
    }

    @Test(
        "is what one field declares, or nothing",
        arguments: [
            ("", nil), ("Content-Type: a\r\n", nil), ("TE: chunked\r\n", nil),
            ("Content-Length: 0\r\n", .length(0)), ("content-length:\t17 \r\n", .length(17)),
            ("Content-Length: 0000000000000000017\r\n", .length(17)),
            ("Content-Length: 9223372036854775807\r\n", .length(.max)),
            ("Transfer-Encoding: chunked\r\n", .chunked),
            ("TRANSFER-ENCODING:CHUNKED\r\n", .chunked),
        ] as [(String, HTTPBodyFraming?)])
    func declares(fields: String, framing: HTTPBodyFraming?) throws {
        #expect(try declared(fields) == framing)
        if framing != .chunked { #expect(try declared(fields, minorVersion: 0) == framing) }
    }

    @Test(
        "is refused where the length is not a plain number",
        arguments: [
            "", "-1", "+1", "1 2", "1,1", "1, 2", "0x10", "1.0", "1e3", "a", "\"1\"", "١",
            "9223372036854775808", "9999999999999999999", "18446744073709551616",
            "00000000000000000001",
        ])
    func invalidLength(value: String) {
        #expect(throws: ProtocolError.httpInvalidLength) {
            try declared("Content-Length: \(value)\r\n")
        }
    }

    @Test(
        "is refused where two fields declare it, equal or not, in either order",
        arguments: [
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1\r\ncontent-length: 2\r\n",
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nA: b\r\nContent-Length: 1\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        ])
    func conflicting(fields: String) {
        #expect(throws: ProtocolError.httpConflictingLength) { try declared(fields) }
    }

    @Test(
        "is refused where the coding is not exactly chunked",
        arguments: [
            "", "gzip", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked",
            "chunked,",
            ",chunked", "xchunked", "chunked;q=1", "\"chunked\"", "chunke", "\u{B}chunked",
        ])
    func unknownCoding(value: String) {
        // A vertical tab is refused with the field line itself, before anyone asks for its meaning.
        let rule = value.utf8.first == 0x0B ? ProtocolError.httpMalformedField : .httpUnknownCoding
        #expect(throws: rule) { try declared("Transfer-Encoding: \(value)\r\n") }
    }

    @Test("is refused where HTTP/1.0 speaks of transfer codings")
    func oldVersion() {
        #expect(throws: ProtocolError.httpCodingInOldVersion) {
            try declared("Transfer-Encoding: chunked\r\n", minorVersion: 0)
        }
    }
}
