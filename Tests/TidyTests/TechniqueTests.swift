import Testing

/// A technique is whole when it can be served, measured, read about and reviewed on the wire.
@Suite("A technique's folder")
struct TechniqueTests {
    /// A technique as its folder declares it.
    private struct Technique {
        let id: String
        /// Its name as a member of `Transport`, which the registry lists.
        let member: String
        let file: SourceTree.File
    }

    private static let techniques: [Technique] = SourceTree.sources
        .filter { $0.module == "Transports" }
        .flatMap { file in
            file.text.matches(of: #/static let (\w+) = Transport\(\s*id: "([a-z0-9-]+)"/#).map {
                Technique(id: String($0.2), member: String($0.1), file: file)
            }
        }

    private static let registry = SourceTree.text(
        of: "Sources/Transports/TransportRegistry.swift")

    @Test("is found for every line of the registry, and has a line there")
    func registered() {
        let lines = Self.registry.matches(of: #/(?m)^ {8}\.(\w+),$/#).map { String($0.1) }
        #expect(lines.count >= 8)
        #expect(lines.sorted() == Self.techniques.map(\.member).sorted())
    }

    @Test("opens with a transcript of what goes over the wire, and a reference")
    func explained() {
        for technique in Self.techniques {
            let said = technique.file.text.matches(of: #/(?m)^/// {5}> \S/#)
            let heard = technique.file.text.matches(of: #/(?m)^/// {5}< \S/#)
            #expect(
                !said.isEmpty && !heard.isEmpty,
                "\(technique.file): show a request as `///     > …` and its answer as `///     < …`"
            )
            #expect(
                technique.file.text.contains(#/(?m)^/// Reference: \S/#),
                "\(technique.file): say where it is defined, as `/// Reference: …`")
        }
    }

    @Test("has a golden transcript and a row in the README")
    func reviewed() {
        let readme = SourceTree.text(of: "README.md")
        for technique in Self.techniques {
            let transcript = "Tests/TransportTests/Transcripts/\(technique.id).txt"
            #expect(
                SourceTree.exists(transcript),
                "record \(transcript): PUSHBENCH_RECORD=1 swift test --disable-xctest")
            #expect(
                readme.contains("\n| `\(technique.id)` |"),
                "README.md needs a row for \(technique.id) in the table of techniques")
        }
    }

    @Test("has a theory of its own, with its derivation")
    func predicted() throws {
        for technique in Self.techniques {
            let path = technique.file.path.replacing(/\.swift$/, with: "+Theory.swift")
            let theory = try #require(
                SourceTree.sources.first { $0.path == path },
                "\(technique.file): say what it must measure in \(path)")
            #expect(
                theory.text.hasPrefix("/// What ") && theory.text.contains("\n/// Bytes: "),
                "\(path): open with the law's derivation, and say where its bytes come from")
        }
    }

    @Test("stands alone: its code names no other technique's")
    func alone() throws {
        let folders = Set(Self.techniques.map { Self.folder(of: $0.file) })
        #expect(folders.count == Self.techniques.count)
        for folder in folders {
            let files = SourceTree.sources.filter { Self.folder(of: $0) == folder }
            for other in folders where other != folder {
                let name = try #require(other.split(separator: "/").last)
                let mention = try Regex("^(?! *//).*\\b\(name)\\b")
                #expect(SourceTree.findings(in: files, matching: mention).isEmpty)
            }
        }
    }

    private static func folder(of file: SourceTree.File) -> String {
        file.path.split(separator: "/").dropLast().joined(separator: "/")
    }
}
