import FoundationEssentials
import Measurement
import Reporting

/// Where a record goes: the terminal, and the files that were asked for.
struct RunOutputs {
    /// The options that say so: every command that ends with a record has them.
    static let options = [
        OptionSpec(
            "json", .path, group: "Output", help: "Write the record there; - for standard output."),
        OptionSpec(
            "quiet", short: "q", .flag, group: "Output",
            help: "Print no progress and no table."),
        OptionSpec("no-color", .flag, group: "Output", help: "Print without colours."),
    ]

    private let arguments: ParsedArguments

    /// Finds out before a run of minutes, not after it, that its record cannot be written.
    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        guard let path = arguments.pathIfAny("json"), path != "-" else { return }
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder.isEmpty ? "." : folder) else {
            throw arguments.error(
                "--json \(path): there is no folder \(folder) that can be written to",
                remedy: "make the folder, or give another path")
        }
    }

    /// Prints the report, or what `console` makes of the record, and writes the files.
    func write(
        _ record: RunRecord, console: (RunRecord, Bool) -> String = ConsoleReport.render
    ) throws {
        let path = arguments.pathIfAny("json")
        if !arguments.flag("quiet"), path != "-" {
            let color = Terminal.output.allowsColor && !arguments.flag("no-color")
            Terminal.output.write(console(record, color))
        }
        guard let path else { return }
        if path == "-" {
            Terminal.output.write(String(decoding: try record.encoded(), as: UTF8.self))
        } else {
            try record.write(to: path)
            if !arguments.flag("quiet") { Terminal.errors.write("The record is in \(path).\n") }
        }
    }
}
