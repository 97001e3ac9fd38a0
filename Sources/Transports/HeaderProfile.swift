import Wire

/// The field lines that a client sends beside Host and what its technique needs.
///
/// Header weight is what the techniques differ by most, so it is a choice: a bare client, today's
/// browser, or a file of the user's.
package enum HeaderProfile: Sendable {
    /// Nothing more than the technique needs.
    case minimal
    /// What Chrome 142 on Linux sends from a page of the same origin over plain HTTP, with a
    /// 300-byte cookie.
    case browser
    /// These lines, each ending in CR LF.
    case custom([UInt8])

    /// What makes a browser send the request; it decides Accept and the fetch metadata.
    package enum Initiator: Sendable {
        case fetch, script, frame, eventSource, webSocket
    }

    /// The field lines for a request of `initiator`.
    package func lines(for initiator: Initiator, authority: String) -> [UInt8] {
        switch self {
        case .minimal: Array(Self.minimalLines(for: initiator).utf8)
        case .browser: Array(Self.chromeLines(for: initiator, authority: authority).utf8)
        case .custom(let lines): lines
        }
    }

    /// The Connection line of a request whose connection is to be kept or closed afterwards.
    package func connectionLine(keepsAlive: Bool) -> [UInt8] {
        guard keepsAlive else { return Array("Connection: close\r\n".utf8) }
        // HTTP/1.1 keeps a connection unasked; browsers say it all the same.
        guard case .browser = self else { return [] }
        return Array("Connection: keep-alive\r\n".utf8)
    }

    /// Checks lines that a user wrote, one field a line, and gives them CR LF ends.
    ///
    /// - Throws: the rule of RFC 9112 that a line breaks, or `headerProfileField` for a field that
    ///   the client writes itself.
    package static func parse(_ text: [UInt8]) throws(ProtocolError) -> HeaderProfile {
        var lines: [UInt8] = []
        for line in text.split(whereSeparator: { $0 == .lineFeed || $0 == .carriageReturn }) {
            lines.append(contentsOf: line)
            lines.append(.carriageReturn)
            lines.append(.lineFeed)
        }
        var fields = HTTPFields()
        try fields.parse(lines.span, in: 0..<lines.count, limit: 100)
        for index in 0..<fields.count {
            let name = lines.span.text(fields[index].name).lowercased()
            guard !ownFields.contains(name) else { throw .headerProfileField }
        }
        return .custom(lines)
    }

    /// What the client writes itself: a second one would frame the request differently, or hold the
    /// cursor where it was.
    private static let ownFields: Set<String> = [
        "host", "connection", "content-length", "transfer-encoding", "upgrade", "expect",
        "last-event-id", "sec-websocket-key", "sec-websocket-version",
    ]

    private static func minimalLines(for initiator: Initiator) -> String {
        initiator == .eventSource ? "Accept: text/event-stream\r\n" : ""
    }

    /// Field lines and their order as Chrome's network log shows them for each initiator.
    private static func chromeLines(for initiator: Initiator, authority: String) -> String {
        let agent = """
            User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
            Chrome/142.0.0.0 Safari/537.36\r\n
            """
        let tail = """
            Accept-Encoding: gzip, deflate, br, zstd\r\n\
            Accept-Language: en-US,en;q=0.9\r\n\
            Cookie: \(cookie)\r\n
            """
        if initiator == .webSocket {
            return """
                Pragma: no-cache\r\n\
                Cache-Control: no-cache\r\n\
                \(agent)\
                Origin: http://\(authority)\r\n\
                \(tail)\
                Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n
                """
        }
        let (accept, mode, destination, extra) =
            switch initiator {
            case .fetch: ("*/*", "cors", "empty", "")
            case .script: ("*/*", "no-cors", "script", "")
            case .eventSource: ("text/event-stream", "cors", "empty", "Cache-Control: no-cache\r\n")
            case .frame, .webSocket:
                (
                    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
                        + "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
                    "navigate", "iframe", "Upgrade-Insecure-Requests: 1\r\n"
                )
            }
        return """
            sec-ch-ua-platform: "Linux"\r\n\
            \(extra)\(agent)\
            sec-ch-ua: "Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"\r\n\
            sec-ch-ua-mobile: ?0\r\n\
            Accept: \(accept)\r\n\
            Sec-Fetch-Site: same-origin\r\n\
            Sec-Fetch-Mode: \(mode)\r\n\
            Sec-Fetch-Dest: \(destination)\r\n\
            Referer: http://\(authority)/\r\n\
            \(tail)
            """
    }

    /// 300 bytes: a session id and two analytics cookies, the ordinary load of a site with a login.
    static let cookie: String = {
        let start = "session=\(String(repeating: "7f3a9c", count: 16)); _ga=GA1.1.1234567890.1763"
        return start + String(repeating: "0", count: 300 - start.utf8.count)
    }()
}

extension ProtocolError {
    package static let headerProfileField = ProtocolError(
        rule: "header-profile-field",
        reason: """
            Host, Connection, Upgrade, Expect, Last-Event-ID, the WebSocket key and version and the \
            length fields are written by the client itself.
            """,
        reference: "RFC 9110 §7")
}
