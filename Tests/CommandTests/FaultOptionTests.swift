import Link
import Measurement
import Testing

@testable import pushbench

@Suite("The options of a fault")
struct FaultOptionTests {
    private func request(_ words: [String]) throws -> RunRequest {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["run"] + words) else {
            throw UsageError(place: "test", problem: "no command", remedy: "none")
        }
        return try RunRequest(arguments)
    }

    @Test("make room for the fault and for the recovery")
    func room() throws {
        let scenario = try request(["--fault", "blackhole"]).scenario
        #expect(
            scenario.fault
                == FaultOrder(
                    kind: .blackhole, start: .seconds(3), length: .seconds(10),
                    heartbeats: [.seconds(1), .seconds(3), .zero]))
        #expect(scenario.duration == .seconds(16))
        // The hold time of 25 s, two and a half heartbeats of 3 s, and the way back.
        #expect(scenario.drainLimit == .seconds(42.5))
        #expect(scenario.gapRoundTrip == nil)
        #expect(try request([]).scenario.fault == nil)
        let reset = try request(["--fault", "reset", "--heartbeat", "0", "--gap-rtt", "20ms"])
        #expect(reset.scenario.fault?.length == .zero)
        #expect(reset.scenario.duration == .seconds(6))
        #expect(reset.scenario.gapRoundTrip == .milliseconds(20))
    }

    @Test(
        "that contradict each other or make no sense are refused",
        arguments: [
            (["--at", "1s"], "there is none"),
            (["--heartbeat", "1s"], "there is none"),
            (["--fault", "flood"], "known are blackhole, stall, reset, freeze-server"),
            (["--fault", "stall", "--lockstep"], "waits for every client at every event"),
            (["--fault", "stall", "--side-by-side"], "compares the same events"),
            (["--fault", "stall", "--arrivals", "saturate"], "before the fault begins"),
            (["--fault", "reset", "--fault-for", "1s"], "says nothing"),
            (["--fault", "stall", "--duration", "13s"], "is over before the fault is, at 13s"),
            (["--fault", "stall", "--drain", "10s"], "--drain 10s may end before"),
            (["--fault", "stall", "--heartbeat", "1s,1s"], "has 1s twice"),
            (["--fault", "stall", "--heartbeat", "1s,"], "--heartbeat 1s,: "),
            (["--fault", "stall", "--heartbeat", "10ms"], "10ms is out of range"),
        ])
    func refused(words: [String], remark: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try request(words) }
        #expect("\(error)".contains(remark))
    }

    @Test("tell the server as much patience as the clients have")
    func liveness() throws {
        let request = try request(["--fault", "stall"])
        #expect(
            request.livenessOptions(heartbeat: .seconds(1))
                == ["--heartbeat", "1s", "--dead-after", "2s500ms"])
        #expect(
            request.livenessOptions(heartbeat: .zero)
                == ["--heartbeat", "0s", "--dead-after", "0s"])
        #expect(request.livenessOptions(heartbeat: nil) == [])
    }
}
