import Link

extension FaultOrder: CustomStringConvertible {
    /// `blackhole at 3s for 10s, heartbeats 1s,3s,0s`.
    package var description: String {
        let length = kind.lasts ? " for \(Units.text(of: length))" : ""
        return "\(kind.rawValue) at \(Units.text(of: start))\(length), heartbeats "
            + heartbeats.map { Units.text(of: $0) }.joined(separator: ",")
    }
}

extension Scenario {
    /// Every field with its value as people write it, named as the options of `pushbench run` are:
    /// what two scenarios are compared by.
    package var fields: [(name: String, text: String)] {
        [
            ("transport", transports.joined(separator: ",")),
            ("clients", "\(clients)"),
            ("rate", Units.text(ofRate: ratePerSecond)),
            ("arrivals", arrivals.rawValue),
            ("payload", Units.text(ofBytes: payloadBytes)),
            ("connect-rate", Units.text(ofRate: connectRatePerSecond)),
            ("warmup", Units.text(of: warmup)),
            ("duration", Units.text(of: duration)),
            ("drain", Units.text(of: drainLimit)),
            ("poll-interval", Units.text(of: pollInterval)),
            ("hold", Units.text(of: hold)),
            ("batch", batchLimit == 0 ? "all that is pending" : "\(batchLimit)"),
            ("connection", connection.rawValue),
            ("headers", headers),
            ("repeat", "\(repeats)"),
            ("seed", "\(seed)"),
            ("loops", "\(serverLoops)"),
            ("client-loops", "\(clientLoops)"),
            ("backlog", Units.text(ofBytes: backlogLimitBytes)),
            ("slow-readers", slowReaderPolicy.rawValue),
            ("target", target ?? "a server of its own"),
            ("profile", targetProfile ?? "none"),
            ("publish-url", publishURL ?? "none"),
            ("link", link.map { "\($0)" } ?? "loopback"),
            ("gap-rtt", gapRoundTrip.map { Units.text(of: $0) } ?? "not probed"),
            ("lockstep", lockstep ? "yes" : "no"),
            ("side-by-side", sideBySide ? "yes" : "no"),
            (
                "mistakes",
                mistakes.isEmpty
                    ? "none" : mistakes.map(\.rawValue).sorted().joined(separator: ",")
            ),
            ("fault", fault.map { "\($0)" } ?? "none"),
            ("deflate", deflates ? "yes" : "no"),
        ]
    }
}
