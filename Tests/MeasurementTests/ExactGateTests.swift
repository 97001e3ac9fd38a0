import Measurement
import Testing
import Wire

@Suite("The exact gate")
struct ExactGateTests {
    /// Twenty events to two clients in lock-step, by a technique that polls and one that does not.
    private static let record: RunRecord = {
        var record = RunRecord.minimal
        record.scenario.transports = ["long", "stream"]
        record.scenario.clients = 2
        record.scenario.lockstep = true
        record.results = [
            result("long", up: [.requestHead: 3080], down: [.payload: 4000, .responseHead: 5520]),
            result("stream", up: [:], down: [.payload: 4000, .messageFraming: 280]),
        ]
        return record
    }()

    private static func result(
        _ id: String, up: [ByteClass: Int], down: [ByteClass: Int]
    ) -> TransportResult {
        func ledger(_ counts: [ByteClass: Int]) -> ByteLedger {
            var ledger = ByteLedger()
            for (byteClass, count) in counts { ledger[byteClass] = count }
            return ledger
        }
        let requests = up.isEmpty ? 0 : 40
        var result = RunRecord.minimal.results[0]
        result.transport = id
        result.clients = 2
        result.deliveries = DeliveryCount(expected: 40, received: 40)
        result.exact = ExactCounts(
            events: 20, deliveries: 40, requests: requests, answers: requests,
            upBytes: ledger(up).total, downBytes: ledger(down).total, serverSends: 40,
            serverReceives: requests, clientSends: requests, clientReceives: 40,
            bytes: ExactTraffic(down: ledger(down), up: ledger(up)),
            connectBytes: ExactTraffic(
                down: ledger([.responseHead: 400]), up: ledger([.requestHead: 120])))
        return result
    }

    private static func failures(
        _ change: (inout RunRecord) -> Void
    ) throws -> [(metric: String, message: String)] {
        var now = record
        change(&now)
        let gate = try ExactGate(baseline: record, path: "exact.json")
        return gate.compare(now).filter { $0.outcome == .failed }.map { ($0.metric, $0.message) }
    }

    @Test("passes the same counts, and does not look at what goes by the clock")
    func same() throws {
        let unchanged = try Self.failures { record in
            record.machine.cores += 7
            record.started = "2025-12-24T00:00:00Z"
            record.results[0].latency = LatencySummary(
                count: 1, mean: 1, p50: 1, p90: 1, p99: 1, p99_9: 1, max: 1)
            record.results[0].wirePerEvent = WireCount(
                upBytes: 9, downBytes: 9, upPackets: 9, downPackets: 9)
            record.results[0].server = ServerCost(cpuNanosecondsPerDelivery: 1e9)
            record.results[0].link.rttEffectiveNanoseconds = 12_345
        }
        #expect(unchanged.isEmpty)
        let gate = try ExactGate(baseline: Self.record, path: "exact.json")
        let checks = gate.compare(Self.record)
        #expect(checks.allSatisfy { $0.kind == .exact && $0.outcome == .passed })
        // Three mistakes that did not happen, ten counts, of which four are zero without requests,
        // and the classes that occur.
        #expect(checks.filter { $0.transport == "long" }.count == 3 + 10 + 3 + 2)
        #expect(checks.filter { $0.transport == "stream" }.count == 3 + 5 + 2 + 2)
    }

