import LabServer
import Link
import Reactor
import Transports
import Wire

/// A room's page, and what its answers have in common.
struct RoomPage: Sendable {
    /// The Content-Type of what orders are answered.
    static let jsonType = "application/json"
    /// The Content-Type of what is answered to a script tag.
    static let scriptType = "text/javascript; charset=utf-8"
    /// What is true now is not to be kept.
    static let noStore = "Cache-Control: no-store\r\n"
    /// The content is what its type says, whatever it looks like.
    static let noSniff = "X-Content-Type-Options: nosniff\r\n"
    /// Only this server's own files and streams: not even a text that became markup could load
    /// anything or run a script (CSP Level 3). WebSockets are named, since not every browser takes
    /// them for `'self'`; `blob:` is the picture that the host is about to post.
    private static let policy =
        "Content-Security-Policy: default-src 'self'; connect-src 'self' ws:; "
        + "img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"

    /// The file that `/` is.
    let file: String
    /// Where the files are read from instead of from the program.
    var assets: String?
    /// By how much the wall clock is ahead, for the time that is shown beside a message.
    var clock = WallClockOffset(nanoseconds: 0)

    /// The page, or a file that it loads; nil when there is no such file.
    func answer(to request: PlainRequest) -> HostedAnswer? {
        guard request.content == nil else { return nil }
        let name = request.path == "/" ? file : String(request.path.dropFirst())
        var answer = Asset.answer(to: name, from: assets)
        // Instead of the lab's policy, which lets its page reach its lanes.
        answer?.fields = "Cache-Control: no-cache\r\n" + Self.noSniff + Self.policy
        return answer
    }

    /// The wall clock's milliseconds since 1970 at the moment of `host`.
    func wallMilliseconds(_ host: borrowing ApplicationHost) -> Int64 {
        (host.now.nanoseconds &+ clock.nanoseconds) / 1_000_000
    }

    /// An answer of JSON.
    static func answer(_ json: RoomJSON) -> HostedAnswer {
        HostedAnswer(contentType: jsonType, fields: noStore, body: json.bytes)
    }

    /// An answer that says what it and its request took on the wire.
    static func answer(
        _ receipt: SendReceipt, to request: PlainRequest, type: String, fields: String,
        wrap: ([UInt8]) -> [UInt8]
    ) -> HostedAnswer {
        let body = receipt.write(
            wrap: wrap,
            total: { content in
                content.count
                    + ServerContext.headBytes(
                        200, contentType: type, fields: fields, bodyBytes: content.count,
                        to: request)
            })
        return HostedAnswer(contentType: type, fields: fields, body: body)
    }

    /// What the query of a script says: `session`, `text` and `ref`.
    ///
    /// - Throws: `request` when one is missing or no UTF-8.
    static func message(in query: [UInt8]) throws(RoomRefusal) -> RoomMessage {
        func value(_ name: StaticString) -> String? {
            let bytes = query.span
            guard let range = QueryString.value(of: name, in: bytes, query: query.indices),
                let decoded = QueryString.decoded(bytes, in: range)
            else { return nil }
            return String(validating: decoded, as: UTF8.self)
        }
        guard let session = value("session"), let text = value("text") else { throw .request }
        return RoomMessage(
            session: session, text: text, reference: value("ref").flatMap { Int($0) })
    }
}
