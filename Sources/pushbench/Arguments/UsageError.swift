/// A command line that cannot be obeyed: where, what is wrong, and what to write instead.
struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The command it was given to: "pushbench run".
    let place: String

    /// What is wrong, naming option and value: "--duration 10 needs a unit".
    let problem: String

    /// What to do: "10s, 10ms".
    let remedy: String

    /// The sentence for people, on one line.
    var description: String {
        "\(place): \(problem): \(remedy)"
    }

    /// What the process ends with.
    var exitCode: ExitCode { .usage }
}
