import Foundation
import Measurement
import Testing

/// As much of JSON Schema as the files in `Docs` use: references to `$defs`, `type`,
/// `const`, `enum`, `minimum`, `properties`, `required`, `additionalProperties: false` and `items`.
/// It also remembers which documented properties it saw, to find those that nothing writes.
struct SchemaChecker {
    let root: [String: Any]
    private(set) var problems: [String] = []
    private(set) var seen: Set<String> = []

    init(root: [String: Any]) {
        self.root = root
    }

    mutating func check(_ value: Any, against schema: [String: Any], at path: String) {
        var schema = schema
        var name = path
        // What another file describes is checked against that file.
        if let reference = schema["$ref"] as? String, !reference.hasPrefix("#") { return }
        if let reference = schema["$ref"] as? String {
            name = String(reference.dropFirst("#/$defs/".count))
            let definitions = root["$defs"] as? [String: [String: Any]]
            guard let target = definitions?[name] else {
                problems.append("\(path): \(reference) leads nowhere")
                return
            }
            schema = target
        }
        if let constant = schema["const"] as? NSObject, constant != value as? NSObject {
            problems.append("\(path): is not \(constant)")
        }
        if let allowed = schema["enum"] as? [String], !allowed.contains(value as? String ?? "") {
            problems.append("\(path): is none of \(allowed)")
        }
        if let minimum = schema["minimum"] as? Double, let number = value as? Double,
            number < minimum
        {
            problems.append("\(path): is less than \(minimum)")
        }
        switch schema["type"] as? String {
        case "object": checkObject(value, against: schema, at: path, named: name)
        case "array":
            guard let list = value as? [Any], let items = schema["items"] as? [String: Any] else {
                problems.append("\(path): is no list")
                return
            }
            for (index, item) in list.enumerated() {
                check(item, against: items, at: "\(path)[\(index)]")
            }
        case "string" where !(value is String): problems.append("\(path): is no string")
        case "boolean" where !(value is Bool): problems.append("\(path): is no boolean")
        case "integer"
        where (value as? NSNumber).map { $0.doubleValue.rounded() != $0.doubleValue }
            ?? true:
            problems.append("\(path): is no whole number")
        case "number" where !(value is Double): problems.append("\(path): is no number")
        default: break
        }
    }

    private mutating func checkObject(
        _ value: Any, against schema: [String: Any], at path: String, named name: String
    ) {
        guard let object = value as? [String: Any],
            let properties = schema["properties"] as? [String: [String: Any]],
            let required = schema["required"] as? [String]
        else {
            problems.append("\(path): is no object")
            return
        }
        #expect(schema["additionalProperties"] as? Bool == false, "\(name) is open")
        for key in required where object[key] == nil {
            problems.append("\(path).\(key): is required and missing")
        }
        for (key, value) in object {
            guard let property = properties[key] else {
                problems.append("\(path).\(key): is not documented")
                continue
            }
            seen.insert("\(name).\(key)")
            check(value, against: property, at: "\(path).\(key)")
        }
    }

    /// Every property of every object in the schema, named as `seen` does. Objects stand at the root
    /// and in `$defs`, never one inside the other.
    func documented(root rootName: String = "record") -> Set<String> {
        var names: Set<String> = []
        let definitions = root["$defs"] as? [String: [String: Any]] ?? [:]
        for (name, schema) in [(rootName, root)] + definitions.map({ ($0.key, $0.value) }) {
            for (key, property) in schema["properties"] as? [String: [String: Any]] ?? [:] {
                #expect(property["properties"] == nil, "\(name).\(key) is no reference")
                names.insert("\(name).\(key)")
            }
        }
        return names
    }
}

extension SchemaChecker {
    /// The schema in this file of `Docs`.
    static func schema(_ name: String) throws -> [String: Any] {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Docs/\(name)")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        return try #require(object as? [String: Any])
    }
}

@Suite("The run record's schema")
struct SchemaTests {
    private static func schema() throws -> [String: Any] {
        try SchemaChecker.schema("run-record.schema.json")
    }

    private static func checked(_ record: RunRecord) throws -> SchemaChecker {
        let schema = try schema()
        var checker = SchemaChecker(root: schema)
        let text = Data(try record.encoded())
        checker.check(
            try JSONSerialization.jsonObject(with: text), against: schema, at: "record")
        return checker
    }

    @Test("admits every record that is written", arguments: [RunRecord.complete, .minimal])
    func admitsRecords(record: RunRecord) throws {
        #expect(try Self.checked(record).problems == [])
    }

    @Test("documents no key that is never written")
    func documentsNothingElse() throws {
        let checker = try Self.checked(.complete)
        #expect(checker.documented().subtracting(checker.seen).sorted() == [])
    }

    @Test("would notice a key that it does not document, and one that is missing")
    func notices() throws {
        var schema = try Self.schema()
        var properties = try #require(schema["properties"] as? [String: Any])
        properties["started"] = nil
        schema["properties"] = properties
        schema["required"] = ["colour"]
        var checker = SchemaChecker(root: schema)
        let text = Data(try RunRecord.complete.encoded())
        checker.check(
            try JSONSerialization.jsonObject(with: text), against: schema, at: "record")
        #expect(
            checker.problems.sorted() == [
                "record.colour: is required and missing", "record.started: is not documented",
            ])
    }
}
