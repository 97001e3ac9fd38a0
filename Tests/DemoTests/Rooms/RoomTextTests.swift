import Testing

@testable import Demo

@Suite("What people type")
struct RoomTextTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let raw: String
        let clean: String?
        let testDescription: String

        init(_ what: String, _ raw: String, _ clean: String?) {
            testDescription = what
            self.raw = raw
            self.clean = clean
        }
    }

    @Test(
        "becomes a name that is one line and can be seen",
        arguments: [
            Example("as it is", "Ann", "Ann"),
            Example("white space around and within", "  Ann \t\n Lee ", "Ann Lee"),
            Example("nothing", "", nil),
            Example("blanks", " \u{3000}\u{A0}\t", nil),
            Example("controls only", "\u{0}\u{7}\u{1B}", nil),
            Example("controls within", "A\u{0}n\u{1B}[31mn", "An[31mn"),
            Example("a bidi override", "\u{202E}nnA", "nnA"),
            Example("bidi isolates and marks", "A\u{2066}\u{2069}\u{200F}n", "An"),
            Example("invisible letters", "\u{3164}\u{115F}", nil),
            Example("a braille blank", "\u{2800}", nil),
            Example("zero width only", "\u{200B}\u{200D}\u{FEFF}", nil),
            Example("a lone mark", "\u{301}", nil),
            Example("markup is text", "<b>Ann</b>", "<b>Ann</b>"),
            Example("a family is one character", "👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
            Example("Persian keeps its non-joiner", "می‌خواهم", "می‌خواهم"),
            Example("Chinese", "王小明", "王小明"),
            Example(
                "32 characters", String(repeating: "é", count: 32),
                String(repeating: "é", count: 32)),
            Example("33 characters", String(repeating: "a", count: 33), nil),
            Example(
                "piled marks", "Z\(String(repeating: "\u{335}", count: 50))",
                "Z\u{335}\u{335}\u{335}\u{335}"),
            Example(
                "one character of many code points",
                String(repeating: "\u{1F468}\u{200D}", count: 200), nil),
        ])
    func names(_ example: Example) {
        let name = try? RoomText.name(example.raw)
        #expect(
            name.map { Array($0.unicodeScalars) } == example.clean.map { Array($0.unicodeScalars) })
    }

    @Test(
        "becomes a message that keeps its lines",
        arguments: [
            Example("as it is", "hello", "hello"),
            Example("lines", "a\r\nb\u{2028}c", "a\nb\nc"),
            Example("empty lines", "\n\na\n\n\n\nb\n \n", "a\n\nb"),
            Example("blanks around", "   a  ", "a"),
            Example("blank", " \n\t", nil),
            Example("script", "</script><script>x</script>", "</script><script>x</script>"),
            Example(
                "1,000 characters", String(repeating: "字", count: 1_000),
                String(repeating: "字", count: 1_000)),
            Example("1,001 characters", String(repeating: "字", count: 1_001), nil),
        ])
    func messages(_ example: Example) {
        #expect((try? RoomText.text(example.raw)) == example.clean)
    }

    @Test("may be missing below a picture")
    func captions() throws {
        #expect(try RoomText.caption(" \u{202E} ") == "")
        #expect(try RoomText.caption("a ") == "a")
        #expect(throws: RoomRefusal.text) {
            try RoomText.caption(String(repeating: "a", count: 1_001))
        }
    }
}
