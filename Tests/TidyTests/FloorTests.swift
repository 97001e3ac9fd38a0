import Testing

/// The build refuses an import that Package.swift does not list; these say that what it lists is
/// the architecture, and which modules of the system each target may use.
@Suite("The floors")
struct FloorTests {
    private static let manifest = Manifest(text: SourceTree.text(of: "Package.swift"))

    /// System modules, by target, and the files that may import them; nil for every file. What is
    /// not here imports none: pure code has no clock, no files, no sockets and no Foundation.
    private static let systemModules: [String: [String: [String]?]] = [
        "Measurement": [
            "Glibc": [
                "ArrivalSchedule.swift", "ComparedMetric+Judging.swift", "LongPollLaw.swift",
                "PairedRestart.swift", "PairedRule.swift", "ShortPollLaw.swift", "StreamLaw.swift",
            ],
            "FoundationEssentials": [
                "Histogram+Encoding.swift", "Machine.swift", "RunRecord+JSON.swift",
            ],
        ],
        "Reporting": ["Glibc": ["LadderArrow.swift", "Scale.swift"]],
        "Deflate": ["Synchronization": nil],
        "Reactor": ["Glibc": nil, "Synchronization": nil],
        "LabServer": ["Synchronization": nil],
        "LoadGen": ["Synchronization": nil],
        "LinkEmulation": ["Glibc": nil, "Synchronization": nil],
        "Demo": ["FoundationEssentials": nil, "Synchronization": nil],
        "pushbench": ["Glibc": nil, "FoundationEssentials": nil, "Synchronization": nil],
    ]

    @Test("are read from the manifest")
    func manifest() {
        #expect(Self.manifest.targets.count > 15)
        #expect(Self.manifest["Wire"]?.floor == 0)
        #expect(Self.manifest["pushbench"]?.floor == 5)
        #expect(Self.manifest["TidyTests"]?.floor == nil)
        #expect(Self.manifest["Reactor"]?.dependencies == ["CLinux", "Link"])
    }

    @Test("rest on lower floors only, and the lowest on itself")
    func order() throws {
        for target in Self.manifest.targets {
            guard let floor = target.floor else { continue }
            for name in target.dependencies {
                let below = try #require(Self.manifest[name]?.floor, "\(name) has no floor")
                #expect(
                    below < floor || (below == 0 && floor == 0),
                    "\(target.name) on floor \(floor) depends on \(name) on floor \(below)")
            }
        }
    }

    @Test("keep the pure modules away from sockets and clocks")
    func purity() {
        let pure = Self.manifest.targets.filter(\.isPure).map(\.name)
        #expect(pure.contains("Wire") && pure.contains("Link") && pure.contains("Transports"))
        for name in pure {
            #expect(Self.manifest.reach(of: name).isDisjoint(with: ["Reactor", "CLinux"]))
        }
    }

    @Test("hold for the imports of every file")
    func imports() {
        let modules = Set(Self.manifest.targets.map(\.name))
        var findings: [SourceTree.Finding] = []
        for file in SourceTree.sources + SourceTree.tests {
            let allowed = Set(Self.manifest[file.module]?.dependencies ?? [])
            for (number, line) in file.lines.enumerated() {
                // Most lines are none: a plain search first is what makes this fast.
                guard line.contains("import "), let module = Self.importedModule(in: line)
                else { continue }
                let isFine =
                    modules.contains(module)
                    ? allowed.contains(module)
                    : file.path.hasPrefix("Tests/") || Self.mayImport(module, in: file)
                if !isFine { findings.append(.init(file, line: number, line)) }
            }
        }
        #expect(findings.isEmpty)
    }

    private static func importedModule(in line: Substring) -> String? {
        let pattern =
            #/^(?:@\w+ +)*(?:\w+ +)?import +(?:(?:struct|class|enum|protocol|func|var|let) +)?(\w+)/#
        return line.firstMatch(of: pattern).map { String($0.1) }
    }

    private static func mayImport(_ module: String, in file: SourceTree.File) -> Bool {
        guard let files = systemModules[file.module]?[module] else { return false }
        return files?.contains(file.name) ?? true
    }

    @Test("stand in the architecture page as they stand in the manifest")
    func documented() throws {
        let page = SourceTree.text(of: "Docs/Architecture.md")
        var listed: [String: Set<String>] = [:]
        for row in page.matches(of: #/(?m)^\| `(\w+)` \|.*\| ([^|]*) \|$/#) {
            listed[String(row.1)] = Set(row.2.matches(of: #/\w+/#).map { String($0.0) })
        }
        for target in Self.manifest.targets where target.floor != nil {
            #expect(
                listed[target.name] == Set(target.dependencies),
                "Docs/Architecture.md must have a row for \(target.name) with its imports")
        }
    }
}
