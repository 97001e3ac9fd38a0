import Wire

/// Whose pages may read what a server answers (the CORS protocol, WHATWG Fetch §3.3).
///
/// A page's origin is scheme, host and port. The techniques are simple requests, which a browser
/// sends in any case: what the policy decides is whether the page sees the answer.
package enum OriginPolicy: Sendable {
    /// The server's own, which needs no field.
    case own
    /// Pages of the same host, whatever the port: a lab that listens on several.
    case sameHost

    /// The origin to be allowed by name: that of the request, if the policy lets it read. Empty for
    /// none.
    func allowedOrigin(
        of request: borrowing HTTPRequestParser, in bytes: Span<UInt8>
    ) -> [UInt8] {
        guard case .sameHost = self,
            let origin = request.fields.value(of: "origin", in: bytes),
            let host = request.fields.value(of: "host", in: bytes),
            bytes.starts(with: "http://", at: origin.lowerBound)
        else { return [] }
        let asking = bytes.text(Self.name(in: bytes, origin.lowerBound + 7..<origin.upperBound))
        guard !asking.isEmpty, asking == bytes.text(Self.name(in: bytes, host)) else { return [] }
        return Array(copying: bytes.extracting(origin))
    }

    /// Writes the fields that let a page of `origin` read the answer, cookies or not.
    package static func writeFields(allowing origin: [UInt8], into wire: inout WireBuffer) {
        guard !origin.isEmpty else { return }
        wire.write("Access-Control-Allow-Origin: ", as: .responseHead)
        wire.write(origin, as: .responseHead)
        wire.write(
            "\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n", as: .responseHead)
    }

    /// The host of `authority` without its port; an IPv6 address stands in brackets.
    private static func name(in bytes: Span<UInt8>, _ authority: Range<Int>) -> Range<Int> {
        var end = authority.upperBound
        while end > authority.lowerBound, bytes[end - 1] &- UInt8(ascii: "0") <= 9 { end -= 1 }
        guard end > authority.lowerBound, bytes[end - 1] == UInt8(ascii: ":") else {
            return authority
        }
        return authority.lowerBound..<end - 1
    }
}
