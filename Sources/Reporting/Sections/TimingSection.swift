import Measurement

/// The latency beside what would be reported without correction for a late source, and beside what
/// source and generator themselves added to it.
enum TimingSection {
    static func section(for contenders: [Contender]) -> Section? {
        let timed = contenders.filter { contender in
            contender.rounds.contains { $0.uncorrectedLatency != nil || $0.receiveDelay != nil }
        }
        guard !timed.isEmpty else { return nil }
        let titles = [
            "p50", "p99", "uncorr. p50", "p99", "late p50", "p99", "reading p50", "p99",
        ]
        var table = TextTable(columns: [.init("transport", .left)] + titles.map { .init($0) })
        for contender in timed {
            let source: [Figure?] = [
                contender.figure { Double($0.source.p50Nanoseconds) },
                contender.figure { Double($0.source.p99Nanoseconds) },
            ]
            let figures =
                [contender.latency(\.p50), contender.latency(\.p99)]
                + contender.points { $0.uncorrectedLatency } + source
                + contender.points { $0.receiveDelay }
            table.append([.init(contender.name)] + figures.map(cell))
        }
        return Section(
            title: "Latency, uncorrected latency, and the harness's own part", table: table,
            legend:
                "Latency from the due time; uncorrected, from the real publishing; how late that "
                + "was; and how long the kernel had an event before the client read it (a sample).")
    }

    private static func cell(_ figure: Figure?) -> TextTable.Cell {
        guard let figure else { return .init(Readable.nothing, .faint) }
        return .init(Readable.duration(nanoseconds: figure.median))
    }
}

extension Contender {
    /// Median and 99th percentile of a distribution that only some records have.
    fileprivate func points(_ summary: (TransportResult) -> LatencySummary?) -> [Figure?] {
        [\LatencySummary.p50, \.p99].map { point in
            figure { result in
                summary(result).flatMap { $0.count > 0 ? Double($0[keyPath: point]) : nil }
            }
        }
    }
}
