import LabServer
import Link
import Testing
import Wire

@testable import Demo

@Suite("What the server sees of a page")
struct ObservationTests {
    private static func message(
        _ way: LinkDirection.Way, _ runs: [(ByteClass, Int)], session: String = "PAGE.sse",
        technique: String = "sse", connection: UInt64 = 1, at seconds: Int64 = 1,
        events: ClosedRange<UInt64>? = nil
    ) -> ObservedMessage {
        ObservedMessage(
            session: session, technique: technique, connection: connection, way: way,
            at: Instant(nanoseconds: seconds * 1_000_000_000),
            bytes: [UInt8](repeating: 120, count: runs.reduce(0) { $0 + $1.1 }),
            runs: runs.map { ByteRun(byteClass: $0.0, count: $0.1) }, events: events)
    }

    private static let now = Instant(nanoseconds: 2_000_000_000)

    @Test("is added up by class")
    func sums() throws {
        var observations = Observations()
        observations.take(Self.message(.up, [(.requestHead, 472)]))
        observations.take(Self.message(.down, [(.responseHead, 130), (.notice, 13)]))
        observations.take(
            Self.message(.down, [(.messageFraming, 20), (.payload, 200)], events: 17...18))
        observations.take(Self.message(.up, [(.requestHead, 480)], connection: 2))
        let lane = try #require(observations.account(of: "PAGE", now: Self.now).lanes["sse"])
        #expect(lane.requests == 2 && lane.connections == 2 && lane.events == 2)
        #expect(lane.answers == 1 && lane.emptyAnswers == 1)
        #expect(lane.up.byName == ["request_head": 952])
        #expect(
            lane.down.byName
                == ["response_head": 130, "notice": 13, "message_framing": 20, "payload": 200])
        #expect(lane.exchange.map(\.count) == [472, 143, 220, 480])
    }

    @Test(
        "is nobody's when its session is not of the page's form",
        arguments: [
            ("PAGE.sse", "sse", true), ("PAGE.websocket", "sse", false), ("PAGE", "sse", false),
            (".sse", "sse", false), ("PAGE.wall.sse", "sse", false), ("", "sse", false),
        ])
    func sessions(session: String, technique: String, counts: Bool) {
        var observations = Observations()
        observations.take(
            Self.message(.up, [(.requestHead, 9)], session: session, technique: technique))
        #expect(observations.count == (counts ? 1 : 0))
    }

    @Test("is kept in little: eight messages, each cut, with the runs of what is kept")
    func bounds() throws {
        var observations = Observations()
        for index in 0..<40 {
            observations.take(
                Self.message(
                    .down, [(.responseHead, 100), (.payload, 60_000), (.closing, 5)],
                    connection: UInt64(index)))
            observations.lost(
                session: "PAGE.sse", technique: "sse", .lost,
                at: Instant(nanoseconds: Int64(index)))
        }
        let lane = try #require(observations.account(of: "PAGE", now: Self.now).lanes["sse"])
        #expect(lane.exchange.count == 8 && lane.ended.count == 8 && lane.connections == 40)
        let kept = try #require(lane.exchange.last)
        #expect(kept.count == 60_105 && kept.bytes.count == 2048)
        #expect(kept.runs.reduce(0) { $0 + $1.count } == 2048)
        #expect(lane.ended.map(\.at) == Array(32..<40))
        #expect(lane.ended.first?.reason == "lost")
    }

    @Test("is forgotten for the page that was silent longest, when there are too many")
    func crowd() {
        var observations = Observations()
        for index in 0..<250 {
            observations.take(
                Self.message(
                    .up, [(.requestHead, 9)], session: "P\(index).sse", at: Int64(index) / 2))
        }
        #expect(observations.count == Observations.pageLimit)
        let now = Instant(nanoseconds: 126_000_000_000)
        #expect(observations.account(of: "P0", now: now).lanes.isEmpty)
        #expect(!observations.account(of: "P249", now: now).lanes.isEmpty)
    }

    @Test("is forgotten after ten minutes of silence, unless somebody asks")
    func silence() {
        var observations = Observations()
        observations.take(Self.message(.up, [(.requestHead, 9)], session: "A.sse"))
        observations.take(Self.message(.up, [(.requestHead, 9)], session: "B.sse"))
        let asked = Instant(nanoseconds: 500_000_000_000)
        #expect(!observations.account(of: "A", now: asked).lanes.isEmpty)
        let later = Instant(nanoseconds: 700_000_000_000)
        #expect(!observations.account(of: "A", now: later).lanes.isEmpty)
        #expect(observations.count == 1)
    }

    @Test("says what is held for it now, and that nothing is when nothing is")
    func held() {
        var observations = Observations()
        observations.take(Self.message(.up, [(.requestHead, 9)]))
        observations.hold([("PAGE.sse", 1000), ("PAGE.sse", 24), ("X.sse", 5), ("PAGE.fax", 5)])
        #expect(observations.account(of: "PAGE", now: Self.now).lanes["sse"]?.heldBytes == 1024)
        observations.hold([])
        #expect(observations.account(of: "PAGE", now: Self.now).lanes["sse"]?.heldBytes == 0)
        #expect(observations.count == 1)
    }

    @Test("is told as the page reads it")
    func answer() throws {
        let bench = LabBench()
        bench.application.observe(Self.message(.up, [(.requestHead, 3)], at: 999))
        bench.application.observe(
            Self.message(.down, [(.payload, 2)], at: 999, events: 17...18))
        let lanes = try #require(bench.get("/lab/observed?page=PAGE&lane=sse")).json
            .object("lanes")
        #expect(lanes.count == LabSite.transports.count)
        #expect(lanes.object("websocket")["exchange"] == nil)
        // What the relay holds is held for the page.
        #expect(lanes.object("websocket")["held_bytes"] as? Int == 60)
        let exchange = try #require(lanes.object("sse")["exchange"] as? [[String: Any]])
        #expect(exchange.count == 2)
        #expect(exchange[0]["way"] as? String == "up")
        #expect(exchange[0]["base64"] as? String == "eHh4")
        #expect(exchange[0]["at_ns"] as? Int == 999_000_000_000)
        #expect("\(exchange[0]["runs"] ?? "")".contains("request_head"))
        #expect(exchange[1]["events"] as? [Int] == [17, 18])
    }
}
