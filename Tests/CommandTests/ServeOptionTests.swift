import LabServer
import Testing
import Transports

@testable import pushbench

@Suite("The options of serve")
struct ServeOptionTests {
    private func serve(_ words: [String]) throws -> ServeCommand? {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["serve"] + words) else { return nil }
        return try ServeCommand(arguments)
    }

    @Test(
        "can be given together",
        arguments: [
            [], ["--no-batch", "--nagle", "--two-writes"], ["--heartbeat", "0s"],
            ["--heartbeat", "10ms"], ["--batch", "1"],
            ["--allow-origin", "https://a.example", "--allow-origin", "*"],
            ["--max-per-address", "0"],
        ])
    func fine(words: [String]) throws {
        #expect(try serve(words) != nil)
    }

    @Test(
        "that contradict each other or make no sense are refused",
        arguments: [
            (["--no-batch", "--batch", "1"], "exclude each other"),
            (["--heartbeat", "9ms"], "10ms to 1h"),
            (["--allow-origin", "a.example"], "is not an origin"),
            (["--publish-token-file", "/nowhere/token"], "cannot be read"),
            (["--publish-token-file", "/proc/version"], "has no token"),
        ])
    func refused(words: [String], remark: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try serve(words) }
        #expect("\(error)".contains(remark))
    }

    @Test(
        "close to others what nobody has opened", arguments: ["127.0.0.1", "::1", "0.0.0.0", "::"])
    func defaults(address: String) throws {
        let configuration = try #require(try serve(["--address", address])).configuration
        let isOpen = address == "0.0.0.0" || address == "::"
        #expect(configuration.settings.origins.believesOwnHostsOnly == !isOpen)
        #expect(configuration.addressLimit == (isOpen ? 10_000 : 0))
        switch configuration.settings.publishing {
        case .anybody: #expect(!isOpen)
        case .nobody: #expect(isOpen)
        case .bearer: Issue.record("a token that nobody gave")
        }
        // A run's clients come from one address.
        let run = try #require(try serve(["--address", address, "--control"])).configuration
        #expect(run.addressLimit == 0)
    }
}
