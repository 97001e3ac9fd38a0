import Wire

/// The gate that needs no tolerance: the counts of a lock-step run against those of a stored one.
///
/// What it compares is the same in every run of one scenario on every machine, however loaded:
/// bytes by class and direction, requests, answers, calls, losses. So any difference is a change of
/// the program, and the gate fails on it, also when it is for the better: the baseline is then made
/// anew, and the change of the file says in review what the change of the program did.
///
/// Not among them is what goes by time: packets, acknowledgements, processor time, latency.
package struct ExactGate: Sendable {
    private let baseline: RunRecord

    /// The gate of a stored record.
    ///
    /// - Throws: `RecordError` when the record, called `path`, cannot be a baseline.
    package init(baseline: RunRecord, path: String) throws(RecordError) {
        let reasons = Self.objections(to: baseline)
        guard reasons.isEmpty else {
            throw RecordError(
                place: path, cause: "is no baseline: \(reasons.joined(separator: "; "))",
                remedy: "make one with pushbench check --exact \(path) --save-baseline")
        }
        self.baseline = baseline
    }

    /// What the program must be asked to do again.
    package var scenario: Scenario { baseline.scenario }

    /// Why `record` must not become a baseline; empty when it may.
    package static func objections(to record: RunRecord) -> [String] {
        var reasons: [String] = []
        if !record.scenario.lockstep { reasons.append("the run was not in lock-step") }
        if record.partial || record.results.contains(where: \.partial) {
            reasons.append("the run did not reach its end")
        }
        if record.results.isEmpty { reasons.append("nothing was measured") }
        let scenario = record.scenario
        let counts = [
            scenario.clients, scenario.repeats, scenario.serverLoops, scenario.clientLoops,
            scenario.payloadBytes, scenario.backlogLimitBytes,
        ]
        let rates = [scenario.ratePerSecond, scenario.connectRatePerSecond]
        let times = [
            scenario.warmup, scenario.duration, scenario.drainLimit, scenario.pollInterval,
            scenario.hold,
        ]
        if counts.contains(where: { $0 < 1 }) || scenario.batchLimit < 0
            || rates.contains(where: { !($0 > 0 && $0.isFinite) })
            || times.contains(where: { $0 < .zero })
        {
            reasons.append("its scenario has a number that no run can have")
        }
        for result in record.results {
            let name = result.transport
            if record.scenario.lockstep, result.exact == nil {
                reasons.append("\(name) has no exact counts")
            }
            let deliveries = result.deliveries
            let mistakes = [
                (deliveries.undelivered, "lost"), (deliveries.duplicate, "repeated"),
                (deliveries.reordered, "reordered"),
            ]
            for (count, word) in mistakes where count > 0 {
                reasons.append("\(name) had \(count) \(count == 1 ? "event" : "events") \(word)")
            }
            if result.reconnects > 0 {
                reasons.append("\(name) had connections that broke and were made again")
            }
            if result.warnings.contains(where: { $0.id == "ledger-mismatch" }) {
                reasons.append("\(name) carried bytes that no ledger accounts for")
            }
        }
        let rounds = Dictionary(grouping: record.results, by: Identity.init)
        for id in record.scenario.transports
        where !record.results.contains(where: { $0.transport == id }) {
            reasons.append("\(id) was not measured")
        }
        for identity in rounds.keys.sorted(by: { $0.name < $1.name }) {
            if Set((rounds[identity] ?? []).map(\.exact)).count > 1 {
                reasons.append("the rounds of \(identity.name) do not agree")
            }
        }
        return reasons
    }

    /// Holds a run of the same scenario against the baseline: a check for each count of each
    /// technique, and one for each technique that vanished or was added.
    package func compare(_ record: RunRecord) -> [CheckResult] {
        var checks: [CheckResult] = []
        var seen: Set<Identity> = []
        for old in baseline.results {
            let identity = Identity(old)
            guard seen.insert(identity).inserted else { continue }
            let now = record.results.filter { Identity($0) == identity }
            guard !now.isEmpty else {
                checks.append(
                    Self.presence(
                        old, "\(identity.name) is in the baseline and was not measured."))
                continue
            }
            // The rounds of a baseline agree; of several rounds now, each must agree with them.
            checks += Self.compare(now, with: old, named: identity.name)
        }
        for new in record.results where seen.insert(Identity(new)).inserted {
            checks.append(
                Self.presence(
                    new, "\(Identity(new).name) was measured and is not in the baseline."))
        }
        return checks
    }

    /// In what a record differs from this baseline's scenario, so that comparing them would say
    /// nothing; empty when it does not. Where the techniques differ, the comparison says so.
    package func differences(of record: RunRecord) -> [String] {
        var (old, new) = (baseline.scenario, record.scenario)
        guard old != new else { return [] }
        var names: [String] = []
        func note<Value: Equatable>(_ name: String, _ part: WritableKeyPath<Scenario, Value>) {
            if old[keyPath: part] != new[keyPath: part] { names.append(name) }
            old[keyPath: part] = new[keyPath: part]
        }
        note("lock-step", \.lockstep)
        note("clients", \.clients)
        note("rate", \.ratePerSecond)
        note("payload", \.payloadBytes)
        note("warm-up", \.warmup)
        note("duration", \.duration)
        note("connection", \.connection)
        note("headers", \.headers)
        note("batch", \.batchLimit)
        note("server loops", \.serverLoops)
        note("client loops", \.clientLoops)
        note("mistakes", \.mistakes)
        note("link", \.link)
        note("side by side", \.sideBySide)
        return names
    }

    /// What the results of one technique have in common.
    private struct Identity: Hashable {
        let transport: String
        let connection: ConnectionPolicy

        init(_ result: TransportResult) {
            transport = result.transport
            connection = result.connection
        }

        var name: String {
            connection == .keepAlive ? transport : "\(transport) (\(connection.rawValue))"
        }
    }

    private static func presence(_ result: TransportResult, _ message: String) -> CheckResult {
        CheckResult(
            kind: .exact, transport: result.transport, metric: "exact.events", outcome: .failed,
            message: message, unit: MetricUnit.count.text)
    }
}
