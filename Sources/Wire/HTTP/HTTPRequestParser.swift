/// The request head, parsed in place (RFC 9112 §2–5).
///
/// A parser is a workspace that one loop reuses for every request: it holds ranges into the bytes it
/// was last given, never the bytes. A head is looked at once it is whole; until then the caller keeps
/// the bytes and asks again, and the limits end the wait.
package struct HTTPRequestParser: Sendable {
    /// What to do with a request's bytes so far.
    package enum Outcome: Equatable, Sendable {
        /// The head is not whole yet.
        case incomplete
        /// The head is whole and takes so many bytes, leading empty lines included.
        case head(length: Int)
    }

    /// Bounds on what a client may send.
    package struct Limits: Sendable {
        /// Bytes of a head. 16 KiB is twice what nginx and Apache allow for one field.
        package var headBytes = 16 * 1024
        /// Bytes of a request target; RFC 9112 §3 asks for at least 8,000.
        package var targetBytes = 8 * 1024
        /// Field lines, as Apache's LimitRequestFields.
        package var fields = 100
        /// Bytes of a request's content.
        package var bodyBytes = 1 << 20

        package init() {}
    }

    /// The request's method.
    package private(set) var method = HTTPMethod.get
    /// Where the target's path stands.
    package private(set) var path = 0..<0
    /// Where the target's query stands, without the question mark; empty when there is none.
    package private(set) var query = 0..<0
    /// Where the host stands that the client means, with its port: in the target when that is
    /// absolute, which overrides the field (RFC 9112 §3.2.2); empty for HTTP/1.0 without either.
    package private(set) var host = 0..<0
    /// Whether the target names the host itself.
    package private(set) var isAbsolute = false
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    package private(set) var minorVersion = 1
    /// The field lines.
    package private(set) var fields = HTTPFields()
    /// Counts the field sections that were parsed. While it stands still they are the same bytes, so
    /// that whatever was concluded from them alone still holds.
    package private(set) var section: UInt64 = 0
    /// How the content ends.
    package private(set) var body = HTTPBodyFraming.none
    /// Whether the connection may be used again after this request (RFC 9112 §9.3).
    package private(set) var isPersistent = true
    /// Whether the client waits for "100 Continue" (RFC 9110 §10.1.1).
    package private(set) var expectsContinue = false
    /// The field section that was parsed last, and the version that it was understood for; empty when
    /// it is not to be taken again. A client's requests differ in their first line: what follows is
    /// compared with this, which costs a twentieth of parsing it.
    private var lastSection: [UInt8] = []
    private var lastVersion = 1
    /// Where the Host field's value stands.
    private var namedHost = 0..<0

    package init() {}

    /// Parses the head at the start of `bytes`, looking for its end from `scanned` on.
    ///
    /// - Throws: the rule that the client broke, with the status that answers it.
    package mutating func parse(
        _ bytes: Span<UInt8>, scanned: Int, limits: Limits
    ) throws(ProtocolError) -> Outcome {
        var start = 0
        // An empty line before a request is skipped (RFC 9112 §2.2).
        while start + 1 < bytes.count, bytes[start] == .carriageReturn,
            bytes[start + 1] == .lineFeed
        {
            start += 2
        }
        try refuseOtherProtocols(bytes, at: start)
        let (seen, isWhole, isBroken) = Self.lookForEnd(of: bytes, from: max(start, scanned - 3))
        try refuseOversized(bytes, from: start, to: seen, limits: limits)
        guard !isBroken else { throw .httpBareLineFeed }
        guard isWhole, let lineEnd = bytes.firstIndex(of: .lineFeed, from: start, to: seen) else {
            return .incomplete
        }
        let end = seen
        try parseRequestLine(bytes, in: start..<lineEnd - 1, limits: limits)
        try parseSection(bytes, in: lineEnd + 1..<end - 2, limits: limits)
        return .head(length: end)
    }

    /// Refuses what cannot become a request by its first byte, such as TLS: it would be waited for.
    private func refuseOtherProtocols(_ bytes: Span<UInt8>, at start: Int) throws(ProtocolError) {
        guard start < bytes.count else { return }
        let first = bytes[start]
        // A line feed is told what it is, and a CR may be the half of an empty line.
        guard first.isTokenCharacter || first == .lineFeed || first == .carriageReturn else {
            throw .httpMalformedRequestLine
        }
    }

    /// Looks for the empty line that ends the head, or for a line feed without its CR, which ends it
    /// at once: for two readers it could be the end of a line or none.
    private static func lookForEnd(
        of bytes: Span<UInt8>, from start: Int
    ) -> (seen: Int, isWhole: Bool, isBroken: Bool) {
        var index = max(start, 0)
        while let lineFeed = bytes.firstIndex(of: .lineFeed, from: index, to: bytes.count) {
            guard lineFeed >= 1, bytes[lineFeed - 1] == .carriageReturn else {
                return (lineFeed + 1, false, true)
            }
            if lineFeed >= 3, bytes[lineFeed - 2] == .lineFeed,
                bytes[lineFeed - 3] == .carriageReturn
            {
                return (lineFeed + 1, true, false)
            }
            index = lineFeed + 1
        }
        return (bytes.count, false, false)
    }

    /// Parses the field section, unless it is the one that was parsed before: the same bytes mean the
    /// same.
    private mutating func parseSection(
        _ bytes: Span<UInt8>, in section: Range<Int>, limits: Limits
    ) throws(ProtocolError) {
        if !section.isEmpty, lastVersion == minorVersion, fields.count <= limits.fields,
            bytes.matches(lastSection, in: section)
        {
            let distance = fields.move(to: section.lowerBound)
            namedHost = namedHost.lowerBound + distance..<namedHost.upperBound + distance
            if !isAbsolute { host = namedHost }
            return
        }
        lastSection.removeAll(keepingCapacity: true)
        self.section &+= 1
        try fields.parse(bytes, in: section, limit: limits.fields)
        try interpretFields(bytes, limits: limits)
        // What announces content is read once; its length is another each time.
        guard body == .none, !expectsContinue else { return }
        lastSection.append(copying: bytes.extracting(section))
        lastVersion = minorVersion
    }

    /// Refuses what has outgrown its limit, a head that is whole like one that still grows: the answer
    /// may not depend on how the bytes were cut into reads.
    private func refuseOversized(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, limits: Limits
    ) throws(ProtocolError) {
        // The method and version around the target take at most 32 bytes in any sane request.
        let lineLimit = start + limits.targetBytes + 32
        if lineLimit < limits.headBytes, end > lineLimit,
            bytes.firstIndex(of: .lineFeed, from: start, to: lineLimit + 1) == nil
        {
            throw .httpTargetTooLong
        }
        // The empty lines before a request count too, or a client could send those for ever.
        if end > limits.headBytes { throw .httpHeadTooLarge }
    }

    private mutating func parseRequestLine(
        _ bytes: Span<UInt8>, in line: Range<Int>, limits: Limits
    ) throws(ProtocolError) {
        guard
            let firstSpace = bytes.firstIndex(
                of: .space, from: line.lowerBound, to: line.upperBound),
            let secondSpace = bytes.firstIndex(
                of: .space, from: firstSpace + 1, to: line.upperBound),
            firstSpace > line.lowerBound, secondSpace > firstSpace + 1
        else { throw .httpMalformedRequestLine }
        for index in line.lowerBound..<firstSpace where !bytes[index].isTokenCharacter {
            throw .httpMalformedRequestLine
        }
        try parseVersion(bytes, in: secondSpace + 1..<line.upperBound)
        guard secondSpace - firstSpace - 1 <= limits.targetBytes else { throw .httpTargetTooLong }
        method = HTTPMethod(bytes, in: line.lowerBound..<firstSpace)
        try parseTarget(bytes, in: firstSpace + 1..<secondSpace)
        guard method != .unknown else { throw .httpUnknownMethod }
    }

    private mutating func parseVersion(
        _ bytes: Span<UInt8>, in range: Range<Int>
    ) throws(ProtocolError) {
        guard range.count == 8, bytes.starts(with: "HTTP/", at: range.lowerBound),
            bytes[range.lowerBound + 6] == UInt8(ascii: "."),
            let major = bytes.decimal(in: range.lowerBound + 5..<range.lowerBound + 6),
            let minor = bytes.decimal(in: range.lowerBound + 7..<range.upperBound)
        else { throw .httpMalformedRequestLine }
        guard major == 1 else { throw .httpUnknownVersion }
        minorVersion = min(Int(minor), 1)
    }

    /// Accepts the origin form, the absolute form (RFC 9112 §3.2.2), the asterisk for OPTIONS and the
    /// authority for CONNECT, which nothing here answers but with 405.
    private mutating func parseTarget(
        _ bytes: Span<UInt8>, in range: Range<Int>
    ) throws(ProtocolError) {
        // A fragment is the client's own (RFC 9110 §4.2.5): two readers would cut it off differently.
        for index in range
        where bytes[index] <= 0x20 || bytes[index] >= 0x7F || bytes[index] == UInt8(ascii: "#") {
            throw .httpMalformedTarget
        }
        isAbsolute = false
        var start = range.lowerBound
        if range.count > 7, bytes.matchesIgnoringCase("http://", in: start..<start + 7) {
            start += 7
            while start < range.upperBound, bytes[start] != UInt8(ascii: "/"),
                bytes[start] != UInt8(ascii: "?")
            {
                start += 1
            }
            isAbsolute = true
            host = range.lowerBound + 7..<start
            guard !host.isEmpty, HTTPAuthority.isValid(bytes, in: host) else {
                throw .httpMalformedTarget
            }
        } else {
            let isOther =
                switch method {
                case .options: bytes.matches("*", in: range)
                case .connect: HTTPAuthority.isValid(bytes, in: range)
                default: false
                }
            guard isOther || bytes[start] == UInt8(ascii: "/") else { throw .httpMalformedTarget }
        }
        let mark = bytes.firstIndex(of: UInt8(ascii: "?"), from: start, to: range.upperBound)
        path = start..<(mark ?? range.upperBound)
        // The empty path of `http://host` means `/` (RFC 9110 §4.2.3); the slash before the host is one.
        if path.isEmpty { path = range.lowerBound + 6..<range.lowerBound + 7 }
        query = (mark.map { $0 + 1 } ?? range.upperBound)..<range.upperBound
    }

    /// Finds the one Host field that a request must have, and has it name the host unless the target
    /// did.
    private mutating func interpretHost(_ bytes: Span<UInt8>) throws(ProtocolError) {
        var found: Range<Int>?
        for index in 0..<fields.count
        where bytes.matchesIgnoringCase("host", in: fields[index].name) {
            guard found == nil else { throw .httpHostMissing }
            found = fields[index].value
        }
        guard found != nil || minorVersion == 0 else { throw .httpHostMissing }
        let named = found ?? 0..<0
        // RFC 9112 §3.2: empty where the target has no authority of its own.
        guard named.isEmpty || HTTPAuthority.isValid(bytes, in: named) else {
            throw .httpMalformedHost
        }
        namedHost = named
        if !isAbsolute { host = named }
    }

    private mutating func interpretFields(
        _ bytes: Span<UInt8>, limits: Limits
    ) throws(ProtocolError) {
        try interpretHost(bytes)
        body = try .declared(by: fields, in: bytes, minorVersion: minorVersion) ?? .none
        if case .length(let length) = body, length > limits.bodyBytes { throw .httpBodyTooLarge }

        let closes = fields.contains("close", in: "connection", of: bytes)
        let keeps = fields.contains("keep-alive", in: "connection", of: bytes)
        isPersistent = minorVersion == 1 ? !closes : keeps && !closes

        expectsContinue = false
        if minorVersion == 1, let expectation = fields.value(of: "expect", in: bytes) {
            guard bytes.matchesIgnoringCase("100-continue", in: expectation) else {
                throw .httpUnknownExpectation
            }
            expectsContinue = true
        }
    }
}

/// The methods of RFC 9110 §9 and PATCH; anything else is answered 501.
package enum HTTPMethod: Sendable {
    case get, head, post, put, delete, connect, options, trace, patch, unknown

    init(_ bytes: Span<UInt8>, in range: Range<Int>) {
        if bytes.matches("GET", in: range) {
            self = .get
        } else if bytes.matches("HEAD", in: range) {
            self = .head
        } else if bytes.matches("POST", in: range) {
            self = .post
        } else if bytes.matches("PUT", in: range) {
            self = .put
        } else if bytes.matches("DELETE", in: range) {
            self = .delete
        } else if bytes.matches("CONNECT", in: range) {
            self = .connect
        } else if bytes.matches("OPTIONS", in: range) {
            self = .options
        } else if bytes.matches("TRACE", in: range) {
            self = .trace
        } else if bytes.matches("PATCH", in: range) {
            self = .patch
        } else {
            self = .unknown
        }
    }
}
