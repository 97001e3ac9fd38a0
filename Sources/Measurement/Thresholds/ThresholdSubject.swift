/// What a threshold file is about: which techniques there are, and which of their figures the run at
/// hand will have. With it, a threshold that can never be judged is an error before the run begins.
package struct ThresholdSubject: Sendable {
    /// A technique that the program knows.
    package struct Technique: Hashable, Sendable {
        /// Its id.
        package let id: String
        /// Other names that are understood.
        package let aliases: [String]

        package init(id: String, aliases: [String] = []) {
            self.id = id
            self.aliases = aliases
        }
    }

    private let known: [Technique]
    private let scenario: Scenario

    /// A run of `scenario` by a program that knows the techniques `known`.
    package init(known: [Technique], scenario: Scenario) {
        self.known = known
        self.scenario = scenario
    }

    /// A complaint: what is wrong, and what to write instead.
    typealias Complaint = (cause: String, remedy: String)

    /// The measured techniques that `pattern` means, or what is wrong with it.
    func techniques(matching pattern: String) -> Result<[String], PatternError> {
        let measured = scenario.transports
        let list = measured.joined(separator: ", ")
        guard !pattern.contains("*") else {
            let found = measured.filter { id in
                names(of: id).contains { Self.matches($0[...], pattern[...]) }
            }
            guard found.isEmpty else { return .success(found) }
            return .failure(
                PatternError(
                    cause: "\(pattern) matches no technique of this scenario",
                    remedy: "measured are \(list)"))
        }
        if let id = measured.first(where: { names(of: $0).contains(pattern) }) {
            return .success([id])
        }
        if let technique = known.first(where: { $0.id == pattern || $0.aliases.contains(pattern) })
        {
            return .failure(
                PatternError(
                    cause: "\(technique.id) is not measured in this scenario",
                    remedy: "measured are \(list)"))
        }
        let candidates = known.flatMap { [$0.id] + $0.aliases } + measured
        return .failure(
            PatternError(
                cause: "there is no technique \(pattern)",
                remedy: Suggestion.remedy(for: pattern, among: candidates)))
    }

    /// Why no run of this scenario has the figure called `metric`; nil when it may have it.
    func complaint(about metric: Metric) -> Complaint? {
        let name = metric.name
        if name.hasPrefix("exact."), !scenario.lockstep {
            return ("\(name) is counted in lock-step only", "give --lockstep")
        }
        if scenario.lockstep, Self.meaninglessInLockstep.contains(where: name.hasPrefix) {
            return (
                "\(name) means nothing in lock-step, where events wait for clients",
                "leave out --lockstep, or this line"
            )
        }
        if name.hasPrefix("gap."), scenario.gapRoundTrip == nil {
            return ("\(name) needs the gap probe", "give --gap-rtt 50ms")
        }
        return nil
    }

    /// An event of a lock-step run waits for the slowest client of the one before.
    private static let meaninglessInLockstep = [
        "latency.", "uncorrected_latency.", "deliveries.per_second",
    ]

    private func names(of id: String) -> [String] {
        [id] + (known.first { $0.id == id }?.aliases ?? [])
    }

    /// Whether `name` is `pattern`, in which `*` stands for any letters, also none.
    private static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" {
            let rest = pattern.dropFirst()
            return name.indices.contains { matches(name[$0...], rest) } || matches("", rest)
        }
        return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
    }
}

/// What is wrong with a pattern of techniques.
struct PatternError: Error {
    let cause: String
    let remedy: String
}
