import Testing
import Transports
import Wire

@Suite("A header profile")
struct HeaderProfileTests {
    private static let initiators: [HeaderProfile.Initiator] = [
        .fetch, .script, .frame, .eventSource, .webSocket,
    ]

    private func text(
        _ profile: HeaderProfile, _ initiator: HeaderProfile.Initiator
    ) -> String {
        String(decoding: profile.lines(for: initiator, authority: "lab:80"), as: UTF8.self)
    }

    @Test("sends a browser's cookie of 300 bytes", arguments: initiators)
    func cookie(initiator: HeaderProfile.Initiator) throws {
        let line = try #require(
            text(.browser, initiator).split(separator: "\r\n").first { $0.hasPrefix("Cookie: ") })
        #expect(line.utf8.count == "Cookie: ".utf8.count + 300)
    }

    @Test("is made of field lines that a server takes", arguments: initiators)
    func valid(initiator: HeaderProfile.Initiator) throws {
        for profile in [HeaderProfile.minimal, .browser] {
            let lines = profile.lines(for: initiator, authority: "lab:80")
            var fields = HTTPFields()
            #expect(throws: Never.self) {
                try fields.parse(lines.span, in: 0..<lines.count, limit: 100)
            }
        }
    }

    @Test("says what the browser fetches for whom")
    func metadata() {
        #expect(text(.browser, .fetch).contains("Sec-Fetch-Mode: cors\r\n"))
        #expect(text(.browser, .script).contains("Sec-Fetch-Dest: script\r\n"))
        #expect(text(.browser, .frame).contains("Sec-Fetch-Dest: iframe\r\n"))
        #expect(text(.browser, .eventSource).contains("Accept: text/event-stream\r\n"))
        #expect(text(.browser, .webSocket).contains("Origin: http://lab:80\r\n"))
        #expect(text(.minimal, .fetch) == "")
        #expect(text(.minimal, .eventSource) == "Accept: text/event-stream\r\n")
    }

    @Test("says keep-alive only as a browser does, and close always")
    func connection() {
        #expect(HeaderProfile.minimal.connectionLine(keepsAlive: true) == [])
        let keepAlive = Array("Connection: keep-alive\r\n".utf8)
        #expect(HeaderProfile.browser.connectionLine(keepsAlive: true) == keepAlive)
        for profile in [HeaderProfile.minimal, .browser, .custom([])] {
            let close = Array("Connection: close\r\n".utf8)
            #expect(profile.connectionLine(keepsAlive: false) == close)
        }
    }

    @Test(
        "takes a user's lines, whatever ends them",
        arguments: ["X: 1\nY: 2\n", "X: 1\r\nY: 2", "\n\nX: 1\r\n\r\nY: 2\n\n"])
    func custom(file: String) throws {
        let profile = try HeaderProfile.parse(Array(file.utf8))
        #expect(text(profile, .fetch) == "X: 1\r\nY: 2\r\n")
    }

    @Test(
        "refuses a line that would break the request or the cursor",
        arguments: [
            ("Host: other", .headerProfileField), ("connection: close", .headerProfileField),
            ("Content-Length: 5", .headerProfileField),
            ("TRANSFER-ENCODING: chunked", .headerProfileField),
            ("Upgrade: h2c", .headerProfileField), ("Expect: 100-continue", .headerProfileField),
            ("Last-Event-ID: 1", .headerProfileField),
            ("Sec-WebSocket-Key: x", .headerProfileField),
            ("Sec-WebSocket-Version: 8", .headerProfileField), ("no colon", .httpMalformedField),
            ("X : 1", .httpMalformedField), (" folded", .httpObsoleteFolding),
            ("X: \u{7F}", .httpMalformedField),
            (String(repeating: "X: 1\n", count: 101), .httpTooManyFields),
        ] as [(String, ProtocolError)])
    func refuses(line: String, rule: ProtocolError) {
        #expect(throws: rule) { try HeaderProfile.parse(Array("Y: 2\n\(line)\n".utf8)) }
    }
}
