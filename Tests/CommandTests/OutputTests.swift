import Foundation
import Measurement
import Testing

@testable import pushbench

@Suite("Where a record goes")
struct OutputTests {
    private static let record = RunRecord(
        tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
        machine: Machine(cpu: "Imaginary", cores: 2, memoryBytes: 8 << 30, kernel: "6", os: "L"),
        started: "2025-11-21T02:32:00Z", durationNanoseconds: 1_000_000_000,
        command: ["pushbench", "run"],
        scenario: Scenario(
            transports: ["sse"], clients: 1, ratePerSecond: 10, payloadBytes: 100,
            connectRatePerSecond: 500, warmup: .seconds(2), duration: .seconds(10),
            drainLimit: .seconds(5), pollInterval: .seconds(1), hold: .seconds(25),
            headers: "minimal", seed: 42, backlogLimitBytes: 65_536),
        results: [])

    /// A folder of the test's own, which is gone when `body` has returned.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func arguments(_ words: [String]) throws -> ParsedArguments {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(words) else {
            throw UsageError(place: "test", problem: "help was asked for", remedy: "")
        }
        return arguments
    }

    private func outputs(_ words: [String], summary: String? = nil) throws -> RunOutputs {
        try RunOutputs(
            arguments(["run", "--quiet"] + words), job: GitHubJob(summary: summary))
    }

    @Test(
        "is refused before anything is measured",
        arguments: [
            ("--json FOLDER/no/x.json", "--json FOLDER/no/x.json: there is no folder FOLDER/no"),
            ("--csv FOLDER", "--csv FOLDER: FOLDER is a folder: name a file in it"),
            ("--csv - --junit -", "--csv and --junit both write to -"),
            ("--json FOLDER/a --csv FOLDER/a", "--json and --csv both write to FOLDER/a"),
            (
                "--github-action-benchmark FOLDER/a.json --json FOLDER/a-bigger.json",
                "both write to FOLDER/a-bigger.json"
            ),
            ("--github-action-benchmark -", "is 2 files, and standard output is one"),
            ("--github --json -", "--github and --json - both write to standard output"),
        ])
    func refused(words: String, remark: String) throws {
        try withFolder { folder in
            let words = words.replacing("FOLDER", with: folder).split(separator: " ")
            let error = try #require(throws: UsageError.self) {
                try outputs(words.map(String.init))
            }
            #expect("\(error)".contains(remark.replacing("FOLDER", with: folder)))
        }
    }

    @Test("is refused when the job's summary cannot be written, and only when that is asked for")
    func refusedSummary() throws {
        try withFolder { folder in
            let error = try #require(throws: UsageError.self) {
                try outputs(["--github"], summary: "\(folder)/no/summary")
            }
            #expect("\(error)".contains("GITHUB_STEP_SUMMARY: there is no folder"))
            _ = try outputs([], summary: "\(folder)/no/summary")
            _ = try outputs(["--github"])
        }
    }

    @Test("is in every file that was asked for")
    func files() throws {
        try withFolder { folder in
            let outputs = try outputs([
                "--json", "\(folder)/run.json", "--markdown", "\(folder)/run.md",
                "--github-action-benchmark", "\(folder)/follow.json", "--csv", "/dev/null",
            ])
            try outputs.write(Self.record)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(
                names == ["follow-bigger.json", "follow-smaller.json", "run.json", "run.md"])
            #expect(try RunRecord(path: "\(folder)/run.json") == Self.record)
        }
    }

    @Test("is in the other files when one could not be written, and that one is named")
    func failure() throws {
        try withFolder { folder in
            let outputs = try outputs(
                [
                    "--json", "\(folder)/gone/run.json", "--csv", "\(folder)/run.csv",
                ].map { $0.replacing("gone/", with: "") } + ["--markdown", "\(folder)/run.md"])
            // A folder took the record's place while the run was going on.
            try FileManager.default.createDirectory(
                atPath: "\(folder)/run.json", withIntermediateDirectories: true)
            let error = try #require(throws: RecordError.self) { try outputs.write(Self.record) }
            #expect(error.place == "\(folder)/run.json")
            #expect(FileManager.default.fileExists(atPath: "\(folder)/run.csv"))
            #expect(FileManager.default.fileExists(atPath: "\(folder)/run.md"))
        }
    }

    @Test("is added to a job's summary, after what is there")
    func summary() throws {
        try withFolder { folder in
            let path = "\(folder)/summary.md"
            try Data("# Earlier\n".utf8).write(to: URL(filePath: path))
            try outputs(["--github"], summary: path).write(Self.record)
            try outputs(["--github"], summary: path).write(Self.record)
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            #expect(text.hasPrefix("# Earlier\n## pushbench 0.1.0"))
            #expect(text.matches(of: #/## pushbench 0.1.0/#).count == 2)
        }
    }

    // MARK: - report

    private func report(_ words: [String]) throws -> ExitCode {
        try ReportCommand(arguments(["report"] + words)).run()
    }

    @Test("is shown again from its file")
    func reportWrites() throws {
        try withFolder { folder in
            try Self.record.write(to: "\(folder)/run.json")
            let code = try report([
                "\(folder)/run.json", "--format", "json", "-o", "\(folder)/again.json",
            ])
            #expect(code == .fine)
            #expect(try RunRecord(path: "\(folder)/again.json") == Self.record)
        }
    }

    @Test(
        "is not shown when it is none, and the error says why",
        arguments: [
            ("", "schema: ", "is empty"), ("{}", "schema: is missing", "Docs/run-record"),
            ("{\"schema\" : 99}", "reads schema 1, and the record has 99", "use the version"),
            ("[1]", "run.json: ", "should be an object"),
            ("{\"schema\" : 1}", "tool: is missing", "Docs/run-record"),
        ])
    func unreadable(text: String, cause: String, remedy: String) throws {
        try withFolder { folder in
            let path = "\(folder)/run.json"
            try Data(text.utf8).write(to: URL(filePath: path))
            let error = try #require(throws: RecordError.self) { try report([path]) }
            #expect(error.place.hasPrefix(path))
            #expect("\(error)".contains(cause) || text.isEmpty)
            #expect("\(error)".contains(remedy))
        }
    }

    @Test("is not shown when there is no such file")
    func missing() throws {
        let error = try #require(throws: RecordError.self) { try report(["/nowhere/run.json"]) }
        #expect("\(error)".contains("/nowhere/run.json: cannot be read: no such file"))
    }

    @Test("is refused a format that there is not, with the one that was meant")
    func unknownFormat() throws {
        let error = try #require(throws: UsageError.self) {
            try arguments(["report", "run.json", "--format", "markdwn"])
        }
        #expect("\(error)".contains("did you mean markdown?"))
    }
}
