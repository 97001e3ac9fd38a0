import Foundation
import Testing

@Suite("The documents")
struct DocumentTests {
    @Test("link to nothing that is not there", arguments: SourceTree.documents)
    func links(document: SourceTree.File) {
        var broken: [SourceTree.Finding] = []
        for (number, line) in document.lines.enumerated() {
            for link in line.matches(of: #/\]\(([^)\s]+)\)/#) {
                if !Self.resolves(String(link.1), in: document) {
                    broken.append(.init(document, line: number, link.0))
                }
            }
        }
        #expect(broken.isEmpty)
    }

    private static func resolves(_ link: String, in document: SourceTree.File) -> Bool {
        guard !link.contains(":") else { return true }
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let folder = (document.path as NSString).deletingLastPathComponent
        let path =
            parts[0].isEmpty
            ? document.path
            : ((folder as NSString).appendingPathComponent(String(parts[0])) as NSString)
                .standardizingPath
        guard SourceTree.exists(path) else { return false }
        guard parts.count == 2, path.hasSuffix(".md") else { return true }
        return anchors(of: SourceTree.text(of: path)).contains(String(parts[1]))
    }

    /// The anchors that a renderer gives to the headings of a page.
    private static func anchors(of page: String) -> Set<String> {
        Set(
            page.matches(of: #/(?m)^#+ +(.*)$/#).map { heading in
                String(
                    heading.1.lowercased().compactMap { character -> Character? in
                        if character == " " { return "-" }
                        return character.isLetter || character.isNumber || character == "-"
                            || character == "_" ? character : nil
                    })
            })
    }

    @Test("name the commands that a newcomer needs, word for word")
    func commands() {
        let readme = SourceTree.text(of: "README.md")
        #expect(
            readme.contains("swift run -c release pushbench run --transport all --clients 1000\n"))
        #expect(readme.contains("swift test --disable-xctest\n"))
        #expect(SourceTree.text(of: ".ci/run").contains("swift test --disable-xctest\n"))
    }

    @Test("show the configuration of nginx that is tested, word for word")
    func proxy() {
        let configuration = SourceTree.text(of: "Scripts/Proxy/nginx.conf.in")
        #expect(configuration.contains("proxy_pass"))
        #expect(
            SourceTree.text(of: "Docs/Proxies.md").contains("```nginx\n\(configuration)```\n"))
    }

    @Test("explain every warning that a record may carry, and no other")
    func warnings() {
        let source = SourceTree.text(of: "Sources/Measurement/MeasurementWarning.swift")
        let ids = source.matches(of: #/(?m)^ +case \.\w+: "([a-z-]+)"$/#).map { String($0.1) }
        let rows = SourceTree.text(of: "Docs/Measuring.md").split(separator: "\n## ")
            .filter { $0.hasPrefix("Warnings") }
            .flatMap { $0.matches(of: #/(?m)^\| `([a-z-]+)` \|/#).map { String($0.1) } }
        #expect(ids.count > 5)
        #expect(ids.sorted() == rows.sorted())
    }
}
