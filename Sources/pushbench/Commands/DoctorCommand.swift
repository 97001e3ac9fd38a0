import FoundationEssentials
import Reporting

extension Command {
    /// `pushbench doctor`.
    static let doctor = Command(
        spec: CommandSpec(
            "doctor", summary: "Say what this machine can do, and what to do about the rest.",
            discussion: """
                Tries what a run needs: the kernel's features, descriptors, ports, the ways to emulate
                a link, the clock and how late it wakes a program, and what other programs and other
                machines on the same host leave of the processors. Takes about a second. The exit code
                is 0 when a run is possible and 1 when it is not.
                """,
            options: [
                OptionSpec("json", .flag, help: "Print the findings as JSON, with their numbers."),
                OptionSpec("no-color", .flag, help: "Print without colours."),
            ]),
        run: { arguments in
            let checkup = Checkup.perform()
            if arguments.flag("json") {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                Terminal.output.write(
                    String(decoding: try encoder.encode(checkup), as: UTF8.self) + "\n")
            } else {
                let color = Terminal.output.allowsColor && !arguments.flag("no-color")
                Terminal.output.write(checkup.text(color: color))
            }
            return checkup.ok ? .fine : .couldNotRun
        })
}

extension Checkup {
    /// The findings as a table, the remedies below it, and whether a run is possible.
    func text(color: Bool) -> String {
        var table = TextTable(columns: [
            .init("", .left), .init("check", .left), .init("found", .left),
        ])
        for check in checks {
            table.append([
                .init(check.state.mark, check.state.tone), .init(check.title), .init(check.found),
            ])
        }
        let remedies = checks.compactMap { check in
            check.remedy.map {
                Prose.wrapped("\(check.title): \($0)", after: check.state.mark + " ")
            }
        }
        let missing = checks.filter { $0.state == .missing }.map(\.title)
        let limited = checks.filter { $0.state == .limited }.count
        let verdict =
            !missing.isEmpty
            ? "A run is not possible: see \(Readable.list(missing))."
            : limited == 0
                ? "A run is possible."
                : "A run is possible; \(Readable.count(limited, "thing limits", "things limit")) it."
        return table.render(color: color) + "\n" + remedies.joined()
            + (remedies.isEmpty ? "" : "\n") + verdict + "\n"
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
