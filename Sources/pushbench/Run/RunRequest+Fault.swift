import Link
import LoadGen
import Measurement

/// The options that make connections fail within the run, for `run` alone: what a gate or a sweep
/// would decide by, a fault spoils.
extension RunRequest {
    /// All of them, in the order of help.
    static let faultOptions = [
        OptionSpec(
            "fault", .choice(FaultKind.allCases.map { Choice($0.rawValue) }), group: "Fault",
            help: "Make connections fail while events are measured, and say who notices when: drop "
                + "their packets silently, stop reading, reset them, or stop the server's process."),
        OptionSpec(
            "at", .duration(.zero ... .seconds(86_400)), default: "3s", group: "Fault",
            help: "When the fault begins, after measuring began."),
        OptionSpec(
            "fault-for", .duration(.milliseconds(100) ... .seconds(3600)), default: "10s",
            group: "Fault", help: "How long it lasts."),
        OptionSpec(
            "heartbeat", .text, default: "1s,3s,0", placeholder: "LIST", group: "Fault",
            help: "How often a silent stream says that it is there, several settings in a round "
                + "each; either side gives a connection up after 2.5 times as long, and with 0 "
                + "never."),
    ]

    /// Seconds of the schedule behind a fault, where the duration is not given: so that what comes
    /// after the recovery is seen to be in order.
    private static let afterFault = Duration.seconds(3)
    /// What a client needs beyond its patience to be back: a new connection and what it missed.
    private static let returning = Duration.seconds(10)

    /// The fault that was asked for, with a duration and a drain that hold it and the recovery.
    static func addFault(to scenario: inout Scenario, _ arguments: ParsedArguments) throws {
        guard arguments.command.option(named: "fault") != nil else { return }
        guard let kind = arguments.choiceIfAny("fault").flatMap({ FaultKind(rawValue: $0) }) else {
            try refuseStray(arguments)
            return
        }
        if kind == .reset, arguments.isGiven("fault-for") {
            throw arguments.error(
                "--fault reset does not last, so that --fault-for says nothing",
                remedy: "leave out --fault-for")
        }
        let fault = FaultOrder(
            kind: kind, start: arguments.duration("at"),
            length: kind.lasts ? arguments.duration("fault-for") : .zero,
            heartbeats: try heartbeats(arguments))
        try refuseTogether(scenario, arguments)
        let end = fault.start + fault.length
        if arguments.isGiven("duration") {
            guard scenario.duration > end else {
                throw arguments.error(
                    "--duration \(Units.text(of: scenario.duration)) is over before the fault is, "
                        + "at \(Units.text(of: end))",
                    remedy: "give more than that, or leave out --duration")
            }
        } else {
            scenario.duration = max(scenario.duration, end + afterFault)
        }
        let drain = longestRecovery(from: fault, hold: scenario.hold)
        if arguments.isGiven("drain") {
            guard scenario.drainLimit >= drain else {
                throw arguments.error(
                    "--drain \(Units.text(of: scenario.drainLimit)) may end before the last client "
                        + "is back",
                    remedy: "give \(Units.text(of: drain)) or more, a shorter --hold, or leave it "
                        + "out")
            }
        } else {
            scenario.drainLimit = max(scenario.drainLimit, drain)
        }
        if !arguments.isGiven("gap-rtt") { scenario.gapRoundTrip = nil }
        scenario.fault = fault
    }

    /// The longest that a client may take to be back. Without heartbeats, TCP sends again after
    /// twice as long each time, so that the next attempt may be as far away as the fault was long;
    /// with them, a poll that nobody holds any more is waited for until it is given up.
    private static func longestRecovery(from fault: FaultOrder, hold: Duration) -> Duration {
        let patience = FaultOrder.patience(with: fault.heartbeats.max() ?? .zero)
        return max(fault.length * 2, hold + patience) + returning
    }

    private static func refuseStray(_ arguments: ParsedArguments) throws {
        for name in ["at", "fault-for", "heartbeat"] where arguments.isGiven(name) {
            throw arguments.error(
                "--\(name) says something about a fault, and there is none",
                remedy: "name one with --fault, or leave out --\(name)")
        }
    }

    /// What a fault makes no sense with.
    private static func refuseTogether(_ scenario: Scenario, _ arguments: ParsedArguments) throws {
        if scenario.lockstep {
            throw arguments.error(
                "--lockstep waits for every client at every event, and --fault keeps them from it",
                remedy: "leave out one of them")
        }
        if scenario.sideBySide {
            throw arguments.error(
                "--side-by-side compares the same events, and --fault makes each technique miss "
                    + "others",
                remedy: "leave out one of them")
        }
        if scenario.arrivals == .saturate {
            throw arguments.error(
                "--arrivals saturate publishes everything before the fault begins",
                remedy: "leave out --arrivals or --fault")
        }
    }

    /// The settings of the heartbeat: each 0, or as long as a server can keep.
    private static func heartbeats(_ arguments: ParsedArguments) throws -> [Duration] {
        let text = arguments.text("heartbeat")
        var heartbeats: [Duration] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let heartbeat: Duration
            do {
                heartbeat = try Units.duration(String(part))
            } catch {
                throw arguments.error(
                    "--heartbeat \(text): \(error.value) \(error.problem)", remedy: error.remedy)
            }
            guard heartbeat == .zero || (.milliseconds(200) ... .seconds(3600) ~= heartbeat) else {
                throw arguments.error(
                    "--heartbeat \(text): \(part) is out of range",
                    remedy: "write 0 for none, or 200ms to 1h")
            }
            guard !heartbeats.contains(heartbeat) else {
                throw arguments.error(
                    "--heartbeat \(text) has \(part) twice", remedy: "name each once")
            }
            heartbeats.append(heartbeat)
        }
        return heartbeats
    }

    // MARK: - A round

    /// What the server of a round with this heartbeat is told of it: the heartbeat, and the patience
    /// that its clients have as well.
    func livenessOptions(heartbeat: Duration?) -> [String] {
        guard let heartbeat else { return [] }
        return [
            "--heartbeat", Units.text(of: heartbeat),
            "--dead-after", Units.text(of: FaultOrder.patience(with: heartbeat)),
        ]
    }

    /// What is done in such a round, by what there is on `link` to do it.
    func faultPlan(heartbeat: Duration?, over link: LabLink) -> FaultPlan? {
        guard let fault = scenario.fault, let heartbeat else { return nil }
        let means =
            switch fault.kind {
            case .blackhole: link.canBeCut ? link.result.tier : "client"
            case .stall, .reset: "clients"
            case .freezeServer: "server"
            }
        return FaultPlan(fault, heartbeat: heartbeat, means: means, isLinkCut: link.canBeCut)
    }
}
