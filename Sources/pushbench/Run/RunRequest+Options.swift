import Link
import Transports

/// The options that say what a run is: `run` has them, and every command that makes runs.
extension RunRequest {
    /// All of them, in the order of help.
    static let options = [scenario] + settings

    /// Those that a scenario may set: all but its own name.
    static let settings = what + network + load + polling + server

    private static let scenario = OptionSpec(
        "scenario", .text, placeholder: "NAME", group: "Scenario",
        help: "What to run unless other options say otherwise: "
            + "\(BuiltInScenarios.all.map(\.name).joined(separator: ", ")), or a file of one's own."
    )

    private static let what = [
        OptionSpec(
            "transport", short: "t", .list(Command.transportChoices), default: "all",
            group: "Scenario",
            help: "The techniques to measure."),
        OptionSpec(
            "clients", short: "c", .count(1...1_000_000), default: "1000", group: "Scenario",
            help: "Clients of each technique."),
        OptionSpec(
            "rate", short: "r", .rate(), default: "10", group: "Scenario",
            help: "Events published a second; each goes to every client."),
        OptionSpec(
            "arrivals", .choice(["poisson", "periodic", "saturate"]), default: "poisson",
            group: "Scenario",
            help: "When events are due: at seeded random times; at equal intervals, which can "
                + "lock in phase with polling and then measure the phase; or all at the start."),
        OptionSpec(
            "payload", .size(EventPayload.smallestSize...(16 << 20)), default: "100",
            group: "Scenario", help: "The length of an event's JSON."),
        OptionSpec(
            "duration", short: "d", .duration(.milliseconds(100) ... .seconds(86_400)),
            default: "6s", group: "Scenario", help: "How long events are measured."),
        OptionSpec(
            "warmup", .duration(.zero ... .seconds(3600)), default: "1s", group: "Scenario",
            help: "How long events are published before that."),
        OptionSpec(
            "repeat", .count(1...1000), default: "1", group: "Scenario",
            help: "Rounds; all techniques are measured in each, in a new order."),
        OptionSpec(
            "seed", .count(0...Int.max), default: "1", group: "Scenario",
            help: "What everything random is drawn from; the same seed asks for the same run."),
        OptionSpec(
            "lockstep", .flag, group: "Scenario",
            help: "Publish an event when every client has had the one before: bytes, requests and "
                + "calls are then the same on every run; latencies mean little."),
        OptionSpec(
            "side-by-side", .flag, group: "Scenario",
            help: "Subscribe all techniques to the same events at the same time, and compare them "
                + "event by event."),
    ]

    private static let network = [
        OptionSpec(
            "link", .link, group: "Network",
            help: "Emulate a link: \(LinkPreset.all.map(\.name).joined(separator: ", ")), or a "
                + "round trip and key=value parts."),
        OptionSpec(
            "rtt", .duration(.zero ... .seconds(60)), group: "Network",
            help: "Emulate this round trip."),
        OptionSpec(
            "jitter", .duration(.zero ... .seconds(30)), group: "Network",
            help: "How far one crossing may be from its mean."),
        OptionSpec(
            "loss", .fraction(0...0.99), group: "Network",
            help: "The share of packets that a crossing loses."),
        OptionSpec(
            "bandwidth", .text, placeholder: "RATE", group: "Network",
            help: "What the link carries each way, such as 10Mbit."),
        OptionSpec(
            "link-tier", .choice(["auto", "netem", "mirror", "client"]), default: "auto",
            group: "Network",
            help: "How the link is made: netem in a private network, a packet mirror there, or a "
                + "delay in the clients; auto takes the best that can be had."),
        OptionSpec(
            "gap-rtt", .duration(.zero ... .seconds(10)), default: "50ms", group: "Network",
            help: "The round trip of the gap probe, which comes first; 0 leaves it out."),
    ]

    private static let load = [
        OptionSpec(
            "connect-rate", .rate(1...1e6), default: "5000", group: "Clients",
            help: "Connections opened a second."),
        OptionSpec(
            "headers", .text, default: "minimal", placeholder: "SET", group: "Clients",
            help:
                "Request fields: minimal, browser (what Chrome sends, with a 300-byte cookie), or "
                + "a file with one field a line."),
        OptionSpec(
            "drain", .duration(.zero ... .seconds(3600)), default: "10s", group: "Clients",
            help: "The longest wait for the last events."),
        OptionSpec(
            "client-loops", .count(1...64), default: "1", group: "Clients",
            help: "Threads of the load generator."),
        OptionSpec(
            "client-processor", .count(0...4095), group: "Clients",
            help: "The processor for its first thread; the next ones follow."),
    ]

    private static let polling = [
        OptionSpec(
            "poll-interval", .duration(.milliseconds(1) ... .seconds(3600)), default: "1s",
            group: "Polling", help: "Time between the requests of short polling."),
        OptionSpec(
            "hold", .duration(.milliseconds(10) ... .seconds(3600)), default: "25s",
            group: "Polling", help: "How long a poll waits for an event."),
        OptionSpec(
            "batch", .count(0...1_000_000), default: "0", group: "Polling",
            help: "Events in one answer at most; 0 for all that are pending."),
        OptionSpec(
            "connection", .choice(["keep-alive", "close"]), default: "keep-alive",
            group: "Polling", help: "Whether polls share a connection or open a new one each."),
        OptionSpec(
            "no-batch", .flag, group: "Polling",
            help: "One event an answer, a mistake worth seeing: polls then queue. As --batch 1."),
    ]

    private static let server = [
        OptionSpec(
            "loops", .count(1...64), default: "1", group: "Server",
            help: "Threads of the server."),
        OptionSpec(
            "server-processor", .count(0...4095), group: "Server",
            help: "The processor for its first thread; the next ones follow."),
        OptionSpec(
            "backlog", .size(1024...(1 << 32)), default: "1MiB", group: "Server",
            help: "Bytes that a client may be behind."),
        OptionSpec(
            "slow-readers", .choice(["disconnect", "drop"]), default: "disconnect",
            group: "Server", help: "What happens to a client that is further behind."),
        OptionSpec(
            "deflate", .flag, group: "Server",
            help: "Compress WebSocket messages (permessage-deflate); in a program that was built "
                + "with --traits Deflate."),
        OptionSpec(
            "nagle", .flag, group: "Server",
            help: "Leave Nagle's algorithm on, a mistake worth seeing: a stream becomes a long "
                + "poll."),
        OptionSpec(
            "two-writes", .flag, group: "Server",
            help: "Write the head and body of an answer apart, another: 2 round trips and 40 ms."),
    ]
}
