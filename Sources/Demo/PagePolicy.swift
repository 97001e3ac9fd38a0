/// What a page of the lab may load, as its Content-Security-Policy says it (W3C CSP 3).
///
/// Nothing but the program's own files, and the lanes and rooms, which are other ports of the host
/// that the page came from: scripts for JSONP, frames for the forever iframe, connections for the
/// rest. No script or style may stand in the page itself, so that nothing a user writes can run.
enum PagePolicy {
    /// The policy's field line for a page that `host` was asked for.
    static func field(host: String) -> String {
        let sources = sources(of: host)
        let directives = [
            "default-src 'self'",
            "connect-src 'self' \(sources.http) \(sources.webSocket)",
            "script-src 'self' \(sources.http)",
            "frame-src 'self' \(sources.http)",
            // The lab frames its own pages, across its ports.
            "frame-ancestors 'self' \(sources.http)",
            "img-src 'self' data: blob:",
            "object-src 'none'", "base-uri 'none'", "form-action 'self'",
        ]
        return "Content-Security-Policy: \(directives.joined(separator: "; "))\r\n"
    }

    /// Every port of the host. A policy cannot name an IPv6 address (CSP 3 §2.3.1 has names and IPv4
    /// only), so there it is every host of the scheme; and what is no host gets nothing.
    private static func sources(of host: String) -> (http: String, webSocket: String) {
        guard !host.hasPrefix("[") else { return ("http:", "ws:") }
        let name = host.prefix { $0 != ":" }
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        // RFC 1035 §2.3.4: a name has 255 octets at most.
        guard isName, (1...255).contains(name.utf8.count) else { return ("", "") }
        return ("http://\(name):*", "ws://\(name):*")
    }
}
