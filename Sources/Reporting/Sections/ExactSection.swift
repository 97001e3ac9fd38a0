import Measurement

/// The counts of lock-step, whole numbers that must be the same in every run.
enum ExactSection {
    static func section(for contenders: [Contender]) -> Section? {
        let counted = contenders.filter { !$0.exactCounts.isEmpty }
        guard !counted.isEmpty else { return nil }
        let titles = [
            "events", "deliveries", "requests", "answers", "up B", "down B", "srv send", "recv",
            "cli send", "recv",
        ]
        var table = TextTable(columns: [.init("transport", .left)] + titles.map { .init($0) })
        for contender in counted {
            guard let counts = contender.exactCounts.first else { continue }
            let numbers: [Int?] = [
                counts.events, counts.deliveries, counts.requests, counts.answers, counts.upBytes,
                counts.downBytes, counts.serverSends, counts.serverReceives, counts.clientSends,
                counts.clientReceives,
            ]
            let tone: TextTable.Tone = contender.isExactRepeated ? .plain : .bad
            table.append(
                [.init(contender.name)]
                    + numbers.map { .init($0.map(Readable.count(_:)) ?? Readable.nothing, tone) })
        }
        return Section(
            title: "Exact counts, the same in every lock-step run of this scenario", table: table,
            notes: notes(on: counted))
    }

    /// Whether the rounds, where there are several, bear the heading out.
    private static func notes(on contenders: [Contender]) -> [String] {
        let repeated = contenders.filter { $0.exactCounts.count > 1 }
        let differing = repeated.filter { !$0.isExactRepeated }
        guard !repeated.isEmpty else { return [] }
        let rounds = repeated.map(\.exactCounts.count).max() ?? 0
        guard !differing.isEmpty else {
            return ["The \(rounds) rounds agree in every count."]
        }
        return [
            "The rounds of \(Readable.list(differing.map(\.name))) do not agree; the first one's "
                + "counts are shown. A connection that was made again does that, and so does a bug."
        ]
    }
}

extension Contender {
    /// The exact counts of the rounds that have them.
    fileprivate var exactCounts: [ExactCounts] {
        rounds.compactMap(\.exact)
    }

    /// Whether all rounds counted the same.
    fileprivate var isExactRepeated: Bool {
        Set(exactCounts).count <= 1
    }
}
