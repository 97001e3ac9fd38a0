import Testing

@testable import Reporting

@Suite("TextTable")
struct TextTableTests {
    private static var table: TextTable {
        var table = TextTable(columns: [.init("name", .left), .init("p50"), .init("note", .left)])
        table.append(["a", "12.3 µs", "short"])
        table.append(["longer", "1 s", TextTable.Cell("bad", .bad)])
        return table
    }

    @Test("aligns its columns, with a rule under the header and no space at a line's end")
    func aligns() {
        let expected = """
            name        p50  note
            ──────  ───────  ─────
            a       12.3 µs  short
            longer      1 s  bad

            """
        #expect(Self.table.render(color: false) == expected)
    }

    @Test("colours the header and what is alarming, without moving a column")
    func colours() {
        let text = Self.table.render(color: true)
        #expect(text.hasPrefix("\u{1B}[1mname        p50  note\u{1B}[0m\n"))
        #expect(text.contains("longer      1 s  \u{1B}[31mbad\u{1B}[0m\n"))
    }

    @Test("is a header alone when there are no rows")
    func survivesEmptiness() {
        #expect(TextTable(columns: [.init("name", .left)]).render(color: false) == "name\n────\n")
    }
}
