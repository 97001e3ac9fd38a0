import Wire

extension DecoderProperty {
    /// Requests one behind the other, with their content, as a connection reads them.
    static let httpRequest = DecoderProperty(
        "http-request", "requests are the same however they are cut, and for a parser that is new"
    ) { (input) throws(Violation) in
        var limits = HTTPRequestParser.Limits()
        if input.hasBit(0) {
            // Close limits, so that they are met within an input of usual size.
            (limits.headBytes, limits.targetBytes, limits.fields, limits.bodyBytes) =
                (120, 40, 3, 50)
        }
        let (whole, pieces) = input.feeds
        let reference = try ReceivedRequests(whole, limits: limits)
        let cut = try ReceivedRequests(pieces, limits: limits)
        try Violation.unlessEqual(reference, cut, "the reads change what was asked")
        let fresh = try ReceivedRequests(whole, limits: limits, reusing: false)
        try Violation.unlessEqual(reference, fresh, "the request before changes what was asked")
        try Rules.check(reference.error, among: ProtocolError.httpRequestRules)
    }
}

/// What a server makes of the requests on one connection.
private struct ReceivedRequests: Equatable {
    struct Request: Equatable {
        var method: HTTPMethod
        var path: String
        var query: String
        var minorVersion: Int
        var fields: [String]
        var body: HTTPBodyFraming
        var isPersistent: Bool
        var expectsContinue: Bool
        var headBytes: Int
        var content: [UInt8] = []
        var isWhole = false

        init(_ parser: HTTPRequestParser, _ bytes: Span<UInt8>, headBytes: Int) {
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
            self.headBytes = headBytes
        }
    }

    private(set) var requests: [Request] = []
    private(set) var error: ProtocolError?
    /// What is held of a request whose head is not whole; not compared after an error.
    private(set) var held: [UInt8] = []

    init(
        _ pieces: [[UInt8]], limits: HTTPRequestParser.Limits, reusing: Bool = true
    ) throws(Violation) {
        var parser = HTTPRequestParser()
        var chunks = ChunkedCoding.Decoder()
        var scanned = 0
        for piece in pieces where error == nil {
            scanned = min(scanned, held.count)
            held += piece
            var isHungry = false
            while !isHungry, error == nil, !held.isEmpty {
                do throws(ProtocolError) {
                    isHungry = try read(
                        with: &parser, &chunks, scanned: scanned, limits: limits)
                } catch {
                    self.error = error
                }
                if !isHungry, !reusing { parser = HTTPRequestParser() }
                scanned = isHungry ? held.count : 0
            }
            try Violation.unless(
                error != nil || held.count <= limits.headBytes,
                "\(held.count) bytes of a head are held")
        }
        if error != nil { held = [] }
    }

    /// Takes a head or content from what is held; true when more bytes are needed.
    private mutating func read(
        with parser: inout HTTPRequestParser, _ chunks: inout ChunkedCoding.Decoder, scanned: Int,
        limits: HTTPRequestParser.Limits
    ) throws(ProtocolError) -> Bool {
        guard let last = requests.indices.last, !requests[last].isWhole else {
            let outcome = try parser.parse(held.span, scanned: scanned, limits: limits)
            guard case .head(let length) = outcome else { return true }
            requests.append(Request(parser, held.span, headBytes: length))
            held.removeFirst(length)
            chunks = ChunkedCoding.Decoder()
            let body = requests[requests.count - 1].body
            requests[requests.count - 1].isWhole = body == .none || body == .length(0)
            return false
        }
        switch requests[last].body {
        case .none, .untilClose:
            requests[last].isWhole = true
        case .length(let length):
            let taken = min(length - requests[last].content.count, held.count)
            requests[last].content += held[..<taken]
            held.removeFirst(taken)
            requests[last].isWhole = requests[last].content.count == length
        case .chunked:
            var offset = 0
            var ledger = ByteLedger()
            let bytes = held
            while let piece = try chunks.next(in: bytes.span, at: &offset, ledger: &ledger) {
                requests[last].content += bytes[piece]
            }
            held.removeFirst(offset)
            requests[last].isWhole = chunks.isFinished
        }
        return false
    }
}
