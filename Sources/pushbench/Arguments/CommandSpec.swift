/// One line of a command's table: an option, from which both parsing and help are made.
struct OptionSpec: Sendable {
    /// The name without its dashes.
    let name: String

    /// The letter for `-x`, if it has one.
    let short: Character?

    /// What it takes.
    let kind: ValueKind

    /// The value when it is not given, written as on the command line; nil when there is none.
    let defaultText: String?

    /// Whether it may be given more than once.
    let isRepeatable: Bool

    /// The heading that help lists it under.
    let group: String

    /// One or two sentences.
    let help: String

    /// Whether neither help nor a suggestion names it, because only the project's own tests use it.
    let isHidden: Bool

    private let placeholderOverride: String?

    /// An option. A default that its own kind cannot read is a mistake in the table and traps.
    init(
        _ name: String, short: Character? = nil, _ kind: ValueKind,
        default defaultText: String? = nil,
        repeatable: Bool = false, placeholder: String? = nil, group: String = "Options",
        isHidden: Bool = false, help: String
    ) {
        self.name = name
        self.short = short
        self.kind = kind
        self.defaultText = defaultText
        isRepeatable = repeatable
        placeholderOverride = placeholder
        self.group = group
        self.help = help
        self.isHidden = isHidden
        if let defaultText {
            precondition((try? kind.read(defaultText)) != nil, "--\(name) has a bad default")
        }
    }

    /// What stands for its value in help and errors; empty for a flag.
    var placeholder: String { placeholderOverride ?? kind.placeholder }

    /// Whether it takes no value.
    var isFlag: Bool {
        if case .flag = kind { true } else { false }
    }

    /// The same option with another default, for a command whose usual case is another.
    func defaulting(to text: String) -> OptionSpec {
        OptionSpec(
            name, short: short, kind, default: text, repeatable: isRepeatable,
            placeholder: placeholderOverride, group: group, help: help)
    }

    /// The default, read.
    var defaultValue: OptionValue? {
        defaultText.flatMap { try? kind.read($0) }
    }
}

/// What stands on the command line without a dash.
struct OperandSpec: Sendable {
    /// How many of them there are.
    enum Arity: Sendable {
        case one
        case optional
        case oneOrMore
        case zeroOrMore

        /// The fewest and the most.
        var range: ClosedRange<Int> {
            switch self {
            case .one: 1...1
            case .optional: 0...1
            case .oneOrMore: 1...Int.max
            case .zeroOrMore: 0...Int.max
            }
        }
    }

    /// What stands for it in help: "RECORD".
    let name: String

    /// How many; anything but `one` only in the last place, so that it is clear which is which.
    let arity: Arity

    /// What it is; a `choice` is read and its aliases replaced, `path` and `text` are kept.
    let kind: ValueKind

    /// One sentence.
    let help: String

    init(_ name: String, _ kind: ValueKind, arity: Arity = .one, help: String) {
        self.name = name
        self.kind = kind
        self.arity = arity
        self.help = help
    }

    /// The operand as a usage line shows it.
    var usage: String {
        switch arity {
        case .one: name
        case .optional: "[\(name)]"
        case .oneOrMore: "\(name)..."
        case .zeroOrMore: "[\(name)...]"
        }
    }
}

/// A command as its table declares it.
struct CommandSpec: Sendable {
    /// A command line worth copying, and what it does.
    struct Example: Sendable {
        /// The whole line.
        let command: String
        /// What it does, in a few words.
        let note: String
    }

    /// The program's name, as usage lines and errors write it.
    static let tool = "pushbench"

    /// The word that selects it.
    let name: String

    /// One line for the overview.
    let summary: String

    /// Whether neither the overview nor a suggestion names it, because the program itself runs it.
    let isHidden: Bool

    /// Paragraphs for its own help, separated by empty lines; lines that begin with a space are
    /// printed as they are.
    let discussion: String

    /// What stands without a dash, in order.
    let operands: [OperandSpec]

    /// The table of options, in the order of help; groups in the order in which they first occur.
    let options: [OptionSpec]

    /// Lines worth copying.
    let examples: [Example]

    init(
        _ name: String, summary: String, discussion: String = "", operands: [OperandSpec] = [],
        options: [OptionSpec] = [], examples: [Example] = [], isHidden: Bool = false
    ) {
        let longNames = options.map(\.name) + ["help"]
        let shortNames = options.compactMap(\.short) + ["h"]
        precondition(Set(longNames).count == longNames.count, "\(name) has an option twice")
        precondition(Set(shortNames).count == shortNames.count, "\(name) has a letter twice")
        precondition(
            operands.dropLast().allSatisfy { $0.arity.range == 1...1 },
            "only the last operand of \(name) may be left out or repeated")
        self.name = name
        self.summary = summary
        self.isHidden = isHidden
        self.discussion = discussion
        self.operands = operands
        self.options = options
        self.examples = examples
    }

    /// What errors begin with: "pushbench run".
    var place: String { "\(Self.tool) \(name)" }

    /// The option of this name.
    func option(named name: String) -> OptionSpec? {
        options.first { $0.name == name }
    }
}
