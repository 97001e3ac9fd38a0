import FoundationEssentials
import LabServer

/// An order that the lab does not follow: what is wrong with it, and what would be right.
struct LabRefusal: Error, Hashable {
    /// The status code.
    var status = 400
    /// What is wrong, with the value.
    let cause: String
    /// What to do instead.
    let remedy: String

    init(status: Int = 400, _ cause: String, remedy: String) {
        self.status = status
        self.cause = cause
        self.remedy = remedy
    }

    /// `{"error": …, "remedy": …}`.
    var answer: HostedAnswer {
        var answer = HostedAnswer.json(["error": cause, "remedy": remedy])
        answer.status = status
        if status == 405 {
            // A list of what is allowed there is part of such an answer (RFC 9110 §15.5.6).
            answer.fields += "Allow: \(remedy.hasPrefix("POST") ? "POST" : "GET, HEAD")\r\n"
        }
        return answer
    }
}

extension HostedAnswer {
    /// `value` as JSON that nobody keeps.
    static func json(_ value: some Encodable, fields: String = "") -> HostedAnswer {
        let encoder = JSONEncoder()
        // The same value is the same text, so that it can be compared.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let text = try? encoder.encode(value) else {
            return HostedAnswer(
                status: 500, contentType: "text/plain; charset=utf-8",
                body: Array("This cannot be said in JSON; it is a bug.\n".utf8))
        }
        return HostedAnswer(
            contentType: "application/json",
            fields: "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n" + fields,
            body: Array(text))
    }
}
