import Measurement

extension Report {
    /// Annotations for the log of a GitHub job.
    package static let github = Report(
        name: "github", summary: "errors and warnings as annotations of a GitHub job",
        fileExtension: "txt", isForTerminal: true, render: { Array(GitHubReport.render($0).utf8) })
}

/// What failed and what is doubtful, as workflow commands that GitHub turns into annotations:
///
/// ```
/// ::error title=sse latency.p99::The limit is 20.0 ms, and it was 31.2 ms.
/// ::warning title=websocket steal::Other machines took 7 % of the processors' time. …
/// ```
///
/// The checks of the record are judged, or else what holds for every sound run. What nobody could
/// tell is a warning.
package enum GitHubReport {
    /// GitHub shows so many annotations of one kind for a step, and drops the others unseen.
    private static let shownOfAKind = 10

    /// The report on `record`; empty when all is well.
    package static func render(_ record: RunRecord) -> String {
        let checks = RunInvariants.checks(of: record)
        let errors = checks.filter { $0.outcome == .failed }.map { annotation("error", $0) }
        // Without checks, the invariants are undecided where a warning says so, which comes anyway.
        let undecided = (record.checks ?? []).filter { $0.outcome == .cannotTell }
            .map { annotation("warning", $0) }
        let run = record.warnings.map { annotation("warning", "run", $0) }
        let own = Contender.all(in: record).flatMap { contender in
            contender.rounds.flatMap { result in
                result.warnings.map { annotation("warning", contender.name, $0) }
            }
        }
        return (limited(errors, "error") + limited(undecided + run + own, "warning")).joined()
    }

    private static func annotation(_ kind: String, _ check: CheckResult) -> String {
        let owner = check.transport.isEmpty ? "run" : check.transport
        return line(kind, title: "\(owner) \(check.metric)", check.message)
    }

    private static func annotation(
        _ kind: String, _ owner: String, _ warning: RecordedWarning
    ) -> String {
        line(kind, title: "\(owner) \(warning.id)", "\(warning.cause) \(warning.remedy)")
    }

    /// The first annotations of a kind, and the last of those that are shown says how many are not.
    private static func limited(_ annotations: [String], _ kind: String) -> [String] {
        guard annotations.count > shownOfAKind else { return annotations }
        let shown = annotations.prefix(shownOfAKind - 1)
        let rest = annotations.count - shown.count
        return shown + [
            line(kind, title: "\(rest) more", "The step's summary and the record have all of them.")
        ]
    }

    private static func line(_ kind: String, title: String, _ message: String) -> String {
        "::\(kind) title=\(property(title))::\(data(message))\n"
    }

    /// The message of a workflow command, which ends with the line.
    package static func data(_ text: String) -> String {
        text.escaped { scalar in
            switch scalar {
            case "%": "%25"
            case "\r": "%0D"
            case "\n": "%0A"
            default: nil
            }
        }
    }

    /// A property of a workflow command, which also ends at a colon or comma.
    package static func property(_ text: String) -> String {
        data(text).escaped { scalar in
            switch scalar {
            case ":": "%3A"
            case ",": "%2C"
            default: nil
            }
        }
    }
}
