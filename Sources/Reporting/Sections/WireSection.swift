import Measurement

/// What the kernel sent, headers of TCP and IP included, and whether every byte of it is accounted
/// for.
enum WireSection {
    static func section(for contenders: [Contender]) -> Section? {
        let counted = contenders.filter { $0.isWireCounted }
        let mirror = mirror(of: contenders)
        guard !counted.isEmpty else {
            return mirror.map { Section(title: "On the wire", notes: [$0]) }
        }
        return Section(
            title: "On the wire, headers of TCP and IP included", table: table(of: counted),
            notes: audit(of: counted) + (mirror.map { [$0] } ?? []), legend: legend)
    }

    private static let legend =
        "An event's share of the measured window; the round, from first SYN to last FIN by each "
        + "connection's TCP_INFO, beside the private network's own counter."

    // MARK: - Table

    private static func table(of contenders: [Contender]) -> TextTable {
        let hasTheory = contenders.contains { $0.comparison("wire_per_event.") != nil }
        let hasInterface = contenders.contains { $0.interfaceDifference != nil }
        let theory: [TextTable.Column] = hasTheory ? [.init("theory")] : []
        var columns: [TextTable.Column] = [.init("transport", .left), .init("up B/ev")]
        columns += theory + [.init("down B/ev")] + theory
        columns += [.init("pkts up"), .init("down"), .init("round, B")]
        columns += hasInterface ? [.init("interface"), .init("diff")] : []
        var table = TextTable(columns: columns)
        for contender in contenders {
            var row: [TextTable.Cell] = [.init(contender.name)]
            row += bytes(of: contender, "up_bytes", \.upBytes, hasTheory: hasTheory)
            row += bytes(of: contender, "down_bytes", \.downBytes, hasTheory: hasTheory)
            row += [\WireCount.upPackets, \.downPackets].map { count in
                cell(contender.figure { $0.wirePerEvent?[keyPath: count] }, places: 2)
            }
            row.append(totals(contender.sum { $0.wire?.bytes ?? 0 }, of: contender))
            if hasInterface {
                row += interface(of: contender)
            }
            table.append(row)
        }
        return table
    }

    private static func bytes(
        of contender: Contender, _ name: String, _ count: KeyPath<WireCount, Double>,
        hasTheory: Bool
    ) -> [TextTable.Cell] {
        let comparison = contender.comparison("wire_per_event.\(name)")
        let measured = cell(
            contender.figure { $0.wirePerEvent?[keyPath: count] }, places: 1,
            TextTable.Cell.tone(
                of: comparison.flatMap { $0.verdict.miss == nil ? nil : $0.verdict }))
        guard hasTheory else { return [measured] }
        let predicted = comparison?.predicted.map { NumberText.fixed($0, places: 1) }
        return [measured, TextTable.Cell(predicted ?? Readable.nothing, .faint)]
    }

    private static func interface(of contender: Contender) -> [TextTable.Cell] {
        guard let difference = contender.interfaceDifference else {
            return [.init(Readable.nothing, .faint), .init(Readable.nothing, .faint)]
        }
        return [
            totals(contender.sum { $0.wire?.interfaceBytes ?? 0 }, of: contender),
            .init(Readable.difference(difference), difference == 0 ? .good : .doubtful),
        ]
    }

    private static func totals(_ bytes: Int, of contender: Contender) -> TextTable.Cell {
        contender.rounds.contains { $0.wire != nil }
            ? .init(Readable.count(bytes)) : .init(Readable.nothing, .faint)
    }

    private static func cell(
        _ figure: Figure?, places: Int, _ tone: TextTable.Tone = .plain
    ) -> TextTable.Cell {
        guard let figure else { return .init(Readable.nothing, .faint) }
        return .init(NumberText.fixed(figure.median, places: places), tone)
    }

    // MARK: - Words

