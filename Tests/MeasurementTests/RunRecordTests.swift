import Foundation
import Measurement
import Testing

@Suite("RunRecord")
struct RunRecordTests {
    @Test(
        "is the same after it was written and read", arguments: [RunRecord.complete, .minimal])
    func roundTrips(record: RunRecord) throws {
        #expect(try RunRecord(json: record.encoded()) == record)
    }

    @Test("starts with the schema's number, and ends with a line end")
    func startsWithSchema() throws {
        let text = String(decoding: try RunRecord.complete.encoded(), as: UTF8.self)
        #expect(text.hasPrefix("{\n  \"schema\" : 1,\n  \"checks\" : ["))
        #expect(text.hasSuffix("\n}\n"))
        #expect(text.contains("/ \\\"quoted\\\""))
        #expect(text.contains("\"seed\" : 18446744073709551615"))
        #expect(text.contains("\"poll_interval_ns\" : 123456789"))
        #expect(text.contains("\"lost\" : 10"))
        #expect(text.contains("\"announced_lost\" : 7"))
    }

    @Test("writes the same bytes every time")
    func isStable() throws {
        let text = try RunRecord.complete.encoded()
        for _ in 0..<5 {
            #expect(try RunRecord(json: text).encoded() == text)
        }
    }

    @Test(
        "names the place of what is wrong",
        arguments: [
            (
                "\"p50\" : 1000", "\"p50\" : \"fast\"",
                "results[0].connect_ns.p50: should be a whole"
            ),
            ("\"p50\" : 1000,", "", "results[0].connect_ns.p50: is missing"),
            ("\"clients\" : 10,", "\"clients\" : null,", "results[0].clients: is null"),
            ("\"close\"", "\"maybe\"", "gap_probe.rows[0].connection: "),
            ("\"announced_lost\" : 7", "\"announced_lost\" : 8", "results[0].deliveries.lost: 10"),
            ("\"schema\" : 1", "\"schema\" : 2", "schema: this version reads schema 1, and the"),
            ("\"schema\" : 1,", "", "schema: is missing"),
            ("\"tool\" : {", "\"tool\" : [", "the record: is not valid JSON; check"),
            ("\n}\n", "\n", "the record: is not valid JSON, or ends too early; check"),
        ])
    func namesPlaces(found: String, replacement: String, message: String) throws {
        let text = String(decoding: try RunRecord.complete.encoded(), as: UTF8.self)
        let broken = text.replacing(found, with: replacement, maxReplacements: 1)
        #expect(broken != text)
        let error = #expect(throws: RecordError.self) {
            try RunRecord(json: Array(broken.utf8))
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test("does not write a number that is not finite, and says where it stands")
    func refusesInfinity() {
        var record = RunRecord.complete
        record.results[0].requestsPerEvent = .infinity
        let error = #expect(throws: RecordError.self) { try record.encoded() }
        #expect(error?.place == "results[0].requests_per_event")
    }

    @Test("writes a file whole, and replaces an older one")
    func writesFiles() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "run-record-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "run.json").path
        try RunRecord.minimal.write(to: path)
        try RunRecord.complete.write(to: path)
        #expect(try RunRecord(path: path) == .complete)

        try OutputFile.write([], to: path)
        let broken = #expect(throws: RecordError.self) { try RunRecord(path: path) }
        #expect(broken?.place == "\(path): the record")
        #expect(broken?.cause == "is empty")

        let link = folder.appending(path: "latest.json").path
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: "run.json")
        try RunRecord.minimal.write(to: link)
        #expect(try RunRecord(path: path) == .minimal)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == ["latest.json", "run.json"])
    }

    @Test("writes to a device without replacing it")
    func writesDevices() throws {
        try RunRecord.minimal.write(to: "/dev/null")
        let attributes = try FileManager.default.attributesOfItem(atPath: "/dev/null")
        #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
    }

    @Test("names the path and the reason when a file cannot be written or read")
    func namesFiles() {
        let path = "/nowhere-\(UUID().uuidString)/run.json"
        let written = #expect(throws: RecordError.self) { try RunRecord.minimal.write(to: path) }
        #expect(written?.place == path)
        #expect(written?.cause == "cannot be written: no such file or folder")
        let read = #expect(throws: RecordError.self) { try RunRecord(path: path) }
        #expect(read?.place == path)
        #expect(read?.cause == "cannot be read: no such file or folder")
    }

    @Test("writes moments as ISO 8601 in UTC")
    func writesTimestamps() {
        #expect(RunRecord.timestamp(secondsSince1970: 0) == "1970-01-01T00:00:00Z")
        #expect(RunRecord.timestamp(secondsSince1970: 1_763_692_320) == "2025-11-21T02:32:00Z")
    }

    @Test(
        "balances when every expected event is accounted for once",
        arguments: [
            (DeliveryCount(expected: 10, received: 10), true),
            (DeliveryCount(expected: 10, received: 7, lost: 2, missing: 1, duplicate: 4), true),
            (DeliveryCount(expected: 10, received: 9), false),
            (DeliveryCount(expected: 10, received: 10, lost: 1), false),
        ])
    func balances(count: DeliveryCount, isBalanced: Bool) {
        #expect(count.isBalanced == isBalanced)
    }
}
