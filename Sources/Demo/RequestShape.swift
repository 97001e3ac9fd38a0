import Measurement
import Transports
import Wire

/// What of a browser's request decides how many bytes an exchange has.
///
/// Which fields a browser sends is its own affair, and no law's. So theory takes them from what the
/// page really sent: how long the request was, and whether it named an origin, which the answer then
/// allows by name.
struct RequestShape: Hashable, Sendable {
    /// The length of the request, head and all.
    let bytes: Int
    /// The digits of its cursor.
    let cursorDigits: Int
    /// The host that it was sent to.
    let host: String
    /// The origin of its page, where the browser said it.
    let origin: String?

    /// The shape of a request that the server has read.
    init(_ request: [UInt8]) {
        bytes = request.count
        // CR LF is one character, and UTF-8 that is broken becomes some other one.
        let lines = String(decoding: request, as: UTF8.self).split(separator: "\r\n")
        func value(of name: String) -> String? {
            let line = lines.dropFirst().first { $0.lowercased().hasPrefix(name) }
            return line.map { String($0.dropFirst(name.count).drop { $0 == " " }) }
        }
        host = value(of: "host:") ?? "localhost"
        origin = value(of: "origin:")
        let cursor = lines.first?.split(whereSeparator: { "?& ".contains($0) })
            .first { $0.hasPrefix("since=") }
        cursorDigits = (cursor?.count ?? 6) - 6
    }

    /// A client that sends requests of this shape.
    func profile(
        of transport: Transport, keepsAlive: Bool, pollInterval: Duration
    ) -> ClientProfile {
        var lines = ""
        // A field that could end early, or hide another, is not taken over.
        if let origin, !origin.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E }) {
            lines = "Origin: \(origin)\r\n"
        }
        var profile = ClientProfile(
            authority: host, headers: .custom(Array(lines.utf8)), keepsAlive: keepsAlive,
            pollInterval: pollInterval, since: 0)
        var client = transport.makeClient(profile)
        var said = ClientContext(seed: 0)
        client.connected(&said)
        profile.since = nil
        // A cursor of 0 has one digit. What is missing is filled up by a field of that length.
        let missing = bytes - cursorDigits - (said.output.ledger[.requestHead] - 1)
        let name = "Browser: "
        if missing >= name.utf8.count + 2 {
            lines += name + String(repeating: "x", count: missing - name.utf8.count - 2) + "\r\n"
            profile.headers = .custom(Array(lines.utf8))
        }
        return profile
    }
}
