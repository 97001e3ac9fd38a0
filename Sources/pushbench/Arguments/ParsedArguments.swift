import Link

/// The arguments of one command, read: each accessor gives the value that was given or the default
/// that the command's table has for it.
///
/// Asking for an option that is not in the table, or for another kind than it declares, is a
/// mistake in the program and traps. So does asking for a value without a default by the plain
/// accessor; the ones that end in `IfAny` are for those.
struct ParsedArguments: Sendable {
    /// The command that these are for.
    let command: CommandSpec

    /// What stood without a dash, in order.
    let operands: [String]

    private let given: [String: [OptionValue]]

    init(command: CommandSpec, given: [String: [OptionValue]], operands: [String]) {
        self.command = command
        self.given = given
        self.operands = operands
    }

    /// Whether the option stands on the command line, as opposed to having its default.
    func isGiven(_ name: String) -> Bool {
        _ = spec(name)
        return given[name] != nil
    }

    /// Whether the flag is given.
    func flag(_ name: String) -> Bool {
        precondition(spec(name).isFlag, "--\(name) is not a flag")
        return given[name] != nil
    }

    /// A usage error about these arguments, for what only the command can know: options that
    /// exclude each other, files that are not there.
    func error(_ problem: String, remedy: String) -> UsageError {
        UsageError(place: command.place, problem: problem, remedy: remedy)
    }
}

/// Other arguments made of these.
extension ParsedArguments {
    /// These, as if the option had been given with this value and no other.
    func setting(_ name: String, to value: OptionValue) -> ParsedArguments {
        _ = spec(name)
        return ParsedArguments(
            command: command, given: given.merging([name: [value]]) { $1 }, operands: operands)
    }

    /// These, as if the option had not been given.
    func removing(_ name: String) -> ParsedArguments {
        _ = spec(name)
        return ParsedArguments(
            command: command, given: given.filter { $0.key != name }, operands: operands)
    }

    /// These, as if `values` had been given where there was nothing.
    func filled(with values: [String: OptionValue]) -> ParsedArguments {
        values.keys.forEach { _ = spec($0) }
        return ParsedArguments(
            command: command, given: values.mapValues { [$0] }.merging(given) { $1 },
            operands: operands)
    }
}

/// Values of options that have a default.
extension ParsedArguments {
    func count(_ name: String) -> Int { present(name, countIfAny(name)) }
    func duration(_ name: String) -> Duration { present(name, durationIfAny(name)) }
    func size(_ name: String) -> Int { present(name, sizeIfAny(name)) }
    func rate(_ name: String) -> Double { present(name, rateIfAny(name)) }
    func fraction(_ name: String) -> Double { present(name, fractionIfAny(name)) }
    func choice(_ name: String) -> String { present(name, choiceIfAny(name)) }
    func list(_ name: String) -> [String] { present(name, listIfAny(name)) }
    func link(_ name: String) -> LinkProfile { present(name, linkIfAny(name)) }
    func path(_ name: String) -> String { text(name) }
    func text(_ name: String) -> String { present(name, textIfAny(name)) }

    private func present<Value>(_ name: String, _ value: Value?) -> Value {
        guard let value else { preconditionFailure("--\(name) has no default: use IfAny") }
        return value
    }
}

/// Values of options that may be missing: nil when the option is neither given nor has a default.
extension ParsedArguments {
    func countIfAny(_ name: String) -> Int? {
        last(name) { if case .count(let count) = $0 { count } else { nil } }
    }

    func durationIfAny(_ name: String) -> Duration? {
        last(name) { if case .duration(let duration) = $0 { duration } else { nil } }
    }

    func sizeIfAny(_ name: String) -> Int? {
        last(name) { if case .size(let bytes) = $0 { bytes } else { nil } }
    }

    func rateIfAny(_ name: String) -> Double? {
        last(name) { if case .rate(let rate) = $0 { rate } else { nil } }
    }

    func fractionIfAny(_ name: String) -> Double? {
        last(name) { if case .fraction(let share) = $0 { share } else { nil } }
    }

    func choiceIfAny(_ name: String) -> String? {
        listIfAny(name)?.first
    }

    func listIfAny(_ name: String) -> [String]? {
        last(name) { if case .choices(let names) = $0 { names } else { nil } }
    }

    func linkIfAny(_ name: String) -> LinkProfile? {
        last(name) { if case .link(let link) = $0 { link } else { nil } }
    }

    func pathIfAny(_ name: String) -> String? {
        textIfAny(name)
    }

    func textIfAny(_ name: String) -> String? {
        texts(name).last
    }

    /// Every value of a path or text option that may be repeated, in the order given.
    func texts(_ name: String) -> [String] {
        all(name) { if case .text(let text) = $0 { text } else { nil } }
    }
}

extension ParsedArguments {
    private func spec(_ name: String) -> OptionSpec {
        guard let spec = command.option(named: name) else {
            preconditionFailure("\(command.name) has no option --\(name)")
        }
        return spec
    }

    private func last<Value>(_ name: String, as read: (OptionValue) -> Value?) -> Value? {
        all(name, as: read).last
    }

    private func all<Value>(_ name: String, as read: (OptionValue) -> Value?) -> [Value] {
        let values = given[name] ?? spec(name).defaultValue.map { [$0] } ?? []
        return values.map { value in
            guard let read = read(value) else {
                preconditionFailure("--\(name) is of another kind")
            }
            return read
        }
    }
}
