import Glibc
import Measurement
import Reporting

/// The GitHub job that the command runs in: where its log and its summary are.
struct GitHubJob: Sendable {
    /// The variable in which a job names the file of a step's summary.
    static let summaryVariable = "GITHUB_STEP_SUMMARY"

    /// The file of the step's summary; nil outside a job.
    let summary: String?

    /// The job of this process, if it runs in one.
    static var current: GitHubJob {
        let path = getenv(summaryVariable).map { String(cString: $0) } ?? ""
        return GitHubJob(summary: path.isEmpty ? nil : path)
    }

    /// Prints the annotations, and adds the report to the summary, which may have something of other
    /// commands of the step in it already.
    func write(_ record: RunRecord) throws {
        Terminal.output.write(GitHubReport.render(record))
        guard let summary else { return }
        try append(Array(MarkdownReport.render(record).utf8) + [UInt8(ascii: "\n")], to: summary)
    }

    private func append(_ content: [UInt8], to path: String) throws {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC
        let descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw failure(path) }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    private func failure(_ path: String) -> RecordError {
        RecordError(
            place: "\(Self.summaryVariable)=\(path)",
            cause: "cannot be added to: \(String(cString: strerror(errno)))",
            remedy: "check that the file can be written to, or leave out --github")
    }
}
