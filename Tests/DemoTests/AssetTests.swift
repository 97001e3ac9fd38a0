import Foundation
import LabServer
import Testing

@testable import Demo

@Suite("The pages' files")
struct AssetTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/Demo/Assets")

    private static let names = Asset.all.keys.sorted()

    @Test("are all in the table, and nothing else is")
    func table() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.sorted() == Self.names)
    }

    @Test("are served as what they are", arguments: names)
    func served(name: String) throws {
        let answer = try #require(Asset.answer(to: name, from: nil, host: "localhost:8080"))
        #expect(answer.status == 200)
        #expect(!answer.body.isEmpty)
        #expect(answer.fields.contains("X-Content-Type-Options: nosniff\r\n"))
        #expect(answer.fields.contains("Content-Security-Policy:") == name.hasSuffix(".html"))
    }

    @Test("weigh less than 150 KB where the lab's page loads them")
    func weight() {
        // The texts of one language, whichever is the longer.
        let texts = Self.names.filter { $0.hasPrefix("text-") }.map(Self.size)
        let loaded = Self.reach(of: ["index.html", "frame.html"])
        let bytes = loaded.map(Self.size).reduce(0, +) + (texts.max() ?? 0)
        #expect(loaded.count > 10)
        #expect(bytes < 150_000, "\(bytes)")
    }

    /// The bytes of a file as it is sent.
    private static func size(_ name: String) -> Int {
        Asset.answer(to: name, from: nil)?.body.count ?? 0
    }

    /// These files and those that they load unasked, and those that these load.
    private static func reach(of roots: [String]) -> Set<String> {
        var reached = Set(roots)
        var waiting = roots
        while let name = waiting.popLast() {
            let text = String(decoding: Asset.all[name] ?? [], as: UTF8.self)
            let named =
                text.matches(of: #/(?:from|import)\s*'\.\/([^']+)'/#).map { String($0.1) }
                + text.matches(of: #/(?:src|href)="\/?([^"#:]+\.(?:js|css|svg))"/#)
                .map { String($0.1) }
            for file in named where reached.insert(file).inserted { waiting.append(file) }
        }
        return reached
    }

    @Test("ask for nothing that is not there", arguments: names.filter { $0.hasSuffix(".html") })
    func references(page: String) throws {
        let text = String(decoding: try #require(Asset.all[page]), as: UTF8.self)
        for match in text.matches(of: #/(?:src|href)="([^"#:]+)"/#) {
            let name = String(match.1).drop { $0 == "/" || $0 == "." }
            #expect(name.isEmpty || Asset.all[String(name)] != nil, "\(page) asks for \(name)")
        }
    }

    @Test("import nothing that is not there", arguments: names.filter { $0.hasSuffix(".js") })
    func imports(script: String) throws {
        let text = String(decoding: try #require(Asset.all[script]), as: UTF8.self)
        for match in text.matches(of: #/(?:from|import)\s*\(?'\.\/([^']+)'/#) {
            #expect(Asset.all[String(match.1)] != nil, "\(script) imports \(match.1)")
        }
    }

    @Test(
        "are all that can be asked for",
        arguments: ["", "nothing.html", "../Package.swift", ".git", "index.html/", "a/b.js"])
    func refused(name: String) {
        #expect(Asset.answer(to: name, from: nil) == nil)
        #expect(Asset.answer(to: name, from: "/") == nil)
    }

    @Test("have an icon for browsers that ask unasked")
    func icon() {
        #expect(Asset.answer(to: "favicon.ico", from: nil)?.contentType == "image/svg+xml")
    }

    @Test(
        "may load the lanes of the host that was asked, and nothing of others",
        arguments: [
            ("127.0.0.1:8080", "http://127.0.0.1:*", "ws://127.0.0.1:*"),
            ("teacher.example", "http://teacher.example:*", "ws://teacher.example:*"),
            ("[::1]:8080", "http:", "ws:"), ("", "", ""), ("a b", "", ""),
            ("x; script-src *", "", ""), ("x'unsafe-inline'", "", ""),
            (String(repeating: "a", count: 256), "", ""),
        ])
    func policy(host: String, http: String, webSocket: String) {
        let policy = PagePolicy.field(host: host)
        #expect(policy.hasPrefix("Content-Security-Policy: default-src 'self'; "))
        #expect(policy.hasSuffix("\r\n"))
        #expect(policy.contains("connect-src 'self' \(http) \(webSocket);"))
        #expect(policy.contains("script-src 'self' \(http);"))
        #expect(!policy.contains("unsafe") && !policy.contains("*;") || !http.isEmpty)
    }
}
