import Reporting

extension DoctorCheck {
    /// The findings as a table, and below it what to do, once where several ask for the same.
    static func text(of checks: [DoctorCheck], color: Bool) -> String {
        var table = TextTable(columns: [
            .init("", .left), .init("check", .left), .init("found", .left),
        ])
        for check in checks {
            table.append([
                .init(check.state.mark, check.state.tone), .init(check.title), .init(check.found),
            ])
        }
        let remedies = groups(of: checks).map { remedy, group in
            let isMissing = group.contains { $0.state == .missing }
            return Prose.wrapped(
                "\(Readable.list(group.map(\.title))): \(remedy)",
                after: (isMissing ? State.missing : .limited).mark + " ")
        }
        return table.render(color: color) + "\n" + remedies.joined()
            + (remedies.isEmpty ? "" : "\n")
    }

    /// The checks that ask for something to be done, by what that is, in the order of the checks.
    private static func groups(
        of checks: [DoctorCheck]
    ) -> [(remedy: String, checks: [DoctorCheck])] {
        var groups: [(remedy: String, checks: [DoctorCheck])] = []
        for check in checks {
            guard let remedy = check.remedy else { continue }
            if let index = groups.firstIndex(where: { $0.remedy == remedy }) {
                groups[index].checks.append(check)
            } else {
                groups.append((remedy, [check]))
            }
        }
        return groups
    }
}

extension DoctorCheck.State {
    /// The sign that stands for it.
    fileprivate var mark: String {
        switch self {
        case .good: "✓"
        case .limited: "!"
        case .missing: "✗"
        }
    }

    fileprivate var tone: TextTable.Tone {
        switch self {
        case .good: .good
        case .limited: .doubtful
        case .missing: .bad
        }
    }
}
