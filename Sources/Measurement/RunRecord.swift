/// Everything that a run measured, and what one must know to judge it.
///
/// The record is the only bridge between measuring and reporting: any report can be made again from
/// it. Its JSON has a schema, `Docs/run-record.schema.json`. Keys are snake_case with the unit last;
/// a key is never renamed or given another meaning within a schema number.
package struct RunRecord: Hashable, Sendable {
    /// The schema numbers that `init(json:)` reads.
    package static let readableSchemas = [1]

    /// The schema number that is written; older ones are brought to it when they are read.
    package private(set) var schema = 1
    /// What wrote it.
    package var tool: ToolVersion
    /// What it was measured on.
    package var machine: Machine
    /// When the run began: ISO 8601, UTC, whole seconds.
    package var started: String
    /// How long it took altogether.
    package var durationNanoseconds: Int64
    /// The command line, word by word.
    package var command: [String]
    /// What the run was asked to do.
    package var scenario: Scenario
    /// Whether the run ended before its time.
    package var partial: Bool
    /// Warnings about the whole run; those about one technique stand in its result.
    package var warnings: [RecordedWarning]
    /// One for each technique and round, in the order they were measured.
    package var results: [TransportResult]
    /// The gaps between deliveries under saturation, where they were probed.
    package var gapProbe: GapProbe?
    /// Differences of event to event, where techniques were measured side by side.
    package var paired: [PairedDifference]?
    /// What was checked of this run, where it was made to decide something.
    package var checks: [CheckResult]?
    /// Two programs, where they were measured against each other.
    package var comparison: ProgramComparison?

    package init(
        tool: ToolVersion, machine: Machine, started: String, durationNanoseconds: Int64,
        command: [String], scenario: Scenario, partial: Bool = false,
        warnings: [RecordedWarning] = [], results: [TransportResult], gapProbe: GapProbe? = nil,
        paired: [PairedDifference]? = nil, checks: [CheckResult]? = nil,
        comparison: ProgramComparison? = nil
    ) {
        self.tool = tool
        self.machine = machine
        self.started = started
        self.durationNanoseconds = durationNanoseconds
        self.command = command
        self.scenario = scenario
        self.partial = partial
        self.warnings = warnings
        self.results = results
        self.gapProbe = gapProbe
        self.paired = paired
        self.checks = checks
        self.comparison = comparison
    }
}

extension RunRecord {
    /// Whether anything in it carries a warning.
    package var hasWarnings: Bool {
        !warnings.isEmpty || results.contains { !$0.warnings.isEmpty }
    }
}

extension RunRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case schema
        case tool
        case machine
        case started
        case durationNanoseconds = "duration_ns"
        case command
        case scenario
        case partial
        case warnings
        case results
        case gapProbe = "gap_probe"
        case paired
        case checks
        case comparison
    }

    package init(from decoder: any Decoder) throws {
        try StoredRecord.require(.run, of: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try values.decode(Int.self, forKey: .schema)
        guard Self.readableSchemas.contains(schema) else {
            throw RecordError.unknownSchema(schema)
        }
        tool = try values.decode(ToolVersion.self, forKey: .tool)
        machine = try values.decode(Machine.self, forKey: .machine)
        started = try values.decode(String.self, forKey: .started)
        durationNanoseconds = try values.decode(Int64.self, forKey: .durationNanoseconds)
        command = try values.decode([String].self, forKey: .command)
        scenario = try values.decode(Scenario.self, forKey: .scenario)
        partial = try values.decode(Bool.self, forKey: .partial)
        warnings = try values.decode([RecordedWarning].self, forKey: .warnings)
        results = try values.decode([TransportResult].self, forKey: .results)
        gapProbe = try values.decodeIfPresent(GapProbe.self, forKey: .gapProbe)
        paired = try values.decodeIfPresent([PairedDifference].self, forKey: .paired)
        checks = try values.decodeIfPresent([CheckResult].self, forKey: .checks)
        comparison = try values.decodeIfPresent(ProgramComparison.self, forKey: .comparison)
    }
}

/// The program that wrote a record.
package struct ToolVersion: Hashable, Sendable, Codable {
    /// The program's name.
    package var name: String
    /// Its version.
    package var version: String
    /// The commit it was built from.
    package var commit: String

    package init(name: String, version: String, commit: String) {
        self.name = name
        self.version = version
        self.commit = commit
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case version
        case commit
    }
}
