import Link
import Measurement

extension CommandSpec {
    /// Reads the words that follow the command's name.
    ///
    /// `--name value`, `--name=value`, `-x value`, `-x=value`; `--` ends the options; `-h` and
    /// `--help` anywhere before it ask for help, even beside mistakes, because that is when help is
    /// wanted.
    func parse(_ words: [String]) throws(UsageError) -> Invocation {
        guard !words.prefix(while: { $0 != "--" }).contains(where: { $0 == "-h" || $0 == "--help" })
        else { return .help(self) }
        var parser = OptionParser(command: self)
        try parser.take(words)
        return .command(
            ParsedArguments(command: self, given: parser.given, operands: parser.operands))
    }
}

/// One pass over the words of one command.
private struct OptionParser {
    let command: CommandSpec
    private(set) var given: [String: [OptionValue]] = [:]
    private(set) var operands: [String] = []

    init(command: CommandSpec) {
        self.command = command
    }

    mutating func take(_ words: [String]) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                for operand in rest { try takeOperand(operand) }
                break
            }
            if looksLikeOption(word) {
                try takeOption(word, from: &rest)
            } else {
                try takeOperand(word)
            }
        }
        try checkOperandCount()
    }

    /// Whether a word is meant as an option: "-" alone is a file, and "-5s" a value to complain
    /// about.
    private func looksLikeOption(_ word: String) -> Bool {
        guard word.hasPrefix("-"), let second = word.dropFirst().first else { return false }
        return second == "-" || second.isLetter
    }

    private mutating func takeOption(
        _ word: String, from rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let written = String(parts[0])
        let inline = parts.count == 2 ? String(parts[1]) : nil
        let option = try option(written)
        guard given[option.name] == nil || option.isRepeatable else {
            throw error("\(written) is given twice", remedy: "give it once")
        }
        if option.isFlag {
            guard inline == nil else {
                throw error("\(written) takes no value", remedy: "write \(written) alone")
            }
            given[option.name] = [.flag]
            return
        }
        guard let text = inline ?? nextValue(&rest) else {
            throw error(
                "\(written) needs a value", remedy: "write \(written) \(option.placeholder)")
        }
        do {
            given[option.name, default: []].append(try option.kind.read(text))
        } catch {
            throw self.error(
                "\(written) \(error.subject)", remedy: error.remedy)
        }
    }

    /// The next word, unless it is the next option.
    private func nextValue(_ rest: inout ArraySlice<String>) -> String? {
        guard let next = rest.first, next != "--", !looksLikeOption(next) else { return nil }
        return rest.removeFirst()
    }

    private func option(_ written: String) throws(UsageError) -> OptionSpec {
        let name = written.drop { $0 == "-" }
        let isLong = written.hasPrefix("--")
        let found = command.options.first { option in
            isLong ? option.name == name : option.short.map { String($0) == name } ?? false
        }
        if let found { return found }
        guard !command.options.isEmpty else {
            throw error("\(written) is not an option", remedy: "this command has none")
        }
        let names = command.options.filter { !$0.isHidden }.map(\.name) + ["help"]
        let closest = Suggestion.closest(to: String(name), among: names)
        throw error(
            "\(written) is not an option",
            remedy: closest.map { "did you mean --\($0)?" }
                ?? "\(CommandSpec.tool) help \(command.name) lists them")
    }

    private mutating func takeOperand(_ word: String) throws(UsageError) {
        let index = min(operands.count, command.operands.count - 1)
        guard index >= 0, operands.count - index < command.operands[index].arity.range.upperBound
        else {
            throw error(
                "\(word) is one word too many",
                remedy: "options begin with dashes; usage: \(HelpText.usage(of: command))")
        }
        let operand = command.operands[index]
        do {
            let value = try operand.kind.read(word)
            if case .choices(let names) = value, names.count == 1 {
                operands.append(names[0])
            } else {
                operands.append(word)
            }
        } catch {
            throw self.error("\(operand.name) \(error.subject)", remedy: error.remedy)
        }
    }

    private func checkOperandCount() throws(UsageError) {
        guard operands.count < command.operands.count else { return }
        let missing = command.operands[operands.count]
        guard missing.arity.range.lowerBound > 0 else { return }
        let names = missing.kind.choices.map(\.name).joined(separator: ", ")
        throw error(
            "\(missing.name) is missing",
            remedy: names.isEmpty
                ? "usage: \(HelpText.usage(of: command))" : "write one of \(names)")
    }

    private func error(_ problem: String, remedy: String) -> UsageError {
        UsageError(place: command.place, problem: problem, remedy: remedy)
    }
}
