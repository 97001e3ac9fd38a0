import Foundation
import Link
import Measurement
import Reporting
import Testing
import Wire

@Suite("ConsoleReport")
struct ConsoleReportTests {
    private static var record: RunRecord {
        .crafted(
            .crafted("pear", p50: 500_000_000) {
                $0.bytesPerEvent.down[.responseHead] = 212.5
                $0.bytesPerEvent.up[.requestHead] = 320
                $0.requestsPerEvent = 1.5
                $0.answers = 75_000
                $0.emptyAnswers = 25_000
                $0.server = ServerCost(
                    cpuNanosecondsPerDelivery: 31_400, memoryBytesPerConnection: 9216)
                $0.deliveries = DeliveryCount(
                    expected: 50_000, received: 49_990, lost: 10, perSecond: 4999)
                $0.warnings = [MeasurementWarning.eventsLost(count: 10).recorded]
            },
            .crafted("apple") {
                $0.bytesPerEvent.down[.messageFraming] = 8
                $0.server = ServerCost(
                    cpuNanosecondsPerDelivery: 5210, memoryBytesPerConnection: 4096)
            })
    }

    private static var repeated: RunRecord {
        func apple(_ connection: ConnectionPolicy, round: Int, p50: Int64) -> TransportResult {
            .crafted("apple", p50: p50, round: round) {
                $0.connection = connection
                $0.gap = GapResult(
                    minimumNanoseconds: p50, medianNanoseconds: p50,
                    inRoundTrips: connection == .close ? 2.01 : 1.0)
                $0.warnings =
                    round == 2 ? [MeasurementWarning.interrupted(phase: "measure").recorded] : []
            }
        }
        var record = RunRecord.crafted(
            apple(.keepAlive, round: 1, p50: 1_000_000), apple(.close, round: 1, p50: 2_000_000),
            .crafted("pear", round: 1) { $0.deliverNothing() },
            apple(.keepAlive, round: 2, p50: 1_500_000), apple(.close, round: 2, p50: 2_500_000),
            .crafted("pear", round: 2) { $0.deliverNothing() })
        record.scenario.repeats = 2
        record.scenario.connection = .close
        record.scenario.arrivals = .saturate
        record.scenario.target = "10.0.0.1:8080"
        record.partial = true
        record.warnings = [
            MeasurementWarning.roundFailed(transport: "sse", reason: "the server is gone").recorded
        ]
        return record
    }

    /// The reports on file: the plainest, rounds with what was not measured, everything that a run
    /// over a link has, and lock-step beside paired differences.
    private static let goldens = ["plain", "rounds", "linked", "lockstep"]

    private static func record(named name: String) -> RunRecord {
        switch name {
        case "rounds": repeated
        case "linked": .linked
        case "lockstep": .lockstep
        default: record
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens")

    /// With PUSHBENCH_RECORD=1 in the environment the reports are written anew instead of compared;
    /// what has changed is then for a review to judge.
    @Test("is the one on file", arguments: goldens)
    func golden(name: String) throws {
        let file = Self.folder.appending(path: "\(name).txt")
        let report = ConsoleReport.render(Self.record(named: name), color: false)
        guard ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] == nil else {
            try FileManager.default.createDirectory(
                at: Self.folder, withIntermediateDirectories: true)
            return try Data(report.utf8).write(to: file)
        }
        let lines = report.split(separator: "\n", omittingEmptySubsequences: false)
        let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines == recorded)
    }

    @Test(
        "fits a terminal of 114 columns, whatever was measured",
        arguments: ["plain", "linked", "lockstep"])
    func width(name: String) {
        let report = ConsoleReport.render(Self.record(named: name), color: false)
        let wide = report.split(separator: "\n").filter { $0.count > 114 }
        #expect(wide.isEmpty)
    }

    @Test("only adds colour to the same text", arguments: goldens)
    func colours(name: String) {
        let colored = ConsoleReport.render(Self.record(named: name), color: true)
        let plain = colored.replacing(/\u{1B}\[[0-9]+m/, with: "")
        #expect(plain == ConsoleReport.render(Self.record(named: name), color: false))
    }

    @Test("colours what is lost, what holds and what is off")
    func tones() {
        let lossy = ConsoleReport.render(Self.record, color: true)
        #expect(lossy.contains("\u{1B}[31m10\u{1B}[0m\n"))
        let linked = ConsoleReport.render(.linked, color: true)
        #expect(linked.contains("\u{1B}[32mholds\u{1B}[0m\n"))
        #expect(linked.contains("\u{1B}[31moff by 12 %\u{1B}[0m\n"))
        #expect(linked.contains("\u{1B}[33moff by 0.90 %\u{1B}[0m\n"))
        #expect(linked.contains("\u{1B}[2mn/a\u{1B}[0m\n"))
    }

    @Test("shows no control character of the record's text")
    func controls() {
        var record = RunRecord.checked
        record.tool.version = "1\u{1B}[2J"
        record.results[0].transport = "\u{1B}]0;apple\u{7}"
        let report = ConsoleReport.render(record, color: false)
        let controls = report.unicodeScalars.filter { $0.properties.generalCategory == .control }
        #expect(controls.allSatisfy { $0 == "\n" })
    }

    @Test("says so when nothing was measured")
    func survivesNothing() {
        #expect(
            ConsoleReport.render(.crafted(), color: false).hasSuffix("\nNothing was measured.\n"))
    }

    @Test("is one of the formats, which have names of their own")
    func isRegistered() throws {
        #expect(Set(Report.all.map(\.name)).count == Report.all.count)
        let console = try #require(Report.all.first { $0.name == "console" })
        #expect(
            try console.render(Self.record)
                == Array(ConsoleReport.render(Self.record, color: false).utf8))
        let json = try #require(Report.all.first { $0.name == "json" })
        #expect(try RunRecord(json: json.render(Self.record)) == Self.record)
    }
}
