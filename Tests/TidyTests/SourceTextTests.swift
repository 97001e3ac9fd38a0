import Testing

@Suite("The source text")
struct SourceTextTests {
    /// The floors below the command line, which neither print nor give up.
    private static let floors = SourceTree.sources.filter { $0.module != "pushbench" }

    @Test("leaves nothing for later without an issue's number")
    func markers() {
        let marker = #/\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)/#
        #expect(SourceTree.findings(in: SourceTree.sources, matching: marker).isEmpty)
    }

    @Test("prints only in the command")
    func printing() {
        let call = #/(?:^|[^.\w])(print|debugPrint|dump)\(/#
        #expect(SourceTree.findings(in: Self.floors, matching: call).isEmpty)
    }

    @Test("has no way to end the program by a peer's doing")
    func trapping() {
        #expect(SourceTree.findings(in: SourceTree.sources, matching: #/\bfatalError\(/#).isEmpty)
        #expect(SourceTree.findings(in: SourceTree.sources, matching: #/\btry!|\bas! /#).isEmpty)
    }

    @Test("keeps to one access level between modules")
    func access() {
        let wider = #/^\s*(@\w+ )*(public|open) /#
        #expect(SourceTree.findings(in: SourceTree.sources, matching: wider).isEmpty)
    }

    @Test("waits in tests for events, not for time")
    func sleeping() {
        let call = #/\b(Thread\.sleep|Task\.sleep|usleep|nanosleep|sleep)\(/#
        #expect(SourceTree.findings(in: SourceTree.tests, matching: call).isEmpty)
    }

    /// Types, functions and properties that other modules see say what they are. What does not need
    /// to: initialisers, which their type explains; witnesses, which their protocol explains;
    /// protocol errors, whose `reason` is their sentence; techniques, whose file opens with a page;
    /// and the further lines of a block of properties whose first line speaks for all of them.
    @Test("says of every package declaration what it is")
    func documented() {
        #expect(Self.floors.flatMap(Self.undocumented).isEmpty)
    }

    /// Requirements of the standard library's protocols that modules here implement.
    private static let standardRequirements: Set<String> = [
        "==", "<", "+=", "-", "description", "encode", "hash", "next",
    ]

    /// The names of the requirements of the package's own protocols.
    private static let ownRequirements: Set<String> = {
        var names: Set<String> = []
        for file in floors {
            var isInside = false
            for line in file.lines {
                if line.hasPrefix("package protocol") { isInside = true }
                if line.hasPrefix("}") { isInside = false }
                guard isInside, let name = declaredName(in: line) else { continue }
                names.insert(name)
            }
        }
        return names
    }()

    private static func undocumented(in file: SourceTree.File) -> [SourceTree.Finding] {
        var findings: [SourceTree.Finding] = []
        var isExplained = false
        for (number, full) in file.lines.enumerated() {
            let line = full.drop { $0 == " " }
            if line.hasPrefix("///") {
                isExplained = true
            } else if let name = declaredName(in: line),
                line.contains(#/^(@\w+(\(.*?\))? )*package /#)
            {
                let isOwnSentence = line.contains(#/= (ProtocolError|Transport)\(/#)
                let isWitness =
                    standardRequirements.contains(name) || ownRequirements.contains(name)
                if !isExplained, !isOwnSentence, !isWitness {
                    findings.append(.init(file, line: number, line))
                }
                // A comment speaks for a block of stored properties without blank lines between.
                isExplained = isExplained && line.contains(#/\b(var|let) /#) && !line.hasSuffix("{")
            } else if !line.hasPrefix("@") {
                isExplained = false
            }
        }
        return findings
    }

    /// The name that a line declares, of a type, function or property.
    private static func declaredName(in line: Substring) -> String? {
        let pattern =
            #/\b(?:func|struct|enum|class|protocol|actor|typealias|var|let) +([\w]+|[=<>+\-*/!]+)/#
        return line.firstMatch(of: pattern).map { String($0.1) }
    }
}
