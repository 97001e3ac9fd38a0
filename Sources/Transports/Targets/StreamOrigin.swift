import Wire

/// Who is at the other end of a client: what may be taken for granted of a server.
package enum StreamOrigin: Equatable, Sendable {
    /// The lab server: it says where a stream stands before the first event, sends nothing but
    /// events and notices, and takes a cursor.
    case lab
    /// Another server: it says nothing of where a stream stands, so that a client is subscribed
    /// when its request is answered; it may wrap an event that was posted to it, and say things of
    /// its own. Events up to `after` were posted before the run, or by somebody else.
    case foreign(after: UInt64)
}

extension HeaderProfile {
    /// The field lines for a request of `initiator` to a server of that origin. A foreign one is
    /// offered no coding of content or messages, since it would be taken at its word and the
    /// clients here decode none.
    package func lines(
        for initiator: Initiator, authority: String, origin: StreamOrigin
    ) -> [UInt8] {
        let lines = lines(for: initiator, authority: authority)
        guard origin != .lab else { return lines }
        var kept: [UInt8] = []
        for line in lines.split(separator: .lineFeed) {
            let name = line.prefix { $0 != UInt8(ascii: ":") }
            let text = String(decoding: name, as: UTF8.self).lowercased()
            guard !Self.codings.contains(text) else { continue }
            kept.append(contentsOf: line)
            kept.append(.lineFeed)
        }
        return kept
    }

    /// The fields that offer a coding.
    private static let codings: Set<String> = [
        "accept-encoding", "te", "sec-websocket-extensions",
    ]
}
