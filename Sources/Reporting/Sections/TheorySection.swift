import Measurement

/// What theory says of each technique, beside what was measured.
///
/// One row a technique: each figure with its theory to the right, so that the eye needs to go no
/// further than one column. What is off is coloured where it stands.
enum TheorySection {
    static func section(for contenders: [Contender]) -> Section? {
        let predicted = contenders.filter { $0.verdict != nil }
        guard !predicted.isEmpty else { return nil }
        let columns = columns.filter { column in
            predicted.contains { column.comparison($0)?.measured != nil }
        }
        var table = TextTable(
            columns: [.init("transport", .left)]
                + columns.flatMap { [.init($0.title), .init("theory")] }
                + [.init("verdict", .left)])
        for contender in predicted {
            table.append(
                [.init(contender.name)] + columns.flatMap { cells(of: contender, in: $0) }
                    + [verdict(of: contender)])
        }
        return Section(
            title: "Theory beside measurement", table: table,
            notes: laws(of: predicted) + silences(of: predicted), legend: legend)
    }

    private static let legend =
        "L latency, d one way down, w wait for a question, R round trip, c the software's share of a "
        + "cycle (c_s of a delivery), P poll interval, F bytes of a framed event, C rate of the link."

    // MARK: - Columns

    /// A figure of theory, and how it is written.
    private struct Column: Sendable {
        let title: String
        let comparison: @Sendable (Contender) -> Comparison?
        let text: @Sendable (Double) -> String
    }

    private static let columns: [Column] = [
        Column(
            title: "mean", comparison: { $0.comparison("latency_ns.mean") },
            text: { Readable.duration(nanoseconds: $0) }),
        Column(
            title: "p99", comparison: { $0.comparison("latency_ns.p99") },
            text: { Readable.duration(nanoseconds: $0) }),
        Column(
            title: "gap/RTT", comparison: { gap(of: $0) }, text: { NumberText.fixed($0, places: 2) }
        ),
        Column(
            title: "req/ev", comparison: { $0.comparison("requests_per_event") },
            text: { NumberText.fixed($0, places: $0 == 0 ? 0 : 2) }),
        Column(
            title: "B/event", comparison: { $0.comparison("bytes_per_event.") },
            text: { NumberText.fixed($0, places: 1) }),
    ]

    /// The gap in effective round trips: the median, or the smallest where the median is the
    /// source's.
    private static func gap(of contender: Contender) -> Comparison? {
        if let row = contender.probedGap, let predicted = row.predictedNanoseconds {
            return Comparison(
                measured: row.gap.ownNanoseconds(
                    roundTripNanoseconds: contender.gapRoundTripNanoseconds),
                predicted: Double(predicted),
                verdict: Verdict(recorded: row.verdict) ?? .notCompared
            ).divided(by: contender.gapRoundTripNanoseconds)
        }
        return (contender.comparison("gap.median_ns") ?? contender.comparison("gap.minimum_ns"))?
            .divided(by: contender.gapRoundTripNanoseconds)
    }

    private static func cells(of contender: Contender, in column: Column) -> [TextTable.Cell] {
        guard let comparison = column.comparison(contender) else {
            return [.init(Readable.nothing, .faint), .init(Readable.nothing, .faint)]
        }
        return [
            .init(
                comparison.measured.map(column.text) ?? Readable.nothing,
                TextTable.Cell.tone(of: comparison.verdict)),
            .init(comparison.predicted.map(column.text) ?? Readable.nothing, .faint),
        ]
    }

    private static func verdict(of contender: Contender) -> TextTable.Cell {
        let cell = TextTable.Cell(contender.verdict)
        let off = contender.roundsOff
        guard contender.rounds.count > 1, off > 0 else { return cell }
        return TextTable.Cell("\(cell.text) (\(off) of \(contender.rounds.count))", cell.tone)
    }

    // MARK: - Words

    /// The laws, each once, with the names of those that keep it.
    private static func laws(of contenders: [Contender]) -> [String] {
        grouped(contenders) { $0.law }.map { "\(Readable.list($0.names)): \($0.text)" }
    }

    /// For what theory says nothing, and why; each reason once.
    private static func silences(of contenders: [Contender]) -> [String] {
        grouped(contenders) { $0.verdict?.reason }
            .map { "n/a for \(Readable.list($0.names)): \($0.text)." }
    }

    private static func grouped(
        _ contenders: [Contender], by text: (Contender) -> String?
    ) -> [(text: String, names: [String])] {
        var groups: [(text: String, names: [String])] = []
        for contender in contenders {
            guard let text = text(contender) else { continue }
            if let place = groups.firstIndex(where: { $0.text == text }) {
                groups[place].names.append(contender.name)
            } else {
                groups.append((text, [contender.name]))
            }
        }
        return groups
    }
}
