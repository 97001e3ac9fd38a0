import Measurement
import Testing
import Wire

@testable import Reporting

@Suite("The formats")
struct FormatTests {
    private static var single: RunRecord {
        .crafted(
            .crafted("apple") {
                $0.bytesPerEvent.down[.messageFraming] = 8.25
                $0.requestsPerEvent = 0.5
                $0.latencyHistogram = EncodedHistogram(Histogram())
            })
    }

    private static func record(named name: String) -> RunRecord {
        switch name {
        case "linked": .linked
        case "lockstep": .lockstep
        case "checked": .checked
        default: single
        }
    }

    /// A format and the records that it is on file for. The formats of every figure are long, and
    /// have the shortest record.
    private static let goldens = [
        ("markdown", "checked"), ("markdown", "linked"), ("csv", "single"), ("junit", "checked"),
        ("junit", "linked"), ("hlog", "checked"), ("github-action-benchmark", "checked"),
        ("bencher", "checked"), ("bencher", "lockstep"), ("go-benchmark", "checked"),
        ("go-benchmark", "lockstep"), ("openmetrics", "single"), ("github", "checked"),
        ("console", "checked"),
    ]

    @Test("are those on file", arguments: goldens)
    func golden(format: String, record: String) throws {
        let report = try #require(Report.named(format))
        let files = try report.files(
            of: Self.record(named: record), at: "\(format)-\(record).\(report.fileExtension)")
        for file in files {
            try Golden.expect(file.content, file.path)
        }
    }

    private static let all = ["single", "checked", "linked", "lockstep", "nothing", "failed"]

    @Test("are made of every record, whatever it lacks", arguments: Report.all.map(\.name), all)
    func survives(format: String, name: String) throws {
        var record = Self.record(named: name)
        if name == "nothing" { record.results = [] }
        if name == "failed" { record.results[0].deliverNothing() }
        let report = try #require(Report.named(format))
        guard format != "hlog" || !["linked", "lockstep"].contains(name) else {
            let error = #expect(throws: RecordError.self) { try report.files(of: record, at: "x") }
            #expect(error?.cause.contains("none has a latency_histogram") == true)
            return
        }
        #expect(try report.files(of: record, at: "x").count == report.parts.count)
    }

    @Test("end their text with a line break, and have no other bytes than text's")
    func areText() throws {
        for report in Report.all {
            for file in try report.files(of: .checked, at: "x") {
                #expect(file.content.last == UInt8(ascii: "\n"))
                #expect(String(validating: file.content, as: UTF8.self) != nil)
            }
        }
    }

    @Test("refuse a histogram that is none", arguments: ["hlog", "openmetrics"])
    func brokenHistogram(format: String) throws {
        var record = RunRecord.checked
        record.results[0].latencyHistogram = EncodedHistogram(text: "HISTFAAA")
        let report = try #require(Report.named(format))
        let error = #expect(throws: RecordError.self) { try report.render(record) }
        #expect(error?.place == "latency_histogram")
    }

    @Test("that follow figures follow metrics which there are")
    func tracked() {
        #expect(Metric.tracked.count == 12)
        #expect(Metric.tracked.allSatisfy { $0.direction != .none })
    }

    @Test("that follow figures take the worst round's count, so that no median hides a loss")
    func worstRound() throws {
        let contenders = Contender.all(in: .checked)
        let lost = TrackedFigure.all(of: contenders).filter { $0.metric.name == "lost" }
        #expect(lost.map(\.value) == [0, 3])
    }

    @Test(
        "of several files put the part's name before the ending",
        arguments: [
            ("out.json", ["out-smaller.json", "out-bigger.json"]),
            ("out", ["out-smaller", "out-bigger"]),
            ("a.b/out", ["a.b/out-smaller", "a.b/out-bigger"]),
            ("a.b/.out", ["a.b/.out-smaller", "a.b/.out-bigger"]),
            ("/tmp/a.tar.gz", ["/tmp/a.tar-smaller.gz", "/tmp/a.tar-bigger.gz"]),
        ])
    func parts(path: String, expected: [String]) {
        #expect(Report.githubActionBenchmark.paths(for: path) == expected)
        #expect(Report.csv.paths(for: path) == [path])
    }

    @Test("shows ten annotations of a kind, the last of which says how many there are more")
    func annotationLimit() {
        var record = RunRecord.checked
        let failed = record.checks?[0]
        record.checks = Array(repeating: failed, count: 12).compactMap(\.self)
        let lines = GitHubReport.render(record).split(separator: "\n")
        let errors = lines.filter { $0.hasPrefix("::error ") }
        #expect(errors.count == 10)
        #expect(errors.last?.hasPrefix("::error title=3 more::") == true)
    }

    @Test("says nothing in a job's log when all is well")
    func quiet() {
        #expect(GitHubReport.render(Self.single).isEmpty)
    }

    @Test("judges a run without checks by what holds for every sound one")
    func invariants() {
        var record = Self.single
        record.results[0].deliveries.duplicate = 1
        record.partial = true
        record.results[0].warnings = [MeasurementWarning.reconnects(count: 2).recorded]
        let checks = RunInvariants.checks(of: record)
        let outcomes = checks.map { "\($0.transport) \($0.metric) \($0.outcome.rawValue)" }
        #expect(
            outcomes == [
                "apple lost passed", "apple duplicate failed", "apple reordered passed",
                "apple warnings cannot-tell", " complete failed", " warnings passed",
            ])
        #expect(checks[1].message == "1 delivery was made twice.")
    }
}
