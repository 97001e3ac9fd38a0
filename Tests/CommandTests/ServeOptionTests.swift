import Testing

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
        ])
    func fine(words: [String]) throws {
        #expect(try serve(words) != nil)
    }

    @Test(
        "that contradict each other or make no sense are refused",
        arguments: [
            (["--no-batch", "--batch", "1"], "exclude each other"),
            (["--heartbeat", "9ms"], "10ms to 1h"),
        ])
    func refused(words: [String], remark: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try serve(words) }
        #expect("\(error)".contains(remark))
    }
}
