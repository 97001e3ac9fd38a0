import Testing
import Wire

@Suite("JSONText")
struct JSONTextTests {
    private func endOfValue(_ text: String, at start: Int = 0, depth: Int = 64) -> Int? {
        JSONText.endOfValue(in: text.bytes.span, at: start, depth: depth)
    }

    private func singleLine(_ bytes: [UInt8]) -> String? {
        JSONText.singleLine(bytes.span).map { String(decoding: $0, as: UTF8.self) }
    }

    static let valid = [
        "null", "true", "false", "0", "-0", "7", "-12", "10", "1234567890123456789012345678901234",
        "0.5", "-0.0", "1.50", "1e5", "1E5", "1e+5", "1e-05", "-1.25E-3", "0e0", "\"\"", "\"a\"",
        "\" \"", #""\"\\\/\b\f\n\r\t""#, #""\u0000\uFFff""#, #""\uD834\uDD1E""#, #""\uD800""#,
        "\"ü€𝄞\"", "\"\u{7F}\u{2028}\"", #""http:\/\/[x]{y}""#, "[]", "[ ]", "{}", "{\t}", "[1]",
        "[1,2]", "[ 1 , \"a\" , null ]", "[[],[[]],{}]", "{\"a\":1}", "{\"\":\"\"}",
        "{ \"a\" : [ true , { \"b\" : -1e9 } ] , \"a\" : {} }", "{\"a\":\n\r\t 1}",
    ]

    static let invalid = [
        "", " ", "nul", "nulll", "True", "tru", "truefalse", "NaN", "Infinity", "-", "+1", "01",
        "-01",
        "00", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "1E-", "1e5.5", "0x10", "1_000", "1 2", "--1",
        "\"", "\"a", "'a'", #""\"#, #""\a""#, #""\x41""#, #""\u""#, #""\u12""#, #""\u123g""#,
        #""\U0041""#,
        "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "\"a\"b", "[", "]", "[1", "[1,", "[1,]",
        "[,1]",
        "[1 2]", "[1}", "[,]", "[1,,2]", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}",
        "{\"a\" 1}", "{a:1}", "{1:1}", "{\"a\":1 \"b\":2}", "{,}", "{\"a\":1]", "[]]", "{}{}",
        "// a",
        "/**/1", "[1]//", "\u{FEFF}1", "\u{A0}1", "\u{B}1", "1\u{0}", "undefined",
    ]

    @Test("accepts what RFC 8259 calls JSON", arguments: valid)
    func accepts(text: String) {
        #expect(endOfValue(text) == text.utf8.count)
        #expect(endOfValue("[]" + text, at: 2) == text.utf8.count + 2)
        #expect(singleLine(" \t\r\n\(text)\n ".bytes) == text.replacingLineEnds)
    }

    @Test("refuses what it does not", arguments: invalid)
    func refuses(text: String) {
        #expect(singleLine(text.bytes) == nil)
        #expect(singleLine("[0,\(text)]".bytes) == nil)
        #expect((endOfValue(text) ?? -1) < text.utf8.count)
    }

    @Test("refuses every beginning of a value that is not a number's")
    func beginnings() {
        for text in Self.valid where text.utf8.last.map({ $0 > UInt8(ascii: "9") }) == true {
            for length in 0..<text.utf8.count {
                #expect(singleLine(Array(text.bytes[..<length])) == nil)
            }
        }
    }

    @Test("stops where the value ends")
    func stops() {
        #expect(endOfValue("{\"a\":[1]},{}") == 9)
        #expect(endOfValue("12,") == 2)
        #expect(endOfValue("1-2") == 1)
        #expect(endOfValue("nullx") == 4)
        #expect(endOfValue("\"a\"\"") == 3)
        #expect(endOfValue("1", at: 1) == nil)
        #expect(endOfValue("1", at: 100) == nil)
    }

    @Test("lets values nest 64 deep and no deeper", arguments: ["[", "{\"a\":", "[[{\"\":"])
    func nesting(opening: String) {
        let brackets = opening.utf8.filter { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
        func nested(_ depth: Int, _ core: String) -> String {
            let opening = Array(repeating: opening, count: depth / brackets.count + 1).joined()
                .bytes
            var open: [UInt8] = []
            var closing: [UInt8] = []
            for byte in opening {
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
                    if closing.count == depth { break }
                    closing.append(byte + 2)
                }
                open.append(byte)
            }
            return String(decoding: open, as: UTF8.self) + core
                + String(decoding: closing.reversed(), as: UTF8.self)
        }
        for core in ["1", "\"\"", "null"] {
            #expect(endOfValue(nested(64, core)) == nested(64, core).utf8.count)
            #expect(endOfValue(nested(65, core)) == nil)
            #expect(endOfValue(nested(2, core), depth: 2) != nil)
            #expect(endOfValue(nested(2, core), depth: 1) == nil)
        }
        #expect(endOfValue(nested(63, "[]")) != nil)
        #expect(endOfValue(nested(64, "[]")) == nil)
        #expect(endOfValue("1", depth: 0) == 1)
    }

    @Test("survives a tower of a hundred thousand brackets", arguments: ["[", "{\"\":", "[{\"\":"])
    func tower(opening: String) {
        #expect(endOfValue(String(repeating: opening, count: 100_000)) == nil)
    }

    @Test("puts a value on one line and changes nothing else")
    func oneLine() {
        #expect(singleLine("{\r\n\t\"a\" :\n 1\r}".bytes) == "{  \t\"a\" :  1 }")
        #expect(singleLine("\n[1]\r\n".bytes) == "[1]")
        #expect(singleLine("\"\\n\"".bytes) == "\"\\n\"")
    }

    @Test(
        "refuses what is not UTF-8",
        arguments: [
            [0xFF], [0x80], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
        ]
            as [[UInt8]])
    func brokenUTF8(bytes: [UInt8]) {
        #expect(singleLine("\"".bytes + bytes + "\"".bytes) == nil)
        #expect(singleLine(bytes) == nil)
    }
}

extension String {
    /// The text with a space for each line end byte.
    fileprivate var replacingLineEnds: String {
        let spaced = utf8.map { $0 == .lineFeed || $0 == .carriageReturn ? UInt8.space : $0 }
        return String(decoding: spaced, as: UTF8.self)
    }
}
