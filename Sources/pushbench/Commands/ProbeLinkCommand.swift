import Link
import LinkEmulation
import Reactor

extension Command {
    /// `pushbench probe-link`, which the program runs as a child of its own: what it does to its
    /// process cannot be undone.
    static let probeLink = Command(
        spec: CommandSpec(
            "probe-link", summary: "Say which tiers of link emulation this machine allows.",
            discussion: """
                Prints a line with a field for each tier: ok, or why not. With --link, opens that
                link and measures it instead: a line of key=value, times in nanoseconds.
                """,
            options: [
                OptionSpec("link", .link, help: "The link to open."),
                OptionSpec(
                    "tier", .choice(LinkTier.allCases.map { Choice($0.rawValue) }),
                    help: "The tier to open it in, instead of the best."),
                OptionSpec(
                    "echo", .size(1...(64 << 20)), default: "1KiB",
                    help: "Bytes to send over it and back, to see whether they arrive unchanged."),
                OptionSpec(
                    "cut", .duration(.milliseconds(10) ... .seconds(10)),
                    help: "Cut the link for so long first, and try to connect meanwhile."),
                OptionSpec(
                    "seed", .count(0...Int.max), default: "1",
                    help: "What losses and jitter are drawn from."),
                OptionSpec(
                    "hold", .flag,
                    help: "Keep the link open until standard input ends, then print the line of "
                        + "what it carried; for nsenter -n."),
            ],
            isHidden: true),
        run: { arguments in
            guard let profile = arguments.linkIfAny("link") else {
                Terminal.output.write(LinkCapability.probe().line + "\n")
                return .fine
            }
            var probed = try ProbedLink(profile, arguments)
            try probed.run()
            return .fine
        })
}

/// A link that is opened, measured and described in one line.
private struct ProbedLink {
    private let link: EmulatedLink
    private let echoBytes: Int
    private let seed: UInt64
    private let isHeld: Bool
    private let cut: Duration?
    private var fields: [String] = []

    init(_ profile: LinkProfile, _ arguments: ParsedArguments) throws {
        seed = UInt64(arguments.count("seed"))
        echoBytes = arguments.size("echo")
        isHeld = arguments.flag("hold")
        cut = arguments.durationIfAny("cut")
        let namespace = Result { () throws(LinkRefusal) in try PrivateNamespace.enter() }
        link = try EmulatedLink.open(
            profile, tier: arguments.choiceIfAny("tier").flatMap { LinkTier(rawValue: $0) },
            in: namespace, seed: seed)
        add("link", "\(profile)")
        add("tier", link.tier.rawValue)
        add("mtu", link.mtu.map { "\($0)" } ?? "unknown")
        add("congestion", PrivateNamespace.congestionControl() ?? "unknown")
        if case .success(let namespace) = namespace {
            add("user_namespace", "\(namespace.isUserNamespace)")
        }
    }

    mutating func run() throws {
        let calibration = try Calibration.measure(link)
        add("nominal", "\(calibration.nominal.nanoseconds)")
        add("before", "\(calibration.before.nanoseconds)")
        add("after", "\(calibration.after.nanoseconds)")
        add("trim", "\(calibration.trim.nanoseconds)")
        add("echoes", "\(calibration.echoes)")
        try tryWhileCut()
        try echo()
        if isHeld {
            print()
            fields = []
            while readLine() != nil {}
        }
        // Until the last acknowledgements have come through.
        MonotonicClock.sleep(
            until: MonotonicClock.now() + link.profile.roundTripTime * 2 + .milliseconds(100))
        if let counters = link.counters {
            add("all_sent_bytes", "\(counters.sentBytes)")
            add("all_received_bytes", "\(counters.receivedBytes)")
        }
        if let statistics = link.stop() { add(statistics) }
        print()
    }

    /// Says whether somebody could connect while every packet was dropped.
    private mutating func tryWhileCut() throws {
        guard let cut else { return }
        try link.cut(true)
        do {
            let connection = try EchoConnection.open(
                over: link, until: MonotonicClock.now() + cut)
            connection.close()
            add("connected_while_cut", "true")
        } catch {
            add("connected_while_cut", "false")
            add("while_cut", "\(error)")
        }
        try link.cut(false)
    }

    /// Sends bytes both ways and holds what the kernel counted of it against the mirror's count.
    private mutating func echo() throws {
        let before = link.counters
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<echoBytes).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let start = MonotonicClock.now()
        let deadline = start + .seconds(60)
        var connection = try EchoConnection.open(over: link, until: deadline)
        let isIntact = try connection.echo(bytes, until: deadline) == bytes
        add("connect", "\(connection.connectTime.nanoseconds)")
        add("echo_time", "\((MonotonicClock.now() - start).nanoseconds)")
        add("intact", "\(isIntact)")
        connection.close()
        guard let before, let after = link.counters else { return }
        let counted = after - before
        add("sent_packets", "\(counted.sentPackets)")
        add("sent_bytes", "\(counted.sentBytes)")
    }

    private mutating func add(_ statistics: LinkStatistics) {
        add("up_packets", "\(statistics.up.packets)")
        add("up_bytes", "\(statistics.up.bytes)")
        add("down_packets", "\(statistics.down.packets)")
        add("down_bytes", "\(statistics.down.bytes)")
        add("lost", "\(statistics.lost)")
        add("cut", "\(statistics.cut)")
        add("overflowed", "\(statistics.overflowed)")
        add("dropped_by_kernel", "\(statistics.droppedByKernel)")
        add("ignored", "\(statistics.ignored)")
        add("lateness_p50", "\(statistics.latenessP50Nanoseconds)")
        add("lateness_p99", "\(statistics.latenessP99Nanoseconds)")
        add("lateness_max", "\(statistics.latenessMaxNanoseconds)")
        add("cpu", "\(statistics.cpuNanoseconds)")
        add("peak_packets_per_second", "\(statistics.peakPacketsPerSecond)")
        add("most_under_way", "\(statistics.mostUnderWay)")
        if let failure = statistics.failure { add("failure", failure) }
    }

    private mutating func add(_ key: String, _ value: String) {
        fields.append("\(key)=\(value)")
    }

    private func print() {
        Terminal.output.write(fields.joined(separator: "\t") + "\n")
    }
}
