import LabServer
import Testing

@testable import Demo

@Suite("The pages' files")
struct AssetTests {
    @Test("are served as what they are", arguments: ["index.html", "chat.html", "live.html"])
    func served(name: String) throws {
        let answer = try #require(Asset.answer(to: name, from: nil))
        #expect(answer.status == 200)
        #expect(!answer.body.isEmpty)
    }

    @Test(
        "are all that can be asked for",
        arguments: ["", "nothing.html", "../Package.swift", ".git", "index.html/", "a/b.js"])
    func refused(name: String) {
        #expect(Asset.answer(to: name, from: nil) == nil)
        #expect(Asset.answer(to: name, from: "/") == nil)
    }
}
