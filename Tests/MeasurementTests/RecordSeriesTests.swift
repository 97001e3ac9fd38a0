import Foundation
import Measurement
import Testing

extension RecordSeries {
    /// A series in which every optional field is there.
    static var complete: RecordSeries {
        RecordSeries(
            tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
            started: "2025-11-21T02:32:00Z", durationNanoseconds: 60_000_000_000,
            command: ["pushbench", "sweep", "--over", "rtt=0,20ms,40ms"],
            parameter: Parameter(
                name: "rtt", unit: "ns",
                values: [.init(text: "0", number: 0), .init(text: "20ms", number: 20e6)]),
            partial: true, failures: [Failure(value: "40ms", reason: "the server did not start")],
            runs: [.complete, .minimal],
            findings: KneeFindings(
                limits: [LoadLimit(.p99, most: 1e8), LoadLimit(.loss, most: 0)], resolution: 0.05,
                knees: [
                    Knee(
                        transport: "sse",
                        searches: [
                            Knee.Search(
                                runs: [0, 1], end: .found, passed: 640, failed: 660, passedRun: 0,
                                failedRun: 1, causes: [.p99, .serverSaturated])
                        ])
                ]))
    }

    /// The least that a series can be: nothing was measured, and the values are words.
    static var minimal: RecordSeries {
        RecordSeries(
            tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
            started: "2025-11-21T02:32:00Z", durationNanoseconds: 0, command: [],
            parameter: Parameter(name: "headers", values: []), runs: [])
    }
}

@Suite("A series of records")
struct RecordSeriesTests {
    @Test("is read as it was written", arguments: [RecordSeries.complete, .minimal])
    func roundTrip(series: RecordSeries) throws {
        let text = try series.encoded()
        #expect(try RecordSeries(json: text) == series)
        #expect(try StoredRecord(json: text) == .series(series))
        #expect(text.starts(with: Array("{\n  \"schema\" : 1,\n".utf8)))
        #expect(try StoredRecord(json: RunRecord.complete.encoded()) == .run(.complete))
    }

    @Test("has a schema, which admits it and documents nothing else")
    func schema() throws {
        let schema = try SchemaChecker.schema("record-series.schema.json")
        for series in [RecordSeries.complete, .minimal] {
            var checker = SchemaChecker(root: schema)
            let object = try JSONSerialization.jsonObject(with: Data(try series.encoded()))
            checker.check(object, against: schema, at: "series")
            #expect(checker.problems == [])
            if series == .complete {
                let unseen = checker.documented(root: "series").subtracting(checker.seen)
                #expect(unseen == [])
            }
        }
    }

    private static let remedy =
        "check that the file is a series and complete (Docs/record-series.schema.json)"

    private static func text(_ change: (inout [String: Any]) -> Void) throws -> [UInt8] {
        let data = Data(try RecordSeries.minimal.encoded())
        var object = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any])
        change(&object)
        return Array(try JSONSerialization.data(withJSONObject: object))
    }

    @Test("is told from the record of one run, and from what is neither")
    func kinds() throws {
        func message(_ read: () throws -> Void) -> String? {
            #expect(throws: RecordError.self, performing: read)?.description
        }
        #expect(
            message { _ = try RunRecord(json: RecordSeries.minimal.encoded()) }
                == "kind: is series, so this is not the record of one run; pushbench report reads "
                + "it; elsewhere give a record of pushbench run")
        #expect(
            message { _ = try RecordSeries(json: RunRecord.minimal.encoded()) }
                == "kind: is not series, so this is not a series of runs; give a record of "
                + "pushbench sweep")
        let unknown = try Self.text { $0["kind"] = "league" }
        #expect(
            message { _ = try StoredRecord(json: unknown) }
                == "kind: league is not known to this version; use the version of pushbench that "
                + "wrote the file")
        let newer = try Self.text { $0["schema"] = 2 }
        #expect(
            message { _ = try StoredRecord(json: newer) }
                == "schema: this version reads schema 1, and the record has 2; use the version of "
                + "pushbench that wrote the record")
        let odd = try Self.text {
            $0["parameter"] = ["name": "rtt", "values": [["text": "0"]]]
        }
        #expect(
            message { _ = try StoredRecord(json: odd) }
                == "runs: has 0 runs, and the parameter 1 values; \(Self.remedy)")
        let beyond = try Self.text {
            $0["findings"] = [
                "limits": ["p99=100ms"], "resolution": 0.05,
                "knees": [
                    [
                        "transport": "sse",
                        "searches": [["runs": [0], "end": "found", "causes": [String]()]],
                    ]
                ],
            ]
        }
        #expect(
            message { _ = try StoredRecord(json: beyond) }
                == "findings: names a run beyond the 0 that there are; \(Self.remedy)")
        #expect(
            message { _ = try StoredRecord(path: "no/such.json") }
                == "no/such.json: cannot be read: no such file or folder; check the path and its "
                + "permissions")
    }

    @Test("has a name for every field of a scenario")
    func fields() throws {
        let scenario = RunRecord.complete.scenario
        let object = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(scenario))
        let keys = try #require(object as? [String: Any])
        #expect(scenario.fields.count == keys.count)
        #expect(Set(scenario.fields.map(\.name)).count == keys.count)
    }
}