    /// Whether the two counts agree, and if not, why.
    private static func audit(of contenders: [Contender]) -> [String] {
        var notes: [String] = []
        let checked = contenders.filter { $0.interfaceDifference != nil }
        let connections = checked.reduce(0) { $0 + $1.sum { $0.wire?.connections ?? 0 } }
        if !checked.isEmpty, checked.allSatisfy({ $0.interfaceDifference == 0 }) {
            notes.append(
                "Every byte that crossed the interface is accounted for by one of "
                    + "\(Readable.count(connections, "connection")): the difference is 0.")
        }
        for contender in contenders {
            for result in contender.rounds {
                notes += differences(of: result, named: contender)
            }
        }
        return notes
    }

    private static func differences(
        of result: TransportResult, named contender: Contender
    ) -> [String] {
        guard let wire = result.wire else { return [] }
        let name = contender.name + (contender.rounds.count > 1 ? ", round \(result.round)" : "")
        var notes: [String] = []
        if let difference = wire.differenceBytes, difference != 0 {
            let reason = wire.reason ?? "the reason is not known"
            let amount = Readable.count(abs(difference), "byte")
            notes.append(
                "\(name): the interface counted \(amount) \(difference > 0 ? "more" : "fewer") than "
                    + "the connections: \(reason).")
        } else if wire.interfaceBytes == nil, let reason = wire.reason {
            notes.append("\(name): \(reason).")
        }
        if wire.unreadConnections > 0 {
            notes.append(
                "\(name): \(Readable.count(wire.unreadConnections)) of "
                    + "\(Readable.count(wire.connections, "connection")) ended before they could be "
                    + "read, and may miss a packet or two each.")
        }
        if wire.retransmits > 0 {
            notes.append(
                "\(name): \(Readable.count(wire.retransmits, "segment")) had to be sent again, so "
                    + "the bytes are right to about 0.2 %.")
        }
        return notes
    }

    /// The mirror's line: what it carried and what it took, apart from server and generator.
    private static func mirror(of contenders: [Contender]) -> String? {
        let mirrors = contenders.flatMap { contender in
            contender.rounds.compactMap { result in
                result.link.mirror.map { (name: contender.name, result: $0) }
            }
        }
        guard let busiest = mirrors.max(by: { $0.result.cpuShare < $1.result.cpuShare }),
            let p50 = Statistics.median(
                of: mirrors.map { Double($0.result.latenessP50Nanoseconds) }),
            let p99 = mirrors.map(\.result.latenessP99Nanoseconds).max()
        else { return nil }
        let packets = mirrors.reduce(0) { $0 + $1.result.packets }
        let peak = mirrors.map(\.result.peakPacketsPerSecond).max() ?? 0
        let lost = mirrors.reduce(0) { $0 + $1.result.lostPackets }
        let overflowed = mirrors.reduce(0) { $0 + $1.result.overflowedPackets }
        var sentence =
            "The packet mirror carried \(Readable.count(packets, "packet")), up to "
            + "\(Readable.count(Int(peak))) a second, \(Readable.duration(nanoseconds: p50)) late at "
            + "the median and \(Readable.duration(nanoseconds: Double(p99))) at the worst p99; it "
            + "took up to \(Readable.percent(busiest.result.cpuShare)) of a processor of its own "
            + "(\(busiest.name))"
        if lost > 0 {
            sentence += "; it lost \(Readable.count(lost)) as the link's loss rate asks"
        }
        if overflowed > 0 {
            sentence +=
                "; \(Readable.count(overflowed)) more were lost because it could not keep up"
        }
        return sentence + "."
    }
}

extension Contender {
    /// Whether the kernel's own counts were read.
    var isWireCounted: Bool {
        rounds.contains { $0.wire != nil || $0.wirePerEvent != nil }
    }

    /// What the interface counted beyond the connections, over the rounds that have its count.
    var interfaceDifference: Int? {
        let differences = rounds.compactMap { $0.wire?.differenceBytes }
        return differences.isEmpty ? nil : differences.reduce(0, +)
    }
}
