import Measurement
import Reporting

extension Command {
    /// `pushbench report`.
    static let report = Command(
        spec: CommandSpec(
            "report", summary: "Show a stored record, in any format.",
            discussion: """
                Reads a record that `--json` wrote and shows it as a run would have. Everything is
                made from the record alone, years later and on another machine.

                Formats:
                \(formatList)
                """,
            operands: [
                OperandSpec("RECORD", .path, help: "The record; - for standard input.")
            ],
            options: [
                OptionSpec(
                    "format", short: "f", .choice(Report.all.map { Choice($0.name) }),
                    default: Report.console.name, help: "How to show it."),
                OptionSpec(
                    "output", short: "o", .path, default: "-",
                    help: "Write it there; - for standard output."),
                OptionSpec("no-color", .flag, help: "Print without colours."),
            ],
            examples: [
                .init(
                    command: "pushbench report run.json", note: "What the run printed, again:"),
                .init(
                    command: "pushbench report run.json --format markdown -o run.md",
                    note: "For a comment:"),
                .init(
                    command: "pushbench report run.json -f csv | column -s, -t",
                    note: "Every figure:"),
            ]),
        run: { try ReportCommand($0).run() })

    /// A line for each format, printed as it is because it begins with a space.
    private static let formatList: String = {
        let width = Report.all.map(\.name.count).max() ?? 0
        return Report.all.map { report in
            let filler = String(repeating: " ", count: width - report.name.count)
            return "  \(report.name)\(filler)  \(report.summary)"
        }.joined(separator: "\n")
    }()
}

/// `pushbench report`: a stored record in a format.
struct ReportCommand {
    private let record: String
    private let report: Report
    private let place: OutputPath
    private let color: Bool

    init(_ arguments: ParsedArguments) throws {
        let operand = arguments.operands[0]
        record = operand == "-" ? "/dev/stdin" : operand
        report = Report.named(arguments.choice("format")) ?? .console
        place = OutputPath(path: arguments.path("output"))
        try place.check(for: report, option: "--output", arguments)
        color = Terminal.output.allowsColor && !arguments.flag("no-color")
    }

    func run() throws -> ExitCode {
        let record = try RunRecord(path: record)
        if report.name == Report.console.name, place.isStandardOutput {
            Terminal.output.write(ConsoleReport.render(record, color: color))
        } else {
            try place.write(try report.files(of: record, at: place.path))
        }
        return .fine
    }
}
