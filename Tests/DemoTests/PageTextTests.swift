import Foundation
import Testing

@Suite("The pages' texts")
struct PageTextTests {
    /// Where the pages' files are kept.
    private static let assets = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/Demo/Assets")

    private static func content(of name: String) throws -> String {
        try String(contentsOf: assets.appending(path: name), encoding: .utf8)
    }

    /// The texts of a file by key: a key stands first on its line, its text after it in quotes.
    private static func texts(in name: String) throws -> [(key: String, text: String)] {
        try content(of: name).matches(of: /(?m)^  "([^"]+)":\s*"(.*)",$/).map {
            (String($0.output.1), String($0.output.2))
        }
    }

    /// The `{name}` places of a text that values are filled into.
    private static func places(in text: String) -> Set<String> {
        Set(text.matches(of: /\{(\w+)\}/).map { String($0.output.1) })
    }

    /// The keys that the pages name in full: in HTML by `data-t…`, in scripts by `t('…')` and by
    /// `'data-t…': '…'`. Keys that a script puts together are not among them.
    private static func usedKeys() throws -> [(key: String, file: String)] {
        let patterns = [
            /data-t(?:-[a-z]+)?="([^"]+)"/,
            /'data-t(?:-[a-z]+)?': '([^']+)'/,
            /\bt\('([^']+)'/,
            /\.dataset\.t[A-Za-z]* = '([^']+)'/,
        ]
        var used: [(key: String, file: String)] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: assets.path).sorted()
        where file.hasSuffix(".html") || file.hasSuffix(".js") {
            // The first says what keys look like, and names none; the others have them.
            guard file != "i18n.js", !file.hasSuffix("-en.js"), !file.hasSuffix("-zh.js") else {
                continue
            }
            let source = try content(of: file)
            for pattern in patterns {
                used += source.matches(of: pattern).map { (String($0.output.1), file) }
            }
        }
        return used
    }

    /// The files of texts, without language: what every page needs, and what the tour adds.
    private static let parts = ["text", "tour"]

    @Test("have every key once", arguments: ["en", "zh"])
    func unique(language: String) throws {
        let texts = try Self.parts.flatMap { try Self.texts(in: "\($0)-\(language).js") }
        #expect(texts.count > 200)
        var seen: Set<String> = []
        for (key, text) in texts {
            #expect(seen.insert(key).inserted, "\(key) is there twice")
            #expect(!text.isEmpty, "nothing is said for \(key)")
        }
    }

    @Test("are the same in both languages, with the same places for values", arguments: parts)
    func translated(part: String) throws {
        let english = Dictionary(uniqueKeysWithValues: try Self.texts(in: "\(part)-en.js"))
        let chinese = Dictionary(uniqueKeysWithValues: try Self.texts(in: "\(part)-zh.js"))
        #expect(Set(english.keys).subtracting(chinese.keys).sorted() == [], "not in Chinese")
        #expect(Set(chinese.keys).subtracting(english.keys).sorted() == [], "not in English")
        for (key, text) in english {
            let other = try #require(chinese[key])
            #expect(Self.places(in: text) == Self.places(in: other), "\(key)")
        }
    }

    @Test("are there for every key that a page names")
    func known() throws {
        let keys = Set(try Self.parts.flatMap { try Self.texts(in: "\($0)-en.js") }.map(\.key))
        for (key, file) in try Self.usedKeys() {
            #expect(keys.contains(key), "\(file) names \(key), for which there is no text")
        }
    }
}
