import Link
import Measurement
import Testing
import Wire

@Suite("A threshold file")
struct ThresholdTests {
    private static let known = [
        ThresholdSubject.Technique(id: "sse"),
        ThresholdSubject.Technique(id: "websocket", aliases: ["ws"]),
        ThresholdSubject.Technique(id: "long-polling", aliases: ["longpoll"]),
        ThresholdSubject.Technique(id: "short-polling", aliases: ["poll"]),
    ]

    private static func scenario(lockstep: Bool = false, probesGap: Bool = true) -> Scenario {
        var scenario = RunRecord.complete.scenario
        scenario.transports = ["sse", "websocket", "long-polling"]
        scenario.lockstep = lockstep
        scenario.gapRoundTrip = probesGap ? .milliseconds(50) : nil
        return scenario
    }

    private static func read(
        _ text: String, _ scenario: Scenario = scenario()
    ) throws(ThresholdErrors) -> [Threshold] {
        let subject = ThresholdSubject(known: known, scenario: scenario)
        return try ThresholdFile(parsing: text, file: "limits.txt", for: subject).thresholds
    }

    // MARK: - Grammar

    struct Line: Sendable, CustomTestStringConvertible {
        let text: String
        let techniques: [String]
        let metric: String
        let comparison: Threshold.Comparison
        let limit: Double

        init(
            _ text: String, _ techniques: [String], _ metric: String,
            _ comparison: Threshold.Comparison, _ limit: Double
        ) {
            self.text = text
            self.techniques = techniques
            self.metric = metric
            self.comparison = comparison
            self.limit = limit
        }

        var testDescription: String { text }
    }

    private static let all = ["sse", "websocket", "long-polling"]

    private static let lines: [Line] = [
        Line("sse.latency.p99 < 20ms", ["sse"], "latency.p99", .less, 2e7),
        Line("sse.latency.p99<20ms", ["sse"], "latency.p99", .less, 2e7),
        Line("  sse.latency.p99\t<=  1m30s  # slow", ["sse"], "latency.p99", .atMost, 9e10),
        Line(
            "ws.bytes.overhead_per_event <= 4B", ["websocket"], "bytes.overhead_per_event", .atMost,
            4),
        Line("ws.bytes.up.total <= 2.5B", ["websocket"], "bytes.up.total", .atMost, 2.5),
        Line("*.lost == 0", all, "lost", .equal, 0),
        Line(
            "*-polling.requests_per_event <= 1.02", ["long-polling"], "requests_per_event", .atMost,
            1.02),
        Line("{sse, ws}.reconnects != 1k", ["sse", "websocket"], "reconnects", .different, 1000),
        Line("{*s*,sse}.lost == 0", ["sse", "websocket"], "lost", .equal, 0),
        Line(
            "long*.deliveries.per_second >= 30/m", ["long-polling"], "deliveries.per_second",
            .atLeast, 0.5),
        Line("*.generator.cpu_share < 80%", all, "generator.cpu_share", .less, 0.8),
        Line("sse.gap.in_rtt > 0", ["sse"], "gap.in_rtt", .more, 0),
        Line(
            "sse.server.memory_per_connection < 64KiB", ["sse"], "server.memory_per_connection",
            .less, 65_536),
    ]

    @Test("says techniques, metric, operator and limit", arguments: lines)
    func reads(line: Line) throws {
        let threshold = try #require(try Self.read(line.text).first)
        #expect(threshold.techniques.sorted() == line.techniques.sorted())
        #expect(threshold.metric == line.metric)
        #expect(threshold.comparison == line.comparison)
        #expect(threshold.limit == line.limit)
        #expect(threshold.isExplicit == !line.text.contains("*"))
    }

