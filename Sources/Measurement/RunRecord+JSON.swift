import FoundationEssentials

extension RunRecord {
    /// The record as JSON text: the schema number first, so that the first line tells what follows;
    /// after it keys in alphabetical order, so that two records can be compared line by line.
    package func encoded() throws -> [UInt8] {
        try RecordFile.encode(self, schema: schema)
    }

    /// Reads a record.
    ///
    /// - Throws: `RecordError`, naming the key path at which the text is not a record.
    package init(json text: [UInt8]) throws {
        self = try RecordFile.decode(
            RunRecord.self, from: text,
            remedy: "check that the file is a run record and complete (Docs/run-record.schema.json)"
        )
    }

    /// Reads the record in the file at `path`.
    package init(path: String) throws {
        self = try RecordFile.read(path) { try RunRecord(json: $0) }
    }

    /// Writes the record to the file at `path`; see `OutputFile`.
    package func write(to path: String) throws {
        try OutputFile.write(try encoded(), to: path)
    }

    /// A moment as the record has it, such as `2025-11-21T02:32:00Z`.
    package static func timestamp(secondsSince1970 seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}

/// Records as JSON text and in files, whatever they hold.
enum RecordFile {
    /// `value` as JSON text, the schema number first and then keys in alphabetical order.
    static func encode(_ value: some Encodable, schema: Int) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let sorted = String(decoding: try encoder.encode(value), as: UTF8.self)
            let first = "  \"schema\" : \(schema),\n"
            // What a record holds may have a schema number as well; this is the one at the root.
            let rest = sorted.replacing("\n" + first, with: "\n", maxReplacements: 1).dropFirst(2)
            return Array(("{\n" + first + rest + "\n").utf8)
        } catch EncodingError.invalidValue(let value, let context) {
            throw RecordError(
                place: keyPath(context.codingPath), cause: "\(value) cannot be written as JSON",
                remedy: "report it as a bug: every number of a record must be finite")
        }
    }

    /// Reads a value; what is wrong with the text is a `RecordError` with its key path and `remedy`.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from text: [UInt8], remedy: String
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text))
        } catch DecodingError.keyNotFound(let key, let context) {
            throw RecordError(
                place: keyPath(context.codingPath + [key]), cause: "is missing", remedy: remedy)
        } catch DecodingError.valueNotFound(_, let context) {
            throw RecordError(place: keyPath(context.codingPath), cause: "is null", remedy: remedy)
        } catch DecodingError.typeMismatch(let type, let context) {
            throw RecordError(
                place: keyPath(context.codingPath), cause: "should be \(jsonName(of: type))",
                remedy: remedy)
        } catch DecodingError.dataCorrupted(let context) {
            throw RecordError(
                place: keyPath(context.codingPath),
                cause: context.codingPath.isEmpty
                    ? syntaxError(in: text) : context.debugDescription,
                remedy: remedy)
        }
    }

    /// What `parse` makes of the file at `path`, whose name its errors begin with.
    static func read<Value>(_ path: String, parse: ([UInt8]) throws -> Value) throws -> Value {
        let text: Data
        do {
            text = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw RecordError(
                place: path, cause: "cannot be read: \(systemReason(of: error))",
                remedy: "check the path and its permissions")
        }
        do {
            return try parse(Array(text))
        } catch let error as RecordError {
            throw RecordError(
                place: "\(path): \(error.place)", cause: error.cause, remedy: error.remedy)
        }
    }
}

/// Files that are there completely or not at all.
package enum OutputFile {
    /// Writes `content` beside `path` and renames it, so that nobody reads half a file and a failure
    /// leaves an older file as it was. A symbolic link stays one. What lies in `/dev` or `/proc` is
    /// written directly: it is a device or a pipe, and must not be replaced by a file.
    package static func write(_ content: [UInt8], to path: String) throws {
        let isDevice = path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
        let file = URL(filePath: path)
        do {
            try Data(content).write(
                to: isDevice ? file : file.resolvingSymlinksInPath(),
                options: isDevice ? [] : .atomic)
        } catch {
            throw RecordError(
                place: path, cause: "cannot be written: \(systemReason(of: error))",
                remedy: "check that the folder exists, is writable and has space")
        }
    }
}

/// The path as people write it: `results[2].latency_ns.p50`.
private func keyPath(_ keys: [any CodingKey]) -> String {
    let path = keys.reduce(into: "") { path, key in
        if let index = key.intValue {
            path += "[\(index)]"
        } else {
            path += (path.isEmpty ? "" : ".") + key.stringValue
        }
    }
    return path.isEmpty ? "the record" : path
}

/// The decoder does not say where JSON is broken. By far the most common reason can be seen.
private func syntaxError(in text: [UInt8]) -> String {
    guard let last = text.last(where: { $0 > UInt8(ascii: " ") }) else { return "is empty" }
    return last == UInt8(ascii: "}") ? "is not valid JSON" : "is not valid JSON, or ends too early"
}

private func jsonName(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is Double.Type: "a number"
    case is any FixedWidthInteger.Type: "a whole number"
    case is any Collection.Type where !(type is any ExpressibleByDictionaryLiteral.Type): "a list"
    default: "an object"
    }
}

/// The system's own words for what Foundation wraps.
private func systemReason(of error: any Error) -> String {
    guard let wrapped = error as? CocoaError else { return "\(error)" }
    switch wrapped.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file or folder"
    case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
    case .fileWriteOutOfSpace: return "no space left on the device"
    case .fileWriteVolumeReadOnly: return "the file system is read-only"
    default: return (wrapped.underlying as? POSIXError).map(reason) ?? "\(wrapped)"
    }
}

/// What Foundation has no code of its own for.
private func reason(of error: POSIXError) -> String {
    let name = "\(error.code)"
    let reasons = [
        "EIO": "input/output error",
        "EFBIG": "the file would be larger than the limit of file sizes (ulimit -f)",
    ]
    return reasons[name] ?? name
}
