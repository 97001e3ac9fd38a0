import Measurement
import Testing
import Transports

@testable import pushbench

@Suite("pushbench compare")
struct CompareTests {
    private func compare(_ words: [String]) throws -> CompareCommand {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["compare"] + words) else {
            throw UsageError(place: "test", problem: "help", remedy: "none")
        }
        return try CompareCommand(arguments)
    }

    private static let echo = "/bin/echo {port}"

    private static let mistakes: [(words: [String], message: String)] = [
        ([], "--base is missing: give two records, or a program for --base and one for --change"),
        (["--base", echo], "--change is missing: "),
        (["a.json"], "there must be two records, not 1: "),
        (["a.json", "b.json", "c.json"], "there must be two records, not 3: "),
        (["a.json", "b.json", "--base", echo], "--base does not go with records: "),
        (
            ["--base", echo, "--base-url", "http://127.0.0.1:1", "--change", echo],
            "--base and --base-url exclude each other: give one of them"
        ),
        (
            ["--base", echo, "--base-pid", "1", "--change", echo],
            "--base-pid goes with --base-url: "
        ),
        (
            ["--base", echo, "--change-url", "https://example.org"],
            "--change-url https://example.org is not the address of a server: "
        ),
        (
            ["--base", "/nonexistent/pushbench", "--change", echo],
            "--base: there is no program /nonexistent/pushbench: "
        ),
        (
            ["--base", "/nonexistent/server {port}", "--change", echo],
            "--base: there is no program /nonexistent/server: "
        ),
        (["--base", "'open {port}", "--change", echo], "--base 'open {port} has an open quote"),
        (
            ["--base", "/bin/true", "--change", echo],
            "--base /bin/true does not answer `version` as pushbench does: write a command with {port}"
        ),
        (
            ["--base", echo, "--change", echo, "-t", "sse,tcp"],
            "it is not known where both programs speak raw-tcp: write {raw-port}"
        ),
        (
            ["--base", echo, "--change", echo, "--server-processor", "4000"],
            "there is no such processor"
        ),
        (
            ["--base", echo, "--change", echo, "--threshold", "0"],
            "--threshold 0 is out of range: "
        ),
        (["--base", echo, "--change", echo, "--slice", "1ms"], "--slice 1ms is out of range: "),
    ]

    @Test("says what is wrong before it starts anything", arguments: mistakes)
    func mistake(words: [String], message: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try compare(words) }
        #expect("\(error)".hasPrefix("pushbench compare: ") && "\(error)".contains(message))
    }

    @Test("takes programs, commands and addresses")
    func programs() throws {
        let words = [
            "--base", "echo a 'b c' --port={port} {raw-port}", "--change-url",
            "http://localhost:8090/", "--change-pid", "71", "-t", "ws,sse",
        ]
        guard case .programs(let settings) = try compare(words).subject else {
            Issue.record("not two programs")
            return
        }
        guard case .command(let path, let command) = settings.base,
            case .running(let address, let processID) = settings.change
        else {
            Issue.record("\(settings.base), \(settings.change)")
            return
        }
        #expect(path.hasSuffix("/echo"))
        #expect(command == ["echo", "a", "b c", "--port={port}", "{raw-port}"])
        #expect(settings.base.speaksRaw && settings.base.hasProcessorTime)
        #expect("\(address)" == "127.0.0.1:8090" && processID == 71)
        #expect(!settings.change.canRestart && settings.change.hasProcessorTime)
        #expect(settings.transports.map(\.id) == ["websocket", "sse"])
        #expect(settings.restarts == 15 && settings.pairs == 10 && settings.clients == 64)
        #expect(settings.slice == .milliseconds(40) && settings.rule.threshold == 0.03)
    }

    @Test("compares the default technique when none is named")
    func defaults() throws {
        guard
            case .programs(let settings) = try compare(["--base", Self.echo, "--change", Self.echo])
                .subject
        else {
            Issue.record("not two programs")
            return
        }
        #expect(settings.transports.map(\.id) == ["websocket"])
    }

    private static let verdicts: [(verdicts: [PairedVerdict], isPartial: Bool, code: ExitCode)] = [
        ([.same, .better, .same], false, .fine), ([.same, .worse], false, .regression),
        ([.cannotTell, .worse], true, .regression), ([.cannotTell, .same], false, .cannotTell),
        ([.same], true, .cannotTell), ([.same, .notMeasured], false, .fine),
        ([.notMeasured], false, .cannotTell), ([], true, .cannotTell),
    ]

    @Test("ends with the code of the gravest verdict", arguments: verdicts)
    func exitCodes(verdicts: [PairedVerdict], isPartial: Bool, code: ExitCode) {
        #expect(CompareCommand.exitCode(of: verdicts, isPartial: isPartial) == code)
    }

    private static let lines: [(text: String, words: [String]?)] = [
        ("", []), ("  a  b ", ["a", "b"]), ("a 'b c' d", ["a", "b c", "d"]),
        ("a \"b 'c'\" d", ["a", "b 'c'", "d"]), (#"a\ b "c\"d" 'e\f'"#, ["a b", "c\"d", #"e\f"#]),
        (#""a\b""#, [#"a\b"#]), ("'' \"\"", ["", ""]), ("a=\"b c\"d", ["a=b cd"]),
        ("a $HOME *", ["a", "$HOME", "*"]), ("'a", nil), ("\"a", nil), ("a\\", nil),
    ]

    @Test("splits a command as a shell does, and expands nothing", arguments: lines)
    func shellWords(text: String, words: [String]?) {
        #expect(ShellWords.split(text) == words)
    }

    @Test("has a waste in serve that only the project's own test knows")
    func hiddenOption() throws {
        let serve = try #require(Command.all.first { $0.spec.name == "serve" })
        #expect(serve.spec.option(named: "slow-delivery")?.isHidden == true)
        #expect(!HelpText.render(command: serve.spec, width: 80).contains("slow-delivery"))
        let error = try #require(throws: UsageError.self) {
            _ = try serve.spec.parse(["--slow-deliver", "1us"])
        }
        #expect(!"\(error)".contains("slow-delivery"))
    }
}
