import Link
import Testing
import Transports

@Suite("The UTF-8 validator")
struct WebSocketUTF8Tests {
    /// The verdict on bytes that are handed over in pieces.
    private func verdict(_ pieces: [[UInt8]]) -> Bool {
        var validator = UTF8Validator()
        for piece in pieces where !validator.accept(piece.span) { return false }
        return validator.isComplete
    }

    /// What the standard library says.
    private func reference(_ bytes: [UInt8]) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    @Test(
        "takes well-formed text however it is cut",
        arguments: [
            "", "a", "plain ASCII, long enough for the eight-byte and the sixteen-byte steps",
            "\u{00}\u{7F}", "\u{80}\u{7FF}", "\u{800}\u{FFFF}", "\u{10000}\u{10FFFF}",
            "\u{D7FF}\u{E000}", "\u{FEFF}\u{FFFE}\u{FFFD}", "κόσμε", "dé123456789 é 12345678é",
            "日本語のテキスト", "👩‍👩‍👧‍👦 family", "12345678901234é",
        ], FeedPattern.all)
    func accepts(text: String, pattern: FeedPattern) {
        for pieces in pattern.feeds(of: Array(text.utf8)) { #expect(verdict(pieces)) }
    }

    @Test(
        "refuses what Unicode forbids however it is cut",
        arguments: [
            ("a continuation alone", [0x80]), ("the last continuation alone", [0xBF]),
            ("two-byte form of NUL", [0xC0, 0x80]), ("two-byte form of U+007F", [0xC1, 0xBF]),
            ("three-byte form of NUL", [0xE0, 0x80, 0x80]),
            ("three-byte form of U+07FF", [0xE0, 0x9F, 0xBF]),
            ("four-byte form of NUL", [0xF0, 0x80, 0x80, 0x80]),
            ("four-byte form of U+FFFF", [0xF0, 0x8F, 0xBF, 0xBF]),
            ("the first surrogate", [0xED, 0xA0, 0x80]),
            ("the last surrogate", [0xED, 0xBF, 0xBF]),
            ("a pair of surrogates", [0xED, 0xA0, 0x81, 0xED, 0xB0, 0x80]),
            ("U+110000", [0xF4, 0x90, 0x80, 0x80]), ("U+140000", [0xF5, 0x80, 0x80, 0x80]),
            ("five bytes", [0xF8, 0x88, 0x80, 0x80, 0x80]),
            ("six bytes", [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80]), ("FE", [0xFE]), ("FF", [0xFF]),
            ("two of two bytes missing", [0xC3]), ("one of three bytes missing", [0xE2, 0x82]),
            ("two of four bytes missing", [0xF0, 0x9F]),
            ("one of four bytes missing", [0xF0, 0x9F, 0x98]),
            ("a lead where a continuation should be", [0xC3, 0xC3, 0xA9]),
            ("ASCII where a continuation should be", [0xE2, 0x82, 0x41]),
            ("one continuation too many", [0xC3, 0xA9, 0xA9]),
        ] as [(String, [UInt8])], FeedPattern.all)
    func refuses(fault: (name: String, bytes: [UInt8]), pattern: FeedPattern) {
        // The fault alone, and behind ASCII of every length up to two steps of the fast path.
        for padding in 0...17 {
            let bytes = [UInt8](repeating: 0x61, count: padding) + fault.bytes
            for pieces in pattern.feeds(of: bytes) { #expect(!verdict(pieces), "\(fault.name)") }
        }
    }

    @Test("refuses at the first byte that cannot be, not at the end")
    func failsFast() {
        var validator = UTF8Validator()
        let begun: [UInt8] = [0xE0]
        let overlong: [UInt8] = [0x9F]
        let mayBegin = validator.accept(begun.span)
        let wasComplete = validator.isComplete
        let mayGoOn = validator.accept(overlong.span)
        #expect(mayBegin && !wasComplete && !mayGoOn)
    }

    @Test("agrees with the standard library at the edges of every range")
    func exhaustive() {
        var differences = 0
        for first in 0x7F...0xFF {
            for second in stride(from: 0, through: 0xFF, by: 1) {
                let two = [UInt8(first), UInt8(second)]
                if verdict([two]) != reference(two) { differences += 1 }
            }
        }
        for first in [0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5] {
            for second in [0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0] {
                for third in [0x41, 0x7F, 0x80, 0xBF, 0xC0] {
                    for fourth in [0x41, 0x7F, 0x80, 0xBF, 0xC0] {
                        let all = [first, second, third, fourth].map { UInt8($0) }
                        for count in 1...4
                        where verdict([Array(all[..<count])]) != reference(Array(all[..<count])) {
                            differences += 1
                        }
                    }
                }
            }
        }
        #expect(differences == 0)
    }

    @Test("agrees with the standard library on random bytes")
    func random() {
        var generator = SeededGenerator(seed: 3629)
        let interesting: [UInt8] = [
            0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xF0,
            0xF4,
        ]
        for _ in 0..<5000 {
            let count = Int.random(in: 0...24, using: &generator)
            let bytes = (0..<count).map { _ in interesting.randomElement(using: &generator) ?? 0 }
            let cut = Int.random(in: 0...count, using: &generator)
            #expect(
                verdict([Array(bytes[..<cut]), Array(bytes[cut...])]) == reference(bytes),
                "\(bytes)")
        }
    }
}
