import Testing
import Wire

@Suite("A hostile HTTP client")
struct HTTPRequestHostileTests {
    /// Bytes that break a rule, and the rule.
    struct Attack: Sendable, CustomTestStringConvertible {
        var rule: ProtocolError
        var bytes: [UInt8]

        init(_ rule: ProtocolError, _ text: String) {
            self.rule = rule
            bytes = text.bytes
        }

        /// A good request line and Host, then `fields`, each with its CR LF.
        init(_ rule: ProtocolError, fields: String, content: String = "") {
            self.init(rule, "POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\(content)")
        }

        var testDescription: String {
            "\(rule.rule): \(String(decoding: bytes, as: UTF8.self).visible)"
        }
    }

    static let requestLines = [
        Attack(.httpMalformedRequestLine, "GET\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET /\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET / http/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET / HTTP/1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET / HTTP/1,1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET / HTTP/1.11\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "GET / HTTP/1.x\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "\r\r\n\r\n"),
        Attack(.httpMalformedRequestLine, "\u{16}\u{3}\u{1}\r\n\r\n"),
        Attack(.httpUnknownVersion, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Attack(.httpUnknownVersion, "GET / HTTP/0.9\r\n\r\n"),
        Attack(.httpUnknownMethod, "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpUnknownMethod, "get / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpUnknownMethod, "GETT / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET events HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "OPTIONS ** HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET https://h/ HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET http:// HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET http:///path HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET http://?q HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "CONNECT h/80 HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET /\u{0} HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET /\u{7F} HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET /ü HTTP/1.1\r\nHost: h\r\n\r\n"),
    ]

    static let fieldLines = [
        Attack(.httpBareLineFeed, "GET / HTTP/1.1\nHost: h\r\n\r\n"),
        Attack(.httpBareLineFeed, "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Attack(.httpBareLineFeed, fields: "A: b\nC: d\r\n"),
        Attack(.httpBareLineFeed, fields: "\nA: b\r\n"),
        Attack(.httpMalformedField, fields: "no colon\r\n"),
        Attack(.httpMalformedField, fields: ": no name\r\n"),
        Attack(.httpMalformedField, fields: "Space : before\r\n"),
        Attack(.httpMalformedField, fields: "Naïve: name\r\n"),
        Attack(.httpMalformedField, fields: "A: b\u{0}c\r\n"),
        Attack(.httpMalformedField, fields: "A: b\rc\r\n"),
        Attack(.httpMalformedField, fields: "A: b\r\r\n"),
        Attack(.httpMalformedField, fields: "A: \u{7F}\r\n"),
        Attack(.httpMalformedField, fields: "A: \u{1B}[2J\r\n"),
        Attack(.httpObsoleteFolding, fields: "A: b\r\n c\r\n"),
        Attack(.httpObsoleteFolding, fields: "A: b\r\n\tContent-Length: 3\r\n"),
        Attack(.httpObsoleteFolding, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
        Attack(.httpHostMissing, "GET / HTTP/1.1\r\n\r\n"),
        Attack(.httpHostMissing, "GET / HTTP/1.1\r\nHosts: h\r\n\r\n"),
        Attack(.httpHostMissing, "GET http://h/ HTTP/1.1\r\n\r\n"),
        Attack(.httpHostMissing, fields: "host: h\r\n"),
        Attack(.httpHostMissing, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: []\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: [g]\r\n\r\n"),
        Attack(.httpMalformedHost, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n"),
        Attack(.httpMalformedTarget, "GET /#a HTTP/1.1\r\nHost: b\r\n\r\n"),
        Attack(.httpUnknownExpectation, fields: "Expect: 200-ok\r\n"),
        Attack(.httpUnknownExpectation, fields: "Expect: 100-continue, more\r\n"),
    ]

    static let contents = [
        Attack(.httpInvalidLength, fields: "Content-Length: -1\r\n"),
        Attack(.httpConflictingLength, fields: "Content-Length: 1\r\nContent-Length: 1\r\n"),
        Attack(
            .httpConflictingLength,
            fields: "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", content: "0\r\n\r\n"),
        Attack(.httpUnknownCoding, fields: "Transfer-Encoding: gzip, chunked\r\n"),
        Attack(
            .httpCodingInOldVersion, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
        Attack(.httpBodyTooLarge, fields: "Content-Length: 1048577\r\n"),
        Attack(.httpBodyTooLarge, fields: "Content-Length: 9223372036854775807\r\n"),
        Attack(
            .httpMalformedChunk, fields: "Transfer-Encoding: chunked\r\n", content: "xyz\r\n"),
        Attack(
            .httpMalformedChunk, fields: "Transfer-Encoding: chunked\r\n",
            content: "1\r\naGET / HTTP/1.1\r\n\r\n"),
        Attack(
            .httpMalformedTrailer, fields: "Transfer-Encoding: chunked\r\n",
            content: "0\r\nno colon\r\n\r\n"),
        Attack(
            .httpChunkTooLarge, fields: "Transfer-Encoding: chunked\r\n",
            content: "ffffffffffffffff\r\n"),
    ]

    static let floods = [
        Attack(.httpTargetTooLong, "GET /" + String(repeating: "a", count: 9000)),
        Attack(.httpHeadTooLarge, fields: "A: " + String(repeating: "a", count: 17_000)),
        Attack(.httpTooManyFields, fields: String(repeating: "A: b\r\n", count: 100)),
    ]

    static let attacks = requestLines + fieldLines + contents + floods

    @Test("is told which rule it broke, however its bytes are cut", arguments: attacks)
    func refused(attack: Attack) {
        for pieces in Feed.all(of: attack.bytes) {
            #expect(ReceivedRequest(pieces).error == attack.rule)
        }
    }

    @Test("breaks every rule of a request somewhere in the table")
    func complete() {
        let rules = ProtocolError.httpRequestRules
        #expect(Set(Self.attacks.map(\.rule)) == Set(rules))
        #expect(Set(rules.map(\.rule)).count == rules.count)
    }

    @Test(
        "is answered with an error status and pointed to the rule's text",
        arguments: ProtocolError.httpRequestRules)
    func answered(rule: ProtocolError) {
        #expect((400...599).contains(rule.status))
        #expect(!HTTPStatus(rule.status).reason.description.isEmpty)
        #expect(rule.reference.hasPrefix("RFC "))
        #expect(rule.description == "\(rule.reason) (\(rule.rule), \(rule.reference))")
    }
}
