import FoundationEssentials
import Reactor
import Reporting
import Wire

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

                With --through it looks at a proxy instead. It takes the server's place behind it and
                puts clients of every technique in front of it, and finds out what the proxy keeps
                back, changes, takes away, cuts off or slows down, each with what to do about it. The
                exit code is 0 when every technique works through it and 1 when one does not.
                """,
            options: [
                OptionSpec("json", .flag, help: "Print the findings as JSON, with their numbers."),
                OptionSpec("no-color", .flag, help: "Print without colours."),
            ] + ProxyOrder.options,
            examples: [
                .init(
                    command: "pushbench doctor --through http://127.0.0.1:8000",
                    note: "What the proxy on port 8000 does with what a server on port 8080 sends:")
            ]),
        run: { arguments in
            let color = Terminal.output.allowsColor && !arguments.flag("no-color")
            let wantsJSON = arguments.flag("json")
            guard let order = try ProxyOrder.read(arguments) else {
                let checkup = Checkup.perform()
                Terminal.output.write(
                    wantsJSON ? try text(ofJSON: checkup) : checkup.text(color: color))
                return checkup.ok ? .fine : .couldNotRun
            }
            let checkup = try look(at: order)
            Terminal.output.write(
                wantsJSON ? try text(ofJSON: checkup) : checkup.text(color: color))
            return checkup.ok ? .fine : .couldNotRun
        })

    private static func text(ofJSON checkup: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(checkup), as: UTF8.self) + "\n"
    }

    /// Looks at a proxy, and shows how far that is.
    private static func look(at order: ProxyOrder) throws -> ProxyCheckup {
        let interruption = try Interruption()
        var line = ProgressLine()
        defer { line.finish() }
        return try ProxyCheckup.perform(order, isInterrupted: { interruption.hasCome }) { step in
            line.update("\(order.url.authority) · \(step)")
        }
    }
}

extension Checkup {
    /// The findings as a table, the remedies below it, and whether a run is possible.
    func text(color: Bool) -> String {
        let missing = checks.filter { $0.state == .missing }.map(\.title)
        let limited = checks.filter { $0.state == .limited }.count
        let verdict =
            !missing.isEmpty
            ? "A run is not possible: see \(Readable.list(missing))."
            : limited == 0
                ? "A run is possible."
                : "A run is possible; \(Readable.count(limited, "thing limits", "things limit")) it."
        return DoctorCheck.text(of: checks, color: color) + verdict + "\n"
    }
}
