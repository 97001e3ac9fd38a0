import Wire

/// Long polling: ask, and be answered when there is an event or when the hold time has passed.
///
/// "Comet" (2006) made it the answer for browsers that knew nothing better. An event meets a request
/// that is already waiting, so it arrives after one transit; but between an answer and the next
/// request the client cannot be reached. That blind window is one round trip on a kept connection
/// and two on a new one, and everything that happens in it comes with the next answer.
///
///     > GET /events/long-polling?since=16 HTTP/1.1
///     > Host: 127.0.0.1:8080
///     >
///                                                           (held up to 25 s)
///     < HTTP/1.1 200 OK
///     < Date: Sat, 21 Nov 2026 12:00:00 GMT
///     < Cache-Control: no-store
///     < Content-Type: application/json
///     < Content-Length: 82
///     <
///     < {"cursor":17,"events":[{"id":17,"t":81234567890123,"data":"xxxxxxxxxxxxxxxxxxx"}]}
///
/// When the hold time passes, the answer is `204 No Content`, and the client asks again.
///
/// Reference: RFC 6202 §2.
package enum LongPolling {}

extension Transport {
    package static let longPolling = Transport(
        id: "long-polling", aliases: ["longpoll", "lp"], title: "Long polling",
        summary: "asked, held until there is an event or the hold time has passed",
        reference: "RFC 6202 §2",
        story: """
            “Comet” (2006) made it the answer for browsers that knew nothing better. An event meets a \
            request that is already waiting, so it arrives after one transit; but between an answer \
            and the next request the client cannot be reached, and what happens in that blind window \
            comes with the next answer.
            """,
        server: .polling(PollingServer(framing: JSONBatchFraming(), hold: .untilEvent)),
        theory: LongPolling.theory,
        makeClient: { profile in
            PollingClient(
                path: "/events/long-polling", framing: JSONBatchFraming(), pace: .immediate,
                initiator: .fetch, profile: profile)
        })
}
