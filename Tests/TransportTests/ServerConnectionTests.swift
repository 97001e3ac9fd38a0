import Link
import Testing
import Transports
import Wire

@Suite("A server connection")
struct ServerConnectionTests {
    private static let patterns: [FeedPattern] = [
        .whole, .byteByByte, .everySplit, .random(seed: 1),
    ]

    /// Sends `text` in pieces to a fresh connection and returns what was answered.
    private func converse(
        _ text: String, _ pieces: [[UInt8]]? = nil, with server: ServerPeer = ServerPeer()
    ) -> String {
        server.accept()
        for piece in pieces ?? [Array(text.utf8)] { server.receive(piece) }
        return String(decoding: server.takeOutput(), as: UTF8.self)
    }

    /// The status codes and phrases in `answers`.
    private func statuses(_ answers: String) -> [String] {
        answers.ranges(of: "HTTP/1.1 ").map { range in
            String(answers[range.upperBound...].prefix { $0 != "\r\n" })
        }
    }

    // MARK: - One connection, many requests

    @Test("answers pipelined requests in order, however they are cut", arguments: patterns)
    func pipelines(pattern: FeedPattern) {
        let requests =
            RequestText.get("/a") + RequestText.get("/events/short-polling")
            + RequestText.request("POST", "/events", ["Content-Length: 1"], content: "7")
            + "\r\n" + RequestText.get("/events/short-polling?since=0") + RequestText.get("/b")
        for pieces in pattern.feeds(of: Array(requests.utf8)) {
            let server = ServerPeer()
            let answers = converse(requests, pieces, with: server)
            #expect(
                statuses(answers) == [
                    "404 Not Found", "200 OK", "201 Created", "200 OK", "404 Not Found",
                ])
            #expect(server.pages == ["/a", "/b"])
            #expect(answers.contains(#""data":7}"#))
            #expect(server.isOpen)
        }
    }

    @Test("keeps a request waiting while the poll before it is parked")
    func waits() {
        let server = ServerPeer()
        #expect(
            converse(
                RequestText.get("/events/long-polling?since=0") + RequestText.get("/"), with: server
            )
                == "")
        #expect(server.pages == [])
        server.publish([Array("1".utf8)])
        #expect(
            statuses(String(decoding: server.takeOutput(), as: UTF8.self)) == [
                "200 OK", "404 Not Found",
            ])
        #expect(server.pages == ["/"])
    }

    @Test("answers what is pipelined behind a HEAD of a stream")
    func pipelinesBehindHead() {
        let server = ServerPeer()
        let requests =
            RequestText.request("HEAD", "/events/sse") + RequestText.get("/a")
            + RequestText.get("/b")
        #expect(
            statuses(converse(requests, with: server)) == [
                "200 OK", "404 Not Found", "404 Not Found",
            ])
        #expect(server.pages == ["/a", "/b"])
        #expect(server.isOpen)
    }

    @Test(
        "keeps the connection as the version and its fields say",
        arguments: [
            ("1.1", "", true, nil), ("1.1", "Connection: close\r\n", false, "close"),
            ("1.0", "", false, "close"),
            ("1.0", "Connection: keep-alive\r\n", true, "keep-alive"),
            ("1.1", "Connection: keep-alive, close\r\n", false, "close"),
        ] as [(String, String, Bool, String?)],
        ["/page", "/events/short-polling", "/events/long-polling"])
    func persistence(
        rule: (version: String, field: String, isKept: Bool, said: String?), path: String
    ) {
        let server = ServerPeer()
        let answer = converse(
            "GET \(path) HTTP/\(rule.version)\r\nHost: lab\r\n\(rule.field)\r\n", with: server)
        #expect(server.isOpen == rule.isKept)
        #expect(answer.contains("\r\nConnection: ") == (rule.said != nil))
        if let said = rule.said { #expect(answer.contains("\r\nConnection: \(said)\r\n")) }
        #expect(answer.contains("\r\nContent-Length: "))
    }

    // MARK: - HEAD and streams

    @Test("answers HEAD with the head of GET and nothing behind it", arguments: Transport.all)
    func head(transport: Transport) {
        guard transport != .webSocket, transport != .rawTCP else { return }
        let target = transport.path + "?callback=push"
        let server = ServerPeer()
        let head = converse(RequestText.request("HEAD", target), with: server)
        #expect(server.isOpen)
        #expect(head.hasSuffix("\r\n\r\n"))
        #expect(converse(RequestText.get(target)).hasPrefix(head))
    }

    @Test(
        "ends a stream by closing for clients that know no chunks or want to close",
        arguments: Transport.all,
        [
            "HTTP/1.0\r\n", "HTTP/1.0\r\nConnection: keep-alive\r\n",
            "HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n",
        ])
    func closeDelimited(transport: Transport, version: String) {
        guard case .streaming = transport.server, transport != .webSocket else { return }
        let server = ServerPeer()
        let head = converse("GET \(transport.path) \(version)\r\n", with: server)
        #expect(server.coding == .identity)
        #expect(head.contains("\r\nConnection: close\r\n"))
        #expect(!head.contains("Transfer-Encoding"))
        server.publish([Array("1".utf8)])
        #expect(String(decoding: server.takeOutput(), as: UTF8.self).contains(#""data":1}"#))
        server.endStream(.shutdown)
        #expect(server.takeOutput().isEmpty)
        #expect(!server.isOpen)
        // A HEAD of it is no reason to stay either.
        _ = converse("HEAD \(transport.path) \(version)\r\n", with: server)
        #expect(!server.isOpen)
    }

    @Test("opens a WebSocket by the handshake of RFC 6455 §1.3")
    func webSocket() {
        let server = ServerPeer()
        server.accept()
        server.receive(Array(RequestText.handshake().utf8))
        let head = Array(
            """
            HTTP/1.1 101 Switching Protocols\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            \r\n
            """.utf8)
        #expect(server.takeOutput() == head + [0x81, 12] + Array(#"{"cursor":0}"#.utf8))
        #expect(server.coding == .identity)
        // A ping is answered, and a close is echoed and ends it.
        server.receive([0x89, 0x81, 0, 0, 0, 0, 0x61])
        #expect(server.takeOutput() == [0x8A, 0x01, 0x61])
        server.receive([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8])
        #expect(server.takeOutput() == [0x88, 0x02, 0x03, 0xE8])
        #expect(server.refusal == nil)
        #expect(!server.isOpen)
    }

    @Test(
        "leaves what is no technique's to the driver",
        arguments: ["/", "/events/", "/events/raw-tcp", "/events/SSE", "/nothing?since=x"])
    func pages(target: String) {
        let server = ServerPeer()
        #expect(statuses(converse(RequestText.get(target), with: server)) == ["404 Not Found"])
        #expect(server.pages == [target.split(separator: "?").first.map(String.init)])
    }
}
