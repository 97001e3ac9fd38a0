/// What a file that pushbench wrote holds: one run, or several that differ in one thing.
package enum StoredRecord: Hashable, Sendable {
    /// What `run` writes.
    case run(RunRecord)
    /// What `sweep` writes.
    case series(RecordSeries)

    /// Reads either.
    ///
    /// - Throws: `RecordError`, naming the key path at which the text is neither.
    package init(json text: [UInt8]) throws {
        switch try RecordFile.decode(KindOnly.self, from: text, remedy: Self.remedy).kind {
        case nil: self = .run(try RunRecord(json: text))
        case Kind.series.rawValue: self = .series(try RecordSeries(json: text))
        case let other?:
            throw RecordError(
                place: "kind", cause: "\(other) is not known to this version",
                remedy: "use the version of pushbench that wrote the file")
        }
    }

    /// Reads the file at `path`.
    package init(path: String) throws {
        self = try RecordFile.read(path) { try StoredRecord(json: $0) }
    }

    /// What it holds, as JSON text.
    package func encoded() throws -> [UInt8] {
        switch self {
        case .run(let record): try record.encoded()
        case .series(let series): try series.encoded()
        }
    }

    /// Whether it ended before its time.
    package var isPartial: Bool {
        switch self {
        case .run(let record): record.partial
        case .series(let series): series.partial
        }
    }

    private static let remedy =
        "check that the file is what pushbench run or sweep wrote, and complete"

    /// The two kinds by the name that `kind` has in the file; a run's is not written.
    enum Kind: String {
        case run
        case series
    }

    /// The one key that tells them apart.
    private struct KindOnly: Decodable {
        let kind: String?
    }

    fileprivate static func notOneRun(_ kind: String) -> RecordError {
        RecordError(
            place: "kind", cause: "is \(kind), so this is not the record of one run",
            remedy: "pushbench report reads it; elsewhere give a record of pushbench run")
    }

    /// Refuses the other kind, which lacks every key that a decoder would ask for next.
    static func require(_ kind: Kind, of decoder: any Decoder) throws {
        let found = try decoder.singleValueContainer().decode(KindOnly.self).kind
        guard found ?? Kind.run.rawValue != kind.rawValue else { return }
        switch kind {
        case .run:
            throw notOneRun(found ?? "")
        case .series:
            throw RecordError(
                place: "kind", cause: "is not series, so this is not a series of runs",
                remedy: "give a record of pushbench sweep")
        }
    }
}

extension RunRecord {
    /// The record of one run, out of a file that may hold more.
    ///
    /// - Throws: `RecordError` when it is a series.
    package init(_ stored: StoredRecord) throws {
        guard case .run(let record) = stored else {
            throw StoredRecord.notOneRun(StoredRecord.Kind.series.rawValue)
        }
        self = record
    }
}
