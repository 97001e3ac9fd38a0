import LabServer
import Link
import Measurement
import Testing
import Transports
import Wire

@testable import Demo

@Suite("The law of the present settings")
struct LabLawTests {
    private static func law(
        _ id: String, _ bench: LabBench, _ query: String = ""
    ) throws -> [String: Any] {
        let answer = try #require(bench.get("/lab/law?technique=\(id)\(query)"))
        #expect(answer.status == 200, "\(answer.refusal)")
        return answer.json
    }

    @Test("has every figure for every lane", arguments: LabSite.transports.map(\.id))
    func figures(id: String) throws {
        let bench = LabBench()
        _ = bench.post("/lab/settings", #"{"rtt_ms":100,"rate":10}"#)
        let law = try Self.law(id, bench, "&poll_ms=500")
        #expect((law["law"] as? String)?.contains("L = d") == true)
        #expect(
            (law["conditions"] as? String)?.hasPrefix("R = 100ms, 10/s at random times") == true)
        let latency = law.object("latency_ns")
        #expect(Set(latency.keys) == ["mean", "p50", "p99", "max"])
        #expect(try #require(latency["mean"] as? Double) >= 50e6)
        #expect(law["gap_ns"] is Int)
        #expect(law["requests_per_event"] is Double)
        #expect(try #require(law.object("bytes_per_event")["total"] as? Double) > 100)
    }

    @Test(
        "has the gap of one round trip, and of two with a new connection",
        arguments: [("keep-alive", 100_000_000), ("close", 200_000_000)])
    func gap(connection: String, gap: Int) throws {
        let bench = LabBench()
        _ = bench.post("/lab/settings", #"{"rtt_ms":100}"#)
        let law = try Self.law("long-polling", bench, "&connection=\(connection)")
        #expect(law["gap_ns"] as? Int == gap)
        let transits = connection == "close" ? 5.0 : 3
        #expect(try #require(law.object("latency_ns")["max"] as? Double) <= transits * 50e6)
    }

    @Test("says nothing where there is nothing to say: no events, or losses")
    func nulls() throws {
        let bench = LabBench()
        _ = bench.post("/lab/settings", #"{"rate":0}"#)
        var law = try Self.law("short-polling", bench)
        #expect(law.object("latency_ns")["p50"] is Double == false)
        #expect(law["bytes_per_event"] is [String: Any] == false)
        _ = bench.post("/lab/settings", #"{"rate":4,"loss":0.1}"#)
        law = try Self.law("sse", bench)
        #expect(law.object("latency_ns")["p50"] is Double == false)
        #expect(law.object("exclusions")["latency_ns"] is String)
    }

    @Test("follows the settings, though it is remembered")
    func memory() throws {
        let bench = LabBench()
        let before = try Self.law("sse", bench).object("bytes_per_event")["total"] as? Double
        #expect(try Self.law("sse", bench).object("bytes_per_event")["total"] as? Double == before)
        _ = bench.post("/lab/settings", #"{"payload_bytes":1000}"#)
        let after = try Self.law("sse", bench).object("bytes_per_event")["total"] as? Double
        #expect(try #require(after) > 1000 && after != before)
    }

    @Test("ends soon for rare events and hasty questions")
    func work() throws {
        let bench = LabBench()
        _ = bench.post("/lab/settings", #"{"rate":0.01,"hold_ms":10}"#)
        for id in LabSite.transports.map(\.id) { _ = try Self.law(id, bench, "&poll_ms=10") }
    }

    @Test("takes the length of requests, and the origin in answers, from what the page sent")
    func shape() throws {
        let bench = LabBench()
        let request = Array(
            """
            GET /events/long-polling?session=PAGE.long-polling&since=417 HTTP/1.1\r\n\
            Host: 127.0.0.1:8082\r\nOrigin: http://127.0.0.1:8080\r\nUser-Agent: Some\r\n\r\n
            """.utf8)
        bench.application.observe(
            ObservedMessage(
                session: "PAGE.long-polling", technique: "long-polling", connection: 1, way: .up,
                at: bench.now, bytes: request,
                runs: [ByteRun(byteClass: .requestHead, count: request.count)], events: nil))
        func head(_ query: String, _ way: String, _ name: String) throws -> Double {
            let law = try Self.law("long-polling", bench, query)
            let events = try #require(law["requests_per_event"] as? Double)
            let bytes = law.object("bytes_per_event").object(way)
            return try #require(bytes[name] as? Double) / events
        }
        // Cursors of the replay have one to four digits, and this one has three.
        #expect(abs(try head("&page=PAGE", "up", "request_head") - Double(request.count)) < 2)
        let allowed = """
            Access-Control-Allow-Origin: http://127.0.0.1:8080\r\n\
            Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n
            """
        let added =
            try head("&page=PAGE", "down", "response_head") - head("", "down", "response_head")
        #expect(abs(added - Double(allowed.utf8.count)) < 0.5)
    }
}
