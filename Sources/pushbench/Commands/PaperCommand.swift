import Link
import LinkEmulation
import Measurement
import Reactor
import Reporting

extension Command {
    /// `pushbench paper`.
    static let paper = Command(
        spec: CommandSpec(
            "paper", summary: "Measure a published comparison again and put both side by side.",
            discussion: """
                Runs the scenario of the paper's name, and prints what the paper printed, the
                arithmetic with every number visible, what it left out, and what this machine
                measured, with words about how they agree. Without a name it lists the papers. With
                --record nothing is measured: the record of an earlier run is used.
                """,
            operands: [
                OperandSpec(
                    "NAME", .choice(Paper.all.map { Choice($0.name) }), arity: .optional,
                    help: "The paper.")
            ],
            options: [
                OptionSpec(
                    "record", .path, group: "Scenario",
                    help: "Use this record of the paper's scenario (from paper, run or sweep).")
            ] + outputs,
            examples: [
                .init(
                    command: "pushbench paper quantum-leap",
                    note: "871 bytes against 2, and what is on the wire, in about two minutes:"),
                .init(
                    command: "pushbench sweep --scenario pimentel --json far.json",
                    note: "A paper's scenario with options of one's own, and the page from it:"),
                .init(command: "pushbench paper pimentel --record far.json", note: "then"),
            ]),
        run: { try PaperCommand($0).run() })

    /// The page goes to the terminal; of the record there is a file.
    private static let outputs = [
        OptionSpec(
            "json", .path, group: "Output", help: "Write the record there; - for standard output."),
        OptionSpec("markdown", .path, group: "Output", help: "Write the page there as Markdown."),
        OptionSpec("html", .path, group: "Output", help: "Write the page there for a browser."),
        OptionSpec(
            "quiet", short: "q", .flag, group: "Output", help: "Print no progress."),
        OptionSpec("no-color", .flag, group: "Output", help: "Print without colours."),
    ]
}

/// `pushbench paper`: a scenario's record, measured or stored, beside what was printed.
struct PaperCommand {
    private let arguments: ParsedArguments

    init(_ arguments: ParsedArguments) {
        self.arguments = arguments
    }

    func run() throws -> ExitCode {
        guard let name = arguments.operands.first,
            let paper = Paper.all.first(where: { $0.name == name })
        else {
            list()
            return .fine
        }
        let path = arguments.pathIfAny("json")
        let stored: StoredRecord
        if let record = arguments.pathIfAny("record") {
            stored = try StoredRecord(path: record)
        } else {
            try checkPaths()
            stored = try measure(paper)
        }
        if let path { try write(try stored.encoded(), to: path, "record") }
        let page = try paper.page(of: stored)
        if let path = arguments.pathIfAny("markdown") {
            try write(Array(page.markdown.utf8), to: path, "page")
        }
        if let path = arguments.pathIfAny("html") {
            try write(Array(page.html.utf8), to: path, "page")
        }
        if !["json", "markdown", "html"].contains(where: { arguments.pathIfAny($0) == "-" }) {
            Terminal.output.write(page.console(color: color))
        }
        return stored.isPartial ? .cannotTell : .fine
    }

    private var color: Bool {
        Terminal.output.allowsColor && !arguments.flag("no-color")
    }

    private func list() {
        for paper in Paper.all {
            Terminal.output.write(
                Prose.wrapped("\(paper.citation).", after: "\(paper.name): ")
                    + Prose.wrapped(paper.claim, after: "  ") + "\n")
        }
    }

    /// Runs the paper's scenario as `run` or `sweep` would.
    private func measure(_ paper: Paper) throws -> StoredRecord {
        let words =
            ["--scenario", paper.name] + (arguments.flag("quiet") ? ["--quiet"] : [])
        let scenario = try ScenarioFile.named(paper.name, place: arguments.command.place)
        if scenario.sweep != nil {
            let sweep = try SweepCommand(try parsed(Command.sweep, words))
            return .series(try sweep.measure())
        }
        let request = try RunRequest(try parsed(Command.run, words))
        // The network is entered first, while the process has one thread.
        let bench = BenchRun(
            request, on: LabNetwork(tier: request.tier, seed: request.scenario.seed),
            interruption: try Interruption())
        return .run(try bench.run().record)
    }

    private func parsed(_ command: Command, _ words: [String]) throws -> ParsedArguments {
        guard case .command(let arguments) = try command.spec.parse(words) else {
            throw arguments.error("its scenario cannot be read", remedy: "report it as a bug")
        }
        return arguments
    }

    /// Finds out before runs of minutes, not after them, that a file cannot be written.
    private func checkPaths() throws {
        for option in ["json", "markdown", "html"] {
            guard let path = arguments.pathIfAny(option), path != "-",
                let problem = OutputPath.problem(with: path)
            else { continue }
            throw arguments.error("--\(option) \(path): \(problem.cause)", remedy: problem.remedy)
        }
    }

    private func write(_ content: [UInt8], to path: String, _ subject: String) throws {
        guard path != "-" else {
            Terminal.output.write(String(decoding: content, as: UTF8.self))
            return
        }
        try OutputFile.write(content, to: path)
        if !arguments.flag("quiet") { Terminal.errors.write("The \(subject) is in \(path).\n") }
    }
}
