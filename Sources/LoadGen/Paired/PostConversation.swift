import Wire

/// Publishing from outside, as bytes: one `POST /events` after the other on a kept connection, and
/// what the server answers.
///
///     > POST /events HTTP/1.1
///     > Host: 127.0.0.1:8080
///     > Content-Type: application/json
///     > Content-Length: 60
///     >
///     > "xxxxxxxx…"
///     < HTTP/1.1 201 Created
///     < …
///
/// The content becomes the event's data. Any success is an answer (RFC 9110 §15.3); what it contains
/// is passed over.
struct PostConversation: Sendable {
    /// The request, the same every time.
    let request: [UInt8]
    /// Whether the connection may be used again after the answer that was read last.
    private(set) var keepsConnection = true

    private var pending: [UInt8] = []
    private var parser = HTTPResponseParser()

    /// The envelope around an event's data: names, punctuation, an id of 4 digits and a time of 15.
    private static let envelopeBytes = 39

    /// Publishes events whose JSON is about `payloadBytes` long; exactly so with an id of 4 digits on
    /// a machine that started between one day and eleven before.
    init(authority: String, payloadBytes: Int) {
        let filler = max(0, payloadBytes - Self.envelopeBytes - 2)
        let data = [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "x"), count: filler)
        let head = """
            POST /events HTTP/1.1\r
            Host: \(authority)\r
            Content-Type: application/json\r
            Content-Length: \(data.count + 1)\r
            \r

            """
        request = Array(head.utf8) + data + [UInt8(ascii: "\"")]
    }

    /// Takes what the server sent; true when the answer is whole.
    ///
    /// - Throws: `ProtocolError` when it is none, `LoadError` when it is not a success.
    mutating func receive(_ bytes: Span<UInt8>) throws -> Bool {
        pending.append(copying: bytes)
        while let answer = try readAnswer() {
            pending.removeFirst(answer.end)
            // An interim answer goes before the answer itself (RFC 9110 §15.2).
            if answer.status >= 200 { return true }
        }
        return false
    }

    /// The server ended the connection; true when that completes the answer.
    mutating func peerClosed() throws -> Bool {
        defer { pending = [] }
        keepsConnection = false
        let held = pending
        guard !held.isEmpty, try parser.parse(held.span) != nil, parser.body == .untilClose else {
            return false
        }
        try checkStatus()
        return true
    }

    /// The answer at the start of what is pending: its status and its length; nil when it is not whole.
    private mutating func readAnswer() throws -> (status: Int, end: Int)? {
        let held = pending
        let bytes = held.span
        guard let head = try parser.parse(bytes) else { return nil }
        try checkStatus()
        keepsConnection = parser.isPersistent
        switch parser.body {
        case .none: return (parser.status, head)
        case .length(let length):
            return held.count - head >= length ? (parser.status, head + length) : nil
        case .chunked:
            var decoder = ChunkedCoding.Decoder()
            var ledger = ByteLedger()
            var offset = head
            while try decoder.next(in: bytes, at: &offset, ledger: &ledger) != nil {}
            return decoder.isFinished ? (parser.status, offset) : nil
        case .untilClose: return nil
        }
    }

    private func checkStatus() throws {
        guard parser.status < 300 else {
            throw LoadError(
                "the server answers POST /events with \(parser.status): it has to publish the "
                    + "content there as an event's data and answer 201")
        }
    }
}
