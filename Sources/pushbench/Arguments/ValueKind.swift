import Link
import Measurement

/// A word that an option takes, with the shorter words that mean the same.
struct Choice: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The word as results and help write it.
    let name: String

    /// Other spellings that are understood.
    let aliases: [String]

    init(_ name: String, aliases: [String] = []) {
        self.name = name
        self.aliases = aliases
    }

    init(stringLiteral name: String) {
        self.init(name)
    }

    /// The name with its aliases, as help lists it: "websocket (ws)".
    var listing: String {
        aliases.isEmpty ? name : "\(name) (\(aliases.joined(separator: ", ")))"
    }
}

/// What kind of value an option takes, and within which bounds.
///
/// The kind alone decides how a value is read, how help names it, and what an error says, so that
/// an option is one line in its command's table.
enum ValueKind: Sendable {
    /// No value: the option is given or it is not.
    case flag
    /// A whole number: `1000`, `10k`.
    case count(ClosedRange<Int> = 1...Int.max)
    /// A time with its unit: `10s`.
    case duration(ClosedRange<Duration> = .zero ... .nanoseconds(Int64.max))
    /// A number of bytes: `64KiB`.
    case size(ClosedRange<Int> = 0...Int.max)
    /// Events a second: `100`, `30/m`.
    case rate(ClosedRange<Double> = 1e-6...1e9)
    /// A share: `5%`.
    case fraction(ClosedRange<Double> = 0...1)
    /// One of these words.
    case choice([Choice])
    /// Some of these words, separated by commas, or `all`.
    case list([Choice])
    /// A link: a preset or its numbers.
    case link
    /// A file; `-` is for the command to read as standard input or output.
    case path
    /// Anything.
    case text
}

/// A value that was read, in the form that its kind gives it.
enum OptionValue: Hashable, Sendable {
    case flag
    case count(Int)
    case duration(Duration)
    case size(Int)
    case rate(Double)
    case fraction(Double)
    /// The names of the choices; one of them for a `choice`.
    case choices([String])
    case link(LinkProfile)
    case text(String)
}

extension ValueKind {
    /// Reads a value of this kind.
    func read(_ text: String) throws(ValueError) -> OptionValue {
        switch self {
        case .flag:
            return .flag
        case .count(let range):
            let count = try Units.count(text)
            try check(count, of: text, in: range, highest: .max) { "\($0)" }
            return .count(count)
        case .duration(let range):
            let duration = try Units.duration(text)
            let highest = Duration.nanoseconds(Int64.max)
            try check(duration, of: text, in: range, highest: highest) { Units.text(of: $0) }
            return .duration(duration)
        case .size(let range):
            let bytes = try Units.bytes(text)
            try check(bytes, of: text, in: range, highest: .max) { Units.text(ofBytes: $0) }
            return .size(bytes)
        case .rate(let range):
            let rate = try Units.rate(text)
            try check(rate, of: text, in: range, highest: .infinity) { Units.text(ofRate: $0) }
            return .rate(rate)
        case .fraction(let range):
            let share = try Units.fraction(text)
            try check(share, of: text, in: range, highest: 1) { Units.text(ofFraction: $0) }
            return .fraction(share)
        case .choice(let choices):
            return .choices([try Self.choose(text, among: choices)])
        case .list(let choices):
            return .choices(try Self.chooseSome(text, among: choices))
        case .link:
            return .link(try LinkProfile(parsing: text))
        case .path, .text:
            guard !text.isEmpty else {
                throw ValueError(text, "is empty", remedy: "write a \(placeholder) there")
            }
            return .text(text)
        }
    }

    /// What stands for the value in help: "DURATION".
    var placeholder: String {
        switch self {
        case .flag: ""
        case .count: "COUNT"
        case .duration: "DURATION"
        case .size: "SIZE"
        case .rate: "RATE"
        case .fraction: "SHARE"
        case .choice: "NAME"
        case .list: "NAMES"
        case .link: "LINK"
        case .path: "FILE"
        case .text: "TEXT"
        }
    }

    /// How such values are written, for the foot of a command's help; nil where there is no more to
    /// say than the option's own line says.
    var notation: String? {
        switch self {
        case .flag, .choice, .path, .text: nil
        case .count: "1000, 10k, 1M"
        case .duration: "10s, 50ms, 100us, 1m30s"
        case .size: "100B, 64KiB (steps of 1024), 2MB (steps of 1000)"
        case .rate: "events a second: 100, 2k/s, 30/m"
        case .fraction: "5%, 0.05"
        case .list: "separated by commas, or all"
        case .link:
            "\(LinkPreset.all.map(\.name).joined(separator: ", ")), or numbers: "
                + "80ms,jitter=10ms,loss=1%,down=2Mbit,up=1Mbit"
        }
    }

    /// The words that this kind is limited to, if it is.
    var choices: [Choice] {
        switch self {
        case .choice(let choices), .list(let choices): choices
        default: []
        }
    }

    private func check<Value: Comparable>(
        _ value: Value, of text: String, in range: ClosedRange<Value>, highest: Value,
        write: (Value) -> String
    ) throws(ValueError) {
        guard !range.contains(value) else { return }
        let (lower, upper) = (write(range.lowerBound), write(range.upperBound))
        let bounds = range.upperBound == highest ? "\(lower) or more" : "\(lower) to \(upper)"
        throw ValueError(text, "is out of range", remedy: "write \(bounds)")
    }

    private static func choose(
        _ text: String, among choices: [Choice], orAll: Bool = false
    ) throws(ValueError) -> String {
        if let choice = choices.first(where: { $0.name == text || $0.aliases.contains(text) }) {
            return choice.name
        }
        let names = choices.map(\.name) + (orAll ? ["all"] : [])
        let closest = Suggestion.closest(to: text, among: names + choices.flatMap(\.aliases))
        let known = "known are \(names.joined(separator: ", "))"
        throw ValueError(text, "is unknown", remedy: closest.map { "did you mean \($0)?" } ?? known)
    }

    private static func chooseSome(
        _ text: String, among choices: [Choice]
    ) throws(ValueError) -> [String] {
        guard text != "all" else { return choices.map(\.name) }
        var names: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !part.isEmpty else {
                throw ValueError(text, "has an empty part", remedy: "write names between commas")
            }
            guard part != "all" else {
                throw ValueError(text, "has all among others", remedy: "write all by itself")
            }
            let name = try choose(String(part), among: choices, orAll: true)
            guard !names.contains(name) else {
                throw ValueError(text, "has \(name) twice", remedy: "name each once")
            }
            names.append(name)
        }
        return names
    }
}
