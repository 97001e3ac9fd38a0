import Link
import Measurement
import Testing

@testable import pushbench

@Suite("A sweep")
struct SweepCommandTests {
    private func plan(_ text: String) throws -> SweepPlan {
        try SweepPlan(parsing: text, options: RunRequest.settings)
    }

    private static let plans: [(text: String, unit: String?, numbers: [Double?])] = [
        ("rtt=0,20ms,1s", "ns", [0, 20e6, 1e9]),
        ("--clients=10,1k", "1", [10, 1000]),
        ("rate=30/m,2", "1/s", [0.5, 2]),
        ("payload=100B,1KiB", "B", [100, 1024]),
        ("loss=0%,1%", "1", [0, 0.01]),
        ("connection=keep-alive,close", nil, [nil, nil]),
        ("headers=minimal,browser", nil, [nil, nil]),
        ("link=lan;4g,loss=1%", nil, [nil, nil]),
    ]

    @Test("has the values of an option, and its unit", arguments: plans)
    func values(text: String, unit: String?, numbers: [Double?]) throws {
        let plan = try plan(text)
        let parameter = plan.parameter(of: Array(plan.points.indices))
        #expect(parameter.unit == unit)
        #expect(parameter.values.map(\.number) == numbers)
        #expect(plan.parameter(of: [1]).values.map(\.text) == [plan.points[1].text])
    }

    private static let mistakes: [(words: [String], message: String)] = [
        ([], "--over is missing: write for example --over rtt=0,20ms,50ms,100ms"),
        (["--over", "rtt"], "--over rtt has no values: write for example rtt=0,20ms,50ms"),
        (["--over", "rt=0,1ms"], "--over rt is not an option of run: did you mean rtt?"),
        (["--over", "rtt=0,5"], "--over rtt=5 needs a unit: 5s, 5ms"),
        (
            ["--over", "rtt=0,"],
            "--over rtt= is empty: write a duration there"
        ),
        (
            ["--over", "clients=5,0"],
            "--over clients=0 is out of range: write 1 to 1000000"
        ),
        (
            ["--over", "transport=sse,ws"],
            "--over transport cannot be swept over: all of them are measured at every point: sweep "
                + "over another option, such as rtt, rate or payload"
        ),
        (
            ["--over", "rtt=0,1ms", "--over", "rate=1,2"],
            "--over is given twice: give it once"
        ),
        (
            ["--over", "rtt=0,1ms", "--rtt", "2ms"],
            "--rtt is what the sweep is over: give it in --over, with the other values"
        ),
        (
            ["--scenario", "quick"],
            "the scenario has no sweep and --over is missing: write for example --over "
                + "rtt=0,20ms,50ms,100ms"
        ),
        (
            ["--over", "link-tier=auto,client"],
            "--over link-tier: all runs of a sweep are on one kind of network: make a run for each "
                + "tier, and pushbench report all of their records"
        ),
        // What only a point says is wrong is found before the first run.
        (
            ["--over", "jitter=0,30ms", "--rtt", "20ms"],
            "--rtt, --jitter: jitter=30ms is more than the one-way delay"
        ),
    ]

    @Test("is refused before anything runs", arguments: mistakes)
    func mistake(words: [String], message: String) throws {
        let error = #expect(throws: UsageError.self) {
            guard case .command(let arguments) = try Command.sweep.spec.parse(words) else { return }
            _ = try SweepCommand(arguments)
        }
        let said = error?.description ?? ""
        #expect(said.hasPrefix("pushbench sweep: " + message), "\(said)")
    }

    @Test("takes its values from a scenario, or from the command line before it")
    func scenario() throws {
        for words in [
            ["--scenario", "pimentel"], ["--scenario", "pimentel", "--over", "clients=1,2"],
        ] {
            guard case .command(let arguments) = try Command.sweep.spec.parse(words) else {
                Issue.record("no command")
                continue
            }
            _ = try SweepCommand(arguments)
        }
    }
}