    private static let mistakes: [(line: String, errors: [String])] = [
        (
            "sse.latency.p95 < 20ms",
            ["5: there is no metric latency.p95; did you mean latency.p90?"]
        ),
        ("sse.latency < 20ms", ["5: there is no metric latency; did you mean latency.mean?"]),
        ("sse.colour < 1", ["5: there is no metric colour; pushbench help check lists them"]),
        (
            "sse.latency.p99 < 20",
            ["19: latency.p99 is a duration, and 20 needs a unit; 20s, 20ms"]
        ),
        (
            "sse.latency.p99 < 20B",
            [
                "19: latency.p99 is a duration, and 20B has an unknown unit \"B\"; known are ns, us, "
                    + "ms, s, m, h, d"
            ]
        ),
        (
            "*.lost == 0ms",
            ["11: lost is a count, and 0ms has an unknown unit \"ms\"; known are M, k"]
        ),
        (
            "*.lost == 1.5",
            [
                "11: lost is a count, and 1.5 is not whole in the smallest unit; write fewer decimal "
                    + "places"
            ]
        ),
        (
            "*.bytes.up.total < 4s",
            [
                "20: bytes.up.total is a number of bytes, and 4s is not a size; write for example "
                    + "4B, 2.5B, 64KiB"
            ]
        ),
        (
            "sse.requests_per_event < 1B",
            [
                "26: requests_per_event is a number without a unit, and 1B is not a number; write "
                    + "for example 2, 0.5, 10k"
            ]
        ),
        ("sze.lost == 0", ["1: there is no technique sze; did you mean sse?"]),
        (
            "poll.lost == 0",
            [
                "1: short-polling is not measured in this scenario; measured are sse, websocket, "
                    + "long-polling"
            ]
        ),
        (
            "http*.lost == 0",
            [
                "1: http* matches no technique of this scenario; measured are sse, websocket, "
                    + "long-polling"
            ]
        ),
        ("{sse,}.lost == 0", ["6: a technique is missing; write for example sse, or * for all"]),
        (
            "{sse,ws.lost == 0", ["1: the brace is not closed; write {sse,websocket}.lost == 0"]
        ),
        (
            "sse < 20ms",
            [
                "4: a technique, a point and a metric are expected; write for example "
                    + "sse.latency.p99 < 20ms"
            ]
        ),
        ("sse. < 20ms", ["5: a metric is missing; write for example latency.p99 or lost"]),
        ("sse.lost = 0", ["10: there is no operator =; write =="]),
        ("sse.lost => 0", ["10: there is no operator =>; write one of < <= == != >= >"]),
        ("sse.lost 0", ["10: an operator is missing; write one of < <= == != >= >"]),
        ("sse.lost", ["9: an operator is missing; write one of < <= == != >= >"]),
        ("sse.lost ==", ["12: a value is missing; write it behind the operator"]),
        (
            "sse.latency.p99 < 20 ms",
            [
                "22: there is more behind the value: ms; write number and unit together, and one "
                    + "assertion a line",
                "19: latency.p99 is a duration, and 20 needs a unit; 20s, 20ms",
            ]
        ),
        (
            "sze.latency.p9 =< 5ms",
            [
                "1: there is no technique sze; did you mean sse?",
                "5: there is no metric latency.p9; did you mean latency.p90?",
                "16: there is no operator =<; write one of < <= == != >= >",
            ]
        ),
        ("", ["1: there is no assertion in the file; write for example *.lost == 0"]),
    ]

    @Test("says what is wrong, where, and what to write", arguments: mistakes)
    func refuses(line: String, errors: [String]) {
        let thrown = #expect(throws: ThresholdErrors.self) { try Self.read(line) }
        #expect(thrown?.problems.map { "\($0)" } == errors.map { "limits.txt:1:\($0)" })
    }

