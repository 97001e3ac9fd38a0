import Measurement

/// What a command line asks for.
enum Invocation: Sendable {
    /// What this program is and which commands it has.
    case overview
    /// Help on one command.
    case help(CommandSpec)
    /// To run the command of these arguments.
    case command(ParsedArguments)
}

/// The commands of the program: the first word of the command line is looked up here, the rest is
/// read by the command's own table.
struct CommandTable: Sendable {
    /// The commands, in the order of the overview.
    let commands: [CommandSpec]

    init(_ commands: [CommandSpec]) {
        let names = commands.map(\.name)
        precondition(Set(names).count == names.count, "a command is in the table twice")
        self.commands = commands
    }

    /// Reads the words that follow the program's name.
    func parse(_ words: [String]) throws(UsageError) -> Invocation {
        guard let first = words.first else { return .overview }
        let rest = Array(words.dropFirst())
        switch first {
        case "-h", "--help":
            return .overview
        case "help":
            return try help(on: rest)
        case "--version" where commands.contains { $0.name == "version" }:
            return try parse(["version"] + rest)
        default:
            guard !first.hasPrefix("-") else {
                throw UsageError(
                    place: CommandSpec.tool, problem: "\(first) stands before the command",
                    remedy: "options follow it, as in \(CommandSpec.tool) COMMAND \(first)")
            }
            return try command(named: first).parse(rest)
        }
    }

    private func help(on words: [String]) throws(UsageError) -> Invocation {
        let names = words.filter { $0 != "-h" && $0 != "--help" }
        guard let name = names.first else { return .overview }
        guard names.count == 1 else {
            throw UsageError(
                place: "\(CommandSpec.tool) help", problem: "\(names[1]) is one word too many",
                remedy: "ask for one command at a time")
        }
        return .help(try command(named: name))
    }

    private func command(named name: String) throws(UsageError) -> CommandSpec {
        if let command = commands.first(where: { $0.name == name }) { return command }
        throw UsageError(
            place: CommandSpec.tool, problem: "there is no command \(name)",
            remedy: Suggestion.remedy(
                for: name, among: commands.filter { !$0.isHidden }.map(\.name) + ["help"]))
    }
}
