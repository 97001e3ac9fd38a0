import Link
import Testing

@testable import pushbench

@Suite("Parsing")
struct ParsingTests {
    /// The arguments of `brew pot …`; a test that gets help instead fails.
    private func brew(_ words: String...) throws -> ParsedArguments {
        let invocation = try FakeCommands.table.parse(["brew", "pot"] + words)
        guard case .command(let arguments) = invocation else {
            throw UnexpectedInvocation()
        }
        return arguments
    }

    private struct UnexpectedInvocation: Error {}

    @Test("gives every option its default when nothing is given")
    func defaults() throws {
        let arguments = try brew()
        #expect(arguments.operands == ["pot"])
        #expect(arguments.count("cups") == 2)
        #expect(arguments.duration("steep") == .seconds(90))
        #expect(arguments.size("water") == 65536)
        #expect(arguments.rate("refills") == 0.5)
        #expect(arguments.fraction("milk") == 0.05)
        #expect(arguments.choice("temperature-of-the-water") == "hot")
        #expect(arguments.list("beans") == ["arabica", "robusta", "liberica"])
        #expect(arguments.link("pipe") == .lan)
        #expect(arguments.pathIfAny("log") == nil)
        #expect(arguments.texts("note") == [])
        #expect(!arguments.flag("no-color"))
        #expect(!arguments.isGiven("cups"))
    }

    @Test("reads a value of every kind")
    func everyKind() throws {
        let arguments = try brew(
            "--cups", "4", "--steep=2m", "--water", "1k", "--refills", "10/s", "--milk", "0.1",
            "--temperature-of-the-water", "warm", "--beans", "rob,a", "--pipe", "4g,loss=1%",
            "--log", "-", "--note", "first", "--note=--second", "--no-color")
        #expect(arguments.count("cups") == 4)
        #expect(arguments.duration("steep") == .seconds(120))
        #expect(arguments.size("water") == 1000)
        #expect(arguments.rate("refills") == 10)
        #expect(arguments.fraction("milk") == 0.1)
        #expect(arguments.choice("temperature-of-the-water") == "warm")
        #expect(arguments.list("beans") == ["robusta", "arabica"])
        #expect(arguments.link("pipe").lossRate == 0.01)
        #expect(arguments.path("log") == "-")
        #expect(arguments.texts("note") == ["first", "--second"])
        #expect(arguments.flag("no-color"))
        #expect(arguments.isGiven("cups"))
    }

    @Test(
        "takes a value after a space or an equals sign, by name or by letter",
        arguments: [["--cups", "7"], ["--cups=7"], ["-c", "7"], ["-c=7"]])
    func spellings(words: [String]) throws {
        for line in [words + ["pot"], ["pot"] + words] {
            guard case .command(let arguments) = try FakeCommands.brew.parse(line) else {
                Issue.record("\(line) is not a command")
                continue
            }
            #expect(arguments.count("cups") == 7)
            #expect(arguments.operands == ["pot"])
        }
    }

    @Test("takes everything after -- as operands, and replaces aliases there")
    func endOfOptions() throws {
        #expect(try brew("rob", "--", "a").operands == ["pot", "robusta", "arabica"])
        let invocation = try FakeCommands.brew.parse(["--", "--help"])
        guard case .command(let arguments) = invocation else {
            Issue.record("-- does not end the options")
            return
        }
        #expect(arguments.operands == ["--help"])
    }

    private static let helpLines: [[String]] = [
        ["brew", "--help"], ["brew", "-h"], ["brew", "pot", "--cups", "4", "-h"],
        ["brew", "--nonsense", "--help"], ["help", "brew"], ["help", "brew", "--help"],
    ]

    @Test(
        "gives a command's help wherever it is asked for, even beside mistakes",
        arguments: helpLines)
    func help(words: [String]) throws {
        guard case .help(let command) = try FakeCommands.table.parse(words) else {
            Issue.record("\(words) is not help")
            return
        }
        #expect(command.name == "brew")
    }

    @Test("gives the overview without a command", arguments: [[], ["-h"], ["--help"], ["help"]])
    func overview(words: [String]) throws {
        guard case .overview = try FakeCommands.table.parse(words) else {
            Issue.record("\(words) is not the overview")
            return
        }
    }

    @Test("takes --version for the command")
    func version() throws {
        guard case .command(let arguments) = try FakeCommands.table.parse(["--version"]) else {
            Issue.record("--version is not a command")
            return
        }
        #expect(arguments.command.name == "version")
    }

    private static let usage = "usage: pushbench brew [OPTIONS] POT [BEAN...]"

