import Wire

/// Who may publish by POST to `/events`.
package enum PublishPolicy: Sendable {
    /// Whoever reaches the server: for one that only its own machine can.
    case anybody
    /// Who knows this, and says it as `Authorization: Bearer TOKEN` (RFC 6750 §2.1).
    case bearer([UInt8])
    /// Nobody: a server that others can reach and that was given no token.
    case nobody

    /// Judges the request.
    ///
    /// - Throws: `publishToken` when the token is missing or another, `publishClosed` when there is
    ///   none to be right.
    func check(
        _ request: borrowing HTTPRequestParser, in bytes: Span<UInt8>
    ) throws(ProtocolError) {
        switch self {
        case .anybody:
            return
        case .nobody:
            throw .publishClosed
        case .bearer(let token):
            guard let field = request.fields.value(of: "authorization", in: bytes),
                field.count > 7,
                bytes.matchesIgnoringCase("bearer ", in: field.lowerBound..<field.lowerBound + 7)
            else { throw .publishToken }
            var said = bytes.extracting(field.lowerBound + 7..<field.upperBound)
            while said.count > 0, said[0] == .space { said = said.extracting(droppingFirst: 1) }
            guard said.isSecretlyEqual(to: token) else { throw .publishToken }
        }
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes are `secret`, in a time that tells nothing of where they differ: each of
    /// them is looked at. Their number is no secret.
    package func isSecretlyEqual(to secret: [UInt8]) -> Bool {
        guard count == secret.count else { return false }
        var difference: UInt8 = 0
        for index in indices { difference |= self[index] ^ secret[index] }
        return difference == 0
    }
}

extension ProtocolError {
    package static let publishToken = ProtocolError(
        rule: "publish-token", reason: "Publishing needs the server's token.",
        reference: "RFC 6750 §3", status: 401,
        fields: "WWW-Authenticate: Bearer realm=\"pushbench\"\r\n")
    package static let publishClosed = ProtocolError(
        rule: "publish-closed",
        reason: "Publishing is closed: this server was given no --publish-token-file.",
        reference: "pushbench, POST /events", status: 403)
}