    @Test("finds one byte more in a head, and names the class")
    func headerByte() throws {
        let failures = try Self.failures { record in
            record.results[0].exact?.downBytes += 40
            record.results[0].exact?.bytes?.down[.responseHead] += 40
        }
        #expect(failures.map(\.metric) == ["exact.down_bytes", "exact.bytes.down.response_head"])
        #expect(
            failures.first?.message == "long: bytes from server to clients, in lock-step: 9520B, "
                + "now 9560B (+40B, +1B a delivery, response_head +40B).")
        #expect(
            failures.last?.message == "long: bytes of class response_head from server to clients, "
                + "in lock-step: 5520B, now 5560B (+40B, +1B a delivery).")
    }

    @Test("finds one byte more in a head that is sent once a connection")
    func headerByteOfStream() throws {
        let failures = try Self.failures { record in
            record.results[1].exact?.connectBytes?.down[.responseHead] += 2
        }
        #expect(failures.map(\.metric) == ["exact.connect_bytes.down.response_head"])
        #expect(failures.first?.message.hasSuffix("400B, now 402B (+2B, +1B a client).") == true)
    }

    @Test("finds one request more")
    func request() throws {
        let failures = try Self.failures { record in
            record.results[0].exact?.requests += 1
            record.results[0].exact?.clientSends += 1
        }
        #expect(failures.map(\.metric) == ["exact.requests", "exact.client_sends"])
        #expect(failures.first?.message == "long: requests, in lock-step: 40, now 41 (+1).")
    }

    private static let changes:
        [(name: String, metric: String, change: @Sendable (inout RunRecord) -> Void)] = [
            ("a loss", "lost", { $0.results[0].deliveries.missing = 1 }),
            ("a duplicate", "duplicate", { $0.results[1].deliveries.duplicate = 1 }),
            ("a wrong order", "reordered", { $0.results[1].deliveries.reordered = 3 }),
            (
                "a class that is new", "exact.bytes.down.padding",
                {
                    $0.results[1].exact?.bytes?.down[.padding] = 1
                }
            ),
            (
                "fewer bytes", "exact.bytes.down.message_framing",
                {
                    $0.results[1].exact?.bytes?.down[.messageFraming] = 0
                }
            ),
            (
                "counts that are gone", "exact.server_sends",
                {
                    $0.results[1].exact?.serverSends = nil
                }
            ),
            ("a technique that vanished", "exact.events", { $0.results.removeLast() }),
            (
                "a technique that was added", "exact.events",
                {
                    $0.results.append($0.results[0])
                    $0.results[2].transport = "new"
                }
            ),
            (
                "a second round that differs", "exact.requests",
                {
                    $0.results.append($0.results[0])
                    $0.results[2].round = 2
                    $0.results[2].exact?.requests = 39
                }
            ),
        ]

    @Test("finds every other change", arguments: changes.indices)
    func finds(index: Int) throws {
        let (name, metric, change) = Self.changes[index]
        let failures = try Self.failures(change)
        #expect(failures.map(\.metric) == [metric], "\(name)")
    }

    private static let spoilt: [(reason: String, change: @Sendable (inout RunRecord) -> Void)] = [
        ("the run was not in lock-step", { $0.scenario.lockstep = false }),
        ("the run did not reach its end", { $0.partial = true }),
        ("its scenario has a number that no run can have", { $0.scenario.repeats = 0 }),
        ("its scenario has a number that no run can have", { $0.scenario.ratePerSecond = -1 }),
        ("nothing was measured", { $0.results = [] }),
        ("long has no exact counts", { $0.results[0].exact = nil }),
        ("long had 1 event lost", { $0.results[0].deliveries.lost = 1 }),
        ("stream had 2 events repeated", { $0.results[1].deliveries.duplicate = 2 }),
        ("stream had 1 event reordered", { $0.results[1].deliveries.reordered = 1 }),
        ("stream had connections that broke", { $0.results[1].reconnects = 1 }),
        ("stream was not measured", { $0.results.removeLast() }),
        (
            "the rounds of long do not agree",
            {
                $0.results.append($0.results[0])
                $0.results[2].exact?.requests = 39
            }
        ),
        (
            "stream carried bytes that no ledger accounts for",
            {
                $0.results[1].warnings = [
                    MeasurementWarning.ledgerMismatch(socketBytes: 2, ledgerBytes: 1).recorded
                ]
            }
        ),
    ]

    @Test("takes no baseline of a run that went wrong", arguments: spoilt.indices)
    func objects(index: Int) {
        let (reason, change) = Self.spoilt[index]
        var record = Self.record
        change(&record)
        #expect(ExactGate.objections(to: record).contains { $0.hasPrefix(reason) })
        let error = #expect(throws: RecordError.self) {
            try ExactGate(baseline: record, path: "exact.json")
        }
        #expect(error?.cause.hasPrefix("is no baseline: ") == true)
        #expect(error?.remedy.contains("check --exact exact.json --save-baseline") == true)
    }

    @Test("names the parts of the scenario in which a record is another run")
    func differences() throws {
        let gate = try ExactGate(baseline: Self.record, path: "exact.json")
        var other = Self.record
        #expect(gate.differences(of: other).isEmpty)
        // Neither the seed's shuffling nor the techniques change what one of them does.
        other.scenario.seed = 7
        other.scenario.transports = ["stream"]
        #expect(gate.differences(of: other).isEmpty)
        other.scenario.clients = 3
        other.scenario.headers = "other"
        #expect(gate.differences(of: other) == ["clients", "headers"])
    }

    @Test("stores of a run what it compares, and nothing that goes by clock or machine")
    func stored() throws {
        var record = RunRecord.complete
        record.scenario.transports = ["made-up"]
        let stored = try RunRecord(json: record.asBaseline.encoded())
        #expect(stored.results[0].exact == record.results[0].exact)
        #expect(stored.results[0].deliveries.expected == record.results[0].deliveries.expected)
        #expect(stored.scenario == record.scenario)
        var again = record
        again.durationNanoseconds += 1
        again.machine.cores = 64
        again.results[0].latency = .none
        again.results[0].generator.cpuShare = 1
        again.results[0].source = SourceLateness(p50Nanoseconds: 1, p99Nanoseconds: 2)
        #expect(try again.asBaseline.encoded() == record.asBaseline.encoded())
    }

    private static let verdicts: [(outcomes: [CheckResult.Outcome], sentence: String)] = [
        ([], "Nothing was checked."), ([.skipped], "Nothing was checked."),
        ([.passed], "Passed: 1 check."), ([.passed, .better, .skipped], "Passed: 2 checks."),
        ([.passed, .cannotTell], "Cannot tell: 1 of 2 checks (t.m1)."),
        ([.failed, .cannotTell], "Failed: 1 of 2 checks (t.m0)."),
        (
            [.failed, .failed, .failed, .failed, .failed],
            "Failed: 5 of 5 checks (t.m0, t.m1, t.m2, and 2 more)."
        ),
    ]

    @Test("says in one line what the checks come to", arguments: verdicts)
    func verdict(outcomes: [CheckResult.Outcome], sentence: String) {
        let checks = outcomes.enumerated().map { index, outcome in
            CheckResult(
                kind: .threshold, transport: "t", metric: "m\(index)", outcome: outcome,
                message: "", unit: "1")
        }
        #expect(CheckVerdict(checks).sentence == sentence)
    }
}
