import Link
import Measurement
import Testing

@testable import Demo
@testable import LabServer

@Suite("The lab's orders")
struct LabOrderTests {
    @Test(
        "change one setting and leave the others",
        arguments: [
            ("rate", "50", "50"), ("rate", "0", "0"), ("arrivals", "\"periodic\"", "periodic"),
            ("payload_bytes", "62", "62"), ("payload_bytes", "65536", "65536"),
            ("hold_ms", "10", "10"), ("heartbeat_ms", "0", "0"), ("heartbeat_ms", "250", "250"),
            ("response_limit_bytes", "0", "0"), ("response_limit_bytes", "4096", "4096"),
            ("batch", "1", "1"), ("rtt_ms", "0.5", "0.5"), ("rtt_ms", "5000", "5000"),
            ("loss", "0.25", "0.25"), ("jitter_ms", "0", "0"),
        ])
    func settings(name: String, value: String, seen: String) throws {
        let bench = LabBench()
        let before = try #require(bench.get("/lab/state")).json.object("settings")
        let answer = try #require(bench.post("/lab/settings", "{\"\(name)\":\(value)}"))
        #expect(answer.status == 200, "\(answer.refusal)")
        let after = answer.json.object("settings")
        #expect("\(after[name] ?? "")" == seen)
        for (other, old) in before where other != name {
            #expect("\(after[other] ?? "")" == "\(old)", "\(other)")
        }
    }

