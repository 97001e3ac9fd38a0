/// The head of an answer, written and parsed (RFC 9112 §4).
package struct HTTPStatus: Hashable, Sendable {
    /// The three digits.
    package let code: Int

    package init(_ code: Int) {
        self.code = code
    }

    /// The reason phrase of RFC 9110 §15; empty for a code that has none here, as §4 allows.
    package var reason: StaticString {
        switch code {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}

/// Writes a response head line by line; every byte is of one class.
package enum HTTPHeadWriter {
    /// Writes the status line.
    package static func status(
        _ code: Int, as byteClass: ByteClass = .responseHead, into wire: inout WireBuffer
    ) {
        wire.write("HTTP/1.1 ", as: byteClass)
        wire.write(decimal: code, as: byteClass)
        wire.write(" ", as: byteClass)
        wire.write(HTTPStatus(code).reason, as: byteClass)
        wire.write("\r\n", as: byteClass)
    }

    /// Writes one field line.
    package static func field(
        _ name: StaticString, _ value: String, as byteClass: ByteClass = .responseHead,
        into wire: inout WireBuffer
    ) {
        wire.write(name, as: byteClass)
        wire.write(": ", as: byteClass)
        wire.write(value, as: byteClass)
        wire.write("\r\n", as: byteClass)
    }

    /// Writes one field line with a number.
    package static func field(
        _ name: StaticString, _ value: Int, as byteClass: ByteClass = .responseHead,
        into wire: inout WireBuffer
    ) {
        wire.write(name, as: byteClass)
        wire.write(": ", as: byteClass)
        wire.write(decimal: value, as: byteClass)
        wire.write("\r\n", as: byteClass)
    }

    /// Writes the empty line that ends a head.
    package static func end(
        as byteClass: ByteClass = .responseHead, into wire: inout WireBuffer
    ) {
        wire.write("\r\n", as: byteClass)
    }
}

/// A response head, parsed in place; a workspace that is reused.
package struct HTTPResponseParser: Sendable {
    /// The status code.
    package private(set) var status = 0
    /// The field lines.
    package private(set) var fields = HTTPFields()
    /// How the content ends.
    package private(set) var body = HTTPBodyFraming.none
    /// Whether the connection may be used again after this answer.
    package private(set) var isPersistent = true

    /// Bytes of a head at most: browsers allow 256 KiB and more, servers under test send less than 1.
    private static let headLimit = 64 * 1024

    package init() {}

    /// The length of the head at the start of `bytes`, or nil when it is not whole yet.
    package mutating func parse(_ bytes: Span<UInt8>) throws(ProtocolError) -> Int? {
        let whole = bytes.endOfHead(from: 0)
        guard (whole ?? bytes.count) <= Self.headLimit else { throw .httpHeadTooLarge }
        guard let end = whole else { return nil }
        guard let lineEnd = bytes.firstIndex(of: .lineFeed, from: 0, to: end),
            lineEnd >= 13, bytes[lineEnd - 1] == .carriageReturn,
            bytes.starts(with: "HTTP/1.", at: 0), bytes[8] == .space,
            let minorVersion = bytes.decimal(in: 7..<8), let code = bytes.decimal(in: 9..<12),
            code >= 100, lineEnd == 13 || bytes[12] == .space
        else { throw .httpMalformedStatusLine }
        status = Int(code)
        try fields.parse(bytes, in: lineEnd + 1..<end - 2, limit: 200)
        let declared = try HTTPBodyFraming.declared(
            by: fields, in: bytes, minorVersion: Int(minorVersion))
        // RFC 9112 §6.3: these never have content, whatever their fields say.
        body = status < 200 || status == 204 || status == 304 ? .none : declared ?? .untilClose
        let closes = fields.contains("close", in: "connection", of: bytes)
        let keeps = fields.contains("keep-alive", in: "connection", of: bytes)
        isPersistent = (minorVersion >= 1 || keeps) && !closes && body != .untilClose
        return end
    }
}
