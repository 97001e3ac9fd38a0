import Testing
import Transports
import Wire

@Suite("Pages of other origins")
struct OriginTests {
    /// A request of some page, and how the server is set up.
    struct Visit: Sendable, CustomTestStringConvertible {
        var fields: [String]
        var isAnswered: Bool
        var named = ""
        var host = "lab.test:8080"
        var allowed: [String] = []
        var allowsOtherPorts = false
        var testDescription: String { "\(fields) at \(host), \(allowed) allowed" }
    }

    static let visits: [Visit] = [
        Visit(fields: [], isAnswered: true),
        Visit(fields: ["Origin: http://lab.test:8080"], isAnswered: true),
        Visit(fields: ["Origin: http://LAB.test:8080"], isAnswered: true),
        // TLS ends at a proxy, which passes the Host on.
        Visit(fields: ["Origin: https://lab.test"], isAnswered: true, host: "lab.test"),
        Visit(fields: ["Origin: http://lab.test"], isAnswered: false),
        Visit(fields: ["Origin: http://lab.test:8081"], isAnswered: false),
        Visit(fields: ["Origin: http://evil.test"], isAnswered: false),
        Visit(fields: ["Origin: http://lab.test:8080.evil.test"], isAnswered: false),
        Visit(fields: ["Origin: http://lab.test:8080/"], isAnswered: false),
        Visit(fields: ["Origin: null"], isAnswered: false),
        Visit(fields: ["Origin:"], isAnswered: false),
        Visit(fields: ["Origin: file://"], isAnswered: false),
        Visit(
            fields: ["Origin: https://app.example"], isAnswered: true,
            named: "https://app.example", allowed: ["https://app.example"]),
        Visit(
            fields: ["Origin: https://app.example"], isAnswered: true,
            named: "https://app.example", allowed: ["http://other.example", "https://APP.example"]),
        Visit(
            fields: ["Origin: http://app.example"], isAnswered: false,
            allowed: ["https://app.example"]),
        Visit(
            fields: ["Origin: https://app.example:444"], isAnswered: false,
            allowed: ["https://app.example"]),
        Visit(fields: ["Origin: null"], isAnswered: true, named: "*", allowed: ["*"]),
        Visit(fields: ["Origin: http://evil.test"], isAnswered: true, named: "*", allowed: ["*"]),
        Visit(
            fields: ["Origin: http://lab.test:8081"], isAnswered: true,
            named: "http://lab.test:8081", allowsOtherPorts: true),
        // Scripts and frames come without an Origin.
        Visit(fields: ["Sec-Fetch-Site: same-origin"], isAnswered: true),
        Visit(fields: ["Sec-Fetch-Site: none"], isAnswered: true),
        Visit(fields: ["Sec-Fetch-Site: cross-site"], isAnswered: false),
        Visit(fields: ["Sec-Fetch-Site: cross-site"], isAnswered: true, allowed: ["*"]),
        Visit(fields: ["Sec-Fetch-Site: same-site"], isAnswered: false),
        Visit(fields: ["Sec-Fetch-Site: same-site"], isAnswered: true, allowsOtherPorts: true),
        Visit(
            fields: ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: document"], isAnswered: true),
        Visit(fields: ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: iframe"], isAnswered: false),
        Visit(
            fields: ["Sec-Fetch-Site: cross-site", "Referer: https://app.example/page?x=http://a"],
            isAnswered: true, allowed: ["https://app.example"]),
        Visit(
            fields: [
                "Sec-Fetch-Site: cross-site", "Referer: https://evil.test/https://app.example",
            ],
            isAnswered: false, allowed: ["https://app.example"]),
    ]

    private static func settings(_ visit: Visit) -> ServerContext.Settings {
        var settings = ServerContext.Settings()
        if visit.allowsOtherPorts { settings.origins = .sameHost }
        for origin in visit.allowed {
            let isOrigin = settings.origins.allow(origin)
            #expect(isOrigin)
        }
        return settings
    }

    private static func answer(_ request: String, _ settings: ServerContext.Settings) -> String {
        let server = ServerPeer(settings: settings)
        server.accept()
        server.receive(Array(request.utf8))
        return String(decoding: server.takeOutput(), as: UTF8.self)
    }

    private static func request(_ line: String, _ visit: Visit, _ more: [String] = []) -> String {
        let fields = ["Host: \(visit.host)"] + visit.fields + more
        return "\(line) HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    @Test(
        "are answered by every technique where they are allowed, and by none else",
        arguments: visits)
    func techniques(visit: Visit) {
        let handshake = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        for transport in Transport.all where transport.isHTTP {
            let isWebSocket = transport == .webSocket
            let answer = Self.answer(
                Self.request(
                    "GET \(transport.path)?callback=push", visit, isWebSocket ? handshake : []),
                Self.settings(visit))
            let status = !visit.isAnswered ? 403 : isWebSocket ? 101 : 200
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(transport.id)")
            // A WebSocket's answer names no origin: the handshake itself is the permission.
            guard !isWebSocket else { continue }
            let named = "Access-Control-Allow-Origin: \(visit.named)\r\n"
            #expect(answer.contains(named) == !visit.named.isEmpty)
            #expect(
                answer.contains("Access-Control-Allow-Credentials")
                    == !["", "*"].contains(visit.named))
        }
    }

    @Test("publish where they are allowed, and nowhere else", arguments: visits)
    func publishing(visit: Visit) {
        let answer = Self.answer(
            Self.request("POST /events", visit, ["Content-Length: 1"]) + "1", Self.settings(visit))
        #expect(answer.hasPrefix("HTTP/1.1 \(visit.isAnswered ? 201 : 403) "))
    }

    @Test("are told in advance what they may ask", arguments: visits)
    func preflight(visit: Visit) {
        let settings = Self.settings(visit)
        for (path, allow) in [
            ("/events", "POST"), ("/events/sse", "GET, HEAD"), ("/", "GET, HEAD"),
        ] {
            let answer = Self.answer(
                Self.request("OPTIONS \(path)", visit, ["Access-Control-Request-Method: POST"]),
                settings)
            guard visit.isAnswered else {
                #expect(answer.hasPrefix("HTTP/1.1 403 "))
                continue
            }
            #expect(answer.hasPrefix("HTTP/1.1 204 "))
            #expect(answer.contains("\r\nAllow: \(allow), OPTIONS\r\n"))
            #expect(answer.contains("Access-Control-Allow-Headers") == !visit.named.isEmpty)
            #expect(answer.hasSuffix("\r\n\r\n") && !answer.contains("\r\nContent-"))
        }
    }

    @Test(
        "are no names of a server on loopback",
        arguments: [
            ("127.0.0.1:8080", true), ("localhost", true), ("LOCALHOST:80", true),
            ("push.localhost:8080", true), ("[::1]:8080", true), ("10.1.2.3", true), ("", true),
            ("evil.test", false), ("notlocalhost", false), ("localhost.evil.test:8080", false),
            ("127.0.0.1.evil.test", false), ("app.example:8080", true), ("1.example", false),
        ])
    func rebinding(host: String, isBelieved: Bool) {
        var settings = ServerContext.Settings()
        settings.origins.believesOwnHostsOnly = true
        let isOrigin = settings.origins.allow("https://app.example")
        #expect(isOrigin)
        for path in ["/", "/events/short-polling", "http://\(host.isEmpty ? "[::1]" : host)/"] {
            let name = path.hasPrefix("http") ? "localhost" : host
            let answer = Self.answer("GET \(path) HTTP/1.1\r\nHost: \(name)\r\n\r\n", settings)
            #expect(answer.hasPrefix("HTTP/1.1 421 ") == !isBelieved, "\(path)")
        }
    }

    @Test("are judged anew when another page asks on the same connection")
    func memory() {
        let server = ServerPeer()
        server.accept()
        func status(_ fields: String) -> String {
            server.receive(
                Array(
                    "GET /events/short-polling?since=0 HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8))
            return String(decoding: server.takeOutput().dropFirst(9).prefix(3), as: UTF8.self)
        }
        #expect(status("") == "204")
        #expect(status("Origin: http://a\r\n") == "204")
        #expect(status("Origin: http://a\r\n") == "204")
        #expect(status("Origin: http://b\r\n") == "403")
    }

    @Test(
        "are not everything that is written",
        arguments: [
            "app.example", "ftp://app.example", "https://", "https://a,b", "https://a/x", "",
        ])
    func malformed(origin: String) {
        var policy = OriginPolicy.own
        let isOrigin = policy.allow(origin)
        #expect(!isOrigin)
    }
}
