import Link
import Measurement
import Reporting
import Testing

@Suite("A section")
struct SectionTests {
    private static func titles(_ record: RunRecord) -> [String] {
        Section.all(for: record, contenders: Contender.all(in: record)).map(\.title)
    }

    private static func notes(_ record: RunRecord, _ title: String) -> [String] {
        Section.all(for: record, contenders: Contender.all(in: record))
            .first { $0.title.hasPrefix(title) }?.notes ?? []
    }

    @Test("is there only where the record has its figures")
    func needsFigures() {
        #expect(Self.titles(.crafted(.crafted("apple"))) == [])
        #expect(Self.titles(.crafted()) == [])
        #expect(
            Self.titles(.linked).map { String($0.prefix(7)) } == [
                "Theory ", "On the ", "The gap", "Latency",
            ])
        #expect(Self.titles(.lockstep).map { String($0.prefix(6)) } == ["Exact ", "Side b"])
    }

    // MARK: - Theory

    @Test("on theory says how many rounds are off, and each law and reason once")
    func theoryOfRounds() {
        func result(_ id: String, round: Int, off: Double?) -> TransportResult {
            .crafted(id, round: round) {
                $0.prediction = .crafted(
                    "L = d", verdict: off.map { .off(by: $0) } ?? .holds,
                    rows: [.crafted("latency_ns.mean", 1e6, 1e6, 1e4, off: off)])
            }
        }
        var record = RunRecord.crafted(
            result("apple", round: 1, off: nil), result("apple", round: 2, off: 0.031),
            result("pear", round: 1, off: nil), result("pear", round: 2, off: nil))
        record.scenario.repeats = 2
        let text = ConsoleReport.render(record, color: false)
        #expect(text.contains("off by 3.1 % (1 of 2)\n"))
        #expect(Self.notes(record, "Theory") == ["apple and pear: L = d"])
    }

    // MARK: - Wire

    @Test("on the wire says that nothing is missing when nothing is")
    func wireAgrees() {
        var record = RunRecord.crafted(.asking("apple"))
        #expect(
            Self.notes(record, "On the wire").first
                == "Every byte that crossed the interface is accounted for by one of 200 connections: "
                + "the difference is 0.")
        record.results[0].wire?.unreadConnections = 3
        record.results[0].wire?.retransmits = 1
        record.results[0].wire?.interfaceBytes = 16_854_948
        record.results[0].wire?.reason = nil
        record.results[0].link.mirror = nil
        #expect(
            Self.notes(record, "On the wire") == [
                "apple: the interface counted 52 bytes fewer than the connections: the reason is not "
                    + "known.",
                "apple: 3 of 200 connections ended before they could be read, and may miss a packet "
                    + "or two each.",
                "apple: 1 segment had to be sent again, so the bytes are right to about 0.2 %.",
            ])
    }

    @Test("on the wire has the mirror's line, also when nobody counted the wire")
    func mirrorAlone() {
        let record = RunRecord.crafted(
            .crafted("apple") {
                $0.link = .fifty
                $0.link.mirror = .idle
                $0.link.mirror?.lostPackets = 12
                $0.link.mirror?.overflowedPackets = 3
            })
        #expect(
            Self.notes(record, "On the wire") == [
                "The packet mirror carried 61\u{202F}234 packets, up to 5230 a second, 64.0 µs late at "
                    + "the median and 310 µs at the worst p99; it took up to 11 % of a processor of "
                    + "its own (apple); it lost 12 as the link's loss rate asks; 3 more were lost "
                    + "because it could not keep up."
            ])
    }

    // MARK: - Gap

    private static func gap(
        _ transport: String, _ connection: ConnectionPolicy, _ roundTrips: Double,
        batch: Int = 1, events: Double = 1, transits: Double? = nil
    ) -> GapRow {
        let median = Int64(roundTrips * 50_040_000)
        return GapRow(
            transport: transport, connection: connection, batchLimit: batch,
            gap: GapResult(
                minimumNanoseconds: median, medianNanoseconds: median, inRoundTrips: roundTrips),
            deliveries: 20, eventsPerDelivery: events, worstLatencyInTransits: transits)
    }

    private static func gapNotes(_ rows: GapRow...) -> [String] {
        var record = RunRecord.crafted(.crafted("apple"))
        record.gapProbe = GapProbe(link: .fifty, rows: rows)
        return notes(record, "The gap")
    }

    @Test("on the gap says where 2×RTT holds and where it is one")
    func claims() {
        #expect(
            Self.gapNotes(
                Self.gap("apple", .keepAlive, 1.003), Self.gap("apple", .close, 2.001),
                Self.gap("pear", .keepAlive, 1.012), Self.gap("pear", .close, 2.001)) == [
                    "The \"minimum of 2×RTT between deliveries\" holds where each poll opens a new "
                        + "connection: 2.00 RTT (100 ms) for apple and pear.",
                    "On a kept connection it is 1×RTT: 1.00 RTT (50.2 ms) for apple, 1.01 RTT "
                        + "(50.6 ms) for pear.",
                ])
    }

    @Test("on the gap says so when the claim does not hold")
    func claimsFail() {
        #expect(
            Self.gapNotes(
                Self.gap("apple", .keepAlive, 1.8), Self.gap("apple", .close, 3)) == [
                    "Where each poll opens a new connection, the gap is not the 2×RTT that articles "
                        + "give: 3.00 RTT (150 ms) for apple.",
                    "On a kept connection the gap is not 1×RTT, as theory has it: 1.80 RTT (90.1 ms) "
                        + "for apple.",
                ])
    }

    @Test("on the gap tells the question's from an interval's and a stream's")
    func kinds() {
        #expect(
            Self.gapNotes(
                Self.gap("apple", .keepAlive, 2), Self.gap("apple", .close, 2.01),
                Self.gap("pear", .keepAlive, 0)) == [
                    "The gap of apple is its own poll interval, whatever the connection.",
                    "No gap: pear, where deliveries follow each other at once.",
                ])
    }

    @Test("on the gap counts transits and events of an answer, from the batched probe")
    func transits() {
        #expect(
            Self.gapNotes(
                Self.gap("apple", .keepAlive, 1),
                Self.gap("apple", .keepAlive, 1.01, batch: 0, events: 10.4, transits: 3.004),
                Self.gap("apple", .close, 2, batch: 0, events: 20, transits: 5.01)
            ).suffix(2) == [
                "It limits deliveries, not events: batched, an answer of apple brought 20.0 of them.",
                "RFC 6202 has \"three network transits\" as the worst latency of long polling, which a "
                    + "new connection makes five. Measured: on a kept connection 3.00 for apple; on new "
                    + "ones 5.01 for apple.",
            ])
    }

    @Test("on the gap keeps apart what differs with the events of an answer")
    func separates() {
        var record = RunRecord.crafted(.crafted("apple"))
        record.gapProbe = GapProbe(
            link: .fifty,
            rows: [Self.gap("apple", .keepAlive, 1), Self.gap("apple", .keepAlive, 1.3, batch: 0)])
        let text = ConsoleReport.render(record, color: false)
        #expect(text.contains("kept  50.0 ms  50.0 ms    1.00"))
        #expect(text.contains("kept  65.1 ms  65.1 ms    1.30"))
    }

    // MARK: - Lock-step

    @Test("on exact counts says whether the rounds agree")
    func exactRounds() {
        func record(_ change: (inout ExactCounts) -> Void) -> RunRecord {
            var other = ExactCounts.crafted
            change(&other)
            return .crafted(
                .crafted("apple") { $0.exact = .crafted },
                .crafted("apple", round: 2) { $0.exact = other })
        }
        #expect(Self.notes(record { _ in }, "Exact") == ["The 2 rounds agree in every count."])
        #expect(
            Self.notes(record { $0.upBytes += 1 }, "Exact").first?.hasPrefix(
                "The rounds of apple do not agree") ?? false)
    }

    @Test(
        "is known for a stream by its median, whatever its first deliveries were",
        arguments: [
            // minimum, median, is a stream, the gap that counts
            (10_000, 3_600_000, true, 10_000.0),
            (49_900_000, 50_000_000, false, 50_000_000),
            // Nagle's algorithm: close at first, then a round trip apart.
            (800_000, 49_800_000, false, 49_800_000),
        ])
    func streams(minimum: Int64, median: Int64, isStream: Bool, own: Double) {
        let gap = GapResult(
            minimumNanoseconds: minimum, medianNanoseconds: median, inRoundTrips: nil)
        #expect(gap.isStream(roundTripNanoseconds: 50e6) == isStream)
        #expect(gap.ownNanoseconds(roundTripNanoseconds: 50e6) == own)
    }
}
