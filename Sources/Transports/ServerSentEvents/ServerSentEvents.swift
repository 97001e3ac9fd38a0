/// Server-sent events: a stream format that browsers read themselves, with ids and reconnection.
///
/// HTTP streaming made a standard (Opera 2006, everywhere but Internet Explorer by 2011): the browser
/// splits the messages, reconnects when the answer ends, and says with Last-Event-ID where it was.
/// One way only, text only, and over HTTP/1.1 one of the six connections a browser grants a host.
///
///     > GET /events/sse HTTP/1.1
///     > Host: 127.0.0.1:8080
///     > Accept: text/event-stream
///     > Last-Event-ID: 16
///     >
///     < HTTP/1.1 200 OK
///     < Date: Sat, 21 Nov 2026 12:00:00 GMT
///     < Content-Type: text/event-stream
///     < Cache-Control: no-store
///     < Transfer-Encoding: chunked
///     <
///     < 14
///     < retry: 1000
///     < id: 16
///     <
///     <
///     < 3e
///     < id: 17
///     < data: {"id":17,"t":81234567890123,"data":"xxxxxxxxx"}
///     <
///     <
///
/// Reference: WHATWG HTML §9.2.
package enum ServerSentEvents {}

extension Transport {
    package static let serverSentEvents = Transport(
        id: "sse", aliases: ["eventsource", "server-sent-events"], title: "Server-sent events",
        summary: "text/event-stream with ids, retry and heartbeat comments",
        reference: "WHATWG HTML §9.2",
        story: """
            HTTP streaming made a standard (Opera 2006, everywhere but Internet Explorer by 2011): the \
            browser splits the messages, reconnects when the answer ends, and says with Last-Event-ID \
            where it was. One way only, text only, and over HTTP/1.1 one of the six connections that a \
            browser grants a host.
            """,
        server: .streaming(HTTPAnswerStream(framing: EventStreamFraming())),
        theory: ServerSentEvents.theory,
        makeClient: { profile in
            StreamingClient(
                path: "/events/sse", framing: EventStreamFraming(), cursorForm: .lastEventID,
                initiator: .eventSource, profile: profile)
        })
}
