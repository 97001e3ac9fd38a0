/// Help, made from the same tables that the command line is read with.
enum HelpText {
    /// The usage line of a command, without "Usage:".
    static func usage(of command: CommandSpec) -> String {
        let options = command.options.isEmpty ? [] : ["[OPTIONS]"]
        return ([command.place] + options + command.operands.map(\.usage)).joined(separator: " ")
    }

    /// Everything about one command, no line longer than `width`.
    static func render(command: CommandSpec, width: Int) -> String {
        var page = HelpPage(width: width)
        page.paragraphs("\(command.summary)\n\n\(command.discussion)")
        page.section("Usage", [(usage(of: command), "")])
        page.section("Operands", command.operands.map { ($0.name, details(of: $0)) })
        let groups = groups(of: command)
        let headings = groups.flatMap { $0.options.map(heading) }
        for group in groups {
            let rows = group.options.map { (heading(of: $0), details(of: $0)) }
            page.section(group.name, rows, alignedWith: headings)
        }
        page.section("Values", notations(of: command))
        page.examples(command.examples)
        return page.text
    }

    /// What the program is, its commands and its exit codes.
    static func overview(_ table: CommandTable, summary: String, width: Int) -> String {
        var page = HelpPage(width: width)
        page.paragraphs(summary)
        page.section("Usage", [("\(CommandSpec.tool) COMMAND [OPTIONS]", "")])
        let commands = table.commands.filter { !$0.isHidden }
        page.section("Commands", commands.map { ($0.name, $0.summary) })
        page.section("Exit codes", ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) })
        page.paragraphs("'\(CommandSpec.tool) help COMMAND' says more about one of them.")
        return page.text
    }

    private static let helpOption = OptionSpec("help", short: "h", .flag, help: "Show this help.")

    /// The options under their headings, in the order in which the headings first occur; the help
    /// option joins the last.
    private static func groups(
        of command: CommandSpec
    ) -> [(name: String, options: [OptionSpec])] {
        var groups: [(name: String, options: [OptionSpec])] = []
        for option in command.options where !option.isHidden {
            if let index = groups.firstIndex(where: { $0.name == option.group }) {
                groups[index].options.append(option)
            } else {
                groups.append((option.group, [option]))
            }
        }
        if groups.isEmpty { groups.append((helpOption.group, [])) }
        groups[groups.count - 1].options.append(helpOption)
        return groups
    }

    private static func heading(of option: OptionSpec) -> String {
        let short = option.short.map { "-\($0), " } ?? "    "
        return "\(short)--\(option.name)" + (option.isFlag ? "" : " \(option.placeholder)")
    }

    private static func details(of option: OptionSpec) -> String {
        var sentences = [option.help]
        if !option.kind.choices.isEmpty { sentences.append(known(option.kind)) }
        if option.isRepeatable { sentences.append("May be given several times.") }
        if let defaultText = option.defaultText { sentences.append("(default \(defaultText))") }
        return sentences.joined(separator: " ")
    }

    private static func details(of operand: OperandSpec) -> String {
        operand.kind.choices.isEmpty ? operand.help : "\(operand.help) \(known(operand.kind))"
    }

    private static func known(_ kind: ValueKind) -> String {
        let listing = kind.choices.map(\.listing).joined(separator: ", ")
        return if case .list = kind { "Any of \(listing)." } else { "One of \(listing)." }
    }

    /// How the kinds of value in this command are written, each once.
    private static func notations(of command: CommandSpec) -> [(String, String)] {
        var notations: [(String, String)] = []
        for kind in command.options.map(\.kind) {
            guard let notation = kind.notation,
                !notations.contains(where: { $0.0 == kind.placeholder })
            else { continue }
            notations.append((kind.placeholder, notation))
        }
        return notations
    }
}

/// A page of help under construction: paragraphs and two-column sections within a width.
private struct HelpPage {
    private let width: Int
    private var lines: [String] = []

    /// Below forty columns a word a line is no longer reading, so narrower is treated as forty.
    init(width: Int) {
        self.width = max(40, width)
    }

    /// Up to this many letters a term shares its line with its text; a longer one gets a line of
    /// its own, so that it does not push every text to the right edge.
    private static let longestTerm = 26

    /// The page, ending with one line break.
    var text: String {
        let end = lines.lastIndex { !$0.isEmpty } ?? -1
        return lines[...end].joined(separator: "\n") + "\n"
    }

    /// Adds paragraphs, which empty lines separate; lines that begin with a space stay as they are.
    mutating func paragraphs(_ text: String) {
        var paragraph: [Substring] = []
        for line in (text + "\n").split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.isEmpty || line.hasPrefix(" ") else {
                if paragraph.isEmpty { separate() }
                paragraph.append(line)
                continue
            }
            lines += Self.wrap(paragraph.joined(separator: " "), width: width)
            paragraph = []
            if line.hasPrefix(" ") { lines.append(String(line)) }
            if line.isEmpty { separate() }
        }
    }

    /// Adds a heading and its rows; nothing when there are no rows. Their texts begin in the column
    /// that these terms need, and those of `others`, the terms of sections like this one.
    mutating func section(
        _ title: String, _ rows: [(term: String, text: String)], alignedWith others: [String] = []
    ) {
        guard !rows.isEmpty else { return }
        separate()
        lines.append("\(title):")
        let widths = (rows.map(\.term) + others).map(\.count).filter { $0 <= Self.longestTerm }
        let column = 2 + (widths.max() ?? 4) + 2
        for row in rows {
            let texts = Self.wrap(row.text, width: width - column)
            let indent = String(repeating: " ", count: column)
            guard row.term.count <= Self.longestTerm, let first = texts.first else {
                lines.append("  \(row.term)")
                lines += texts.map { indent + $0 }
                continue
            }
            let gap = String(repeating: " ", count: column - 2 - row.term.count)
            lines.append("  \(row.term)\(gap)\(first)")
            lines += texts.dropFirst().map { indent + $0 }
        }
    }

    /// Adds command lines as they are, each under what it does.
    mutating func examples(_ examples: [CommandSpec.Example]) {
        guard !examples.isEmpty else { return }
        separate()
        lines.append("Examples:")
        for example in examples {
            lines += Self.wrap(example.note, width: width - 2).map { "  \($0)" }
            lines.append("    \(example.command)")
        }
    }

    /// Puts an empty line before what follows, unless there is one.
    private mutating func separate() {
        if let last = lines.last, !last.isEmpty { lines.append("") }
    }

    /// Breaks a text at its spaces; a word that is longer than a line is left whole.
    private static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
