/// How the end of a message's content is found (RFC 9112 §6.3).
package enum HTTPBodyFraming: Hashable, Sendable {
    /// There is no content.
    case none
    /// So many bytes follow the head.
    case length(Int)
    /// Chunks follow, the last one empty.
    case chunked
    /// Everything until the connection closes; in responses only.
    case untilClose

    /// The framing that a head's fields ask for, or nil when they say nothing.
    ///
    /// Content-Length beside Transfer-Encoding, two Content-Lengths, and a transfer coding that is
    /// not exactly `chunked` are refused: each is a way to make two readers of one stream disagree.
    package static func declared(
        by fields: borrowing HTTPFields, in bytes: Span<UInt8>, minorVersion: Int
    ) throws(ProtocolError) -> HTTPBodyFraming? {
        var framing: HTTPBodyFraming?
        for index in 0..<fields.count {
            let field = fields[index]
            if bytes.matchesIgnoringCase("content-length", in: field.name) {
                guard framing == nil else { throw .httpConflictingLength }
                guard let length = bytes.decimal(in: field.value), let length = Int(exactly: length)
                else { throw .httpInvalidLength }
                framing = .length(length)
            } else if bytes.matchesIgnoringCase("transfer-encoding", in: field.name) {
                guard framing == nil else { throw .httpConflictingLength }
                guard minorVersion >= 1 else { throw .httpCodingInOldVersion }
                guard bytes.matchesIgnoringCase("chunked", in: field.value) else {
                    throw .httpUnknownCoding
                }
                framing = .chunked
            }
        }
        return framing
    }
}
