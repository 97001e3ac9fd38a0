import Glibc
import Transports

/// A command: its table of options and what it does.
struct Command: Sendable {
    let spec: CommandSpec
    let run: @Sendable (ParsedArguments) throws -> ExitCode

    /// What the program is, for the overview.
    static let summary =
        "Compare the ways a server can push events to clients: delivery latency, header overhead, "
        + "bytes per event, and what each technique costs the server."

    /// The commands, in the order of the overview.
    static let all: [Command] = [
        .run, .check, .compare, .sweep, .paper, .report, .explain, .trace, .serve, .demo,
        .list, .doctor, .version, .probeLink, .autobahn,
    ]

    /// The techniques as an option's choices.
    static let transportChoices = Transport.all.map { Choice($0.id, aliases: $0.aliases) }
}

/// Ends the process with `code`.
func exit(_ code: ExitCode) -> Never {
    Glibc.exit(code.rawValue)
}
