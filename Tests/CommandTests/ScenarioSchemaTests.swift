import Foundation
import Testing

@testable import pushbench

/// `Docs/scenario.schema.json` is made from the option table, so that it cannot say anything else.
@Suite("The scenario's schema")
struct ScenarioSchemaTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static var schema: [String: Any] {
        var properties: [String: Any] = [
            "$schema": ["type": "string", "description": "This file, for editors."],
            "description": ["type": "string", "description": "What the scenario is for."],
            "sweep": [
                "type": "object",
                "description": "What pushbench sweep changes from run to run.",
                "properties": [
                    "over": [
                        "enum": names, "description": "The key that is changed.",
                    ],
                    "values": [
                        "type": "array", "minItems": 2,
                        "items": ["type": ["string", "number"]],
                        "description": "Its values, written as those of the key are.",
                    ],
                ], "required": ["over", "values"], "additionalProperties": false,
            ] as [String: Any],
        ]
        for option in RunRequest.settings { properties[option.name] = property(of: option) }
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "pushbench scenario",
            "description": "Values for the options of pushbench run, written as on the command "
                + "line. Options given there take precedence.",
            "type": "object", "properties": properties, "additionalProperties": false,
        ]
    }

    /// What may be swept over: what has one value.
    private static var names: [String] {
        RunRequest.settings.filter { option in
            if case .list = option.kind { return false }
            return !option.isFlag && option.name != "link-tier"
        }.map(\.name)
    }

    private static func property(of option: OptionSpec) -> [String: Any] {
        var property: [String: Any] = ["description": option.help]
        if let text = option.defaultText { property["default"] = text }
        let words = option.kind.choices.flatMap { [$0.name] + $0.aliases }
        switch option.kind {
        case .flag: property["type"] = "boolean"
        case .choice: property["enum"] = words
        case .list:
            property["oneOf"] = [
                ["type": "string"], ["type": "array", "items": ["enum": words], "minItems": 1],
            ]
        case .count, .size, .rate, .fraction: property["type"] = ["string", "number"]
        case .duration, .link, .path, .text: property["type"] = "string"
        }
        if let notation = option.kind.notation, words.isEmpty {
            property["$comment"] = "Written as \(notation)."
        }
        return property
    }

    /// Rewrites the file when it runs with PUSHBENCH_RECORD=1.
    @Test("is what the option table says")
    func golden() throws {
        let file = Self.root.appending(path: "Docs/scenario.schema.json")
        let data = try JSONSerialization.data(
            withJSONObject: Self.schema,
            options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        let text = String(decoding: data, as: UTF8.self) + "\n"
        if ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: file, encoding: .utf8)))
    }
}