    private static let mistakes: [(words: [String], message: String)] = [
        // Commands.
        (["brwe"], "pushbench: there is no command brwe: did you mean brew?"),
        (
            ["dance"],
            "pushbench: there is no command dance: known are brew, rinse, version, help"
        ),
        (
            ["--cups", "4"],
            "pushbench: --cups stands before the command: options follow it, as in pushbench COMMAND --cups"
        ),
        (["help", "brwe"], "pushbench: there is no command brwe: did you mean brew?"),
        (
            ["help", "brew", "rinse"],
            "pushbench help: rinse is one word too many: ask for one command at a time"
        ),
        // Options.
        (
            ["brew", "pot", "--cpus", "4"],
            "pushbench brew: --cpus is not an option: did you mean --cups?"
        ),
        (
            ["brew", "pot", "--temp=warm"],
            "pushbench brew: --temp is not an option: did you mean --temperature-of-the-water?"
        ),
        (
            ["brew", "pot", "-cups", "4"],
            "pushbench brew: -cups is not an option: did you mean --cups?"
        ),
        (
            ["brew", "pot", "--sugar"],
            "pushbench brew: --sugar is not an option: pushbench help brew lists them"
        ),
        (
            ["brew", "pot", "-x"],
            "pushbench brew: -x is not an option: pushbench help brew lists them"
        ),
        (["rinse", "--hot"], "pushbench rinse: --hot is not an option: this command has none"),
        (["brew", "pot", "--cups"], "pushbench brew: --cups needs a value: write --cups COUNT"),
        (
            ["brew", "pot", "--log", "--no-color"],
            "pushbench brew: --log needs a value: write --log FILE"
        ),
        (
            ["brew", "pot", "--log", "--", "x"],
            "pushbench brew: --log needs a value: write --log FILE"
        ),
        (
            ["brew", "pot", "--no-color=yes"],
            "pushbench brew: --no-color takes no value: write --no-color alone"
        ),
        (
            ["brew", "pot", "--cups", "4", "-c", "5"],
            "pushbench brew: -c is given twice: give it once"
        ),
        // Values.
        (
            ["brew", "pot", "--cups", "13"],
            "pushbench brew: --cups 13 is out of range: write 1 to 12"
        ),
        (
            ["brew", "pot", "-c", "lots"],
            "pushbench brew: -c lots is not a count: write for example 1000, 10k, 1M"
        ),
        (
            ["brew", "pot", "--steep", "10"],
            "pushbench brew: --steep 10 needs a unit: 10s, 10ms"
        ),
        (
            ["brew", "pot", "--steep", "-5s"],
            "pushbench brew: --steep -5s is negative: a duration is zero or more"
        ),
        (
            ["brew", "pot", "--steep", "11m"],
            "pushbench brew: --steep 11m is out of range: write 1s to 10m"
        ),
        (
            ["brew", "pot", "--water", "wet"],
            "pushbench brew: --water wet is not a size: write for example 100B, 64KiB, 2MB"
        ),
        (
            ["brew", "pot", "--refills", "0"],
            "pushbench brew: --refills 0 is out of range: write 0.1/s to 100/s"
        ),
        (
            ["brew", "pot", "--milk", "60%"],
            "pushbench brew: --milk 60% is out of range: write 0% to 50%"
        ),
        (
            ["brew", "pot", "--temperature-of-the-water", "hto"],
            "pushbench brew: --temperature-of-the-water hto is unknown: did you mean hot?"
        ),
        (
            ["brew", "pot", "--temperature-of-the-water", "mild"],
            "pushbench brew: --temperature-of-the-water mild is unknown: known are warm, hot"
        ),
        (
            ["brew", "pot", "--beans", "arabica,robsuta"],
            "pushbench brew: --beans robsuta is unknown: did you mean robusta?"
        ),
        (
            ["brew", "pot", "--beans", "tea"],
            "pushbench brew: --beans tea is unknown: known are arabica, robusta, liberica, all"
        ),
        (
            ["brew", "pot", "--beans", "a,arabica"],
            "pushbench brew: --beans a,arabica has arabica twice: name each once"
        ),
        (
            ["brew", "pot", "--beans", "a,"],
            "pushbench brew: --beans a, has an empty part: write names between commas"
        ),
        (
            ["brew", "pot", "--beans", "a,all"],
            "pushbench brew: --beans a,all has all among others: write all by itself"
        ),
        (
            ["brew", "pot", "--pipe", "80"],
            "pushbench brew: --pipe 80 needs a unit: 80s, 80ms"
        ),
        (
            ["brew", "pot", "--log="],
            "pushbench brew: --log \"\" is empty: write a FILE there"
        ),
        // Operands.
        (["brew"], "pushbench brew: POT is missing: \(usage)"),
        (
            ["brew", "pot", "arabcia"],
            "pushbench brew: BEAN arabcia is unknown: did you mean arabica?"
        ),
        (
            ["rinse", "pot"],
            "pushbench rinse: pot is one word too many: options begin with dashes; usage: pushbench rinse"
        ),
    ]

    @Test("says what is wrong, where, and what to write instead", arguments: mistakes)
    func mistake(words: [String], message: String) {
        let error = #expect(throws: UsageError.self) { try FakeCommands.table.parse(words) }
        #expect(error?.description == message)
        #expect(error?.exitCode == .usage)
    }

    @Test("lets a command report what only it can know")
    func commandError() throws {
        let error = try brew().error("--log x is a folder", remedy: "name a file")
        #expect(error.description == "pushbench brew: --log x is a folder: name a file")
    }

    private static let arities: [(arity: OperandSpec.Arity, counts: ClosedRange<Int>)] = [
        (.one, 2...2), (.optional, 1...2), (.oneOrMore, 2...5), (.zeroOrMore, 1...5),
    ]

    @Test("takes as many operands as the table says", arguments: arities)
    func arity(arity: OperandSpec.Arity, counts: ClosedRange<Int>) {
        let command = CommandSpec(
            "pour", summary: "Pour.",
            operands: [
                OperandSpec("POT", .path, help: "From."),
                OperandSpec("CUP", .path, arity: arity, help: "Into."),
            ])
        for count in 0...5 {
            let words = (0..<count).map { "word\($0)" }
            let isTaken = (try? command.parse(words)) != nil
            #expect(isTaken == counts.contains(count), "\(count) operands")
        }
    }
}
