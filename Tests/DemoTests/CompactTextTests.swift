import Testing

@testable import Demo

@Suite("Scripts as they travel")
struct CompactTextTests {
    @Test(
        "lose what only their authors read",
        arguments: [
            ("  a();\n\n  b();\n", "a();\nb();\n"),
            ("// says\nlet a = 1; // stays\n", "let a = 1; // stays\n"),
            ("/** One. */\nlet a;\n", "let a;\n"),
            ("/**\n * Two\n * lines.\n */\nlet a;\n", "let a;\n"),
            ("  /* in\n  css */\n  p { margin: 0 }\n", "p { margin: 0 }\n"),
            ("let a = `x\n  // y\n\n  z`;\n  b();\n", "let a = `x\n  // y\n\n  z`;\nb();\n"),
            (
                "let url = 'http://x'; let b = `one`;\n  c();",
                "let url = 'http://x'; let b = `one`;\nc();\n"
            ),
            ("", ""),
        ])
    func compacted(source: String, expected: String) {
        let result = CompactText.compacted(Array(source.utf8))
        #expect(String(decoding: result, as: UTF8.self) == expected)
    }
}
