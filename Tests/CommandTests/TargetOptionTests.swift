import Measurement
import Reactor
import Testing
import Transports
import Wire

@testable import pushbench

@Suite("The options of a target")
struct TargetOptionTests {
    private func request(_ words: [String]) throws -> RunRequest {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["run"] + words) else {
            throw UsageError(place: "test", problem: "no command", remedy: "none")
        }
        return try RunRequest(arguments)
    }

    private static let nchan = ["--target", "http://127.0.0.1:8080", "--profile", "nchan"]

    @Test("say in the scenario what is measured, and by which techniques")
    func scenario() throws {
        let all = try request(Self.nchan)
        #expect(
            all.scenario.transports == ["long-polling", "http-streaming", "sse", "websocket"])
        #expect(all.scenario.target == "http://127.0.0.1:8080")
        #expect(all.scenario.targetProfile == "nchan")
        #expect(all.scenario.publishURL == "http://127.0.0.1:8080/pub?id=pushbench")
        #expect(all.scenario.gapRoundTrip == nil)
        #expect(all.target?.transports(["sse", "websocket"]).map(\.id) == ["sse", "websocket"])
        #expect(try request(Self.nchan + ["-t", "all"]).scenario == all.scenario)
        #expect(
            try request(Self.nchan + ["-t", "ws,sse"]).scenario.transports == ["websocket", "sse"])
        #expect(try request([]).target == nil)
        let local = try request([
            "--target", "ws://localhost:9/chat", "--profile", "plain-ws", "--publish-url",
            "http://[::1]:8/say",
        ])
        #expect(local.target?.address.description == "127.0.0.1:9")
        #expect(local.target?.url.authority == "localhost:9")
        #expect(local.scenario.publishURL == "http://[::1]:8/say")
    }

    @Test(
        "that cannot be had are refused with a remedy",
        arguments: [
            (["--profile", "nchan"], "none is named"),
            (["--publish-url", "http://127.0.0.1"], "none is named"),
            (["--target", "http://127.0.0.1"], "needs a profile"),
            (["--target", "127.0.0.1", "--profile", "nchan"], "has no scheme"),
            (["--target", "https://127.0.0.1", "--profile", "nchan"], "asks for TLS"),
            (["--target", "http://example.org", "--profile", "nchan"], "names are not looked up"),
            (["--target", "ws://127.0.0.1", "--profile", "plain-ws"], "give --publish-url"),
            (
                ["--target", "http://127.0.0.1/events", "--profile", "pushbench"],
                "has a path for each technique"
            ),
            (nchan + ["--publish-url", "http://h"], "--publish-url http://h: h is a name"),
            (nchan + ["-t", "ws,raw"], "--profile nchan has no raw-tcp"),
            (nchan + ["--lockstep"], "--lockstep is for the lab's own server"),
            (nchan + ["--fault", "stall"], "--fault is for the lab's own server"),
            (nchan + ["--loops", "2"], "--loops is for the lab's own server"),
            (nchan + ["--nagle"], "--nagle is for the lab's own server"),
            (nchan + ["--no-batch"], "--no-batch is for the lab's own server"),
            (nchan + ["--gap-rtt", "10ms"], "--gap-rtt probes the lab's own server"),
            (nchan + ["--rtt", "10ms", "--link-tier", "netem"], "use --link-tier client"),
            (nchan + ["--target-process", "2147483647"], "there is no such process"),
        ])
    func refused(words: [String], remark: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try request(words) }
        #expect("\(error)".contains(remark))
    }
}
