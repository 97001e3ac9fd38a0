import FoundationEssentials
import LinkEmulation
import Measurement
import Reporting
import Transports
import Wire

extension Command {
    /// `pushbench check`.
    static let check = Command(
        spec: CommandSpec(
            "check", summary: "Fail when bytes, requests, losses or times got worse.",
            discussion: """
                The gate of a CI job. It makes a run, or takes a stored record, decides, and says so
                by its exit code: 0 when all is well, 3 when something got worse, 4 when a time
                cannot be judged because the run's warnings make it doubtful, 5 when there is no
                baseline yet.

                With --exact, the scenario of the baseline is run again in lock-step, and every
                count must be the same: bytes by class and direction, requests, answers, calls,
                losses. Machine and load have no say in them, so that any difference is a change of
                the program. --save-baseline makes the baseline, of the scenario that the options
                below ask for.

                With --thresholds, the run that the options below ask for, or the one in --record,
                must be as a file of assertions says. With both, both are done, one after the other.

                \(indented("""
                    # Nobody loses anything, and nothing gets chattier.
                    *.lost == 0
                    sse.latency.p99 < 20ms
                    {websocket,raw-tcp}.bytes.overhead_per_event <= 4B
                    """))

                The grammar of that file:

                \(indented(Threshold.grammar))

                A time is the median of the rounds (--repeat); a count must hold in every one. The
                metrics, in which CLASS is one of \(classNames.joined(separator: ", ")):

                \(indented(metrics))
                """,
            options: gate + RunRequest.options + RunOutputs.options,
            examples: [
                .init(
                    command: "pushbench check --exact exact.json --save-baseline --clients 4",
                    note: "Once, and after every change that is meant:"),
                .init(
                    command: "pushbench check --exact exact.json",
                    note: "In every build, some seconds:"),
                .init(
                    command: "pushbench check --thresholds limits.txt -t sse,ws --clients 100",
                    note: "Times and counts of a run against a file of assertions:"),
                .init(
                    command: "pushbench check --thresholds limits.txt --record run.json",
                    note: "The same of a run that was made before:"),
            ]),
        run: { try CheckCommand($0).run() })

    private static let gate = [
        OptionSpec(
            "exact", .path, group: "Gate",
            help: "The baseline: a record of a lock-step run whose counts must not change."),
        OptionSpec(
            "save-baseline", .flag, group: "Gate",
            help: "Make the file of --exact, of a lock-step run of the options below."),
        OptionSpec(
            "thresholds", .path, group: "Gate", help: "A file of assertions that must hold."),
        OptionSpec(
            "record", .path, group: "Gate", help: "Judge this stored run and make none."),
    ]

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    }

    /// The metrics, a line for each family with its members behind each other.
    private static var metrics: String {
        var families: [(name: String, members: [String])] = []
        for metric in Metric.all {
            var parts = metric.name.split(separator: ".")
            let member = parts.count > 1 ? String(parts.removeLast()) : ""
            let family = parts.joined(separator: ".")
            let isClass = classNames.contains(member)
            if families.last?.name != family || member.isEmpty { families.append((family, [])) }
            let word = isClass ? "CLASS" : member
            if families[families.count - 1].members.last != word {
                families[families.count - 1].members.append(word)
            }
        }
        return families.flatMap { lines(of: $0.name, $0.members) }.joined(separator: "\n")
    }

    /// As many members on a line as have room on a terminal beside the indentation.
    private static func lines(of family: String, _ members: [String]) -> [String] {
        guard !members.isEmpty else { return [family] }
        var lines: [String] = []
        for member in members {
            if let last = lines.last, last.count + 1 + member.count <= 74 {
                lines[lines.count - 1] = "\(last)|\(member)"
            } else {
                lines.append("\(family).\(member)")
            }
        }
        return lines
    }

    private static let classNames = ByteClass.allCases.map(\.name)
}

/// `pushbench check`: what is to be checked, the runs that are needed for it, and the verdict.
struct CheckCommand {
    private let arguments: ParsedArguments
    private let outputs: RunOutputs
    private let work: Work

