import Wire

/// What a server makes of the requests on one connection.
package struct ReceivedRequests: Equatable {
    /// A request as it was understood.
    package struct Request: Equatable, Sendable {
        /// What the parser says of the head.
        package let method: HTTPMethod
        package let path: [UInt8]
        package let query: [UInt8]
        package let host: [UInt8]
        package let minorVersion: Int
        package private(set) var fields: [Field] = []
        package let body: HTTPBodyFraming
        package let isPersistent: Bool
        package let expectsContinue: Bool
        package let headBytes: Int
        /// What has come of the content, and whether that is all of it.
        package fileprivate(set) var content: [UInt8] = []
        package fileprivate(set) var isWhole = false

        init(_ parser: HTTPRequestParser, _ bytes: Span<UInt8>, headBytes: Int) {
            method = parser.method
            path = bytes.array(parser.path)
            query = bytes.array(parser.query)
            host = bytes.array(parser.host)
            minorVersion = parser.minorVersion
            body = parser.body
            isPersistent = parser.isPersistent
            expectsContinue = parser.expectsContinue
            self.headBytes = headBytes
            for index in 0..<parser.fields.count {
                let field = parser.fields[index]
                fields.append(
                    Field(name: bytes.array(field.name), value: bytes.array(field.value)))
            }
        }
    }

    /// A field line.
    package struct Field: Equatable, Sendable {
        /// The name, and the value without the white space around it.
        package let name: [UInt8]
        package let value: [UInt8]
    }

    /// The requests in order, the last one perhaps without all of its content.
    package private(set) var requests: [Request] = []
    /// The rule that was broken; nothing is read after it.
    package private(set) var error: ProtocolError?
    /// What is held of a request whose head is not whole; empty after an error.
    package private(set) var held: [UInt8] = []

    /// Reads `pieces`, each as one read.
    ///
    /// - Parameters:
    ///   - pieces: What the client sends.
    ///   - limits: The parser's.
    ///   - reusing: Whether one parser reads all requests, as a server's does.
    ///   - stopsAtLast: Whether nothing is read behind a request that ends the connection.
    /// - Throws: a violation when more is held than the limits allow.
    package init(
        _ pieces: [[UInt8]], limits: HTTPRequestParser.Limits, reusing: Bool = true,
        stopsAtLast: Bool = false
    ) throws(Violation) {
        var parser = HTTPRequestParser()
        var chunks = ChunkedCoding.Decoder(of: .request)
        var scanned = 0
        for piece in pieces where error == nil {
            scanned = min(scanned, held.count)
            held += piece
            var isHungry = false
            while !isHungry, error == nil, !held.isEmpty {
                if stopsAtLast, let last = requests.last, last.isWhole, !last.isPersistent {
                    return
                }
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
            chunks = ChunkedCoding.Decoder(of: .request)
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
