import Measurement
import Testing

@testable import Reporting

@Suite("The section on half-dead peers")
struct FaultSectionTests {
    private static func section(_ record: RunRecord) throws -> Section {
        try #require(FaultSection.section(for: Contender.all(in: record)))
    }

    private static func notes(_ record: RunRecord) throws -> String {
        try section(record).notes.joined(separator: "\n")
    }

    @Test("is all that a report of such a run shows, on every kind of page")
    func golden() throws {
        let text = ConsoleReport.render(.blackhole, color: false)
        try Golden.expect(Array(text.utf8), "fault.txt")
        #expect(!text.contains("p99"))
        let markdown = MarkdownReport.render(.blackhole)
        #expect(markdown.contains("### Half"))
        #expect(!markdown.contains("overhead"))
        let page = String(decoding: try Report.html.render(.blackhole), as: UTF8.self)
        #expect(page.contains("Half-dead peers") && !page.contains("id=\"results\""))
    }

    @Test("is not there when nothing failed")
    func nothing() {
        #expect(FaultSection.section(for: Contender.all(in: .crafted(.crafted("apple")))) == nil)
    }

    @Test("has a row for each setting of the heartbeat")
    func rows() throws {
        let table = try #require(try Self.section(.blackhole).table)
        #expect(
            table.rows.map { $0.prefix(2).map(\.text) } == [
                ["stream-of-figs", "1.00 s"], ["stream-of-figs", "none"],
                ["long-pears", "1.00 s"], ["long-pears", "none"],
            ])
    }

    @Test("says that nobody lost anything only when it is so")
    func losses() throws {
        #expect(
            try Self.notes(.blackhole).contains(
                "long-pears (no heartbeat): 1 client did not recover and 7 events did not arrive."))
        var record = RunRecord.blackhole
        record.results.removeLast()
        #expect(try Self.notes(record).contains("Nobody lost an event"))
    }

    @Test("says of a cut above TCP what it cannot say of the server")
    func clientTier() throws {
        let record = RunRecord.faulty(
            .blackhole, means: "client",
            [.init(id: "figs", heartbeat: 0, held: HeldBytes(mean: 5, most: 5))])
        #expect(try Self.notes(record).contains("held back above TCP"))
        let row = try #require(try Self.section(record).table?.rows.first)
        #expect(row.map(\.text).filter { $0 == "n/a" }.count == 2)
    }

    @Test("says why each fault shows what it shows", arguments: FaultKind.allCases)
    func kinds(kind: FaultKind) throws {
        let second: Int64 = 1_000_000_000
        let record = RunRecord.faulty(
            kind, means: kind == .freezeServer ? "server" : "clients",
            [
                .init(
                    id: "figs", heartbeat: second,
                    client: [kind == .stall ? 10 * second + 5 : 2_400_000_000],
                    server: kind == .freezeServer ? [] : [3 * second],
                    reasons: kind == .freezeServer ? [:] : ["dead": 1])
            ])
        let remark =
            switch kind {
            case .blackhole: "With a heartbeat of 1.00 s, clients of figs noticed after 2.40 s"
            case .stall: "TCP_USER_TIMEOUT counts the time"
            case .reset: "A reset needs no heartbeat"
            case .freezeServer: "A process that is stopped looks alive to TCP"
            }
        let notes = try Self.notes(record)
        #expect(notes.contains(remark))
        #expect(notes.contains("had everything again 200 ms after the "))
        #expect(notes.contains("Theory is n/a"))
    }
}
