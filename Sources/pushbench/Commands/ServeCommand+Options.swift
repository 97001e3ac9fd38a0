import Link
import Transports

/// The table that `pushbench serve` is read from and explained by.
extension ServeCommand {
    /// All of its options, in the order of help.
    static let options =
        listening + publishing + techniques + mistakes + limits + security + control

    private static let listening = [
        OptionSpec(
            "address", .text, default: "127.0.0.1", placeholder: "IP", group: "Listening",
            help: "The address to listen on. Anything but loopback lets others read."),
        OptionSpec(
            "port", short: "p", .count(0...65_535), default: "8080", group: "Listening",
            help: "The port for HTTP; 0 takes any that is free."),
        OptionSpec(
            "raw-port", .count(0...65_535), default: "8081", group: "Listening",
            help: "The port for raw TCP; 0 takes any that is free."),
        OptionSpec(
            "loops", .count(1...64), default: "1", group: "Listening",
            help: "Threads, each with a listener of its own on the same port."),
        OptionSpec(
            "processor", .count(0...4095), group: "Listening",
            help: "The processor for the first thread; the next ones follow."),
    ]

    private static let publishing = [
        OptionSpec(
            "rate", short: "r", .rate(), default: "1", group: "Publishing",
            help: "Events a second."),
        OptionSpec(
            "arrivals", .choice(["poisson", "periodic"]), default: "periodic",
            group: "Publishing", help: "When events are due: at random or at equal intervals."),
        OptionSpec(
            "payload", .size(EventPayload.smallestSize...(16 << 20)), default: "100",
            group: "Publishing", help: "The length of an event's JSON."),
        OptionSpec(
            "seed", .count(0...Int.max), default: "1", group: "Publishing",
            help: "What random times are drawn from."),
        OptionSpec(
            "source", .path, group: "Publishing",
            help: "Publish the lines of this file, each one JSON value, at --rate; - publishes "
                + "lines of standard input as they come."),
        OptionSpec(
            "no-publish", .flag, group: "Publishing",
            help: "Publish nothing but what is posted."),
    ]

    private static let techniques = [
        OptionSpec(
            "hold", .duration(.milliseconds(10) ... .seconds(3600)), default: "25s",
            group: "Techniques", help: "How long a poll waits for an event."),
        OptionSpec(
            "batch", .count(0...1_000_000), default: "0", group: "Techniques",
            help: "Events in one answer to a poll at most; 0 for all that are pending."),
        OptionSpec(
            "heartbeat", .duration(.zero ... .seconds(3600)), default: "15s",
            group: "Techniques",
            help: "A stream that was silent for so long says it is there; 0s for never."),
        OptionSpec(
            "dead-after", .duration(.zero ... .seconds(86_400)), default: "0s",
            group: "Techniques",
            help: "Give a connection up whose client has acknowledged nothing for so long, by "
                + "TCP_USER_TIMEOUT and keepalive probes; 0s leaves that to TCP, which takes its "
                + "time."),
        OptionSpec(
            "response-limit", .size(), default: "0", group: "Techniques",
            help: "Bytes after which a stream ends and the client resumes; 0 for never."),
        OptionSpec(
            "deflate", .flag, group: "Techniques",
            help: "Compress WebSocket messages for clients that offer permessage-deflate; in a "
                + "program that was built with --traits Deflate."),
        OptionSpec(
            "echo", .flag, group: "Techniques",
            help: "Send WebSocket messages to /echo back as they came, for conformance suites."),
    ]

    private static let mistakes = [
        OptionSpec(
            "nagle", .flag, group: "Mistakes worth teaching",
            help:
                "Leave TCP_NODELAY off: a stream becomes a long poll. While a small segment is not "
                + "acknowledged the next ones wait, so that with a round trip R everything that "
                + "comes within R leaves together, up to R late."),
        OptionSpec(
            "two-writes", .flag, group: "Mistakes worth teaching",
            help: "Send head and content of a poll's answer apart, with TCP_NODELAY off: the "
                + "content waits for an acknowledgement that the client delays, and a kept "
                + "connection's gap grows from R to 2R + 40 ms. Streams are not changed."),
        OptionSpec(
            "no-batch", .flag, group: "Mistakes worth teaching",
            help: "One event an answer, as --batch 1: polls become a queue that is served once a "
                + "round trip. With R and events at rate L the mean wait is R·LR/(2(1 - LR)), and "
                + "from LR = 1 on it grows without end."),
    ]

    private static let limits = [
        OptionSpec(
            "backlog", .size(1024...(1 << 32)), default: "1MiB", group: "Limits",
            help: "Bytes that a client may be behind."),
        OptionSpec(
            "total-backlog", .size((1 << 20)...(1 << 40)), default: "256MiB", group: "Limits",
            help: "Bytes that one thread holds for single clients: answers, and what they missed "
                + "before they came. Who would need more is disconnected."),
        OptionSpec(
            "slow-readers", .choice(["disconnect", "drop"]), default: "disconnect",
            group: "Limits", help: "What happens to a client that is further behind."),
        OptionSpec(
            "max-connections", .count(1...10_000_000), default: "100000", group: "Limits",
            help: "Connections of one thread; more are answered 503."),
        OptionSpec(
            "max-head", .size(256...(1 << 20)), default: "16KiB", group: "Limits",
            help: "Bytes of a request's head (431)."),
        OptionSpec(
            "max-body", .size(1...(1 << 30)), default: "1MiB", group: "Limits",
            help: "Bytes of a request's content (413)."),
        OptionSpec(
            "max-frame", .size(125...(1 << 30)), default: "64KiB", group: "Limits",
            help: "Bytes of a WebSocket message from a client (close code 1009)."),
        OptionSpec(
            "log-events", .count(1...100_000_000), default: "60000", group: "Limits",
            help: "Events kept for clients that resume."),
        OptionSpec(
            "log-bytes", .size(1024...(1 << 36)), default: "64MiB", group: "Limits",
            help: "Bytes of events kept for clients that resume."),
        OptionSpec(
            "request-timeout", .duration(.milliseconds(10) ... .seconds(3600)), default: "10s",
            group: "Limits", help: "How long a request may take to arrive (408)."),
        OptionSpec(
            "idle-timeout", .duration(.milliseconds(10) ... .seconds(86_400)), default: "75s",
            group: "Limits",
            help: "How long a connection may stay without a request, or take none of what waits "
                + "for it."),
    ]

    private static let control = [
        OptionSpec(
            "control", .flag, group: "Control",
            help: "Take orders as JSON lines on standard input and answer on standard output, as "
                + "pushbench run does; the end of the input stops the server."),
        OptionSpec(
            "slow-delivery", .duration(.zero ... .milliseconds(1)), default: "0s",
            group: "Control", isHidden: true,
            help: "Waste so much processor time for each delivery: a slower server by a known "
                + "amount, for the test of pushbench compare (Benchmarks/compare.py)."),
    ]
}
