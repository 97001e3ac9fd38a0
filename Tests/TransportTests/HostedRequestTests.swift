import Testing
import Transports
import Wire

@Suite("What a server lets others host")
struct HostedRequestTests {
    private struct Origin: Sendable, CustomTestStringConvertible {
        let origin: String
        let host: String
        let isAllowed: Bool
        var testDescription: String { "\(origin) asks \(host)" }
    }

    @Test(
        "lets pages of the same host read, whatever their port",
        arguments: [
            Origin(origin: "http://127.0.0.1:8080", host: "127.0.0.1:8091", isAllowed: true),
            Origin(origin: "http://lab.test", host: "lab.test:8091", isAllowed: true),
            Origin(origin: "http://[::1]:8080", host: "[::1]:8091", isAllowed: true),
            Origin(origin: "http://[::1]", host: "[::1]:8091", isAllowed: true),
            Origin(
                origin: "http://127.0.0.1.evil.test:8080", host: "127.0.0.1:1", isAllowed: false),
            Origin(origin: "http://evil.test", host: "127.0.0.1:8091", isAllowed: false),
            Origin(origin: "https://127.0.0.1:8080", host: "127.0.0.1:8091", isAllowed: false),
            Origin(origin: "null", host: "null", isAllowed: false),
            Origin(origin: "http://", host: "", isAllowed: false),
        ])
    private func origins(_ example: Origin) {
        var settings = ServerContext.Settings()
        settings.origins = .sameHost
        for path in ["/events/short-polling", "/events/sse", "/page"] {
            let answer = Self.answer(
                "GET \(path) HTTP/1.1\r\nHost: \(example.host)\r\nOrigin: \(example.origin)\r\n\r\n",
                settings)
            #expect(
                answer.contains("Access-Control-Allow-Origin: \(example.origin)\r\n")
                    == example.isAllowed)
        }
    }

    @Test("names no origin unless it was told to")
    func silence() {
        let answer = Self.answer(
            "GET /events/sse HTTP/1.1\r\nHost: a:1\r\nOrigin: http://a:2\r\n\r\n", .init())
        #expect(!answer.contains("Access-Control"))
    }

    @Test("closes after an answer for a page that asks in the query")
    func closing() {
        let asked = "GET /events/short-polling?since=0&connection=close HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(Self.answer(asked, .init()).contains("\r\nConnection: close\r\n"))
        let kept = "GET /events/short-polling?since=0&connection=keep HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(!Self.answer(kept, .init()).contains("Connection:"))
    }

    @Test(
        "hears whose a request is", arguments: [("page7.sse", true), ("", false), ("a/b", false)])
    func sessions(name: String, isValid: Bool) {
        var settings = ServerContext.Settings()
        settings.namesSessions = true
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(
            Array("GET /events/sse?session=\(name) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect((server.refusal == nil) == isValid)
        #expect(String(decoding: server.session, as: UTF8.self) == (isValid ? name : ""))
    }

    @Test("takes content where it was told to, whole and in pieces, and nowhere else")
    func content() {
        var settings = ServerContext.Settings()
        settings.contentPaths = ["/lab/"]
        let request = Array(
            "POST /lab/cut?x=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/JSON\r\nContent-Length: 5\r\n\r\n{\"a\"}"
                .utf8)
        for cut in 0...request.count {
            let server = ServerPeer(settings: settings)
            server.accept()
            if cut > 0 { server.receive(Array(request[..<cut])) }
            if cut < request.count { server.receive(Array(request[cut...])) }
            #expect(server.requests.map(\.path) == ["/lab/cut"])
            #expect(server.requests.first?.query == "x=1")
            #expect(server.requests.first?.contentType == "application/json")
            #expect(server.requests.first?.content == Array("{\"a\"}".utf8))
            #expect(server.requests.first?.wireBytes == request.count)
        }
        let elsewhere = "POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
        #expect(Self.answer(elsewhere, settings).hasPrefix("HTTP/1.1 413"))
    }

    @Test(
        "says what a request took on the wire",
        arguments: [
            "GET /page HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /room/say HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST /room/say HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n",
        ])
    func requestBytes(request: String) {
        var settings = ServerContext.Settings()
        settings.contentPaths = ["/room/"]
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(Array(request.utf8))
        #expect(server.requests.map(\.wireBytes) == [request.utf8.count])
    }

    @Test(
        "says how long an answer's head is before it is written",
        arguments: [("HTTP/1.1", "keep-alive"), ("HTTP/1.1", "close"), ("HTTP/1.0", "keep-alive")])
    func headBytes(version: String, connection: String) throws {
        var settings = ServerContext.Settings()
        settings.origins = .sameHost
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(
            Array(
                "GET /page \(version)\r\nHost: a:1\r\nOrigin: http://a:2\r\nConnection: \(connection)\r\n\r\n"
                    .utf8))
        let request = try #require(server.requests.first)
        _ = server.takeOutput()
        server.context.output.removeAll()
        let body = Array("twelve bytes".utf8)
        server.context.writeAnswer(
            429, contentType: "text/plain", fields: "Retry-After: 1\r\n", body: body, to: request)
        let told = ServerContext.headBytes(
            429, contentType: "text/plain", fields: "Retry-After: 1\r\n", bodyBytes: body.count,
            to: request)
        #expect(told + body.count == server.context.output.count)
    }

    @Test("publishes for nobody where an application decides what is published")
    func closedSource() {
        var settings = ServerContext.Settings()
        settings.takesEvents = false
        let published = "POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"
        #expect(Self.answer(published, settings).hasPrefix("HTTP/1.1 413"))
        #expect(
            Self.answer("POST /events HTTP/1.1\r\nHost: a\r\n\r\n", settings).hasPrefix(
                "HTTP/1.1 405"))
    }

    @Test("hands over what a WebSocket client says, with what it took on the wire")
    func hearing() {
        var settings = ServerContext.Settings()
        settings.keepsInbound = true
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(
            Array(
                """
                GET /events/websocket HTTP/1.1\r
                Host: a\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r

                """.utf8))
        // Text frames under the mask 0: "hi", then "you" in two fragments, cut in the middle.
        let frames: [UInt8] =
            [0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]
            + [0x01, 0x81, 0, 0, 0, 0, 0x79, 0x80, 0x82, 0, 0, 0, 0, 0x6F, 0x75]
        for cut in 0...frames.count {
            let before = server.heard.count
            if cut > 0 { server.receive(Array(frames[..<cut])) }
            if cut < frames.count { server.receive(Array(frames[cut...])) }
            let heard = server.heard[before...]
            #expect(heard.map(\.content) == [Array("hi".utf8), Array("you".utf8)])
            #expect(heard.map(\.wireBytes) == [8, 15])
        }
    }

    @Test(
        "hears what a WebSocket client says before its last words, however they are cut",
        arguments: [
            ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8], nil, [0x88, 0x02, 0x03, 0xE8]),
            ([0x81, 0x01, 0x61], ProtocolError.webSocketUnmaskedFrame, [0x88]),
        ] as [([UInt8], ProtocolError?, [UInt8])])
    func lastWords(end: [UInt8], refusal: ProtocolError?, answer: [UInt8]) {
        var settings = ServerContext.Settings()
        settings.keepsInbound = true
        let frames: [UInt8] = [0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69] + end + [0xFF]
        for cut in 0...frames.count {
            let server = ServerPeer(settings: settings)
            server.accept()
            server.receive(Array(RequestText.handshake().utf8))
            _ = server.takeOutput()
            if cut > 0 { server.receive(Array(frames[..<cut])) }
            if cut < frames.count { server.receive(Array(frames[cut...])) }
            #expect(server.heard.map(\.content) == [Array("hi".utf8)])
            #expect(server.refusal == refusal)
            #expect(!server.isOpen)
            #expect(server.takeOutput().starts(with: answer))
        }
    }

    private static func answer(_ request: String, _ settings: ServerContext.Settings) -> String {
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(Array(request.utf8))
        return String(decoding: server.takeOutput(), as: UTF8.self)
    }
}
