/// Forever iframe: a hidden frame loads a page that never ends, one script element an event.
///
/// Browsers run a script as soon as its element is closed, also while the page around it still loads
/// (Netscape's frames of the 1990s, and Gmail's talk with Internet Explorer in 2006). The price: the
/// spinner never stops, the page in the frame grows for ever, and an error cannot be seen.
///
///     > GET /events/forever-iframe HTTP/1.1
///     > Host: 127.0.0.1:8080
///     >
///     < HTTP/1.1 200 OK
///     < Date: Sat, 21 Nov 2026 12:00:00 GMT
///     < Content-Type: text/html; charset=utf-8
///     < Cache-Control: no-store
///     < Transfer-Encoding: chunked
///     <
///     < 400
///     < <!DOCTYPE html><title>pushbench</title>…                       1,024 bytes of prelude
///     <
///     < 2c
///     < <script>parent.push({"cursor":16})</script>
///     <
///     < 4e
///     < <script>parent.push({"id":17,"t":81234567890123,"data":"xxxxxxxxx"})</script>
///     <
///
/// Reference: Alex Russell, "Comet: Low Latency Data for the Browser" (2006); RFC 6202 §3.
package enum ForeverIframe {}

extension Transport {
    package static let foreverIframe = Transport(
        id: "forever-iframe", aliases: ["iframe"], title: "Forever iframe",
        summary: "chunked HTML that never ends, one script element an event",
        reference: "Russell 2006, RFC 6202 §3",
        story: """
            Browsers run a script as soon as its element is closed, also while the page around it still \
            loads: Netscape's frames of the 1990s, and Gmail's talk with Internet Explorer in 2006. The \
            price: the spinner never stops, the page in the frame grows for ever, and an error cannot \
            be seen.
            """,
        server: .streaming(HTTPAnswerStream(framing: ScriptFraming())),
        theory: ForeverIframe.theory,
        makeClient: { profile in
            StreamingClient(
                path: "/events/forever-iframe", framing: ScriptFraming(), cursorForm: .query,
                initiator: .frame, profile: profile)
        })
}
