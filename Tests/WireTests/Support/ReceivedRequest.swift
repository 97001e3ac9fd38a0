import Wire

/// What a server makes of the bytes of one request, however they were cut into reads.
struct ReceivedRequest: Equatable {
    /// What the parser said of a whole head.
    struct Head: Equatable {
        var method: HTTPMethod
        var path: String
        var query: String
        var minorVersion: Int
        var fields: [String]
        var body: HTTPBodyFraming
        var isPersistent: Bool
        var expectsContinue: Bool

        init(_ parser: HTTPRequestParser, _ bytes: Span<UInt8>) {
            method = parser.method
            path = bytes.text(parser.path)
            query = bytes.text(parser.query)
            minorVersion = parser.minorVersion
            fields = []
            for index in 0..<parser.fields.count {
                let field = parser.fields[index]
                fields.append("\(bytes.text(field.name))=\(bytes.text(field.value))")
            }
            body = parser.body
            isPersistent = parser.isPersistent
            expectsContinue = parser.expectsContinue
        }
    }

    /// The head, once it was whole.
    private(set) var head: Head?
    /// The bytes of the head, leading empty lines included.
    private(set) var headLength = 0
    /// The content so far.
    private(set) var content: [UInt8] = []
    /// Whether head and content were whole.
    private(set) var isWhole = false
    /// The bytes behind the request, which are the next one's; told only of a whole request.
    private(set) var rest: [UInt8] = []
    /// The rule that was broken; nothing is read after it.
    private(set) var error: ProtocolError?

    /// Reads `pieces` as a server does: it keeps what it could not use, and says how much of that the
    /// parser has seen.
    init(_ pieces: [[UInt8]], limits: HTTPRequestParser.Limits = .init()) {
        var parser = HTTPRequestParser()
        var chunks = ChunkedCoding.Decoder()
        var pending: [UInt8] = []
        do throws(ProtocolError) {
            for piece in pieces {
                let scanned = pending.count
                pending += piece
                if head == nil {
                    let outcome = try parser.parse(pending.span, scanned: scanned, limits: limits)
                    guard case .head(let length) = outcome else { continue }
                    head = Head(parser, pending.span)
                    headLength = length
                    pending.removeFirst(length)
                }
                try readContent(of: &pending, with: &chunks)
            }
        } catch {
            self.error = error
        }
        if isWhole { rest = pending }
    }

    private mutating func readContent(
        of pending: inout [UInt8], with chunks: inout ChunkedCoding.Decoder
    ) throws(ProtocolError) {
        guard let head, !isWhole else { return }
        switch head.body {
        case .none, .untilClose:
            isWhole = true
        case .length(let length):
            let taken = min(length - content.count, pending.count)
            content += pending[..<taken]
            pending.removeFirst(taken)
            isWhole = content.count == length
        case .chunked:
            var offset = 0
            var ledger = ByteLedger()
            while let piece = try chunks.next(in: pending.span, at: &offset, ledger: &ledger) {
                content += pending[piece]
            }
            pending.removeFirst(offset)
            isWhole = chunks.isFinished
        }
    }
}