    /// What there is to do; everything that can be wrong with it is known before a run begins.
    private enum Work {
        case saveBaseline(RunRequest, path: String)
        case judge(gate: ExactGate?, thresholds: ThresholdFile?, record: RunRecord?)
        /// There is no baseline yet at this path.
        case noBaseline(path: String)
    }

    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        outputs = try RunOutputs(arguments)
        work = try Self.work(arguments)
    }

    func run() throws -> ExitCode {
        switch work {
        case .noBaseline(let path):
            Terminal.errors.write(
                "pushbench check: there is no baseline \(path): make one with pushbench check "
                    + "--exact \(path) --save-baseline\n")
            return .noBaseline
        case .saveBaseline(let request, let path):
            return try save(request, to: path)
        case .judge(let gate, let thresholds, let record?):
            return try finish(record, checks: Self.checks(record, gate, thresholds))
        case .judge(let gate, let thresholds, nil):
            return try measure(gate, thresholds)
        }
    }

    // MARK: - Arguments

    private static func work(_ arguments: ParsedArguments) throws -> Work {
        let exact = arguments.pathIfAny("exact")
        let thresholds = arguments.pathIfAny("thresholds")
        if arguments.flag("save-baseline") {
            return try savingWork(arguments, exact: exact, thresholds: thresholds)
        }
        guard exact != nil || thresholds != nil else {
            throw arguments.error(
                "there is nothing to check", remedy: "give --exact BASELINE or --thresholds FILE")
        }
        let record = try arguments.pathIfAny("record").map { try RunRecord(path: $0) }
        try refuseRunOptions(
            arguments, exact: exact != nil, thresholds: thresholds != nil, record: record != nil)
        var gate: ExactGate?
        if let exact {
            guard FileManager.default.fileExists(atPath: exact) else {
                return .noBaseline(path: exact)
            }
            gate = try ExactGate(baseline: try RunRecord(path: exact), path: exact)
        }
        if let gate, let record {
            let differences = gate.differences(of: record)
            guard differences.isEmpty else {
                throw arguments.error(
                    "--record is of another scenario than --exact, by \(differences.joined(separator: ", "))",
                    remedy: "leave out --record, so that the baseline's scenario is run")
            }
        }
        let file = try thresholds.map { path in
            let scenario = try record?.scenario ?? RunRequest(arguments).scenario
            return try Self.thresholds(path, for: scenario, arguments)
        }
        return .judge(gate: gate, thresholds: file, record: record)
    }

    private static func savingWork(
        _ arguments: ParsedArguments, exact: String?, thresholds: String?
    ) throws -> Work {
        guard let exact else {
            throw arguments.error(
                "--save-baseline has no file to write", remedy: "give --exact FILE")
        }
        guard thresholds == nil, arguments.pathIfAny("record") == nil else {
            throw arguments.error(
                "--save-baseline makes a baseline and checks nothing",
                remedy: "leave out --thresholds and --record")
        }
        if let problem = OutputPath.problem(with: exact) {
            throw arguments.error("--exact \(exact): \(problem.cause)", remedy: problem.remedy)
        }
        guard !arguments.isGiven("arrivals") else {
            throw arguments.error(
                "--save-baseline has no arrivals: an event comes when the one before was had",
                remedy: "leave out --arrivals")
        }
        var request = try RunRequest(arguments)
        request.scenario.lockstep = true
        request.scenario.gapRoundTrip = nil
        return .saveBaseline(request, path: exact)
    }

    /// Options of a run that the baseline or the record decides.
    private static func refuseRunOptions(
        _ arguments: ParsedArguments, exact: Bool, thresholds: Bool, record: Bool
    ) throws {
        guard record || exact && !thresholds else { return }
        let free = ["link-tier", "server-processor", "client-processor"]
        let given = RunRequest.options.map(\.name).filter {
            !free.contains($0) && arguments.isGiven($0)
        }
        guard let first = given.first else { return }
        let cause = record ? "--record was made already" : "the baseline says what is run"
        throw arguments.error(
            "--\(first) has no effect: \(cause)",
            remedy: record
                ? "leave it out"
                : "leave it out, or make another baseline with --save-baseline")
    }

    private static func thresholds(
        _ path: String, for scenario: Scenario, _ arguments: ParsedArguments
    ) throws -> ThresholdFile {
        guard let content = try? Data(contentsOf: URL(filePath: path)) else {
            throw arguments.error(
                "--thresholds \(path) cannot be read", remedy: "check the path and its permissions")
        }
        let known = Transport.all.map { ThresholdSubject.Technique(id: $0.id, aliases: $0.aliases) }
        return try ThresholdFile(
            parsing: String(decoding: content, as: UTF8.self), file: path,
            for: ThresholdSubject(known: known, scenario: scenario))
    }

    // MARK: - Runs

    /// Makes the runs that are needed, the exact one first: it is short and decides without doubt.
    private func measure(_ gate: ExactGate?, _ thresholds: ThresholdFile?) throws -> ExitCode {
        let own = thresholds == nil ? nil : try RunRequest(arguments)
        let stepped = try gate.map { gate in
            let headers = try RunRequest.headers(named: gate.scenario.headers, arguments)
            return RunRequest(gate.scenario, headers: headers, arguments)
        }
        guard let first = stepped ?? own else { return .fine }
        // The network is entered first, while the process has one thread.
        let network = LabNetwork(tier: first.tier, seed: first.scenario.seed)
        let interruption = try Interruption()
        var checks: [CheckResult] = []
        var last: BenchRun.Outcome?
        if let gate, let stepped {
            let outcome = try BenchRun(stepped, on: network, interruption: interruption).run()
            guard !outcome.isUnfinished else { return try abandon(outcome) }
            checks += gate.compare(outcome.record)
            last = outcome
        }
        if let thresholds, let own {
            let outcome = try BenchRun(own, on: network, interruption: interruption).run()
            checks += thresholds.judge(outcome.record)
            if outcome.isUnfinished { return try abandon(outcome, checks: checks) }
            last = outcome
        }
        guard let last else { return .fine }
        return try finish(last.record, checks: checks)
    }

    private func save(_ request: RunRequest, to path: String) throws -> ExitCode {
        let network = LabNetwork(tier: request.tier, seed: request.scenario.seed)
        let outcome = try BenchRun(request, on: network, interruption: try Interruption()).run()
        let objections = ExactGate.objections(to: outcome.record)
        guard objections.isEmpty else {
            try outputs.write(outcome.record)
            Terminal.errors.write(
                "pushbench check: \(path) was not written: \(objections.joined(separator: "; "))\n")
            return outcome.hasFailed ? .couldNotRun : .cannotTell
        }
        try outcome.record.asBaseline.write(to: path)
        try outputs.write(outcome.record)
        if !arguments.flag("quiet") { Terminal.errors.write("The baseline is in \(path).\n") }
        return .fine
    }

    /// What an interrupted or failed run leaves behind: its record, and no verdict but a failure
    /// that is certain already.
    private func abandon(
        _ outcome: BenchRun.Outcome, checks: [CheckResult] = []
    ) throws -> ExitCode {
        var record = outcome.record
        record.checks = checks.isEmpty ? nil : checks
        try outputs.write(record)
        if outcome.hasFailed { return .couldNotRun }
        return CheckVerdict(checks).outcome == .failed ? .regression : .cannotTell
    }

    // MARK: - Verdict

    private static func checks(
        _ record: RunRecord, _ gate: ExactGate?, _ thresholds: ThresholdFile?
    ) -> [CheckResult] {
        (gate?.compare(record) ?? []) + (thresholds?.judge(record) ?? [])
    }

    private func finish(_ measured: RunRecord, checks: [CheckResult]) throws -> ExitCode {
        var record = measured
        record.checks = checks
        try outputs.write(record, console: ConsoleReport.checks)
        let verdict = CheckVerdict(checks)
        if checks.contains(where: { $0.kind == .exact && $0.outcome == .failed }),
            let path = arguments.pathIfAny("exact"), !arguments.flag("quiet")
        {
            Terminal.errors.write(
                "If the change is meant: pushbench check --exact \(path) --save-baseline\n")
        }
        if verdict.outcome == .passed, record.partial { return .cannotTell }
        return ExitCode(verdict)
    }
}

extension ExitCode {
    /// What a gate ends with.
    init(_ verdict: CheckVerdict) {
        switch verdict.outcome {
        case .failed: self = .regression
        case .cannotTell: self = .cannotTell
        case .passed, .better, .skipped: self = .fine
        }
    }
}

extension BenchRun.Outcome {
    /// Whether not everything was measured.
    fileprivate var isUnfinished: Bool { hasFailed || record.partial }
}
