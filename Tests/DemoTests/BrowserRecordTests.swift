import LabServer
import Link
import Measurement
import Reporting
import Testing
import Wire

@testable import Demo

@Suite("A page's record")
struct BrowserRecordTests {
    /// A bench whose server has seen a page with long polling and WebSocket.
    private static func bench() -> LabBench {
        let bench = LabBench()
        _ = bench.post("/lab/settings", #"{"rtt_ms":100}"#)
        func see(
            _ technique: String, _ way: LinkDirection.Way, _ runs: [(ByteClass, Int)],
            _ events: ClosedRange<UInt64>? = nil
        ) {
            bench.application.observe(
                ObservedMessage(
                    session: "PAGE.\(technique)", technique: technique, connection: 7, way: way,
                    at: bench.now, bytes: [UInt8](repeating: 120, count: 9),
                    runs: runs.map { ByteRun(byteClass: $0.0, count: $0.1) }, events: events))
        }
        see("long-polling", .up, [(.requestHead, 400)])
        see("long-polling", .down, [(.responseHead, 200), (.payload, 200)], 1...2)
        see("long-polling", .up, [(.requestHead, 400)])
        see("long-polling", .down, [(.responseHead, 100)])
        see("websocket", .up, [(.handshake, 500)])
        see("websocket", .down, [(.handshake, 150), (.notice, 15)])
        see("websocket", .down, [(.messageFraming, 4), (.payload, 200)], 1...2)
        bench.now = bench.now + .seconds(10)
        return bench
    }

    private static let order = """
        {"page":"PAGE","user_agent":"Mozilla/5.0 (<b>X</b>\\n)","clock_error_ns":400000,"lanes":[
        {"technique":"long-polling","connection":"keep-alive","requests":2,"received":2,"lost":0,
        "duplicate":0,"reordered":0,"latencies_ns":[51000000,-200000],"first_event_ns":3000000},
        {"technique":"websocket","connection":"keep-alive","requests":1,"received":2,"lost":1,
        "duplicate":0,"reordered":0,"latencies_ns":[50500000.5,50700000],"first_event_ns":null}]}
        """

    private static func record() throws -> RunRecord {
        let bench = bench()
        let answer = try #require(bench.post("/lab/record", order))
        #expect(answer.status == 200, "\(answer.refusal)")
        #expect(answer.fields.contains("Content-Disposition: attachment"))
        return try RunRecord(json: answer.body)
    }

    @Test("is read as any other")
    func decodes() throws {
        let record = try Self.record()
        #expect(record.scenario.transports == ["long-polling", "websocket"])
        #expect(record.scenario.clients == 1 && record.scenario.sideBySide)
        #expect(record.scenario.link == LinkProfile(roundTripTime: .milliseconds(100)))
        #expect(record.scenario.duration == .seconds(10))
        #expect(record.started == "2025-11-21T10:59:50Z")
        #expect(record.tool.version == "1.2.3")
        let polling = try #require(record.results.first)
        #expect(polling.link.tier == "relay" && polling.link.rttNanoseconds == 100_000_000)
        #expect(polling.deliveries.isBalanced && polling.deliveries.received == 2)
        #expect(polling.latency.count == 2 && polling.latency.p50 == 0)
        #expect(polling.requestsPerEvent == 1 && polling.eventsPerAnswer == 2)
        #expect(polling.answers == 2 && polling.emptyAnswers == 1)
        #expect(polling.bytesPerEvent.up[.requestHead] == 400)
        #expect(polling.bytesPerEvent.down[.responseHead] == 150)
        #expect(polling.firstEvent.count == 1)
    }

    @Test("charges what opens a stream to the connection")
    func openings() throws {
        let result = try #require(try Self.record().results.last)
        #expect(result.bytesPerEvent.down.total == 102 && result.bytesPerEvent.up.total == 0)
        #expect(result.bytesAtConnect.up[.handshake] == 500)
        #expect(result.bytesAtConnect.down.total == 165)
        #expect(result.deliveries.lost == 1 && result.deliveries.expected == 3)
    }

    @Test("warns that a browser measured it, and how well its clock was set")
    func warning() throws {
        let record = try Self.record()
        let warning = try #require(record.warnings.first)
        #expect(warning.id == "measured-in-browser")
        #expect(warning.cause.contains("±0.400 ms"))
        #expect(warning.cause.contains("(Mozilla/5.0 (<b>X</b>))"))
    }

    @Test("has what theory says beside it, and judges nothing by it")
    func theory() throws {
        for result in try Self.record().results {
            let prediction = try #require(result.prediction)
            #expect(prediction.verdict == .notApplicable(reason: "measured in a browser"))
            #expect(prediction.latency?.mean != nil)
        }
    }

    @Test("is a report in every format", arguments: Report.all.map(\.name))
    func reports(format: String) throws {
        let report = try #require(Report.named(format))
        let record = try Self.record()
        for part in report.parts {
            let text = String(decoding: try part.render(record), as: UTF8.self)
            #expect(!text.isEmpty)
            #expect(!text.contains("load generator was busiest"))
            #expect(!text.contains("<b>X</b>") || format != "html", "\(format)")
        }
    }

    @Test(
        "is refused for what no page can have measured",
        arguments: [
            (#""technique":"websocket""#, #""technique":"fax""#, "There is no lane \"fax\"."),
            (
                #""technique":"websocket""#, #""technique":"long-polling""#,
                "\"lanes\" has long-polling twice."
            ),
            (#""received":2,"lost":1"#, #""received":-2,"lost":1"#, "\"received\" is or has -2."),
            (
                #""received":2,"lost":1"#, #""received":2,"lost":9223372036854775807"#,
                "\"lost\" is or has 9223372036854775807."
            ),
            (
                #""clock_error_ns":400000"#, #""clock_error_ns":1e300"#,
                "\"clock_error_ns\" is or has 1e+300."
            ),
            (#"50700000"#, #"1e30"#, "\"latencies_ns\" is or has 1e+30."),
            (#""page":"PAGE""#, #""page":"""#, "\"page\" is or has 0."),
            (
                #""connection":"keep-alive","requests":1"#, #""connection":"open","requests":1"#,
                "\"connection\" is \"open\"."
            ),
            (#""page":"PAGE","#, "", "\"page\" is missing."),
        ])
    func refused(part: String, other: String, error: String) throws {
        let bench = Self.bench()
        let order = Self.order.replacing(part, with: other)
        #expect(order != Self.order)
        let answer = try #require(bench.post("/lab/record", order))
        #expect(answer.status == 400)
        #expect(answer.refusal == error)
    }

    @Test("can be made of a page that the server never saw")
    func stranger() throws {
        let bench = LabBench()
        let answer = try #require(bench.post("/lab/record", Self.order))
        #expect(answer.status == 200)
        #expect(try RunRecord(json: answer.body).results.count == 2)
    }
}
