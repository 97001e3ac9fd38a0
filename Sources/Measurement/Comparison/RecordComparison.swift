/// Two stored records of different runs, side by side.
///
/// What is exact, the counts of lock-step runs, is compared exactly and can fail. Times of different
/// runs cannot: between two runs of one build on one machine they move by tens of percent, and a
/// comparison of single runs cried wolf in 4 to 23 % of the cases (Docs/Comparing.md). They are shown
/// with their spread over the rounds, so that a reader sees what the run itself could not tell apart;
/// deciding about times takes two programs in one run, `ProgramComparison`.
package struct RecordComparison: Sendable {
    /// One figure of one technique in both records.
    package struct Row: Sendable {
        /// The technique, with its connection policy where that is not keep-alive.
        package let transport: String
        /// Which figure.
        package let metric: Metric
        /// Its values over the rounds of each record.
        package let base: Spread
        package let change: Spread

        /// How many times the base's median the change's is; nil without a base.
        package var ratio: Double? {
            base.median != 0 ? change.median / base.median : nil
        }

        /// Whether the rounds of the two do not even touch. With one round each that is always so,
        /// and says nothing.
        package var isApart: Bool {
            min(base.rounds, change.rounds) > 1
                && (base.highest < change.lowest || change.highest < base.lowest)
        }
    }

    /// A figure over the rounds of a record.
    package struct Spread: Hashable, Sendable {
        /// The median, and the extremes.
        package let median: Double
        package let lowest: Double
        package let highest: Double
        /// The rounds that have it.
        package let rounds: Int

        init?(_ values: [Double]) {
            guard let median = Statistics.median(of: values), let lowest = values.min(),
                let highest = values.max()
            else { return nil }
            self.median = median
            self.lowest = lowest
            self.highest = highest
            rounds = values.count
        }
    }

    /// What makes the two records differ beside the program, and what was not compared, a sentence
    /// each.
    package let remarks: [String]
    /// The exact counts, each held against the base's; empty unless both runs were in lock-step.
    package let exact: [CheckResult]
    /// The other figures, technique by technique.
    package let rows: [Row]
    /// Whether exact counts should have been compared and could not be.
    package let isUndecided: Bool

    /// The figures that are shown, in this order.
    private static let shown = [
        "latency.mean", "latency.p50", "latency.p99", "latency.max", "lost", "requests_per_event",
        "bytes.total_per_event", "bytes.overhead_per_event", "wire.up_bytes", "wire.down_bytes",
        "server.cpu_per_delivery", "server.memory_per_connection",
    ].compactMap { Metric.named($0) }

    /// Compares the record in the file `basePath` with the one in `changePath`.
    package init(
        base: RunRecord, change: RunRecord, basePath: String, changePath: String
    ) {
        var remarks = Self.differences(base, change)
        let bothStep = base.scenario.lockstep && change.scenario.lockstep
        var exact: [CheckResult] = []
        var isUndecided = false
        if bothStep {
            let objections = Self.objections(base, change, basePath, changePath)
            isUndecided = !objections.isEmpty
            remarks += objections.map { "The exact counts are not compared: \($0)." }
            if objections.isEmpty, let gate = try? ExactGate(baseline: base, path: basePath) {
                exact = gate.compare(change).map(Self.judged)
            }
        } else {
            remarks.append(
                "Times of different runs decide nothing: pushbench compare --base --change "
                    + "measures two programs in pairs.")
        }
        rows = Self.rows(base, change, &remarks)
        self.remarks = remarks
        self.exact = exact
        self.isUndecided = isUndecided
    }

    /// Everything as checks: the exact counts, and what is only shown.
    package var checks: [CheckResult] {
        exact
            + rows.map { row in
                let unit = row.metric.unit
                return CheckResult(
                    kind: .descriptive, transport: row.transport, metric: row.metric.name,
                    outcome: .passed,
                    message: "\(row.transport): \(row.metric.summary): "
                        + "\(unit.text(of: row.base.median)), now "
                        + "\(unit.text(of: row.change.median)).",
                    unit: unit.text, expected: row.base.median, actual: row.change.median)
            }
    }

    // MARK: - What differs

    private static func differences(_ base: RunRecord, _ change: RunRecord) -> [String] {
        var sentences: [String] = []
        if base.tool != change.tool {
            sentences.append("Written by \(words(base.tool)) and \(words(change.tool)).")
        }
        if base.machine != change.machine {
            sentences.append(
                "The machines differ: \(words(base.machine)); \(words(change.machine)).")
        }
        let names = scenarioDifferences(base.scenario, change.scenario)
        if !names.isEmpty {
            sentences.append("The scenarios differ in \(names.joined(separator: ", ")).")
        }
        for (record, name) in [(base, "base"), (change, "change")] where record.partial {
            sentences.append("The run of the \(name) ended before its time.")
        }
        return sentences
    }

    private static func words(_ tool: ToolVersion) -> String {
        "\(tool.name) \(tool.version) (\(tool.commit))"
    }

    private static func words(_ machine: Machine) -> String {
        "\(machine.cpu) with \(machine.cores) processors and Linux \(machine.kernel)"
    }

    /// The parts of a scenario in which two runs differ, so that their figures would differ also if
    /// the program did not. The seed is none of them, and techniques are looked at one by one.
    static func scenarioDifferences(_ base: Scenario, _ change: Scenario) -> [String] {
        let parts: [(String, Bool)] = [
            ("lock-step", base.lockstep == change.lockstep),
            ("side by side", base.sideBySide == change.sideBySide),
            ("clients", base.clients == change.clients),
            ("rate", base.ratePerSecond == change.ratePerSecond),
            ("arrivals", base.arrivals == change.arrivals),
            ("payload", base.payloadBytes == change.payloadBytes),
            ("warm-up", base.warmup == change.warmup),
            ("duration", base.duration == change.duration),
            ("poll interval", base.pollInterval == change.pollInterval),
            ("hold", base.hold == change.hold),
            ("batch", base.batchLimit == change.batchLimit),
            ("connection", base.connection == change.connection),
            ("headers", base.headers == change.headers),
            ("server loops", base.serverLoops == change.serverLoops),
            ("client loops", base.clientLoops == change.clientLoops),
            ("link", base.link == change.link),
            ("mistakes", base.mistakes == change.mistakes),
            ("target", base.target == change.target),
        ]
        return parts.filter { !$0.1 }.map(\.0)
    }

    /// Why the exact counts of the two cannot be compared; empty when they can.
    private static func objections(
        _ base: RunRecord, _ change: RunRecord, _ basePath: String, _ changePath: String
    ) -> [String] {
        // An exact count does not depend on these, or is told apart by technique.
        let harmless: Set = ["client loops", "arrivals", "hold", "poll interval", "target"]
        let names = scenarioDifferences(base.scenario, change.scenario)
            .filter { !harmless.contains($0) }
        var objections = ExactGate.objections(to: base).map { "\(basePath): \($0)" }
        if change.partial { objections.append("\(changePath): the run did not reach its end") }
        if !names.isEmpty {
            objections.append("the scenarios differ in \(names.joined(separator: ", "))")
        }
        return objections
    }

    /// A changed count that is for the better is better, and no failure here: a baseline has to be
    /// made anew for it, two records only have to be read.
    private static func judged(_ check: CheckResult) -> CheckResult {
        guard check.outcome == .failed, let metric = Metric.named(check.metric),
            let expected = check.expected, let actual = check.actual
        else { return check }
        let isBetter =
            switch metric.direction {
            case .lower: actual < expected
            case .higher: actual > expected
            case .none: false
            }
        var judged = check
        if isBetter { judged.outcome = .better }
        return judged
    }

    // MARK: - Figures

    private static func rows(
        _ base: RunRecord, _ change: RunRecord, _ remarks: inout [String]
    ) -> [Row] {
        var rows: [Row] = []
        var seen: [String] = []
        for name in (base.results + change.results).map(name) where !seen.contains(name) {
            seen.append(name)
            let old = base.results.filter { Self.name($0) == name }
            let new = change.results.filter { Self.name($0) == name }
            guard let first = old.first, let other = new.first else {
                remarks.append("\(name) is in the \(old.isEmpty ? "change" : "base") only.")
                continue
            }
            guard first.link.tier == other.link.tier else {
                remarks.append(
                    "\(name) is not compared: the links were made in different ways, "
                        + "\(first.link.tier) and \(other.link.tier).")
                continue
            }
            rows += shown.compactMap { metric in
                guard let base = Spread(old.compactMap(metric.value)),
                    let change = Spread(new.compactMap(metric.value))
                else { return nil }
                return Row(transport: name, metric: metric, base: base, change: change)
            }
        }
        return rows
    }

    private static func name(_ result: TransportResult) -> String {
        result.connection == .keepAlive
            ? result.transport : "\(result.transport) (\(result.connection.rawValue))"
    }
}
