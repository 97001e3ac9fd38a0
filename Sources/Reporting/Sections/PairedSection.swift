import Measurement

/// Event by event, how much later than the reference each technique delivered.
enum PairedSection {
    static func section(for record: RunRecord) -> Section? {
        guard let pairs = record.paired, !pairs.isEmpty else { return nil }
        var table = TextTable(columns: [
            .init("transport", .left), .init("against", .left), .init("median"),
            .init("95 % bounds"), .init("5 % … 95 % of events"), .init("earlier"), .init("events"),
        ])
        for pair in pairs {
            table.append([
                .init(pair.transport), .init(pair.reference),
                .init(
                    Readable.difference(nanoseconds: pair.medianNanoseconds),
                    pair.isEstablished ? .plain : .faint),
                .init(range(pair.lowerNanoseconds, pair.upperNanoseconds)),
                .init(range(pair.p5Nanoseconds, pair.p95Nanoseconds)),
                .init(Readable.percent(pair.shareEarlier)),
                .init(Readable.count(pair.events)),
            ])
        }
        return Section(
            title: "Side by side: how much later each event arrived", table: table,
            notes: notes(on: pairs),
            legend:
                "Differences of each event's mean latency over its clients; + is later than the "
                + "reference. The bounds are the median's, by order statistics.")
    }

    private static func range(_ lower: Double, _ upper: Double) -> String {
        "\(Readable.difference(nanoseconds: lower)) … \(Readable.difference(nanoseconds: upper))"
    }

    /// For each reference, who was earlier, who later, and whom these events cannot tell apart.
    private static func notes(on pairs: [PairedDifference]) -> [String] {
        var references: [String] = []
        for pair in pairs where !references.contains(pair.reference) {
            references.append(pair.reference)
        }
        return references.map { reference in
            let own = pairs.filter { $0.reference == reference }
            var parts: [String] = []
            func add(_ pairs: [PairedDifference], _ words: (String) -> String) {
                guard !pairs.isEmpty else { return }
                parts.append(words(Readable.list(pairs.map(\.transport))))
            }
            add(own.filter { $0.isEstablished && $0.medianNanoseconds < 0 }) {
                "\($0) delivered earlier"
            }
            add(own.filter { $0.isEstablished && $0.medianNanoseconds > 0 }) {
                "\($0) delivered later"
            }
            add(own.filter { !$0.isEstablished }) { "\($0) cannot be told from it" }
            return "Against \(reference): \(parts.joined(separator: "; "))."
        }
    }
}

extension PairedDifference {
    /// Whether the bounds of the median leave no doubt about its sign.
    fileprivate var isEstablished: Bool {
        lowerNanoseconds > 0 || upperNanoseconds < 0
    }
}
