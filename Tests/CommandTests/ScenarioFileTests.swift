import Foundation
import Link
import Measurement
import Testing

@testable import pushbench

@Suite("A scenario file")
struct ScenarioFileTests {
    private func read(_ text: String) throws -> ScenarioFile {
        try ScenarioFile(Array(text.utf8), place: "own.json", options: RunRequest.settings)
    }

    @Test("gives options their values, in the notation of the command line")
    func values() throws {
        let file = try read(
            """
            {
              "description": "Two of them.",
              "transport": ["sse", "ws"],
              "clients": 50, "rate": "2.5/s", "payload": 200, "rtt": "50ms", "loss": "1%",
              "connection": "close", "side-by-side": true, "lockstep": false
            }
            """)
        #expect(file.description == "Two of them.")
        #expect(
            file.values == [
                "transport": .choices(["sse", "websocket"]), "clients": .count(50),
                "rate": .rate(2.5), "payload": .size(200), "rtt": .duration(.milliseconds(50)),
                "loss": .fraction(0.01), "connection": .choices(["close"]),
                "side-by-side": .flag,
            ])
        #expect(file.sweep == nil)
    }

    @Test("may be a sweep")
    func sweep() throws {
        let file = try read(
            #"{"sweep": {"over": "clients", "values": [10, "1k"]}, "transport": "all"}"#)
        let sweep = try #require(file.sweep)
        #expect(sweep.option.name == "clients")
        #expect(sweep.points.map(\.text) == ["10", "1k"])
        #expect(sweep.points.map(\.value) == [.count(10), .count(1000)])
    }

    private static let mistakes: [(text: String, message: String)] = [
        ("[]", "own.json: is a list: write an object, as in {\"clients\": 100}"),
        (
            #"{"poll_interval": "1s"}"#,
            "own.json: poll_interval is not a key of a scenario: did you mean poll-interval?"
        ),
        (
            #"{"sweeps": {}}"#,
            "own.json: sweeps is not a key of a scenario: did you mean sweep?"
        ),
        (
            #"{"json": "x"}"#,
            "own.json: json is not a key of a scenario: Docs/scenario.schema.json lists them"
        ),
        (
            #"{"scenario": "quick"}"#,
            "own.json: scenario is not a key of a scenario: Docs/scenario.schema.json lists them"
        ),
        (#"{"description": 5}"#, "own.json: description is a number: write a text in quotes"),
        (#"{"rtt": 80}"#, "own.json: rtt 80 needs a unit: 80s, 80ms"),
        (#"{"rtt": ["80ms"]}"#, "own.json: rtt is a list: write a text"),
        (#"{"clients": null}"#, "own.json: clients is null: write a text, such as \"1000\""),
        (#"{"clients": 0}"#, "own.json: clients 0 is out of range: write 1 to 1000000"),
        (
            #"{"duration": true}"#,
            "own.json: duration is true or false: write a text, such as \"6s\""
        ),
        (#"{"lockstep": "yes"}"#, "own.json: lockstep is a text: write true or false"),
        (
            #"{"transport": ["sse", "websockets"]}"#,
            "own.json: transport websockets is unknown: did you mean websocket?"
        ),
        (#"{"transport": [1]}"#, "own.json: transport[0] is a number: write a text in quotes"),
        (
            #"{"sweep": "rtt=0,1ms"}"#,
            "own.json: sweep is a text: write \"sweep\": {\"over\": \"rtt\", \"values\": "
                + "[\"0\", \"50ms\"]}"
        ),
        (
            #"{"sweep": {"over": "rtt", "values": ["1ms"]}}"#,
            "own.json: sweep: rtt=1ms is no sweep: give two values or more, as in rtt=0,20ms,50ms"
        ),
        (
            #"{"sweep": {"over": "nagle", "values": [1, 2]}}"#,
            "own.json: sweep: nagle has no values to sweep over: run it once with --nagle and "
                + "once without"
        ),
        (
            #"{"sweep": {"over": "rtt", "values": ["1ms", "1000us"]}}"#,
            "own.json: sweep: rtt=1000us is the same as 1ms: give each value once"
        ),
    ]

    @Test("says what is wrong at which key, and what to write instead", arguments: mistakes)
    func mistake(text: String, message: String) {
        let error = #expect(throws: UsageError.self) { try read(text) }
        #expect(error?.description == message)
    }

    @Test("says where its JSON is broken")
    func syntax() {
        let error = #expect(throws: UsageError.self) { try read("{\"clients\": 5,,}") }
        #expect(error?.description.hasPrefix("own.json: is not valid JSON") == true)
    }
}

@Suite("The scenarios that come with the program")
struct BuiltInScenarioTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let names = BuiltInScenarios.all.map(\.name)

    /// Rewrites the Swift file from the JSON files when it runs with PUSHBENCH_RECORD=1.
    @Test("are the files in Benchmarks/Scenarios, word for word")
    func files() throws {
        let folder = Self.root.appending(path: "Benchmarks/Scenarios")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
        #expect(files.sorted() == Self.names.sorted())
        let texts = try Self.names.map { name in
            try String(contentsOf: folder.appending(path: "\(name).json"), encoding: .utf8)
        }
        if ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] == "1" {
            try Self.rewrite(texts)
        } else {
            #expect(BuiltInScenarios.all.map(\.text) == texts)
        }
    }

    private static func rewrite(_ texts: [String]) throws {
        let file = root.appending(path: "Sources/pushbench/Scenarios/BuiltInScenarios.swift")
        let source = try String(contentsOf: file, encoding: .utf8)
        let head = try #require(source.range(of: "[Entry] = [\n")).upperBound
        let indent = String(repeating: " ", count: 12)
        let entries = zip(names, texts).map { name, text in
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "" : indent + $0 }.joined(separator: "\n")
            return "        (\n\(indent)\"\(name)\",\n\(indent)#\"\"\"\n\(lines)\n"
                + "\(indent)\"\"\"#\n        ),\n"
        }
        try (source[..<head] + entries.joined() + "    ]\n}\n")
            .write(to: file, atomically: true, encoding: .utf8)
    }

    @Test("can be run, and say what they are for", arguments: names)
    func runnable(name: String) throws {
        let file = try ScenarioFile.named(name, place: "pushbench run")
        #expect(!file.description.isEmpty)
        guard case .command(let arguments) = try Command.run.spec.parse(["--scenario", name]) else {
            Issue.record("no command")
            return
        }
        if let sweep = file.sweep {
            for point in sweep.points {
                _ = try RunRequest(arguments.setting(sweep.option.name, to: point.value))
            }
        } else {
            _ = try RunRequest(arguments)
        }
    }

    @Test("stand below what the command line says")
    func overriding() throws {
        func scenario(_ words: String...) throws -> Scenario {
            guard case .command(let arguments) = try Command.run.spec.parse(words) else {
                throw UsageError(place: "", problem: "", remedy: "")
            }
            return try RunRequest(arguments).scenario
        }
        let mobile = try scenario("--scenario", "mobile")
        #expect(mobile.link?.lossRate == 0.01 && mobile.clients == 50)
        #expect(mobile.headers == "browser")
        let own = try scenario("--scenario", "mobile", "--clients", "7", "--loss", "2%")
        #expect(own.clients == 7 && own.link?.lossRate == 0.02 && own.headers == "browser")
        #expect(own.link?.roundTripTime == .milliseconds(70))
        #expect(try scenario("--scenario", "rfc6202", "--link", "lan").link == .lan)
        #expect(
            try scenario("--scenario", "pimentel", "--rtt", "10ms").link?.roundTripTime
                == .milliseconds(10))
    }

    private static let mistakes: [(words: [String], message: String)] = [
        (
            ["--scenario", "quik"],
            "pushbench run: there is no scenario quik: did you mean quick?; a file needs a slash or "
                + ".json in its name"
        ),
        (
            ["--scenario", "no/such.json"],
            "pushbench run: --scenario no/such.json cannot be read: check the path, or name one of "
                + "\(names.joined(separator: ", "))"
        ),
        (
            ["--scenario", "pimentel"],
            "pushbench run: the scenario pimentel is a sweep over rtt: pushbench sweep runs all of "
                + "it; --rtt 20ms one point"
        ),
    ]

    @Test("are asked for by names that exist", arguments: mistakes)
    func mistake(words: [String], message: String) throws {
        guard case .command(let arguments) = try Command.run.spec.parse(words) else {
            Issue.record("no command")
            return
        }
        let error = #expect(throws: UsageError.self) { try RunRequest(arguments) }
        #expect(error?.description == message)
    }
}
