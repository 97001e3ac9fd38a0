import Measurement
import Reporting

extension Command {
    /// `pushbench report`.
    static let report = Command(
        spec: CommandSpec(
            "report", summary: "Show a stored record, in any format, or several side by side.",
            discussion: """
                Reads a record that `--json` wrote and shows it as a run would have. Everything is
                made from the record alone, years later and on another machine. Several records
                stand side by side, each with what has changed since the first; the series of a
                sweep is shown as sweep shows it. Those have the formats
                \(Readable.list(JointReport.formats)).

                Formats:
                \(formatList)
                """,
            operands: [
                OperandSpec(
                    "RECORD", .path, arity: .oneOrMore,
                    help: "The record, or several; - for standard input.")
            ],
            options: [
                OptionSpec(
                    "format", short: "f", .choice(formats.map { Choice($0) }),
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
                .init(
                    command: "pushbench report before.json after.json",
                    note: "What a change did, as far as two runs can say:"),
            ]),
        run: { try ReportCommand($0).run() })

    /// The names of all formats: those of one run, and what only several have.
    private static let formats: [String] = {
        let names = Report.all.map(\.name)
        return names + JointReport.formats.filter { !names.contains($0) }
    }()

    /// A line for each format, printed as it is because it begins with a space.
    private static let formatList: String = {
        let width = Report.all.map(\.name.count).max() ?? 0
        return Report.all.map { report in
            let filler = String(repeating: " ", count: width - report.name.count)
            return "  \(report.name)\(filler)  \(report.summary)"
        }.joined(separator: "\n")
    }()
}

/// `pushbench report`: a stored record in a format, or several.
struct ReportCommand {
    private let arguments: ParsedArguments
    private let records: [String]
    private let format: String
    private let place: OutputPath
    private let color: Bool

    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        records = arguments.operands.map { $0 == "-" ? "/dev/stdin" : $0 }
        format = arguments.choice("format")
        place = OutputPath(path: arguments.path("output"))
        color = Terminal.output.allowsColor && !arguments.flag("no-color")
    }

    func run() throws -> ExitCode {
        let files = try records.map { (path: $0, stored: try StoredRecord(path: $0)) }
        if let joint = try JointReport(files, arguments) {
            try write(joint)
        } else {
            try write(try RunRecord(files[0].stored))
        }
        return .fine
    }

    private func write(_ record: RunRecord) throws {
        guard let report = Report.named(format) else {
            throw arguments.error(
                "--format \(format) is for a series and for several records",
                remedy: "of one run there are \(Report.all.map(\.name).joined(separator: ", "))")
        }
        try place.check(for: report, option: "--output", arguments)
        if report.name == Report.console.name, place.isStandardOutput {
            Terminal.output.write(ConsoleReport.render(record, color: color))
        } else {
            try place.write(try report.files(of: record, at: place.path))
        }
    }

    private func write(_ joint: JointReport) throws {
        let content = try joint.render(
            format, color: color && place.isStandardOutput, arguments)
        guard !place.isStandardOutput else {
            Terminal.output.write(String(decoding: content, as: UTF8.self))
            return
        }
        try OutputFile.write(content, to: place.path)
    }
}
