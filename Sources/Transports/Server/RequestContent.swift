import Wire

/// The content of a POST, gathered until it is whole.
package struct RequestContent: Sendable {
    private enum Framing: Sendable {
        /// So many bytes are still to come.
        case length(Int)
        case chunked(ChunkedCoding.Decoder)
    }

    /// Where events are published.
    static let publishPath = "/events"

    /// The request, for its answer.
    private(set) var request: PlainRequest
    /// Whether the client waits to be told that it may send.
    let awaitsContinue: Bool
    private let mustBeJSON: Bool
    private var framing: Framing
    private var bytes: [UInt8] = []

    init(
        _ parser: borrowing HTTPRequestParser, _ head: Span<UInt8>, bytes headBytes: Int,
        origin: [UInt8]
    ) {
        var request = PlainRequest(parser, head, bytes: headBytes)
        request.origin = origin
        if let type = parser.fields.value(of: "content-type", in: head) {
            request.contentType = head.text(type).lowercased()
        }
        self.request = request
        awaitsContinue = parser.expectsContinue
        mustBeJSON = request.contentType.hasPrefix("application/json")
        switch parser.body {
        case .length(let length): framing = .length(length)
        case .chunked: framing = .chunked(ChunkedCoding.Decoder(of: .request))
        case .none, .untilClose: framing = .length(0)
        }
    }

    /// Whether everything has come.
    var isWhole: Bool {
        switch framing {
        case .length(let missing): missing == 0
        case .chunked(let decoder): decoder.isFinished
        }
    }

    /// Takes content from `start` on and returns the index behind it.
    mutating func take(
        _ input: Span<UInt8>, from start: Int, limit: Int
    ) throws(ProtocolError) -> Int {
        switch framing {
        case .length(let missing):
            let end = start + min(missing, input.count - start)
            bytes.append(copying: input.extracting(start..<end))
            request.wireBytes += end - start
            framing = .length(missing - (end - start))
            return end
        case .chunked(var decoder):
            var offset = start
            var ledger = ByteLedger()
            while let piece = try decoder.next(in: input, at: &offset, ledger: &ledger) {
                guard bytes.count + piece.count <= limit else { throw .httpBodyTooLarge }
                bytes.append(copying: input.extracting(piece))
            }
            framing = .chunked(decoder)
            request.wireBytes += offset - start
            return offset
        }
    }

    /// The request with its content, for who answers it.
    mutating func takeRequest() -> PlainRequest {
        request.content = bytes
        bytes = []
        return request
    }

    /// The content as one line of JSON: itself when it is JSON, otherwise its text as a string.
    func data() throws(ProtocolError) -> [UInt8] {
        if let line = JSONText.singleLine(bytes.span) { return line }
        guard !mustBeJSON, String(validating: bytes, as: UTF8.self) != nil else {
            throw .publishedContent
        }
        var line: [UInt8] = []
        JSONText.appendString(bytes.span, to: &line)
        return line
    }
}

extension ProtocolError {
    package static let publishedContent = ProtocolError(
        rule: "published-content", reason: "An event's data must be JSON or UTF-8 text.",
        reference: "pushbench, POST /events")
}
