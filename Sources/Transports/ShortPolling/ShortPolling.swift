import Wire

/// Short polling: ask every interval, be answered at once, mostly that there is nothing.
///
/// The oldest way to see news without reloading the page, as old as XMLHttpRequest (1999), and still
/// the simplest: no connection is held and every cache and proxy understands it. It costs a request
/// and an answer per interval whether or not anything happened, and an event waits half an interval
/// on average.
///
///     > GET /events/short-polling?since=16 HTTP/1.1
///     > Host: 127.0.0.1:8080
///     >
///     < HTTP/1.1 200 OK
///     < Date: Sat, 21 Nov 2026 12:00:00 GMT
///     < Cache-Control: no-store
///     < Content-Type: application/json
///     < Content-Length: 82
///     <
///     < {"cursor":17,"events":[{"id":17,"t":81234567890123,"data":"xxxxxxxxxxxxxxxxxxx"}]}
///
/// and, when nothing is new:
///
///     < HTTP/1.1 204 No Content
///     < Date: Sat, 21 Nov 2026 12:00:01 GMT
///     < Cache-Control: no-store
///     <
///
/// Reference: RFC 6202 §1, where it is the baseline that the other techniques improve on.
package enum ShortPolling {}

extension Transport {
    package static let shortPolling = Transport(
        id: "short-polling", aliases: ["poll", "polling"], title: "Short polling",
        summary: "ask every interval, answered at once",
        reference: "RFC 6202 §1",
        story: """
            The oldest way to see news without reloading the page, as old as XMLHttpRequest (1999), and \
            still the simplest: no connection is held, and every cache and proxy understands it. It \
            costs a request and an answer per interval whether or not anything happened, and an event \
            waits half an interval on average. It is the answer where news may be that old.
            """,
        server: .polling(PollingServer(framing: JSONBatchFraming(), hold: .none)),
        theory: ShortPolling.theory,
        makeClient: { profile in
            PollingClient(
                path: "/events/short-polling", framing: JSONBatchFraming(),
                pace: .every(profile.pollInterval), initiator: .fetch, profile: profile)
        })
}
