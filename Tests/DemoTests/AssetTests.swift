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

    @Test("weigh less than 150 KB for the lab's page, rooms not counted")
    func weight() throws {
        let rooms = Self.names.filter {
            $0.hasPrefix("room") || $0.hasPrefix("chat") || $0.hasPrefix("live")
        }
        let bytes = Self.names.filter { !rooms.contains($0) }.reduce(0) { sum, name in
            sum + (Asset.answer(to: name, from: nil)?.body.count ?? 0)
        }
        #expect(bytes < 150_000, "\(bytes)")
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
