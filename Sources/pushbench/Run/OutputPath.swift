import FoundationEssentials
import Measurement
import Reporting

/// A place that a command line names for output: a file, or `-` for standard output.
struct OutputPath: Sendable {
    /// As it was given.
    let path: String

    /// Whether it is standard output.
    var isStandardOutput: Bool { path == "-" }

    /// Finds out before a run of minutes, not after it, that `report` cannot be written here. The
    /// error names `option`, which asked for it: `--json`.
    func check(for report: Report, option: String, _ arguments: ParsedArguments) throws {
        if isStandardOutput {
            guard report.parts.count > 1 else { return }
            throw arguments.error(
                "\(option) -: \(report.name) is \(report.parts.count) files, and standard output is "
                    + "one", remedy: "name a file; each part gets its own beside it")
        }
        for file in report.paths(for: path) {
            if let problem = Self.problem(with: file) {
                throw arguments.error("\(option) \(path): \(problem.cause)", remedy: problem.remedy)
            }
        }
    }

    /// Why nothing can be written to the file at `path`; nil when it can, as far as one can know.
    static func problem(with path: String) -> (cause: String, remedy: String)? {
        let files = FileManager.default
        var isFolder = false
        let exists = files.fileExists(atPath: path, isDirectory: &isFolder)
        if exists, isFolder {
            return ("\(path) is a folder", "name a file in it")
        }
        // Devices and pipes are written to; files are replaced, for which the folder counts.
        if path.hasPrefix("/dev/") || path.hasPrefix("/proc/") {
            return files.isWritableFile(atPath: path)
                ? nil : ("\(path) cannot be written to", "give another path")
        }
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard files.isWritableFile(atPath: folder.isEmpty ? "." : folder) else {
            return (
                "there is no folder \(folder) that can be written to",
                "make the folder, or give another path"
            )
        }
        return nil
    }

    /// Writes the record in that format, here; every file of it, or the error says which is not.
    func write(_ files: [Report.File]) throws {
        for file in files {
            if isStandardOutput {
                Terminal.output.write(String(decoding: file.content, as: UTF8.self))
            } else {
                try OutputFile.write(file.content, to: file.path)
            }
        }
    }
}
