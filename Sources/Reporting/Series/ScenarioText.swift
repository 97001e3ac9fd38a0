import Link
import Measurement

/// A scenario in one line, for reports about several runs of it.
enum ScenarioText {
    /// The scenario in words, without the option `name`, which is not the same in all runs.
    static func words(for scenario: Scenario, leavingOut name: String = "") -> String {
        parts(of: scenario)
            .filter { $0.option != (linkOptions.contains(name) ? "link" : name) }
            .map(\.words).joined(separator: ", ")
    }

    /// The options that are parts of the link, which is said as one thing.
    private static let linkOptions: Set = ["link", "rtt", "jitter", "loss", "bandwidth"]

    private static func parts(of scenario: Scenario) -> [(option: String, words: String)] {
        let seconds = { (duration: Duration) in Readable.number(duration.seconds) + " s" }
        var parts: [(String, String)] = [
            ("clients", Readable.count(scenario.clients, "client")),
            ("rate", "\(Readable.number(scenario.ratePerSecond)) events/s"),
            ("arrivals", "\(scenario.arrivals.rawValue) arrivals"),
            ("payload", "\(Readable.bytes(Double(scenario.payloadBytes))) payload"),
            ("duration", "\(seconds(scenario.duration)) measured"),
            (
                "connection",
                scenario.connection == .keepAlive
                    ? "keep-alive connections" : "a new connection for each request"
            ),
            ("headers", "\(scenario.headers) headers"),
            (
                "poll-interval",
                "a poll every \(Readable.duration(nanoseconds: nanoseconds(scenario.pollInterval)))"
            ),
        ]
        if let link = scenario.link { parts.append(("link", "link \(link)")) }
        if scenario.batchLimit > 0 {
            parts.append(
                ("batch", "at most \(Readable.count(scenario.batchLimit, "event")) an answer"))
        }
        if scenario.repeats > 1 { parts.append(("repeat", "\(scenario.repeats) rounds")) }
        if scenario.lockstep { parts.append(("lockstep", "in lock-step")) }
        if scenario.sideBySide { parts.append(("side-by-side", "side by side")) }
        parts.append(("seed", "seed \(scenario.seed)"))
        return parts
    }

    private static func nanoseconds(_ duration: Duration) -> Double {
        Double(duration.nanoseconds)
    }
}
