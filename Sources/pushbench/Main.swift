import Link
import Measurement
import Reactor

/// The command line: find the command, run it, and turn what went wrong into words and a number.
@main
struct Main {
    static func main() {
        SignalWatch.ignoreFailedWrites()
        openStandardStreams()
        var code = run(Array(CommandLine.arguments.dropFirst()))
        if let loss = Terminal.loss {
            Terminal.errors.write(
                "pushbench: \(loss): what was printed is incomplete; give it another place\n")
            if code == .fine { code = .couldNotRun }
        }
        if code != .fine { exit(code) }
    }

    /// Runs what the words ask for.
    private static func run(_ words: [String]) -> ExitCode {
        do {
            let table = CommandTable(Command.all.map(\.spec))
            switch try table.parse(words) {
            case .overview:
                let overview = HelpText.overview(
                    table, summary: Command.summary, width: Terminal.output.width)
                // Asked for, it is the answer; to an empty line, it says what was missing.
                let isAsked = !words.isEmpty
                (isAsked ? Terminal.output : Terminal.errors).write(overview)
                return isAsked ? .fine : .usage
            case .help(let spec):
                Terminal.output.write(
                    HelpText.render(command: spec, width: Terminal.output.width))
                return .fine
            case .command(let arguments):
                guard
                    let command = Command.all.first(where: {
                        $0.spec.name == arguments.command.name
                    })
                else { return .usage }
                return try command.run(arguments)
            }
        } catch let error as UsageError {
            Terminal.errors.write("\(error)\n")
            return .usage
        } catch {
            Terminal.errors.write("pushbench: \(error)\n")
            return .couldNotRun
        }
    }
}
