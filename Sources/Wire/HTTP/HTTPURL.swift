/// An `http://` or `ws://` URL, as far as a client needs it (RFC 3986 §3): where to connect, and
/// what to ask for there.
///
///     http://127.0.0.1:8080/sub?id=7
///            └──── authority ─┘└ target ┘
package struct HTTPURL: Hashable, Sendable {
    /// Why a text is no such URL, and what to write instead.
    package struct Problem: Error, Hashable, Sendable {
        /// What is wrong, without the URL itself: "has no scheme".
        package let cause: String
        /// What to do about it.
        package let remedy: String
    }

    /// The host, an IPv6 address with its brackets.
    package let host: String
    /// The port; 80 where the URL has none.
    package let port: UInt16
    /// Host and port as the URL has them: the value of the Host field (RFC 9110 §7.2).
    package let authority: String
    /// Path and query; empty when the URL ends with the authority.
    package let target: String
    /// The scheme, in lower case.
    private let scheme: String

    /// Reads a URL.
    package init(parsing text: String) throws(Problem) {
        guard text.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 < 0x7F }) else {
            throw Problem(
                cause: "has a space, a control character or a letter beyond ASCII",
                remedy: "write it percent-encoded, such as %20")
        }
        guard let colons = text.firstRange(of: "://") else {
            throw Problem(cause: "has no scheme", remedy: "write for example http://\(text)")
        }
        scheme = text[..<colons.lowerBound].lowercased()
        switch scheme {
        case "http", "ws": break
        case "https", "wss":
            throw Problem(
                cause: "asks for TLS, which the load generator does not speak",
                remedy: "give an http:// or ws:// endpoint of the server, or one of a proxy that "
                    + "ends TLS")
        default:
            throw Problem(
                cause: "has a scheme other than http and ws", remedy: "write http:// or ws://")
        }
        let rest = text[colons.upperBound...]
        guard !rest.contains("#") else {
            throw Problem(
                cause: "has a fragment, which is never sent", remedy: "leave out # and the rest")
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else {
            throw Problem(cause: "has a user name", remedy: "leave it out")
        }
        (host, port) = try Self.hostAndPort(of: authority)
        self.authority = String(authority)
        // A query without a path asks for that of the root (RFC 9112 §3.2.1).
        target = rest[end...].hasPrefix("?") ? "/\(rest[end...])" : String(rest[end...])
    }

    private static func hostAndPort(
        of authority: Substring
    ) throws(Problem) -> (String, UInt16) {
        let hostEnd =
            authority.hasPrefix("[")
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) }
            : authority.firstIndex(of: ":") ?? authority.endIndex
        guard let hostEnd, hostEnd > authority.startIndex else {
            throw Problem(cause: "has no host", remedy: "write for example http://127.0.0.1:8080")
        }
        let host = String(authority[..<hostEnd])
        let tail = authority[hostEnd...]
        guard !tail.isEmpty else { return (host, 80) }
        let digits = tail.dropFirst()
        guard tail.first == ":", digits.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }),
            let port = UInt16(digits), port > 0
        else {
            throw Problem(
                cause: "has a port that is no number from 1 to 65535",
                remedy: "write for example \(host):8080")
        }
        return (host, port)
    }

    private init(_ other: HTTPURL, target: String) {
        scheme = other.scheme
        host = other.host
        port = other.port
        authority = other.authority
        self.target = target
    }

    /// Another place on the same server: `target` is path and query.
    package func at(_ target: String) -> HTTPURL {
        HTTPURL(self, target: target)
    }

    /// The query with its question mark; empty where there is none.
    package var query: Substring {
        target.firstIndex(of: "?").map { target[$0...] } ?? ""
    }
}

extension HTTPURL: CustomStringConvertible {
    /// The URL as it was written, its scheme in lower case.
    package var description: String { "\(scheme)://\(authority)\(target)" }
}
