import LabServer
import Testing
import Transports

@testable import Demo

@Suite("The lab's answers")
struct LabStateTests {
    @Test("say what the lab is like")
    func state() throws {
        let bench = LabBench()
        let answer = try #require(bench.get("/lab/state"))
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json")
        #expect(answer.fields.contains("Cache-Control: no-store\r\n"))
        let state = answer.json
        #expect(state["version"] as? String == "1.2.3")
        #expect(state["newest"] as? Int == 41)
        #expect(state["now_ns"] as? Int == 1_000_000_000_000)
        #expect(state["half_dead"] as? Bool == false)
        #expect(state.object("rooms")["chat"] as? Int == 8088)
        let settings = state.object("settings")
        #expect(Set(settings.keys) == Set(LabSettings.Change.fields))
        #expect(settings["rate"] as? Double == 4)
        #expect(settings["hold_ms"] as? Double == 25_000)
        #expect(settings["heartbeat_ms"] as? Double == 15_000)
    }

    @Test("name a lane for each technique that a browser speaks, in order")
    func lanes() throws {
        let bench = LabBench()
        let lanes = try #require(bench.get("/lab/state")?.json["lanes"] as? [[String: Any]])
        #expect(
            lanes.map { $0["technique"] as? String }
                == Transport.all.filter(\.isHTTP).map(\.id))
        #expect(lanes.map { $0["port"] as? Int } == (8081..<8081 + lanes.count).map { $0 })
        for lane in lanes {
            #expect(lane.keys.contains("cut_until_ns"))
            #expect(lane["path"] as? String == "/events/\(lane["technique"] ?? "")")
        }
    }

    @Test("begin with a short heartbeat where peers are half dead")
    func halfDead() throws {
        let bench = LabBench { $0.isHalfDead = true }
        let state = try #require(bench.get("/lab/state")).json
        #expect(state["half_dead"] as? Bool == true)
        #expect(state.object("settings")["heartbeat_ms"] as? Double == 2000)
    }

    @Test("tell the server's clock")
    func time() throws {
        let bench = LabBench(isOpen: false)
        #expect(try #require(bench.get("/lab/time")).json["ns"] as? Int == 1_000_000_000_000)
    }

    @Test("ask for patience before the lanes are open", arguments: ["state", "observed?page=A"])
    func closed(target: String) throws {
        let bench = LabBench(isOpen: false)
        let answer = try #require(bench.get("/lab/\(target)"))
        #expect(answer.status == 503)
        #expect(answer.json["remedy"] != nil)
    }

    @Test(
        "refuse what is not there, or is asked for in another way",
        arguments: [
            ("/lab/", 404, "There is nothing at this path."),
            ("/lab/nothing", 404, "There is nothing at this path."),
            ("/lab/settings", 405, "/lab/settings is posted to."),
            ("/lab/observed", 400, "The query has no page."),
            ("/lab/observed?page=A&lane=gopher", 400, "There is no lane \"gopher\"."),
            ("/lab/observed?page=%zz", 400, "The query's page is not percent-encoded UTF-8."),
            ("/lab/law", 400, "The query has no technique."),
            ("/lab/law?technique=raw-tcp", 400, "There is no lane \"raw-tcp\"."),
            ("/lab/law?technique=sse&connection=open", 400, "The query's connection is \"open\"."),
            ("/lab/law?technique=sse&poll_ms=1", 400, "The query's poll_ms is \"1\"."),
            ("/lab/law?technique=sse&poll_ms=nan", 400, "The query's poll_ms is \"nan\"."),
        ])
    func refused(target: String, status: Int, error: String) throws {
        let bench = LabBench()
        let answer = try #require(bench.get(target))
        #expect(answer.status == status)
        #expect(answer.refusal == error)
        #expect((answer.json["remedy"] as? String)?.hasSuffix(".") == true || status == 400)
    }

    @Test("leave to the server what is neither a page nor an order", arguments: ["/healthz", "/x"])
    func others(path: String) {
        let bench = LabBench()
        #expect(bench.get(path) == nil)
    }
}
