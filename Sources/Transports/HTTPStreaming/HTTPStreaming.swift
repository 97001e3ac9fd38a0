/// HTTP streaming: an answer that never ends, one line an event, each in a chunk of its own.
///
/// XMLHttpRequest's `responseText` grew while the answer went on (Firefox 2004), so one request could
/// carry every event. It wants a server and proxies that do not buffer, and a page that copes with an
/// answer growing for ever; `fetch` with a ReadableStream (2015) made it pleasant again.
///
///     > GET /events/http-streaming HTTP/1.1
///     > Host: 127.0.0.1:8080
///     >
///     < HTTP/1.1 200 OK
///     < Date: Sat, 21 Nov 2026 12:00:00 GMT
///     < Content-Type: application/x-ndjson
///     < Cache-Control: no-store
///     < Transfer-Encoding: chunked
///     <
///     < e
///     < {"cursor":16}
///     <
///     < 30
///     < {"id":17,"t":81234567890123,"data":"xxxxxxxxx"}
///     <
///
/// Reference: RFC 6202 §3; RFC 9112 §7.1 for the chunks.
package enum HTTPStreaming {}

extension Transport {
    package static let httpStreaming = Transport(
        id: "http-streaming", aliases: ["stream", "streaming"], title: "HTTP streaming",
        summary: "a chunked answer that never ends, one line an event",
        reference: "RFC 6202 §3",
        story: """
            XMLHttpRequest's responseText grew while the answer went on (Firefox 2004), so one request \
            could carry every event. It wants a server and proxies that do not buffer, and a page that \
            copes with an answer growing for ever; fetch with a ReadableStream (2015) made it pleasant \
            again.
            """,
        server: .streaming(HTTPAnswerStream(framing: LineFraming())),
        theory: HTTPStreaming.theory,
        makeClient: { profile in
            StreamingClient(
                path: "/events/http-streaming", framing: LineFraming(), cursorForm: .query,
                initiator: .fetch, profile: profile)
        })
}
