import Transports

/// HTTP as text, for tables of bytes.
enum RequestText {
    /// A GET with a Host and these further field lines.
    static func get(_ target: String, _ fields: String...) -> String {
        request("GET", target, fields)
    }

    /// A request with a Host, these further field lines and this content.
    static func request(
        _ method: String, _ target: String, _ fields: [String] = [], content: String = ""
    ) -> String {
        let lines = (["Host: lab"] + fields).map { $0 + "\r\n" }.joined()
        return "\(method) \(target) HTTP/1.1\r\n\(lines)\r\n\(content)"
    }

    /// The opening handshake of RFC 6455 §1.3, with some of its lines replaced.
    static func handshake(
        upgrade: String = "Upgrade: websocket", connection: String = "Connection: Upgrade",
        version: String = "Sec-WebSocket-Version: 13",
        key: String = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    ) -> String {
        get("/events/websocket", upgrade, connection, version, key)
    }

    /// An answer with this status line and these lines and content.
    static func answer(
        _ status: String, _ fields: [String] = [], content: String = ""
    ) -> String {
        "HTTP/1.1 \(status)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n" + content
    }

    /// A whole answer of JSON.
    static func json(_ content: String) -> String {
        answer(
            "200 OK",
            ["Content-Type: application/json", "Content-Length: \(content.utf8.count)"],
            content: content)
    }

    /// A whole answer that is a script.
    static func script(_ content: String) -> String {
        answer(
            "200 OK",
            [
                "Content-Type: text/javascript; charset=utf-8",
                "Content-Length: \(content.utf8.count)",
            ],
            content: content)
    }

    /// The head of a stream in chunks, and these chunks.
    static func stream(_ contentType: String, _ chunks: String...) -> String {
        answer(
            "200 OK", ["Content-Type: \(contentType)", "Transfer-Encoding: chunked"],
            content: chunks.map {
                "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n"
            }.joined())
    }
}
