import FoundationEssentials
import Link
import Measurement

/// A scenario that is kept in a file: a name for what a command line would say.
///
/// ```json
/// {
///   "description": "A phone on LTE, far from the server.",
///   "transport": ["sse", "websocket"],
///   "clients": 200,
///   "rtt": "120ms",
///   "sweep": { "over": "rtt", "values": ["20ms", "120ms"] }
/// }
/// ```
///
/// Its keys are the options of `pushbench run` and its values are written as on the command line, so
/// that the option table is the one truth about names, units and bounds. Beside them stand
/// `description`, and `sweep`, which `pushbench sweep` obeys. `Docs/scenario.schema.json` is for
/// editors.
struct ScenarioFile: Sendable {
    /// What the scenario is for; empty when it does not say.
    let description: String
    /// The values of options, as a command line would give them.
    let values: [String: OptionValue]
    /// What is swept over, where it is a sweep.
    let sweep: SweepPlan?

    /// Keys that are no options.
    private static let ownKeys = ["$schema", "description", "sweep"]

    /// Reads a scenario's text; `place` is what errors call it, and `options` what it may set.
    init(_ text: [UInt8], place: String, options: [OptionSpec]) throws(UsageError) {
        let reader = Reader(place: place, options: options)
        let keys = try reader.keys(of: text)
        var values: [String: OptionValue] = [:]
        var description = ""
        var sweep: SweepPlan?
        // In alphabetical order, so that the first mistake is the same one every time.
        for (key, value) in keys.sorted(by: { $0.key < $1.key }) {
            switch key {
            // Editors look there for the schema.
            case "$schema": _ = try reader.string(value, at: key)
            case "description":
                description = try reader.string(value, at: key)
            case "sweep":
                sweep = try reader.sweep(value)
            default:
                let option = try reader.option(named: key, also: Self.ownKeys)
                values[key] = try reader.value(value, of: option, at: key)
            }
        }
        self.description = description
        self.values = values
        self.sweep = sweep
    }
}

/// What reading a scenario needs all along: what errors call the file, and what it may set.
private struct Reader {
    let place: String
    let options: [OptionSpec]

    func keys(of text: [UInt8]) throws(UsageError) -> [String: JSONValue] {
        let root: JSONValue
        do {
            root = try JSONDecoder().decode(JSONValue.self, from: Data(text))
        } catch {
            throw self.error(
                "is not valid JSON\(Self.position(in: error))",
                remedy: "look for a missing comma, quote or brace")
        }
        guard case .object(let keys) = root else {
            throw error("is \(root.noun)", remedy: "write an object, as in {\"clients\": 100}")
        }
        return keys
    }

    func option(named name: String, also others: [String] = []) throws(UsageError) -> OptionSpec {
        if let option = options.first(where: { $0.name == name }) { return option }
        // The hyphens of options are underscores in records, and people mix them up.
        let names = options.map(\.name) + others
        let closest = Suggestion.closest(
            to: name.replacing("_", with: "-").lowercased(), among: names)
        throw error(
            "\(name) is not a key of a scenario",
            remedy: closest.map { "did you mean \($0)?" }
                ?? "Docs/scenario.schema.json lists them")
    }

    func string(_ value: JSONValue, at key: String) throws(UsageError) -> String {
        guard case .string(let text) = value else {
            throw error("\(key) is \(value.noun)", remedy: "write a text in quotes")
        }
        return text
    }

    /// A value as the option's kind takes it. True is a flag that is given and false one that is
    /// not; nil.
    func value(
        _ value: JSONValue, of option: OptionSpec, at key: String
    ) throws(UsageError) -> OptionValue? {
        if option.isFlag {
            guard case .bool(let isOn) = value else {
                throw error("\(key) is \(value.noun)", remedy: "write true or false")
            }
            return isOn ? .flag : nil
        }
        let text = try text(of: value, for: option, at: key)
        do {
            return try option.kind.read(text)
        } catch {
            throw self.error("\(key) \(error.subject)", remedy: error.remedy)
        }
    }

    func sweep(_ value: JSONValue) throws(UsageError) -> SweepPlan {
        let example = "\"sweep\": {\"over\": \"rtt\", \"values\": [\"0\", \"50ms\"]}"
        guard case .object(let keys) = value else {
            throw error("sweep is \(value.noun)", remedy: "write \(example)")
        }
        if let unknown = keys.keys.sorted().first(where: { $0 != "over" && $0 != "values" }) {
            throw error("sweep.\(unknown) is not a key of a sweep", remedy: "write \(example)")
        }
        guard let over = keys["over"] else {
            throw error("sweep.over is missing", remedy: "write \(example)")
        }
        let option = try option(named: try string(over, at: "sweep.over"))
        guard case .array(let values)? = keys["values"] else {
            throw error(
                "sweep.values is \(keys["values"]?.noun ?? "missing")", remedy: "write \(example)")
        }
        var texts: [String] = []
        for (index, value) in values.enumerated() {
            texts.append(try text(of: value, for: option, at: "sweep.values[\(index)]"))
        }
        do {
            return try SweepPlan(option, texts)
        } catch {
            throw self.error("sweep: \(error.subject)", remedy: error.remedy)
        }
    }

    /// The value as the command line would have it: a number as its digits, a list with commas.
    private func text(
        of value: JSONValue, for option: OptionSpec, at key: String
    ) throws(UsageError) -> String {
        switch (value, option.kind) {
        case (.string(let text), _): return text
        case (.number(let text), _): return text
        case (.array(let parts), .list):
            var names: [String] = []
            for (index, part) in parts.enumerated() {
                names.append(try string(part, at: "\(key)[\(index)]"))
            }
            return names.joined(separator: ",")
        default:
            let hint = option.defaultText.map { ", such as \"\($0)\"" } ?? ""
            throw error("\(key) is \(value.noun)", remedy: "write a text\(hint)")
        }
    }

    func error(_ problem: String, remedy: String) -> UsageError {
        UsageError(place: place, problem: problem, remedy: remedy)
    }

    /// " (line 3, column 5)", where the decoder says it.
    private static func position(in error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error,
            let match = "\(context.underlyingError.map { "\($0)" } ?? "")".firstMatch(
                of: #/line (\d+), column (\d+)/#)
        else { return "" }
        return " (line \(match.1), column \(match.2))"
    }
}

/// JSON as it comes, for files whose keys are only known at run time.
private enum JSONValue: Decodable {
    case null
    case bool(Bool)
    /// A number by its digits, which is how options are read.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let isTrue = try? value.decode(Bool.self) {
            self = .bool(isTrue)
        } else if let whole = try? value.decode(Int.self) {
            self = .number("\(whole)")
        } else if let number = try? value.decode(Double.self) {
            self = .number("\(number)")
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .array(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    /// What it is, in an error: "a number".
    var noun: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
