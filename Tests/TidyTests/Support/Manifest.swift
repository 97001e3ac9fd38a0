/// What Package.swift says of its targets, read as text: it keeps a simple form, and a form that
/// this cannot read is a finding too.
struct Manifest {
    /// A target as it is declared.
    struct Target {
        let name: String
        let dependencies: [String]
        /// Whether it is built with the settings of the pure modules.
        let isPure: Bool
        /// The floor that the comment above it names; nil for tests.
        let floor: Int?
    }

    let targets: [Target]

    init(text: String) {
        var targets: [Target] = []
        var floor: Int?
        let text = text.replacing("systemLibrary(", with: "systemTarget(")
        for piece in text.split(separator: "arget(").dropFirst() {
            let isTest = targets.count > 0 && Self.precedesTest(piece, in: text)
            if let name = piece.firstMatch(of: #/name: "(\w+)"/#)?.1 {
                let list = piece.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.1 ?? ""
                targets.append(
                    Target(
                        name: String(name),
                        dependencies: Self.names(in: list),
                        isPure: piece.contains("swiftSettings: pure"),
                        floor: isTest
                            ? nil : floor ?? Self.floor(in: text.prefix(upTo: piece.startIndex))))
            }
            floor = Self.floor(in: piece) ?? floor
        }
        self.targets = targets
    }

    subscript(name: String) -> Target? {
        targets.first { $0.name == name }
    }

    /// Everything that `name` depends on, directly or through others.
    func reach(of name: String) -> Set<String> {
        var reached: Set<String> = []
        var next = self[name]?.dependencies ?? []
        while let target = next.popLast() {
            if reached.insert(target).inserted { next += self[target]?.dependencies ?? [] }
        }
        return reached
    }

    /// The names in a list of dependencies, without the traits that some depend on.
    private static func names(in list: Substring) -> [String] {
        list.replacing(#/condition: .*/#, with: "").matches(of: #/"(\w+)"/#).map {
            String($0.1)
        }
    }

    private static func floor(in text: Substring) -> Int? {
        text.matches(of: #/// Floor (\d):/#).last.flatMap { Int($0.1) }
    }

    private static func precedesTest(_ piece: Substring, in text: String) -> Bool {
        text[..<piece.startIndex].hasSuffix("testTarget(")
    }
}
