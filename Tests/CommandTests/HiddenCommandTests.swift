import Testing

@testable import pushbench

@Suite("A hidden command")
struct HiddenCommandTests {
    private static let table = CommandTable([
        CommandSpec("brew", summary: "Brew."),
        CommandSpec("brew-child", summary: "Nobody runs this by hand.", isHidden: true),
    ])

    @Test("is run like any other")
    func runs() throws {
        guard case .command(let arguments) = try Self.table.parse(["brew-child"]) else {
            Issue.record("not a command")
            return
        }
        #expect(arguments.command.name == "brew-child")
    }

    @Test("is neither listed nor suggested")
    func hides() throws {
        let overview = HelpText.overview(Self.table, summary: "Coffee.", width: 80)
        #expect(overview.contains("brew ") && !overview.contains("brew-child"))
        let error = #expect(throws: UsageError.self) { _ = try Self.table.parse(["brew-chil"]) }
        #expect(error.map { "\($0)" }?.contains("brew-child") == false)
    }
}
