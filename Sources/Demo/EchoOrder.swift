import LabServer
import Transports

/// `{"text": "…"}`: something that a page says by POST, to be told what that costs.
struct EchoOrder: LabOrder {
    static let fields = ["text"]

    let text: String

    /// `{"down":180,"up":590}`: what the request and this answer to it take on the wire, in bytes.
    private struct Cost: Encodable {
        let up: Int
        var down: Int
    }

    /// The answer, which counts itself.
    static func answer(to request: PlainRequest) -> HostedAnswer {
        var cost = Cost(up: request.wireBytes, down: 0)
        var answer = HostedAnswer.json(cost)
        // The number that it carries may make it longer by a digit, and then it says one more.
        for _ in 0..<4 {
            cost.down =
                answer.body.count
                + ServerContext.headBytes(
                    answer.status, contentType: answer.contentType, fields: answer.fields,
                    bodyBytes: answer.body.count, to: request)
            answer = .json(cost)
        }
        return answer
    }
}
