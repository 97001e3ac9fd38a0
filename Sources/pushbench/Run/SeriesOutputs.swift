import Measurement
import Reporting

/// Where a series goes: the terminal, and the files that were asked for.
struct SeriesOutputs {
    /// The formats that are written to files; the console is the terminal's.
    private static let formats = SeriesReport.all.filter { $0.name != "console" }

    /// The options that say so: one for each format.
    static let options =
        formats.map { format in
            OptionSpec(
                format.name, .path, group: "Output",
                help: "Write \(format.summary); - for standard output.")
        } + [
            OptionSpec(
                "quiet", short: "q", .flag, group: "Output",
                help: "Print no progress and no tables."),
            OptionSpec("no-color", .flag, group: "Output", help: "Print without colours."),
        ]

    private let arguments: ParsedArguments

    /// Finds out before runs of minutes, not after them, that a file cannot be written.
    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        for format in Self.formats {
            guard let path = arguments.pathIfAny(format.name), path != "-" else { continue }
            if let problem = OutputPath.problem(with: path) {
                throw arguments.error(
                    "--\(format.name) \(path): \(problem.cause)", remedy: problem.remedy)
            }
        }
    }

    /// Prints the report and writes the files.
    func write(_ series: RecordSeries) throws {
        let isPiped = Self.formats.contains { arguments.pathIfAny($0.name) == "-" }
        if !arguments.flag("quiet"), !isPiped {
            let color = Terminal.output.allowsColor && !arguments.flag("no-color")
            Terminal.output.write(ReportPage(of: series).console(color: color))
        }
        for format in Self.formats {
            guard let path = arguments.pathIfAny(format.name) else { continue }
            let content = try format.render(series)
            if path == "-" {
                Terminal.output.write(String(decoding: content, as: UTF8.self))
            } else {
                try OutputFile.write(content, to: path)
                if !arguments.flag("quiet") {
                    Terminal.errors.write("\(format.name) is in \(path).\n")
                }
            }
        }
    }
}