    @Test("names everything that is wrong at once")
    func allAtOnce() {
        let text = "# limits\r\n\r\nsse.lost = 0 # one\n*.lost == 0\n  ws.latncy.p99 < 1s"
        let thrown = #expect(throws: ThresholdErrors.self) { try Self.read(text) }
        #expect(
            thrown?.description == """
                2 mistakes in limits.txt:
                limits.txt:3:10: there is no operator =; write ==
                limits.txt:5:6: there is no metric latncy.p99; did you mean latency.p99?
                """)
    }

    private static let unavailable: [(line: String, isLockstep: Bool, error: String)] = [
        ("sse.exact.requests == 1", false, "exact.requests is counted in lock-step only"),
        ("sse.latency.p50 < 1s", true, "latency.p50 means nothing in lock-step"),
        ("sse.gap.median < 1s", true, "gap.median needs the gap probe"),
    ]

    @Test("cannot ask for what the run will not have", arguments: unavailable)
    func impossible(line: String, isLockstep: Bool, error: String) {
        let thrown = #expect(throws: ThresholdErrors.self) {
            try Self.read(line, Self.scenario(lockstep: isLockstep, probesGap: false))
        }
        #expect(thrown?.problems.map(\.cause).first?.hasPrefix(error) == true, "\(error)")
    }

    // MARK: - Judging

    private static func record(
        _ latencies: [Int64] = [10_000_000], lost: [Int] = [0],
        warnings: [MeasurementWarning] = []
    ) -> RunRecord {
        var record = RunRecord.minimal
        record.scenario = scenario()
        record.results = record.scenario.transports.flatMap { id in
            zip(latencies, lost).enumerated().map { index, figures in
                var result = RunRecord.minimal.results[0]
                result.transport = id
                result.round = index + 1
                result.deliveries = DeliveryCount(
                    expected: 100, received: 100 - figures.1, missing: figures.1)
                result.latency = LatencySummary(
                    count: 100, mean: Double(figures.0), p50: figures.0, p90: figures.0,
                    p99: figures.0, p99_9: figures.0, max: figures.0)
                result.bytesPerEvent.down[.payload] = 100
                result.bytesPerEvent.down[.messageFraming] = 0.1 + 0.2
                return result
            }
        }
        record.results[0].warnings = warnings.map(\.recorded)
        return record
    }

    private static func outcomes(
        of line: String, in record: RunRecord
    ) throws -> [CheckResult.Outcome] {
        let subject = ThresholdSubject(known: known, scenario: record.scenario)
        return try ThresholdFile(parsing: line, file: "limits.txt", for: subject)
            .judge(record).map(\.outcome)
    }

    private static let assertions: [(line: String, outcome: CheckResult.Outcome)] = [
        ("sse.latency.p99 < 10ms", .failed), ("sse.latency.p99 <= 10ms", .passed),
        ("sse.latency.p99 == 10ms", .passed), ("sse.latency.p99 != 10ms", .failed),
        ("sse.latency.p99 >= 10ms", .passed), ("sse.latency.p99 > 10ms", .failed),
        // 0.1 + 0.2 is 0.30000000000000004.
        ("sse.bytes.overhead_per_event <= 0.3B", .passed),
        ("sse.bytes.overhead_per_event == 0.3B", .passed),
        ("sse.bytes.overhead_per_event > 0.3B", .failed),
        // What is named must be there; what a pattern finds need not be.
        ("sse.rearm.mean < 1s", .cannotTell), ("s*.rearm.mean < 1s", .skipped),
    ]

    @Test("is held against the figures of a record", arguments: assertions)
    func judges(line: String, outcome: CheckResult.Outcome) throws {
        #expect(try Self.outcomes(of: line, in: Self.record()) == [outcome])
    }

    @Test("says in one sentence what was asserted and what was measured")
    func message() throws {
        let subject = ThresholdSubject(known: Self.known, scenario: Self.scenario())
        let checks = try ThresholdFile(
            parsing: "\n {sse,ws}.latency.p99 < 2ms # fast", file: "limits.txt", for: subject
        ).judge(Self.record())
        #expect(
            checks.map(\.message) == [
                "limits.txt:2:2: {sse,ws}.latency.p99 < 2ms: sse had 10ms.",
                "limits.txt:2:2: {sse,ws}.latency.p99 < 2ms: websocket had 10ms.",
            ])
        #expect(checks.map(\.transport) == ["sse", "websocket"])
        #expect(checks.allSatisfy { $0.expected == 2e6 && $0.actual == 1e7 && $0.unit == "ns" })
    }

    @Test("judges a time by the median of the rounds, and a count by every round")
    func rounds() throws {
        let record = Self.record([1_000_000, 90_000_000, 2_000_000], lost: [0, 0, 1])
        #expect(try Self.outcomes(of: "ws.latency.p99 <= 2ms", in: record) == [.passed])
        #expect(try Self.outcomes(of: "ws.lost == 0", in: record) == [.failed])
    }

    private static let doubts: [(warning: MeasurementWarning, line: String, isDoubtful: Bool)] = [
        (.steal(share: 0.1), "sse.latency.p50 < 1s", true),
        (.steal(share: 0.1), "sse.latency.p50 < 1ns", true),
        (.steal(share: 0.1), "sse.lost == 0", false),
        (.steal(share: 0.1), "sse.bytes.down.total < 1kB", false),
        (.generatorSaturated(cpuShare: 1), "sse.latency.max < 1s", true),
        (.generatorSaturated(cpuShare: 1), "sse.generator.cpu_share < 50%", false),
        (.interrupted(phase: "measure"), "sse.latency.mean < 1s", true),
        (.tooFewSamples(count: 3), "sse.latency.p99 < 1s", true),
        (.tooFewSamples(count: 3), "sse.latency.p50 < 1s", false),
        (.clockJumped(by: .seconds(1)), "sse.latency.p50 < 1s", false),
    ]

    @Test("is not decided by what a warning makes doubtful", arguments: doubts)
    func doubt(warning: MeasurementWarning, line: String, isDoubtful: Bool) throws {
        var record = Self.record(warnings: [warning])
        let own = try Self.outcomes(of: line, in: record)
        #expect(own.map { $0 == .cannotTell } == [isDoubtful])
        // The same of a warning about the whole run.
        record.warnings = [warning.recorded]
        record.results[0].warnings = []
        #expect(try Self.outcomes(of: line, in: record) == own)
    }

    private static let texts: [(unit: MetricUnit, value: Double, text: String)] = [
        (.nanoseconds, 812.5, "812.5ns"), (.nanoseconds, 20e6, "20ms"),
        (.nanoseconds, 19_876_543, "19.88ms"), (.nanoseconds, -1500, "-1.5us"),
        (.nanoseconds, 0, "0ns"), (.bytes, 129.666_666, "129.7B"), (.bytes, 23_400, "23400B"),
        (.count, 0, "0"), (.ratio, 1.02, "1.02"), (.share, 0.05, "5%"), (.perSecond, 0.5, "0.5/s"),
        (.bytes, 100, "100B"),
    ]

    @Test("writes values in the units that it reads", arguments: texts)
    func writes(unit: MetricUnit, value: Double, text: String) {
        #expect(unit.text(of: value) == text)
    }
}
