import Testing
import Transports
import Wire

@Suite("Publishing by POST")
struct PublishingTests {
    private func post(_ fields: [String], _ content: String) -> [UInt8] {
        Array(RequestText.request("POST", "/events", fields, content: content).utf8)
    }

    /// What the newest event carries.
    private func published(by server: ServerPeer) -> String? {
        guard server.context.log.newest > 0 else { return nil }
        let payload = server.context.log[server.context.log.newest].payload
        let text = String(decoding: payload, as: UTF8.self)
        guard let range = text.firstRange(of: "\"data\":") else { return nil }
        return String(text[range.upperBound...].dropLast())
    }

    @Test(
        "takes content of a length and in chunks, however it is cut", arguments: FeedPattern.all)
    func content(pattern: FeedPattern) {
        let requests = [
            post(["Content-Length: 9"], #"{"a":"b"}"#),
            post(
                ["Transfer-Encoding: chunked"],
                "3;x=y\r\n{\"a\r\n6\r\n\":\"b\"}\r\n0\r\nX: y\r\n\r\n"),
        ]
        for request in requests {
            for pieces in pattern.feeds(of: request + request) {
                let server = ServerPeer()
                server.accept()
                for piece in pieces { server.receive(piece) }
                #expect(published(by: server) == #"{"a":"b"}"#)
                #expect(server.context.log.newest == 2)
                let answer = String(decoding: server.takeOutput(), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"))
                #expect(answer.hasSuffix("\r\n\r\n2"))
                #expect(server.isOpen)
            }
        }
    }

    @Test(
        "carries JSON as it is, on one line, and anything else as a string",
        arguments: [
            ("{\"a\": 1}", "{\"a\": 1}"), ("[1,\r\n 2]\n", "[1,   2]"), ("7", "7"),
            ("\"text\"", "\"text\""), ("plain", "\"plain\""), ("{\"a\":", "\"{\\\"a\\\":\""),
            ("two\nlines", "\"two\\nlines\""), ("", "\"\""), ("kůň", "\"kůň\""), ("1 2", "\"1 2\""),
            ("bell\u{7}", "\"bell\\u0007\""),
        ])
    func data(content: String, carried: String) {
        let server = ServerPeer()
        server.accept()
        server.receive(post(["Content-Length: \(content.utf8.count)"], content))
        #expect(published(by: server) == carried)
    }

    @Test("takes nothing but JSON where JSON is promised")
    func promised() {
        let server = ServerPeer()
        for type in ["application/json", "Application/JSON; charset=utf-8"] {
            server.accept()
            server.receive(post(["Content-Type: \(type)", "Content-Length: 5"], "plain"))
            #expect(server.refusal == .publishedContent)
        }
        server.accept()
        server.receive(post(["Content-Type: application/json", "Content-Length: 4"], "true"))
        #expect(published(by: server) == "true")
    }

    @Test("tells a client that waits to be told to go on")
    func continues() {
        let server = ServerPeer()
        server.accept()
        server.receive(post(["Content-Length: 1", "Expect: 100-continue"], ""))
        #expect(
            String(decoding: server.takeOutput(), as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(published(by: server) == nil)
        server.receive(Array("7".utf8))
        #expect(published(by: server) == "7")
        #expect(
            String(decoding: server.takeOutput(), as: UTF8.self).hasPrefix("HTTP/1.1 201 "))
    }

    @Test("refuses too much before it is sent")
    func tooLarge() {
        var settings = ServerContext.Settings()
        settings.limits.bodyBytes = 10
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(post(["Content-Length: 11", "Expect: 100-continue"], ""))
        let answer = String(decoding: server.takeOutput(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
        #expect(!answer.contains("100 Continue"))
        server.accept()
        server.receive(post(["Transfer-Encoding: chunked"], "8\r\n12345678\r\n3\r\n123"))
        #expect(server.refusal == .httpBodyTooLarge)
        server.accept()
        server.receive(post(["Content-Length: 10"], "1234567890"))
        #expect(published(by: server) == "1234567890")
    }

    @Test(
        "takes the token and nothing else where there is one",
        arguments: [
            ("Authorization: Bearer 0123456789abcdef", 201),
            ("authorization: bearer 0123456789abcdef", 201),
            ("Authorization: Bearer   0123456789abcdef", 201),
            ("Authorization: Bearer 0123456789abcdeF", 401),
            ("Authorization: Bearer 0123456789abcdef0", 401),
            ("Authorization: Bearer 0123456789abcde", 401), ("Authorization: Bearer", 401),
            ("Authorization: Bearer ", 401), ("Authorization: 0123456789abcdef", 401),
            ("Authorization: Basic 0123456789abcdef", 401), ("X: y", 401),
        ])
    func token(field: String, status: Int) {
        var settings = ServerContext.Settings()
        settings.publishing = .bearer(Array("0123456789abcdef".utf8))
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(post([field, "Content-Length: 1"], "1"))
        let answer = String(decoding: server.takeOutput(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("WWW-Authenticate: Bearer") == (status == 401))
        #expect(server.context.log.newest == (status == 201 ? 1 : 0))
        #expect(!answer.contains("0123456789abcdef"))
    }

    @Test("is closed before the content is sent where there is no token to be right")
    func closed() {
        var settings = ServerContext.Settings()
        settings.publishing = .nobody
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(post(["Expect: 100-continue", "Content-Length: 100"], ""))
        let answer = String(decoding: server.takeOutput(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 403 "))
        #expect(answer.contains("--publish-token-file"))
        #expect(!server.isOpen)
    }

    @Test("reaches every subscriber's technique", arguments: Transport.all)
    func reaches(transport: Transport) {
        let pair = TransportPair(transport)
        pair.connect()
        pair.publish(Array(#"{"from":"POST"}"#.utf8))
        pair.advance(by: .seconds(2))
        #expect(pair.events.map(\.id) == [1])
        #expect(
            pair.payloads.first.map { String(decoding: $0, as: UTF8.self) }?.hasSuffix(
                #""data":{"from":"POST"}}"#) == true)
    }
}
