import Measurement
import Reporting

/// Where a record goes: the terminal, the files that were asked for, and a GitHub job.
struct RunOutputs {
    /// The options that say so: every command that ends with a record has them.
    static let options =
        formats.map { format in
            OptionSpec(
                format.name, .path, group: "Output",
                help: "Write \(format.summary)"
                    + (format.name == Report.json.name
                        ? "; - for standard output, here and below." : "."))
        } + [
            OptionSpec(
                "github", .flag, group: "Output",
                help: "Print errors and warnings as a GitHub job's annotations, and add the report "
                    + "to the step's summary."),
            OptionSpec(
                "quiet", short: "q", .flag, group: "Output",
                help: "Print no progress and no table."),
            OptionSpec("no-color", .flag, group: "Output", help: "Print without colours."),
        ]

    /// The formats that a file can be asked for in.
    private static let formats = Report.all.filter { !$0.isForTerminal }

    /// A format, and where it goes.
    private struct Destination {
        let report: Report
        let place: OutputPath
    }

    private let destinations: [Destination]
    private let job: GitHubJob?
    private let isQuiet: Bool
    private let color: Bool

    /// Finds out before a run of minutes, not after it, that something cannot be written.
    init(_ arguments: ParsedArguments, job: GitHubJob = .current) throws {
        isQuiet = arguments.flag("quiet")
        color = Terminal.output.allowsColor && !arguments.flag("no-color")
        self.job = arguments.flag("github") ? job : nil
        destinations = Self.formats.compactMap { report in
            arguments.pathIfAny(report.name).map {
                Destination(report: report, place: OutputPath(path: $0))
            }
        }
        for destination in destinations {
            try destination.place.check(
                for: destination.report, option: "--\(destination.report.name)", arguments)
        }
        try checkTogether(arguments)
    }

    /// Whether standard output belongs to one of the formats.
    private var takesStandardOutput: Bool {
        destinations.contains { $0.place.isStandardOutput }
    }

    /// Two outputs must not end in one place, where one would spoil the other.
    private func checkTogether(_ arguments: ParsedArguments) throws {
        var owners: [String: String] = [:]
        for destination in destinations {
            let option = "--\(destination.report.name)"
            for path in destination.report.paths(for: destination.place.path) {
                if let other = owners.updateValue(option, forKey: path) {
                    throw arguments.error(
                        "\(other) and \(option) both write to \(path)",
                        remedy: "give each a place of its own")
                }
            }
        }
        guard let job else { return }
        if let option = owners["-"] {
            throw arguments.error(
                "--github and \(option) - both write to standard output",
                remedy: "give \(option) a file")
        }
        if let summary = job.summary, let problem = OutputPath.problem(with: summary) {
            throw arguments.error(
                "--github: \(GitHubJob.summaryVariable): \(problem.cause)", remedy: problem.remedy)
        }
    }

    /// Prints the report, or what `console` makes of the record, and writes the files. What cannot be
    /// written does not keep the others from being written.
    func write(
        _ record: RunRecord, console: (RunRecord, Bool) -> String = ConsoleReport.render
    ) throws {
        if !isQuiet, !takesStandardOutput {
            Terminal.output.write(console(record, color))
        }
        var failure: (any Error)?
        for destination in destinations {
            do {
                let files = try destination.report.files(of: record, at: destination.place.path)
                try destination.place.write(files)
                announce(destination, files)
            } catch {
                failure = failure ?? error
            }
        }
        do {
            try job?.write(record)
        } catch {
            failure = failure ?? error
        }
        if let failure { throw failure }
    }

    private func announce(_ destination: Destination, _ files: [Report.File]) {
        guard !isQuiet, !destination.place.isStandardOutput else { return }
        let paths = files.map(\.path).joined(separator: " and ")
        let subject =
            destination.report.name == Report.json.name ? "record" : destination.report.name
        Terminal.errors.write("The \(subject) is in \(paths).\n")
    }
}
