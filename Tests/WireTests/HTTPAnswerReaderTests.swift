import Testing
import Wire

@Suite("Whole answers off a connection")
struct HTTPAnswerReaderTests {
    private static let answers: [(text: String, status: Int, isPersistent: Bool, content: String)] =
        [
            ("HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc", 201, true, "abc"),
            ("HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", 204, true, ""),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
                200, true, "abc"
            ),
            (
                "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 403,
                false, ""
            ),
            ("HTTP/1.1 100 Continue\r\n\r\n", 100, true, ""),
        ]

    private func read(_ pieces: [[UInt8]]) throws -> (answers: [HTTPAnswer], ledger: ByteLedger) {
        var reader = HTTPAnswerReader()
        var ledger = ByteLedger()
        var answers: [HTTPAnswer] = []
        for piece in pieces {
            try reader.append(piece.span)
            while let answer = try reader.next(&ledger) { answers.append(answer) }
        }
        #expect(reader.isEmpty)
        return (answers, ledger)
    }

    @Test("come out one by one, however they were cut")
    func all() throws {
        let text = Array(Self.answers.map(\.text).joined().utf8)
        for length in [1, 2, 7, 64, text.count] {
            let pieces = stride(from: 0, to: text.count, by: length).map {
                Array(text[$0..<min($0 + length, text.count)])
            }
            let (answers, ledger) = try read(pieces)
            #expect(answers.map(\.status) == Self.answers.map(\.status))
            #expect(answers.map(\.isPersistent) == Self.answers.map(\.isPersistent))
            #expect(
                answers.map { String(decoding: $0.content, as: UTF8.self) }
                    == Self.answers.map(\.content))
            let content = answers.reduce(0) { $0 + $1.content.count }
            #expect(ledger.total + content == text.count)
        }
    }

    @Test("give the values of their fields")
    func fields() throws {
        let text = Array("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 0\r\n\r\n".utf8)
        let answer = try #require(try read([text]).answers.first)
        #expect(answer.value(of: "etag").map(Array.init) == Array("\"a\"".utf8))
        #expect(answer.value(of: "last-modified") == nil)
    }

    @Test("may be ended by the connection's end, but not cut short by it")
    func end() throws {
        var ledger = ByteLedger()
        var reader = HTTPAnswerReader()
        #expect(try reader.finish(&ledger) == nil)
        let open = Array("HTTP/1.0 200 OK\r\n\r\nall of it".utf8)
        try reader.append(open.span)
        #expect(try reader.next(&ledger) == nil)
        let answer = try #require(try reader.finish(&ledger))
        #expect(String(decoding: answer.content, as: UTF8.self) == "all of it")
        #expect(!answer.isPersistent)
        let cut = Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".utf8)
        try reader.append(cut.span)
        #expect(throws: ProtocolError.httpTruncated) { _ = try reader.finish(&ledger) }
    }

    @Test(
        "that break a rule are refused",
        arguments: [
            ("SSH-2.0-OpenSSH_9.9\r\n\r\n", ProtocolError.httpMalformedStatusLine),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                .httpConflictingLength
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", .httpMalformedChunk),
        ])
    func hostile(text: String, rule: ProtocolError) {
        #expect(throws: rule) { _ = try read([Array(text.utf8)]) }
    }

    @Test("are bounded")
    func bounded() throws {
        var reader = HTTPAnswerReader()
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".utf8)
        try reader.append(head.span)
        let megabyte = [UInt8](repeating: 0, count: 1 << 20)
        #expect(throws: ProtocolError.answerTooLong) {
            for _ in 0..<17 { try reader.append(megabyte.span) }
        }
    }
}
