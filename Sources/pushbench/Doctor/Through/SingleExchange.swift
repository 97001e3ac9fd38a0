import Transports
import Wire

/// A client that asks once and keeps the answer: for what is no technique's.
struct SingleExchange: ClientSession {
    private let request: [UInt8]
    private var reader = HTTPAnswerReader()
    /// The answer, once it is whole.
    private(set) var answer: HTTPAnswer?

    /// A request of `method` for `target`, with further field lines, each with its CR LF.
    init(
        _ method: String, _ target: String, host: String, fields: String = "", content: String = ""
    ) {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\(fields)"
        if !content.isEmpty {
            head += "Content-Type: application/json\r\nContent-Length: \(content.utf8.count)\r\n"
        }
        request = Array("\(head)\r\n\(content)".utf8)
    }

    mutating func connected(_ context: inout ClientContext) {
        context.output.write(request, as: .requestHead)
        context.requests += 1
    }

    mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        try reader.append(bytes)
        while let next = try reader.next(&context.received) {
            // Interim answers stand before the one that counts (RFC 9110 §15.2).
            guard next.status >= 200 else { continue }
            answer = next
            return .finished
        }
        return .carryOn
    }

    mutating func peerClosed(_ context: inout ClientContext) throws(ProtocolError) -> ClientStep {
        answer = try reader.finish(&context.received)
        return .finished
    }
}
