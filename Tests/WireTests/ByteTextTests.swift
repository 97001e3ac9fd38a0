import Testing
import Wire

@Suite("Questions about bytes")
struct ByteTextTests {
    @Test("find a byte between two bounds")
    func firstIndex() {
        let bytes = "a,b,c".bytes
        let comma = UInt8(ascii: ",")
        #expect(bytes.span.firstIndex(of: comma, from: 0, to: 5) == 1)
        #expect(bytes.span.firstIndex(of: comma, from: 1, to: 5) == 1)
        #expect(bytes.span.firstIndex(of: comma, from: 2, to: 5) == 3)
        #expect(bytes.span.firstIndex(of: comma, from: 2, to: 3) == nil)
        #expect(bytes.span.firstIndex(of: comma, from: 4, to: 5) == nil)
        #expect(bytes.span.firstIndex(of: comma, from: 5, to: 5) == nil)
    }

    @Test(
        "find the end of a head, from any place before it",
        arguments: [
            ("", nil), ("\r\n\r", nil), ("\n\r\n", nil), ("\r\n\r\n", 4), ("a\r\n\r\n", 5),
            ("a\n\n", nil), ("a\r\n\n", nil), ("a\r\r\n\r\nb\r\n\r\n", 6), ("a\r\n\r\r\n\r\n", 8),
            ("\n\r\n\r\n", 5), ("a\r\nb\r\n\r\nc", 8),
        ] as [(String, Int?)])
    func endOfHead(text: String, end: Int?) {
        let bytes = text.bytes
        #expect(bytes.span.endOfHead(from: 0) == end)
        #expect(bytes.span.endOfHead(from: -3) == end)
        #expect(bytes.span.endOfHead(from: bytes.count) == nil)
        guard let end else { return }
        #expect(bytes.span.endOfHead(from: end - 1) == end)
    }

    @Test("compare ranges with text, exactly and without case")
    func comparison() {
        let text = "Connection: Close"
        #expect(text.matches("Connection", in: 0..<10))
        #expect(!text.matches("connection", in: 0..<10))
        #expect(!text.matches("Connection", in: 0..<9))
        #expect(text.matches("", in: 3..<3))
        #expect(text.matches("Close".bytes, in: 12..<17))
        #expect(!text.matches("close".bytes, in: 12..<17))
        #expect(!text.matches("Close".bytes, in: 11..<17))
        #expect(text.matchesIgnoringCase("connection", in: 0..<10))
        #expect(!text.matchesIgnoringCase("connection", in: 0..<11))
        #expect(!text.matchesIgnoringCase("connectiox", in: 0..<10))
        #expect(text.starts(with: "Close", at: 12))
        #expect(!text.starts(with: "Closed", at: 12))
        #expect(!text.starts(with: "C", at: 17))
        #expect(text.starts(with: "", at: 17))
    }

    @Test("fold no other bytes than the capitals A to Z")
    func caseFolding() {
        for byte in UInt8.min...UInt8.max {
            let isCapital = (65...90).contains(byte)
            #expect(byte.asciiLowercased == (isCapital ? byte + 32 : byte))
        }
        #expect(!"@[".matchesIgnoringCase("`{", in: 0..<2))
    }

    @Test(
        "read decimal numbers of up to 19 digits",
        arguments: [
            ("0", 0), ("7", 7), ("0017", 17), ("9223372036854775807", 9_223_372_036_854_775_807),
            ("9999999999999999999", 9_999_999_999_999_999_999), ("", nil), ("-1", nil), ("+1", nil),
            (" 1", nil), ("1 ", nil), ("1a", nil), ("/", nil), (":", nil),
            ("18446744073709551615", nil),
            ("00000000000000000000", nil),
        ] as [(String, UInt64?)])
    func decimal(text: String, number: UInt64?) {
        #expect("9\(text)9".bytes.span.decimal(in: 1..<text.utf8.count + 1) == number)
    }

    @Test("copy ranges as bytes and as text")
    func copies() {
        let bytes = "aü\u{0}".bytes + [0xFF]
        #expect(bytes.span.array(1..<4) == [0xC3, 0xBC, 0])
        #expect(bytes.span.array(2..<2) == [])
        #expect(bytes.span.text(0..<3) == "aü")
        #expect(bytes.span.text(4..<5) == "\u{FFFD}")
        var copy = "x".bytes
        copy.append(copying: bytes.span)
        copy.append(copying: bytes.span.extracting(0..<0))
        #expect(copy == "x".bytes + bytes)
    }

    @Test("know the characters of a token (RFC 9110 §5.6.2)")
    func tokens() {
        let token = Set("!#$%&'*+-.^_`|~0123456789".utf8)
        let letters = Set(65...90).union(97...122)
        for byte in UInt8.min...UInt8.max {
            #expect(byte.isTokenCharacter == (token.contains(byte) || letters.contains(Int(byte))))
        }
    }

    @Test("know the hexadecimal digits")
    func hexadecimal() {
        for byte in UInt8.min...UInt8.max {
            let digit =
                Character(UnicodeScalar(byte)).isASCII ? Character(UnicodeScalar(byte)) : "-"
            #expect(byte.hexadecimalValue == digit.hexDigitValue.map { UInt8($0) })
        }
    }
}

/// The questions asked of a text's bytes; `#expect` cannot take a span apart, which may not escape.
extension String {
    fileprivate func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
        bytes.span.matches(text, in: range)
    }

    fileprivate func matches(_ text: [UInt8], in range: Range<Int>) -> Bool {
        bytes.span.matches(text, in: range)
    }

    fileprivate func matchesIgnoringCase(_ text: StaticString, in range: Range<Int>) -> Bool {
        bytes.span.matchesIgnoringCase(text, in: range)
    }

    fileprivate func starts(with text: StaticString, at start: Int) -> Bool {
        bytes.span.starts(with: text, at: start)
    }
}
