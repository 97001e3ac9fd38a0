import Wire

/// Whose pages may ask, and read what is answered (RFC 6454; the CORS protocol, WHATWG Fetch §3.3;
/// WebSocket, RFC 6455 §10.2).
///
/// A page's origin is scheme, host and port. A browser sends simple requests, scripts and WebSocket
/// handshakes for any page to any server, with whatever the user's machine may reach; so the server
/// must say whose it answers. What no browser sent bears no mark of a page and is answered: a program
/// can write any Origin that it likes.
package struct OriginPolicy: Sendable {
    /// The server's own pages only.
    package static let own = OriginPolicy()
    /// Pages of the same host, whatever the port: a lab that listens on several.
    package static let sameHost = OriginPolicy(allowsOtherPorts: true)

    /// Whether other ports of the host count as own.
    package var allowsOtherPorts = false
    /// Whether every page may ask.
    package var allowsAll = false
    /// Whether only an address, `localhost` and the hosts of `allowed` are believed to be this server.
    /// Behind any other name could be somebody else's DNS server, which led the user's browser here
    /// (DNS rebinding): a server that only its own machine can reach has no other name.
    package var believesOwnHostsOnly = false
    /// Further origins, as they are sent: `https://app.example`.
    package private(set) var allowed: [[UInt8]] = []

    package init(allowsOtherPorts: Bool = false) {
        self.allowsOtherPorts = allowsOtherPorts
    }

    /// Allows the pages of one more origin, or with `*` of all.
    ///
    /// - Returns: false when `text` is not `scheme://host[:port]`.
    package mutating func allow(_ text: String) -> Bool {
        guard text != "*" else {
            allowsAll = true
            return true
        }
        let origin = Array(text.lowercased().utf8)
        guard let host = Self.authority(in: origin.span, 0..<origin.count),
            host.upperBound == origin.count, HTTPAuthority.isValid(origin.span, in: host)
        else { return false }
        allowed.append(origin)
        return true
    }

    // MARK: - Judging

    /// Whose request it is.
    package enum Asker: Hashable, Sendable {
        /// No page's of another origin: a program, a page of the server's own, or the user's.
        case own
        /// A page's that may read the answer when its origin is named, as it is here.
        case allowed([UInt8])
        /// A page's that has no business here.
        case foreign
    }

    /// Whose the request is.
    func asker(of request: borrowing HTTPRequestParser, in bytes: Span<UInt8>) -> Asker {
        if let origin = request.fields.value(of: "origin", in: bytes) {
            return judge(origin, host: request.host, in: bytes)
        }
        // Scripts, frames and images are asked for without an Origin. Browsers mark those to hosts
        // that they deem trustworthy, this machine among them (W3C Fetch Metadata §2).
        guard let site = request.fields.value(of: "sec-fetch-site", in: bytes) else { return .own }
        let isCrossSite = bytes.matches("cross-site", in: site)
        guard isCrossSite || bytes.matches("same-site", in: site), !allowsAll else { return .own }
        if !isCrossSite, allowsOtherPorts { return .own }
        // The user may follow a link from anywhere; what he then sees, no page does.
        if let target = request.fields.value(of: "sec-fetch-dest", in: bytes),
            bytes.matches("document", in: target)
        {
            return .own
        }
        guard let referrer = request.fields.value(of: "referer", in: bytes),
            let authority = Self.authority(in: bytes, referrer),
            case .allowed = judge(
                referrer.lowerBound..<authority.upperBound, host: request.host, in: bytes)
        else { return .foreign }
        return .own
    }

    /// Whether the host that the request names may be this server.
    func believes(_ request: borrowing HTTPRequestParser, in bytes: Span<UInt8>) -> Bool {
        guard believesOwnHostsOnly else { return true }
        let host = HTTPAuthority.host(bytes, in: request.host)
        guard !HTTPAuthority.isOwn(bytes, in: host) else { return true }
        let name = bytes.text(host).lowercased()
        return allowed.contains { origin in
            guard let authority = Self.authority(in: origin.span, 0..<origin.count) else {
                return false
            }
            return origin.span.text(HTTPAuthority.host(origin.span, in: authority)) == name
        }
    }

    private func judge(
        _ origin: Range<Int>, host: Range<Int>, in bytes: Span<UInt8>
    ) -> Asker {
        if let asking = Self.authority(in: bytes, origin), asking.upperBound == origin.upperBound {
            // A proxy that speaks TLS to the browser and none to us makes https of the same host.
            if Self.equal(asking, host, in: bytes) { return .own }
            let names = (HTTPAuthority.host(bytes, in: asking), HTTPAuthority.host(bytes, in: host))
            if allowsOtherPorts, bytes.starts(with: "http:", at: origin.lowerBound),
                Self.equal(names.0, names.1, in: bytes)
            {
                return .allowed(bytes.array(origin))
            }
            let text = bytes.array(origin).map(\.asciiLowercased)
            if allowed.contains(text) { return .allowed(bytes.array(origin)) }
        }
        return allowsAll ? .allowed(Self.everybody) : .foreign
    }

    private static func equal(
        _ left: Range<Int>, _ right: Range<Int>, in bytes: Span<UInt8>
    ) -> Bool {
        guard !left.isEmpty, left.count == right.count else { return false }
        return zip(left, right).allSatisfy { first, second in
            bytes[first].asciiLowercased == bytes[second].asciiLowercased
        }
    }

    /// Where the authority stands in `http://authority/…` or `https://authority/…`.
    private static func authority(in bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        let text = bytes.extracting(range)
        let scheme = text.starts(with: "http://", at: 0) ? 7 : 8
        guard scheme == 7 || text.starts(with: "https://", at: 0) else { return nil }
        let start = range.lowerBound + scheme
        let end = bytes.firstIndex(of: UInt8(ascii: "/"), from: start, to: range.upperBound)
        let authority = start..<(end ?? range.upperBound)
        return authority.isEmpty ? nil : authority
    }

    // MARK: - Fields

    /// What names every origin (WHATWG Fetch §3.3.5).
    private static let everybody: [UInt8] = [UInt8(ascii: "*")]

    /// Writes the fields that let a page of `origin` read the answer; with cookies or without, unless
    /// it is everybody, whom no browser lets send any.
    package static func writeFields(allowing origin: [UInt8], into wire: inout WireBuffer) {
        guard !origin.isEmpty else { return }
        wire.write("Access-Control-Allow-Origin: ", as: .responseHead)
        wire.write(origin, as: .responseHead)
        wire.write("\r\n", as: .responseHead)
        guard origin != everybody else { return }
        wire.write("Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n", as: .responseHead)
    }

    /// The field lines that answer a preflight (WHATWG Fetch §3.3.3) of a page that may ask: what the
    /// techniques and publishing need. Browsers remember it for two hours at most.
    static let preflightFields = """
        Access-Control-Allow-Methods: GET, HEAD, POST\r\n\
        Access-Control-Allow-Headers: Authorization, Content-Type, Last-Event-ID\r\n\
        Access-Control-Max-Age: 7200\r\n
        """
}

extension ProtocolError {
    package static let originForeign = ProtocolError(
        rule: "origin", reason: "A page of another origin asks; --allow-origin lets it.",
        reference: "RFC 6455 §10.2, RFC 6454 §8", status: 403)
    package static let hostForeign = ProtocolError(
        rule: "http-host-unknown",
        reason: "This server is not known by that name; --allow-origin http://NAME makes it so.",
        reference: "RFC 9110 §15.5.20", status: 421)
}
