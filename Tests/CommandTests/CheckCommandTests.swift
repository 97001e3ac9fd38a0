import Foundation
import Link
import Measurement
import Testing

@testable import pushbench

/// What `check` ends with, on records that were made before: no run, no clock, no socket.
@Suite("The exit code of check")
struct CheckCommandTests {
    private static func record(
        lockstep: Bool = false, change: (inout TransportResult) -> Void = { _ in }
    ) -> RunRecord {
        var result = TransportResult(
            transport: "sse", clients: 2,
            deliveries: DeliveryCount(expected: 40, received: 40),
            latency: LatencySummary(
                count: 1000, mean: 1e6, p50: 1_000_000, p90: 2_000_000, p99: 3_000_000,
                p99_9: 4_000_000, max: 5_000_000),
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
            source: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0))
        if lockstep {
            result.exact = ExactCounts(
                events: 20, deliveries: 40, requests: 0, answers: 0, upBytes: 0, downBytes: 4830,
                clientSends: 0, clientReceives: 40)
        }
        change(&result)
        return RunRecord(
            tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
            machine: Machine(cpu: "any", cores: 2, memoryBytes: 1, kernel: "6.18", os: "Linux"),
            started: "2025-11-21T02:32:00Z", durationNanoseconds: 1, command: ["pushbench", "run"],
            scenario: Scenario(
                transports: ["sse"], clients: 2, ratePerSecond: 20, payloadBytes: 100,
                connectRatePerSecond: 5000, warmup: .zero, duration: .seconds(1),
                drainLimit: .seconds(1), pollInterval: .seconds(1), hold: .seconds(25),
                headers: "minimal", seed: 1, backlogLimitBytes: 65_536, lockstep: lockstep),
            results: [result])
    }

    /// Runs `check` in a folder that has these files.
    private static func check(
        _ words: [String], limits: String = "", _ records: [String: RunRecord] = [:]
    ) throws -> ExitCode {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appending(path: name).path }
        try OutputFile.write(Array(limits.utf8), to: path("limits.txt"))
        for (name, record) in records { try record.write(to: path(name)) }
        let words = words.map { $0.contains(".") && !$0.contains("/") ? path($0) : $0 }
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["check", "--quiet"] + words) else {
            return .usage
        }
        return try CheckCommand(arguments).run()
    }

    private static let limits: [(line: String, code: ExitCode)] = [
        ("sse.latency.p99 < 20ms", .fine), ("sse.latency.p99 < 2ms", .regression),
        ("*.lost == 0", .fine), ("*.lost != 0", .regression),
        ("sse.rearm.mean < 1s", .cannotTell), ("*.rearm.mean < 1s\n*.lost == 0", .fine),
        ("sse.rearm.mean < 1s\n*.lost != 0", .regression),
    ]

    @Test("is 0 when every assertion holds, and 3 when one does not", arguments: limits)
    func thresholds(line: String, code: ExitCode) throws {
        let words = ["--thresholds", "limits.txt", "--record", "run.json"]
        #expect(try Self.check(words, limits: line, ["run.json": Self.record()]) == code)
    }

    @Test("is 4 when a warning makes a time doubtful, and still 3 for a count")
    func doubtful() throws {
        let record = Self.record { result in
            result.warnings = [MeasurementWarning.generatorSaturated(cpuShare: 1).recorded]
            result.deliveries.missing = 1
            result.deliveries.received = 39
        }
        let words = ["--thresholds", "limits.txt", "--record", "run.json"]
        func code(_ limits: String) throws -> ExitCode {
            try Self.check(words, limits: limits, ["run.json": record])
        }
        #expect(try code("sse.latency.p99 < 20ms") == .cannotTell)
        #expect(try code("sse.latency.p99 < 1ms") == .cannotTell)
        #expect(try code("sse.lost == 1") == .fine)
        #expect(try code("sse.latency.p99 < 20ms\nsse.lost == 0") == .regression)
    }

    @Test("is 4 when the run did not reach its end and nothing failed")
    func partial() throws {
        var record = Self.record()
        record.partial = true
        let words = ["--thresholds", "limits.txt", "--record", "run.json"]
        #expect(try Self.check(words, limits: "*.lost == 0", ["run.json": record]) == .cannotTell)
        #expect(try Self.check(words, limits: "*.lost != 0", ["run.json": record]) == .regression)
    }

    @Test("is 5 while there is no baseline")
    func noBaseline() throws {
        #expect(try Self.check(["--exact", "exact.json"]) == .noBaseline)
    }

    @Test("is 0 when every count is the same, and 3 when one is not, whatever the warnings")
    func exact() throws {
        let words = ["--exact", "exact.json", "--record", "run.json"]
        func code(_ change: (inout TransportResult) -> Void) throws -> ExitCode {
            try Self.check(
                words,
                [
                    "exact.json": Self.record(lockstep: true),
                    "run.json": Self.record(lockstep: true, change: change),
                ])
        }
        #expect(try code { _ in } == .fine)
        let doubtful = MeasurementWarning.generatorSaturated(cpuShare: 1).recorded
        #expect(try code { $0.warnings = [doubtful] } == .fine)
        #expect(
            try code {
                $0.warnings = [doubtful]
                $0.exact?.downBytes += 1
            } == .regression)
        #expect(try code { $0.exact?.requests = 1 } == .regression)
    }

    @Test("is that of both, when a record is held against both")
    func both() throws {
        let words = [
            "--exact", "exact.json", "--record", "exact.json", "--thresholds", "limits.txt",
        ]
        let files = ["exact.json": Self.record(lockstep: true)]
        #expect(try Self.check(words, limits: "sse.exact.requests == 0", files) == .fine)
        #expect(try Self.check(words, limits: "sse.exact.requests > 0", files) == .regression)
    }

    @Test("writes the checks into the record that it leaves")
    func leavesRecord() throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "checked-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let words = ["--thresholds", "limits.txt", "--record", "run.json", "--json", file]
        let code = try Self.check(words, limits: "*.lost == 0", ["run.json": Self.record()])
        #expect(code == .fine)
        let checks = try #require(try RunRecord(path: file).checks)
        #expect(checks.map(\.metric) == ["lost"])
        #expect(checks.map(\.outcome) == [.passed])
    }

    private static let mistakes: [(words: [String], remark: String)] = [
        ([], "there is nothing to check"),
        (["--save-baseline"], "has no file to write"),
        (["--exact", "exact.json", "--save-baseline", "--record", "run.json"], "checks nothing"),
        (
            ["--exact", "exact.json", "--save-baseline", "--arrivals", "periodic"],
            "has no arrivals"
        ),
        (["--exact", "exact.json", "--clients", "3"], "the baseline says what is run"),
        (
            ["--thresholds", "limits.txt", "--record", "run.json", "--rate", "3"],
            "--record was made already"
        ),
        (
            ["--exact", "exact.json", "--record", "other.json"],
            "of another scenario than --exact, by lock-step"
        ),
        (["--thresholds", "nowhere.txt"], "cannot be read"),
    ]

    @Test("is 2 when what is asked for makes no sense", arguments: mistakes)
    func usage(words: [String], remark: String) throws {
        let error = try #require(throws: UsageError.self) {
            try Self.check(
                words, limits: "*.lost == 0",
                [
                    "exact.json": Self.record(lockstep: true), "run.json": Self.record(),
                    "other.json": Self.record(),
                ])
        }
        #expect("\(error)".contains(remark), "\(error)")
        #expect(error.exitCode == .usage)
    }

    @Test("is 1 for a baseline that is none, and for a file of assertions with mistakes")
    func broken() throws {
        #expect(throws: RecordError.self) {
            try Self.check(["--exact", "run.json"], ["run.json": Self.record()])
        }
        #expect(throws: ThresholdErrors.self) {
            try Self.check(
                ["--thresholds", "limits.txt", "--record", "run.json"],
                limits: "sse.latency.p99 < 20B", ["run.json": Self.record()])
        }
    }
}
