import Testing
import Wire

@Suite("A JSON string")
struct JSONStringTests {
    private func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var json: [UInt8] = []
        JSONText.appendString(bytes.span, to: &json)
        return json
    }

    @Test(
        "is escaped where RFC 8259 §7 asks for it and nowhere else",
        arguments: [
            ("", #""""#), ("abc", #""abc""#), ("\"\\/", #""\"\\/""#), ("\n\r\t", #""\n\r\t""#),
            ("\u{0}\u{8}\u{C}\u{1F}", #""\u0000\u0008\u000c\u001f""#),
            ("\u{7F}ü€𝄞", "\"\u{7F}ü€𝄞\""),
            ("</script>", #""</script>""#),
        ])
    func escapes(text: String, json: String) {
        #expect(quoted(text.bytes) == json.bytes)
    }

    @Test("is a whole JSON value for every byte there is, and the text is only appended to")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let json = quoted([byte, UInt8(ascii: "x"), byte])
            #expect(JSONText.endOfValue(in: json.span, at: 0) == json.count)
        }
        var json = "[".bytes
        JSONText.appendString("a".bytes.span, to: &json)
        #expect(json == "[\"a\"".bytes)
    }
}

@Suite("The end of a trusted object")
struct TrustedObjectTests {
    private func end(_ text: String, at start: Int = 0, to end: Int? = nil) -> Int? {
        let bytes = text.bytes
        return JSONText.endOfTrustedObject(in: bytes.span, at: start, to: end ?? bytes.count)
    }

    @Test(
        "is where its first bracket closes",
        arguments: [
            ("{}", 2), ("{},{}", 2), ("{\"a\":{\"b\":[{}]}}]", 16), ("{\"a\":\"}\"}", 9),
            (#"{"a":"\"}\\"}x"#, 13), (#"{"\\":"{["}"#, 11), ("[{}]{}", 4),
        ])
    func closes(text: String, end: Int) {
        #expect(self.end(text) == end)
        #expect(self.end("[" + text, at: 1) == end + 1)
        for short in 0..<end { #expect(self.end(text, to: short) == nil) }
    }

    @Test(
        "is nowhere in bytes that end first, however broken",
        arguments: [
            "", "{", "{\"", "{\"}", "{\"\\", #"{"\"}"#, "{[}", "12", "\"\"", "}", "]]",
            "{\"a\":\"\\",
        ])
    func unclosed(text: String) {
        #expect(end(text) == nil)
    }

    @Test("is the end of the value for every object that is JSON")
    func agrees() {
        for text in JSONTextTests.valid where text.hasPrefix("{") || text.hasPrefix("[") {
            #expect(end(text + "}]\"") == text.utf8.count)
        }
    }
}
