import Link
import Measurement
import Testing

@testable import pushbench

@Suite("The options of a search")
struct FindMaxOptionTests {
    private func order(_ words: [String]) throws -> FindMaxOrder? {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["run"] + words) else { return nil }
        return try FindMaxOrder(arguments)
    }

    @Test("make steps that are short, unless they say otherwise")
    func steps() throws {
        let plain = try #require(try order(["--find-max", "rate"]))
        #expect(plain.request.scenario.duration == .seconds(3))
        #expect(plain.request.scenario.warmup == .milliseconds(500))
        #expect(plain.request.scenario.drainLimit == .seconds(2))
        #expect(plain.request.scenario.gapRoundTrip == nil)
        #expect(plain.limits.map(\.text) == ["p99=100ms", "loss=0"])
        #expect(plain.searches == 3 && plain.resolution == 0.05)
        let given = try #require(
            try order([
                "--find-max", "clients", "--duration", "4s", "--warmup", "1s", "--drain", "5s",
                "--gap-rtt", "0", "--limit", "p50=20ms,p999=200ms", "--limit", "loss=1%",
            ]))
        #expect(given.request.scenario.duration == .seconds(4))
        #expect(given.request.scenario.warmup == .seconds(1))
        #expect(given.request.scenario.drainLimit == .seconds(5))
        #expect(given.limits.map(\.text) == ["p50=20ms", "p999=200ms", "loss=1%"])
        #expect(try order([]) == nil)
        // A scenario says what it says, also where a step would be shorter or longer.
        let quick = try #require(
            try order([
                "--find-max", "rate", "--scenario", "quick", "--find-resolution", "20%",
            ]))
        #expect(quick.request.scenario.duration == .milliseconds(800))
        #expect(quick.request.scenario.gapRoundTrip == nil)
    }

    @Test("say what is raised, from where, and how a load is written")
    func subject() throws {
        let rate = try #require(try order(["--find-max", "rate", "--rate", "200", "-t", "all"]))
        #expect(KneeSearch(rate.settings).next == 200)
        #expect(rate.settings.range == 10.0 / 3...2e6)
        let fast = rate.step(of: "sse", at: 1410)
        #expect(fast.scenario.ratePerSecond == 1410 && fast.scenario.transports == ["sse"])
        #expect(fast.scenario.clients == 1000)
        #expect(rate.text(of: 1410) == "1410/s" && rate.unit == "1/s")
        let clients = try #require(try order(["--find-max", "clients", "-c", "50"]))
        let many = clients.step(of: "websocket", at: 71)
        #expect(many.scenario.clients == 71 && many.scenario.ratePerSecond == 10)
        #expect(clients.settings.isWhole && clients.text(of: 71) == "71" && clients.unit == "1")
    }

    private static let refusals: [(words: [String], remark: String)] = [
        (["--arrivals", "saturate"], "there is no rate to find"),
        (["--lockstep"], "leave out --lockstep or --find-max"),
        (["--side-by-side"], "techniques are searched for one after the other"),
        (["--fault", "reset"], "leave out --fault or --find-max"),
        (["--repeat", "5"], "give --searches 5 and --repeat 1"),
        (["--gap-rtt", "20ms"], "leave out --gap-rtt"),
        (["--github"], "leave out --github"),
        (["--junit", "x.xml"], "there are --json, --markdown, --csv and --html"),
        (["--limit", "p99"], "--limit p99 has no value: write p99=100ms"),
        (["--limit", "p99=1ms,p99=2ms"], "--limit has p99 twice: give each figure once"),
        (
            ["--limit", "p99=1s"],
            "--limit p99=1s hides an overload of up to 29 % in steps of 3s, more than "
                + "--find-resolution 5%: give --duration 20s"
        ),
        (["--limit", "p50=110ms"], "give --duration 4s"),
    ]

    @Test("that contradict each other are refused with a remedy", arguments: refusals)
    func refused(words: [String], remark: String) throws {
        let error = try #require(throws: UsageError.self) {
            _ = try order(["--find-max", "rate"] + words)
        }
        #expect("\(error)".contains(remark), "\(error)")
    }

    @Test(
        "say nothing without a search",
        arguments: [["--limit", "p99=1ms"], ["--searches", "2"], ["--find-resolution", "1%"]])
    func stray(words: [String]) throws {
        let error = try #require(throws: UsageError.self) { _ = try order(words) }
        #expect("\(error)".contains("there is none: add --find-max rate or --find-max clients"))
    }
}
