/// The scenarios that come with the program, each a file of `Benchmarks/Scenarios` word for word, so
/// that one file is enough to run them; a test holds the two together, and rewrites this file when
/// it runs with PUSHBENCH_RECORD=1.
enum BuiltInScenarios {
    /// A name and the text of its file.
    typealias Entry = (name: String, text: String)

    /// The scenarios, in the order of help.
    static let all: [Entry] = [
        (
            "quick",
            #"""
            {
              "description": "Every technique for a moment: a look at whether all is well, in under 20 seconds.",
              "transport": "all",
              "clients": 100,
              "rate": "20/s",
              "warmup": "300ms",
              "duration": "800ms",
              "poll-interval": "200ms",
              "gap-rtt": "20ms"
            }

            """#
        ),
        (
            "full",
            #"""
            {
              "description": "Every technique with a thousand clients, in three interleaved rounds, for figures that are worth keeping: about six minutes.",
              "transport": "all",
              "clients": 1000,
              "rate": "10/s",
              "duration": "10s",
              "repeat": 3,
              "gap-rtt": "50ms"
            }

            """#
        ),
        (
            "mobile",
            #"""
            {
              "description": "Phones on LTE whose packets come a little early or late and sometimes not at all, with the header fields and cookie of a browser.",
              "transport": ["short-polling", "long-polling", "http-streaming", "sse", "websocket"],
              "clients": 50,
              "rate": "2/s",
              "duration": "10s",
              "link": "4g,jitter=10ms,loss=1%",
              "gap-rtt": "70ms",
              "headers": "browser"
            }

            """#
        ),
        (
            "quantum-leap",
            #"""
            {
              "description": "Lubbers & Greco (2010), use case A: 1,000 clients that poll every second with a browser's header fields, against WebSocket frames; and the gap in which long polling cannot deliver, at 50 ms each way.",
              "transport": ["short-polling", "long-polling", "websocket"],
              "clients": 1000,
              "rate": "1/s",
              "payload": "100B",
              "warmup": "2s",
              "duration": "20s",
              "poll-interval": "1s",
              "headers": "browser",
              "gap-rtt": "100ms"
            }

            """#
        ),
        (
            "rfc6202",
            #"""
            {
              "description": "RFC 6202 (2011), sections 2.2 and 3.2: how many network transits an event takes by long polling and by HTTP streaming, at 50 ms each way.",
              "transport": ["long-polling", "http-streaming"],
              "clients": 50,
              "rate": "2/s",
              "warmup": "1s",
              "duration": "20s",
              "rtt": "100ms",
              "gap-rtt": "100ms"
            }

            """#
        ),
        (
            "pimentel",
            #"""
            {
              "description": "Pimentel & Nickerson (2012): four readings a second to clients that are further and further away, by polling, long polling and WebSocket, all with the same readings at the same time.",
              "transport": ["short-polling", "long-polling", "websocket"],
              "clients": 20,
              "rate": "4/s",
              "arrivals": "periodic",
              "warmup": "2s",
              "duration": "15s",
              "poll-interval": "230ms",
              "side-by-side": true,
              "gap-rtt": "0",
              "sweep": { "over": "rtt", "values": ["20ms", "100ms", "200ms", "240ms", "300ms", "400ms"] }
            }

            """#
        ),
        (
            "agarwal",
            #"""
            {
              "description": "Agarwal (2012): what streams over HTTP cost beyond a raw TCP stream, for payloads from tens of bytes to tens of kilobytes, all with the same events at the same time.",
              "transport": ["long-polling", "websocket", "raw-tcp"],
              "clients": 50,
              "rate": "20/s",
              "warmup": "500ms",
              "duration": "5s",
              "side-by-side": true,
              "headers": "browser",
              "rtt": "20ms",
              "gap-rtt": "0",
              "sweep": { "over": "payload", "values": ["64B", "128B", "256B", "512B", "1KiB", "4KiB", "16KiB"] }
            }

            """#
        ),
    ]
}
