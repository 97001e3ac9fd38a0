/// The rules of HTTP/1.1 that a peer can break here, each with the status that answers it.
extension ProtocolError {
    package static let httpMalformedRequestLine = ProtocolError(
        rule: "http-request-line", reason: "The request line is not `METHOD target HTTP/1.1`.",
        reference: "RFC 9112 §3")
    package static let httpMalformedTarget = ProtocolError(
        rule: "http-target", reason: "The request target is neither /path nor http://host/path.",
        reference: "RFC 9112 §3.2")
    package static let httpTargetTooLong = ProtocolError(
        rule: "http-target-too-long", reason: "The request target is too long.",
        reference: "RFC 9110 §15.5.15", status: 414)
    package static let httpUnknownMethod = ProtocolError(
        rule: "http-method", reason: "The request method is not known here.",
        reference: "RFC 9110 §9.1", status: 501)
    package static let httpUnknownVersion = ProtocolError(
        rule: "http-version", reason: "Only HTTP/1.0 and HTTP/1.1 are spoken here.",
        reference: "RFC 9110 §15.6.6", status: 505)
    package static let httpHeadTooLarge = ProtocolError(
        rule: "http-head-too-large", reason: "The head is too large.",
        reference: "RFC 6585 §5", status: 431)
    package static let httpTooManyFields = ProtocolError(
        rule: "http-too-many-fields", reason: "The head has too many fields.",
        reference: "RFC 6585 §5", status: 431)
    package static let httpBareLineFeed = ProtocolError(
        rule: "http-line-end", reason: "A line of the head does not end in CR LF.",
        reference: "RFC 9112 §2.2")
    package static let httpMalformedField = ProtocolError(
        rule: "http-field", reason: "A field line is not `Name: value`.", reference: "RFC 9112 §5")
    package static let httpObsoleteFolding = ProtocolError(
        rule: "http-folding", reason: "A field line is folded.", reference: "RFC 9112 §5.2")
    package static let httpHostMissing = ProtocolError(
        rule: "http-host", reason: "A request must have exactly one Host field.",
        reference: "RFC 9112 §3.2")
    package static let httpMalformedHost = ProtocolError(
        rule: "http-host-form", reason: "The Host field is not `host:port`.",
        reference: "RFC 9112 §3.2")
    package static let httpInvalidLength = ProtocolError(
        rule: "http-content-length", reason: "The Content-Length is not a number.",
        reference: "RFC 9112 §6.3")
    package static let httpConflictingLength = ProtocolError(
        rule: "http-conflicting-length",
        reason: "The length of the content is declared more than once.",
        reference: "RFC 9112 §6.3")
    package static let httpUnknownCoding = ProtocolError(
        rule: "http-transfer-coding", reason: "The only transfer coding spoken here is chunked.",
        reference: "RFC 9112 §6.1", status: 501)
    package static let httpCodingInOldVersion = ProtocolError(
        rule: "http-old-transfer-coding", reason: "HTTP/1.0 has no transfer codings.",
        reference: "RFC 9112 §6.1")
    package static let httpUnknownExpectation = ProtocolError(
        rule: "http-expect", reason: "The only expectation met here is 100-continue.",
        reference: "RFC 9110 §10.1.1", status: 417)
    package static let httpBodyTooLarge = ProtocolError(
        rule: "http-body-too-large", reason: "The content is too large.",
        reference: "RFC 9110 §15.5.14", status: 413)
    package static let httpMalformedTrailer = ProtocolError(
        rule: "http-trailer", reason: "A trailer line is not `Name: value`.",
        reference: "RFC 9112 §7.1.2")
    package static let httpMalformedChunk = ProtocolError(
        rule: "http-chunk", reason: "A chunk is not `SIZE CR LF bytes CR LF`.",
        reference: "RFC 9112 §7.1")
    package static let httpChunkTooLarge = ProtocolError(
        rule: "http-chunk-size", reason: "A chunk size or its extension is too long.",
        reference: "RFC 9112 §7.1", status: 413)
    package static let httpTimeout = ProtocolError(
        rule: "http-timeout", reason: "The request did not arrive in time.",
        reference: "RFC 9110 §15.5.9", status: 408)
    package static let httpMalformedStatusLine = ProtocolError(
        rule: "http-status-line", reason: "The answer does not begin `HTTP/1.1 200`.",
        reference: "RFC 9112 §4")
    package static let httpTruncated = ProtocolError(
        rule: "http-truncated", reason: "The connection closed in the middle of an answer.",
        reference: "RFC 9112 §8")
    package static let httpUnexpectedStatus = ProtocolError(
        rule: "http-unexpected-status", reason: "The server answered with an unexpected status.",
        reference: "RFC 9110 §15")
    package static let httpUnexpectedBytes = ProtocolError(
        rule: "http-unexpected-bytes", reason: "Bytes arrived that nothing asked for.",
        reference: "RFC 9112 §9.3")

    /// Every rule that a request can break, so that a test can show an input for each.
    package static let httpRequestRules: [ProtocolError] = [
        .httpMalformedRequestLine, .httpMalformedTarget, .httpTargetTooLong, .httpUnknownMethod,
        .httpUnknownVersion, .httpHeadTooLarge, .httpTooManyFields, .httpBareLineFeed,
        .httpMalformedField, .httpObsoleteFolding, .httpHostMissing, .httpMalformedHost,
        .httpInvalidLength,
        .httpConflictingLength, .httpUnknownCoding, .httpCodingInOldVersion,
        .httpUnknownExpectation, .httpBodyTooLarge, .httpMalformedChunk, .httpChunkTooLarge,
        .httpMalformedTrailer,
    ]
}