    @Test(
        "are refused with what would be right",
        arguments: [
            ("settings", #"{"rate":1001}"#, #""rate" is 1001."#),
            ("settings", #"{"rate":0.001}"#, #""rate" is 0.001."#),
            ("settings", #"{"rate":-1}"#, #""rate" is -1."#),
            (
                "settings", #"{"rate":1e400}"#,
                "The order is no JSON object, or has a number that its field cannot have."
            ),
            ("settings", #"{"rate":"4"}"#, #""rate" has a value that it cannot have."#),
            ("settings", #"{"payload_bytes":61}"#, #""payload_bytes" is 61."#),
            (
                "settings", #"{"payload_bytes":99.5}"#,
                "The order is no JSON object, or has a number that its field cannot have."
            ),
            ("settings", #"{"hold_ms":0}"#, #""hold_ms" is 0."#),
            ("settings", #"{"hold_ms":3600001}"#, #""hold_ms" is 3600001."#),
            ("settings", #"{"heartbeat_ms":9}"#, #""heartbeat_ms" is 9."#),
            ("settings", #"{"rtt_ms":5001}"#, #""rtt_ms" is 5001."#),
            ("settings", #"{"rtt_ms":10,"jitter_ms":6}"#, #""jitter_ms" is 6."#),
            ("settings", #"{"loss":1}"#, #""loss" is 1."#),
            (
                "settings", #"{"arrivals":"saturate"}"#,
                #""arrivals" is saturate, which a page cannot draw."#
            ),
            ("settings", #"{"arrivals":"often"}"#, #""arrivals" has a value that it cannot have."#),
            (
                "settings", #"{"rate":1000,"payload_bytes":65536}"#,
                "1000/s of 65536 bytes are more than 2 MiB a second."
            ),
            ("settings", #"{"speed":1}"#, #"There is no "speed" to be set here."#),
            (
                "settings", "[1]",
                "The order is no JSON object, or has a number that its field cannot have."
            ),
            (
                "settings", "{",
                "The order is no JSON object, or has a number that its field cannot have."
            ),
            (
                "settings", String(repeating: "[", count: 5000),
                "The order is no JSON object, or has a number that its field cannot have."
            ),
            ("burst", #"{"count":0}"#, "A burst of 0 events."),
            ("burst", #"{"count":1001}"#, "A burst of 1001 events."),
            ("burst", "{}", #""count" is missing."#),
            ("cut", #"{"seconds":0.05}"#, "A cut of 0.05 seconds."),
            ("cut", #"{"seconds":61}"#, "A cut of 61 seconds."),
            ("cut", #"{"seconds":5,"lane":"fax"}"#, #"There is no lane "fax"."#),
            ("freeze", #"{"lane":"sse"}"#, #""on" is missing."#),
            ("reset", #"{"lane":7}"#, #""lane" has a value that it cannot have."#),
        ])
    func refused(endpoint: String, content: String, error: String) throws {
        let bench = LabBench()
        let answer = try #require(bench.post("/lab/\(endpoint)", content))
        #expect(answer.status == 400)
        #expect(answer.refusal == error)
        #expect(answer.json["remedy"] is String)
        #expect(bench.orders.isEmpty && bench.link.orders.isEmpty)
    }

    @Test(
        "must say that they are JSON, so that no other site's page can give them",
        arguments: ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
    func types(type: String) throws {
        let bench = LabBench()
        let answer = try #require(bench.post("/lab/settings", #"{"rate":1}"#, type: type))
        #expect(answer.status == 415)
        #expect(bench.orders.isEmpty)
        let right = bench.post(
            "/lab/settings", #"{"rate":1}"#, type: "application/json; charset=utf-8")
        #expect(right?.status == 200)
    }

    @Test("are not read")
    func methods() throws {
        let bench = LabBench()
        #expect(bench.post("/lab/state", "{}")?.status == 405)
        let answer = try #require(bench.get("/lab/burst"))
        #expect(answer.status == 405)
        #expect(answer.fields.contains("Allow: POST\r\n"))
    }

    @Test("reach the server that publishes")
    func server() throws {
        let bench = LabBench()
        _ = bench.post("/lab/settings", #"{"rate":50,"payload_bytes":200}"#)
        guard case .schedule(let plan)? = bench.orders.first else {
            Issue.record("\(bench.orders)")
            return
        }
        #expect(plan?.ratePerSecond == 50 && plan?.start == bench.now && bench.orders.count == 1)
        _ = bench.post("/lab/settings", #"{"rate":0}"#)
        guard case .schedule(nil)? = bench.orders.first else {
            Issue.record("\(bench.orders)")
            return
        }
        _ = bench.post(
            "/lab/settings",
            #"{"hold_ms":1000,"heartbeat_ms":500,"batch":1,"response_limit_bytes":8192}"#)
        #expect(bench.orders.count == 4)
        let burst = try #require(bench.post("/lab/burst", #"{"count":20}"#))
        #expect(burst.json["newest"] as? Int == 61)
    }

    @Test("draw each schedule anew")
    func seeds() {
        let bench = LabBench()
        var seeds: Set<UInt64> = []
        for rate in 1...5 {
            _ = bench.post("/lab/settings", "{\"rate\":\(rate * 2 + 1)}")
            if case .schedule(let plan?)? = bench.orders.first { seeds.insert(plan.seed) }
        }
        #expect(seeds.count == 5)
    }

    @Test(
        "reach the link",
        arguments: [
            ("cut", #"{"seconds":5}"#, "cut 5.0s all"),
            ("cut", #"{"seconds":0.1,"lane":"sse"}"#, "cut 0.1s 5"),
            ("cut", #"{"seconds":60,"lane":null}"#, "cut 60.0s all"),
            ("freeze", #"{"lane":"short-polling","on":true}"#, "freeze true 0"),
            ("freeze", #"{"lane":null,"on":false}"#, "freeze false all"),
            ("blackhole", #"{"lane":"websocket","on":true}"#, "blackhole true 6"),
            ("reset", #"{"lane":"long-polling"}"#, "reset 1"),
            ("reset", "{}", "reset all"), ("reset", "", "reset all"),
        ])
    func link(endpoint: String, content: String, order: String) throws {
        let bench = LabBench()
        let answer = try #require(bench.post("/lab/\(endpoint)", content))
        #expect(answer.status == 200, "\(answer.refusal)")
        #expect(bench.link.orders == [order])
    }

    @Test("give the link its profile when that changes, and a short round trip a short jitter")
    func profile() throws {
        let bench = LabBench()
        _ = bench.post("/lab/settings", #"{"rtt_ms":100,"jitter_ms":20}"#)
        let settings = try #require(bench.post("/lab/settings", #"{"rtt_ms":10}"#)).json
            .object("settings")
        #expect(settings["jitter_ms"] as? Double == 5)
        _ = bench.post("/lab/settings", #"{"rate":7}"#)
        #expect(bench.link.orders.count == 2)
    }

    @Test("are remembered in the state until they are over")
    func faults() throws {
        let bench = LabBench()
        _ = bench.post("/lab/cut", #"{"seconds":5,"lane":"sse"}"#)
        _ = bench.post("/lab/freeze", #"{"lane":"sse","on":true}"#)
        func lane() throws -> [String: Any] {
            let lanes = try #require(bench.get("/lab/state")?.json["lanes"] as? [[String: Any]])
            return try #require(lanes.first { $0["technique"] as? String == "sse" })
        }
        #expect(try lane()["cut_until_ns"] as? Int == 1_005_000_000_000)
        #expect(try lane()["frozen"] as? Bool == true)
        bench.now = bench.now + .seconds(5)
        #expect(try lane()["cut_until_ns"] is Int == false)
        #expect(try lane()["frozen"] as? Bool == true)
    }

    @Test("say what a word costs, the answer that says so included")
    func echo() throws {
        let bench = LabBench()
        let answer = try #require(bench.post("/lab/echo", #"{"text":"Is anybody there?"}"#))
        let head = """
            HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
            Content-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n\(answer.fields)\
            Content-Length: \(answer.body.count)\r\n\r\n
            """
        #expect(answer.json["down"] as? Int == head.utf8.count + answer.body.count)
    }
}
