/// Several runs that differ in one thing: what `pushbench sweep` measures, and the tries of a search
/// for the greatest load (`pushbench run --find-max`).
///
/// Each run is a whole record, so that whatever can be reported of a run can be reported of each, and
/// the series adds what was changed and to what. Its JSON has a schema,
/// `Docs/record-series.schema.json`; it says `"kind": "series"`, which no run record does.
package struct RecordSeries: Hashable, Sendable {
    /// What is changed from run to run.
    package struct Parameter: Hashable, Sendable {
        /// One value that it takes.
        package struct Value: Hashable, Sendable, Codable {
            /// The value as it was asked for, such as `20ms`.
            package var text: String
            /// The value in the parameter's unit; nil where values are words.
            package var number: Double?

            package init(text: String, number: Double? = nil) {
                self.text = text
                self.number = number
            }
        }

        /// The option of `pushbench run` that sets it, such as `rtt`.
        package var name: String
        /// The unit of the numbers: `ns`, `B`, `1/s` or `1`; nil where values are words.
        package var unit: String?
        /// Its value in each of the runs, in their order.
        package var values: [Value]

        package init(name: String, unit: String? = nil, values: [Value]) {
            self.name = name
            self.unit = unit
            self.values = values
        }
    }

    /// A value at which nothing could be measured.
    package struct Failure: Hashable, Sendable, Codable {
        /// The parameter's value as it was asked for.
        package var value: String
        /// What went wrong, in words.
        package var reason: String

        package init(value: String, reason: String) {
            self.value = value
            self.reason = reason
        }
    }

    /// The schema number that is written, and the only one that is read.
    package private(set) var schema = 1
    /// What wrote it.
    package var tool: ToolVersion
    /// When the first run began: ISO 8601, UTC, whole seconds.
    package var started: String
    /// How long it took altogether.
    package var durationNanoseconds: Int64
    /// The command line, word by word.
    package var command: [String]
    /// What is changed from run to run.
    package var parameter: Parameter
    /// Whether it ended before its time or lacks a run for another reason.
    package var partial: Bool
    /// Values at which nothing could be measured.
    package var failures: [Failure]
    /// One run for each of the parameter's values.
    package var runs: [RunRecord]
    /// What was found where the runs are the tries of a search; a value then stands as often as it was
    /// tried.
    package var findings: KneeFindings?

    /// - Precondition: there is a value for each run.
    package init(
        tool: ToolVersion, started: String, durationNanoseconds: Int64, command: [String],
        parameter: Parameter, partial: Bool = false, failures: [Failure] = [], runs: [RunRecord],
        findings: KneeFindings? = nil
    ) {
        precondition(parameter.values.count == runs.count, "a value for each run")
        self.tool = tool
        self.started = started
        self.durationNanoseconds = durationNanoseconds
        self.command = command
        self.parameter = parameter
        self.partial = partial
        self.failures = failures
        self.runs = runs
        self.findings = findings
    }

    /// Whether anything in it carries a warning.
    package var hasWarnings: Bool {
        runs.contains(where: \.hasWarnings)
    }
}

extension RecordSeries.Parameter: Codable {
    private enum CodingKeys: String, CodingKey {
        case name
        case unit
        case values
    }
}

extension RecordSeries: Codable {
    private enum CodingKeys: String, CodingKey {
        case schema
        case kind
        case tool
        case started
        case durationNanoseconds = "duration_ns"
        case command
        case parameter
        case partial
        case failures
        case runs
        case findings
    }

    package init(from decoder: any Decoder) throws {
        try StoredRecord.require(.series, of: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try values.decode(Int.self, forKey: .schema)
        guard schema == 1 else { throw RecordError.unknownSchema(schema) }
        tool = try values.decode(ToolVersion.self, forKey: .tool)
        started = try values.decode(String.self, forKey: .started)
        durationNanoseconds = try values.decode(Int64.self, forKey: .durationNanoseconds)
        command = try values.decode([String].self, forKey: .command)
        parameter = try values.decode(Parameter.self, forKey: .parameter)
        partial = try values.decode(Bool.self, forKey: .partial)
        failures = try values.decode([Failure].self, forKey: .failures)
        runs = try values.decode([RunRecord].self, forKey: .runs)
        guard parameter.values.count == runs.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .runs, in: values,
                debugDescription:
                    "has \(runs.count) runs, and the parameter \(parameter.values.count) values")
        }
        findings = try values.decodeIfPresent(KneeFindings.self, forKey: .findings)
        guard findings?.refersOnly(to: runs.count) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: .findings, in: values,
                debugDescription: "names a run beyond the \(runs.count) that there are")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(schema, forKey: .schema)
        try values.encode(StoredRecord.Kind.series.rawValue, forKey: .kind)
        try values.encode(tool, forKey: .tool)
        try values.encode(started, forKey: .started)
        try values.encode(durationNanoseconds, forKey: .durationNanoseconds)
        try values.encode(command, forKey: .command)
        try values.encode(parameter, forKey: .parameter)
        try values.encode(partial, forKey: .partial)
        try values.encode(failures, forKey: .failures)
        try values.encode(runs, forKey: .runs)
        try values.encodeIfPresent(findings, forKey: .findings)
    }
}

extension RecordSeries {
    /// The series as JSON text, as `RunRecord.encoded` writes a record.
    package func encoded() throws -> [UInt8] {
        try RecordFile.encode(self, schema: schema)
    }

    /// Reads a series.
    ///
    /// - Throws: `RecordError`, naming the key path at which the text is not a series.
    package init(json text: [UInt8]) throws {
        self = try RecordFile.decode(
            RecordSeries.self, from: text,
            remedy: "check that the file is a series and complete (Docs/record-series.schema.json)")
    }

    /// Writes the series to the file at `path`; see `OutputFile`.
    package func write(to path: String) throws {
        try OutputFile.write(try encoded(), to: path)
    }
}
