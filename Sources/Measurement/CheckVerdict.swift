/// What many checks come to together: what a gate's exit code is made from.
package struct CheckVerdict: Hashable, Sendable {
    /// The outcome of all: failed where one failed, else undecided where one is, else passed.
    package let outcome: CheckResult.Outcome
    /// One line for people, with the first failures named.
    package let sentence: String

    /// So many names stand in the sentence; the table has the others.
    private static let namesShown = 3

    /// The verdict on `checks`. What is only shown, or was skipped, has no say.
    package init(_ checks: [CheckResult]) {
        let decided = checks.filter { $0.kind != .descriptive && $0.outcome != .skipped }
        let failed = decided.filter { $0.outcome == .failed }
        let undecided = decided.filter { $0.outcome == .cannotTell }
        let all = Self.counted(decided.count)
        if !failed.isEmpty {
            outcome = .failed
            sentence = "Failed: \(failed.count) of \(all)\(Self.names(of: failed))."
        } else if !undecided.isEmpty {
            outcome = .cannotTell
            sentence = "Cannot tell: \(undecided.count) of \(all)\(Self.names(of: undecided))."
        } else if decided.isEmpty {
            outcome = .skipped
            sentence = "Nothing was checked."
        } else {
            outcome = .passed
            sentence = "Passed: \(all)."
        }
    }

    private static func counted(_ count: Int) -> String {
        "\(count) \(count == 1 ? "check" : "checks")"
    }

    private static func names(of checks: [CheckResult]) -> String {
        let names = checks.prefix(namesShown).map { check in
            [check.transport, check.metric].filter { !$0.isEmpty }.joined(separator: ".")
        }
        let others = checks.count - names.count
        return " (" + names.joined(separator: ", ") + (others > 0 ? ", and \(others) more" : "")
            + ")"
    }
}
