/// A rule that the peer broke.
///
/// Each format declares its own rules as static members beside its decoder, so that a new technique
/// needs no edit here. A peer can cause one of these and nothing worse: it is thrown, answered with
/// the right status or close code, and counted by `rule` in `/metrics`.
package struct ProtocolError: Error, Hashable, Sendable {
    /// The rule's name, as `/metrics` labels it: lower-case words joined by hyphens.
    package let rule: String
    /// What was wrong, in words for the peer and the log.
    package let reason: String
    /// Where the rule stands: "RFC 9112 §6.3".
    package let reference: String
    /// The HTTP status that answers it.
    package let status: Int
    /// Field lines that the answer must have beside the status: `Allow: GET, HEAD` with its CR LF.
    package let fields: String
    /// The WebSocket close code that answers it (RFC 6455 §7.4.1).
    package let closeCode: UInt16

    package init(
        rule: String, reason: String, reference: String, status: Int = 400,
        fields: String = "", closeCode: UInt16 = 1002
    ) {
        self.rule = rule
        self.reason = reason
        self.reference = reference
        self.status = status
        self.fields = fields
        self.closeCode = closeCode
    }
}

extension ProtocolError: CustomStringConvertible {
    package var description: String {
        "\(reason) (\(rule), \(reference))"
    }
}
