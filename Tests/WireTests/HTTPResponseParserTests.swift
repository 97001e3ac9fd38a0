import Testing
import Wire

@Suite("HTTPResponseParser")
struct HTTPResponseParserTests {
    /// What the parser says of an answer that arrives in pieces, as a client feeds it.
    struct Reading: Equatable {
        var length: Int?
        var status = 0
        var fieldCount = 0
        var body = HTTPBodyFraming.none
        var isPersistent = true
        var error: ProtocolError?

        init(_ pieces: [[UInt8]]) {
            var parser = HTTPResponseParser()
            var pending: [UInt8] = []
            do throws(ProtocolError) {
                for piece in pieces where length == nil {
                    pending += piece
                    length = try parser.parse(pending.span)
                }
            } catch {
                self.error = error
                return
            }
            guard length != nil else { return }
            (status, fieldCount) = (parser.status, parser.fields.count)
            (body, isPersistent) = (parser.body, parser.isPersistent)
        }
    }

    /// A head, and what RFC 9112 §6.3 and §9.3 make of it.
    struct Answer: Sendable, CustomTestStringConvertible {
        var head: String
        var status: Int
        var body: HTTPBodyFraming
        var isPersistent: Bool

        init(
            _ line: String, _ fields: String..., status: Int = 200, body: HTTPBodyFraming,
            persists isPersistent: Bool = true
        ) {
            head = ([line] + fields).joined(separator: "\r\n") + "\r\n\r\n"
            (self.status, self.body, self.isPersistent) = (status, body, isPersistent)
        }

        var testDescription: String { head.visible }
    }

    static let framings = [
        Answer("HTTP/1.1 200 OK", "Content-Length: 5", body: .length(5)),
        Answer("HTTP/1.1 200 OK", "Content-Length: 0", body: .length(0)),
        Answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body: .chunked),
        Answer("HTTP/1.1 200 OK", body: .untilClose, persists: false),
        Answer("HTTP/1.0 200 OK", body: .untilClose, persists: false),
        Answer("HTTP/1.1 100 Continue", "Content-Length: 5", status: 100, body: .none),
        Answer("HTTP/1.1 101 Switching Protocols", "Upgrade: a", status: 101, body: .none),
        Answer("HTTP/1.1 199 ", "Transfer-Encoding: chunked", status: 199, body: .none),
        Answer("HTTP/1.1 204 No Content", "Content-Length: 5", status: 204, body: .none),
        Answer("HTTP/1.1 304 Not Modified", "Content-Length: 5", status: 304, body: .none),
        Answer("HTTP/1.1 404 ", "Content-Length: 5", status: 404, body: .length(5)),
        Answer("HTTP/1.1 599", "Content-Length: 5", status: 599, body: .length(5)),
        Answer("HTTP/1.1 200 Ça va? 200", "Content-Length: 5", body: .length(5)),
        Answer("HTTP/1.7 200 OK", "Transfer-Encoding: chunked", body: .chunked),
    ]

    static let persistences = [
        Answer(
            "HTTP/1.1 200 OK", "Content-Length: 5", "Connection: x, Close", body: .length(5),
            persists: false),
        Answer(
            "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Connection: close", body: .chunked,
            persists: false),
        Answer("HTTP/1.0 200 OK", "Content-Length: 5", body: .length(5), persists: false),
        Answer(
            "HTTP/1.0 200 OK", "Content-Length: 5", "Connection: Keep-Alive", body: .length(5)),
        Answer(
            "HTTP/1.0 200 OK", "Content-Length: 5", "Connection: keep-alive, close",
            body: .length(5), persists: false),
        Answer(
            "HTTP/1.1 200 OK", "Connection: keep-alive", body: .untilClose, persists: false),
        Answer(
            "HTTP/1.1 204 No Content", "Connection: close", status: 204, body: .none,
            persists: false),
    ]

    @Test(
        "reads a good head the same however it is cut, and leaves what follows it",
        arguments: framings + persistences)
    func good(answer: Answer) {
        for pieces in Feed.all(of: answer.head.bytes) {
            var pieces = pieces
            pieces[pieces.count - 1] += "\r\n\r\nHTTP/1.1 500 x\r\n\r\n".bytes
            let reading = Reading(pieces)
            #expect(reading.error == nil)
            #expect(reading.length == answer.head.utf8.count)
            #expect(reading.status == answer.status)
            #expect(reading.body == answer.body)
            #expect(reading.isPersistent == answer.isPersistent)
        }
    }

    @Test("waits for each missing byte of a head")
    func incomplete() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".bytes
        for length in 0..<head.count {
            let reading = Reading(head[..<length].map { [$0] })
            #expect(reading.length == nil && reading.error == nil)
        }
    }

    @Test(
        "refuses a head that breaks a rule",
        arguments: [
            "\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 200OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
            "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1 -10 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n", "HTTP/1.10 200 OK\r\n\r\n",
            "http/1.1 200 OK\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\nA: b\r\n\r\n",
            "ICY 200 OK and then some\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        ])
    func malformedStatusLine(head: String) {
        for pieces in Feed.all(of: head.bytes) {
            #expect(Reading(pieces).error == .httpMalformedStatusLine)
        }
    }

    @Test(
        "refuses fields as a server does",
        arguments: [
            ("A b\r\n", ProtocolError.httpMalformedField), ("A: b\r\n c\r\n", .httpObsoleteFolding),
            ("A: b\nC: d\r\n", .httpBareLineFeed), ("Content-Length: x\r\n", .httpInvalidLength),
            ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", .httpConflictingLength),
            ("Content-Length: 1\r\nContent-Length: 1\r\n", .httpConflictingLength),
            ("Transfer-Encoding: gzip\r\n", .httpUnknownCoding),
            (String(repeating: "A: b\r\n", count: 201), .httpTooManyFields),
        ])
    func fields(lines: String, rule: ProtocolError) {
        for pieces in Feed.all(of: "HTTP/1.1 200 OK\r\n\(lines)\r\n".bytes) {
            #expect(Reading(pieces).error == rule)
        }
        #expect(
            Reading(["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".bytes]).error
                == .httpCodingInOldVersion)
    }

    @Test("refuses a head of more than 64 KiB, whole or not")
    func headLimit() {
        func head(_ length: Int) -> [UInt8] {
            let start = "HTTP/1.1 200 OK\r\nA: ".bytes
            return start + Array(repeating: UInt8(ascii: "b"), count: length - start.count - 4)
                + "\r\n\r\n".bytes
        }
        #expect(Reading([head(65_536)]).length == 65_536)
        #expect(Reading([head(65_537)]).error == .httpHeadTooLarge)
        #expect(Reading([head(65_537).dropLast()]).error == nil)
        #expect(Reading([head(65_542).dropLast(5)]).error == .httpHeadTooLarge)
    }
}
