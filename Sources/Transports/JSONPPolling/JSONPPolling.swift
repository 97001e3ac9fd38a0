import Wire

/// JSONP polling: long polling by script element, for pages whose server is another origin.
///
/// Before CORS (2009) a script was the only thing that a page could load from anywhere, so the answer
/// is a call of a function that the page has defined. The client sees no status and no failure, and
/// runs whatever it is sent: the callback's name is checked and the content is escaped so that it
/// can be nothing but this call.
///
///     > GET /events/jsonp-polling?callback=push&since=16 HTTP/1.1
///     > Host: 127.0.0.1:8080
///     >
///     < HTTP/1.1 200 OK
///     < Date: Sat, 21 Nov 2026 12:00:00 GMT
///     < Cache-Control: no-store
///     < Content-Type: text/javascript; charset=utf-8
///     < X-Content-Type-Options: nosniff
///     < Content-Length: 87
///     <
///     < /**/push({"cursor":17,"events":[{"id":17,"t":81234567890123,"data":"xxxxxxxxxxxxx"}]});
///
/// When the hold time passes, the call has an empty batch: a script needs content to run.
///
/// Reference: Bob Ippolito, "Remote JSON – JSONP" (2005); RFC 6202 §2.
package enum JSONPPolling {}

extension Transport {
    package static let jsonpPolling = Transport(
        id: "jsonp-polling", aliases: ["jsonp"], title: "JSONP polling",
        summary: "long polling by script element, cross-origin",
        reference: "Ippolito 2005, RFC 6202 §2",
        story: """
            Before CORS (2009) a script was the only thing that a page could load from anywhere, so the \
            answer is a call of a function that the page has defined. The client sees no status and \
            no failure, and runs whatever it is sent. In time it is long polling; in bytes it is dearer.
            """,
        server: .polling(PollingServer(framing: JSONPFraming(), hold: .untilEvent)),
        theory: JSONPPolling.theory,
        makeClient: { profile in
            PollingClient(
                path: "/events/jsonp-polling", framing: JSONPFraming(), pace: .immediate,
                initiator: .script, profile: profile)
        })
}
