import Measurement

/// The table that a report begins with: a row for each technique.
package enum MainTable {
    /// The main table. Where the kernel's count of the wire is known, bytes and overhead are those of
    /// the wire, headers of TCP and IP included, and else those that the technique wrote.
    package static func table(of contenders: [Contender]) -> TextTable {
        let hasGap = contenders.contains { $0.hasGap }
        let hasWire = contenders.contains { $0.wireBytes != nil }
        let gapUnit = contenders.contains { $0.gapInRoundTrips != nil } ? "gap/RTT" : "gap"
        var columns = [TextTable.Column("transport", .left)]
        columns += ["p50", "p90", "p99", "max"].map { .init($0) }
        columns += hasGap ? [.init(gapUnit)] : []
        columns += [
            hasWire ? "wire B/ev" : "B/event", "overhead", "req/ev", "CPU/ev", "mem/conn", "lost",
        ].map { .init($0) }
        var table = TextTable(columns: columns)
        for contender in contenders {
            table.append(row(for: contender, hasGap: hasGap, hasWire: hasWire))
        }
        return table
    }

    private static func row(
        for contender: Contender, hasGap: Bool, hasWire: Bool
    ) -> [TextTable.Cell] {
        func cell(_ figure: Figure?, _ text: (Double) -> String) -> TextTable.Cell {
            TextTable.Cell(figure.map { text($0.median) } ?? Readable.nothing)
        }
        let lost = contender.sum { $0.deliveries.undelivered }
        var row = [TextTable.Cell(contender.name)]
        row.append(cell(contender.latency(\.p50), Readable.duration))
        row.append(cell(contender.latency(\.p90), Readable.duration))
        row.append(cell(contender.latency(\.p99), Readable.duration))
        row.append(cell(contender.latency(\.max), Readable.duration))
        if hasGap {
            row.append(TextTable.Cell(gap(of: contender)))
        }
        let bytes = hasWire ? contender.wireBytes : contender.bytes(\.total)
        let overhead = hasWire ? contender.wireOverhead : contender.overhead
        row.append(cell(bytes) { NumberText.fixed($0, places: 1) })
        row.append(cell(overhead, Readable.percent))
        row.append(
            cell(contender.figure(\.requestsPerEvent)) {
                $0 == 0 ? "0" : NumberText.fixed($0, places: 2)
            })
        row.append(cell(contender.figure(\.server.cpuNanosecondsPerDelivery), Readable.duration))
        row.append(cell(contender.figure(\.server.memoryBytesPerConnection), Readable.bytes))
        row.append(TextTable.Cell(Readable.count(lost), lost > 0 ? .bad : .plain))
        return row
    }

    /// The gap in round trips, or as a duration where there is no round trip to count in.
    private static func gap(of contender: Contender) -> String {
        if let gap = contender.gapInRoundTrips {
            return NumberText.fixed(gap.median, places: 2)
        }
        let smallest = contender.figure { ($0.gap?.minimumNanoseconds).map(Double.init) }
        return smallest.map { Readable.duration(nanoseconds: $0.median) } ?? Readable.nothing
    }

    /// How far the rounds lie apart; nil when there is one.
    package static func spread(of contenders: [Contender]) -> TextTable? {
        let rounds = contenders.map(\.rounds.count).max() ?? 0
        guard rounds > 1 else { return nil }
        var table = TextTable(columns: [
            .init("lowest – highest of \(rounds) rounds", .left), .init("p50"), .init("p99"),
            .init("B/event"),
        ])
        func cell(_ figure: Figure?, _ text: (Double) -> String) -> TextTable.Cell {
            TextTable.Cell(
                figure.map { "\(text($0.lowest)) – \(text($0.highest))" } ?? Readable.nothing)
        }
        for contender in contenders {
            table.append([
                TextTable.Cell(contender.name), cell(contender.latency(\.p50), Readable.duration),
                cell(contender.latency(\.p99), Readable.duration),
                cell(contender.bytes(\.total)) { NumberText.fixed($0, places: 1) },
            ])
        }
        return table
    }

    /// What stands between the table and the spread of its rounds.
    package static let spreadCaption = "Medians over the rounds; lost is their sum."
}
