import Link
import Measurement

extension Report {
    /// What a terminal shows, without colour.
    package static let console = Report(
        name: "console", summary: "a table, findings and warnings as text", fileExtension: "txt",
        render: { Array(ConsoleReport.render($0, color: false).utf8) })
}

/// The record as text: what was run, a table with a row for each technique, theory and whatever else
/// was measured, the findings in words, and every warning with its cause and remedy.
package enum ConsoleReport {
    /// The report on `record`, with the colours of a terminal if it has them.
    package static func render(_ record: RunRecord, color: Bool) -> String {
        let contenders = Contender.all(in: record)
        var sections = [title(of: record, color: color)]
        if contenders.isEmpty {
            sections.append("Nothing was measured.\n")
        } else {
            sections.append(
                table(of: contenders).render(color: color) + spread(of: contenders, color: color))
        }
        for section in Section.all(for: record, contenders: contenders) {
            sections.append(text(of: section, color: color))
        }
        let findings = Findings.sentences(for: record)
        if !findings.isEmpty {
            sections.append(
                Ink.bold.paint("Findings", color: color) + "\n"
                    + findings.map { Prose.wrapped($0, after: "- ") }.joined())
        }
        let warnings = warnings(of: record, contenders: contenders)
        if !warnings.isEmpty {
            sections.append(
                Ink.yellow.paint("Warnings", color: color) + "\n"
                    + warnings.map { Prose.wrapped($0, after: "! ") }.joined())
        }
        return sections.joined(separator: "\n")
    }

    /// A section: its heading, its table, what it means, and how to read it, in fainter ink.
    package static func text(of section: Section, color: Bool) -> String {
        var text = Prose.wrapped(section.title).split(
            separator: "\n", omittingEmptySubsequences: true
        )
        .map { Ink.bold.paint(String($0), color: color) + "\n" }.joined()
        if let table = section.table {
            text += table.render(color: color)
        }
        text += section.notes.map { Prose.wrapped($0, after: "- ") }.joined()
        if let legend = section.legend {
            text += Prose.wrapped(legend).split(separator: "\n")
                .map { Ink.faint.paint(String($0), color: color) + "\n" }.joined()
        }
        return text
    }

    // MARK: - Title

    private static func title(of record: RunRecord, color: Bool) -> String {
        let machine = record.machine
        let tool = "\(record.tool.name) \(record.tool.version), \(record.started)"
        let place =
            "\(machine.cpu), \(Readable.count(machine.cores, "core")), "
            + "\(Readable.bytes(Double(machine.memoryBytes))), Linux \(machine.kernel), \(machine.os)"
        let state = record.partial ? "Partial: the run ended before its time.\n" : ""
        return Ink.bold.paint(tool, color: color) + "\n" + Prose.wrapped(place)
            + Prose.wrapped(words(for: record.scenario))
            + links(of: record).map { Prose.wrapped($0) }.joined()
            + Ink.yellow.paint(state, color: color)
    }

    /// The scenario in words, leaving out what no reader of the table needs.
    private static func words(for scenario: Scenario) -> String {
        let seconds = { (duration: Duration) in Readable.number(duration.seconds) + " s" }
        let rate =
            scenario.arrivals == .saturate
            ? "events as fast as possible"
            : "\(Readable.number(scenario.ratePerSecond)) events/s (\(scenario.arrivals.rawValue))"
        var words = [
            Readable.count(scenario.clients, "client"), rate,
            "\(Readable.bytes(Double(scenario.payloadBytes))) payload",
            "\(seconds(scenario.duration)) after \(seconds(scenario.warmup)) of warm-up",
            scenario.connection == .keepAlive
                ? "keep-alive connections" : "a new connection for each request",
            "\(scenario.headers) headers",
        ]
        if scenario.batchLimit > 0 {
            words.append("at most \(Readable.count(scenario.batchLimit, "event")) an answer")
        }
        if scenario.repeats > 1 {
            words.append("\(scenario.repeats) rounds")
        }
        words.append("seed \(scenario.seed)")
        if let target = scenario.target {
            words.append("server: \(target)")
        }
        return words.joined(separator: ", ")
    }

    /// What lay between clients and server, and what the run did otherwise than a run does: a
    /// sentence for each.
    private static func links(of record: RunRecord) -> [String] {
        var links: [[LinkResult]] = []
        for link in record.results.map(\.link) {
            let place = links.firstIndex {
                $0[0].tier == link.tier && $0[0].rttNanoseconds == link.rttNanoseconds
            }
            if let place { links[place].append(link) } else { links.append([link]) }
        }
        var sentences = links.map { links in
            let notes = links.compactMap(\.note)
            let lack = links[0].rttNanoseconds > 0 ? "No better tier" : "No private network"
            let reason = notes.first.map { " \(lack): \($0)." } ?? ""
            return "Link: \(LinkText.words(for: links, profile: record.scenario.link)).\(reason)"
        }
        let scenario = record.scenario
        let mistakes = ServerMistake.allCases.filter(scenario.mistakes.contains).map { mistake in
            switch mistake {
            case .nagle: "Nagle's algorithm left on"
            case .twoWrites: "head and content written apart"
            }
        }
        if !mistakes.isEmpty {
            sentences.append("Mistakes made on purpose: \(mistakes.joined(separator: "; ")).")
        }
        if scenario.lockstep {
            sentences.append(
                "Lock-step: an event was published when every client had had the one before.")
        }
        if scenario.sideBySide {
            sentences.append("Side by side: all had the same events at the same time.")
        }
        return sentences
    }

    // MARK: - Table

    /// The main table. Where the kernel's count of the wire is known, bytes and overhead are those of
    /// the wire, headers of TCP and IP included, and else those that the technique wrote.
    private static func table(of contenders: [Contender]) -> TextTable {
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

    /// How far the rounds lie apart; nothing when there is one.
    private static func spread(of contenders: [Contender], color: Bool) -> String {
        let rounds = contenders.map(\.rounds.count).max() ?? 0
        guard rounds > 1 else { return "" }
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
        return "Medians over the rounds; lost is their sum.\n\n" + table.render(color: color)
    }

    // MARK: - Warnings

    /// The run's warnings, then those of each technique and round, named.
    private static func warnings(of record: RunRecord, contenders: [Contender]) -> [String] {
        let run = record.warnings.map { "\($0.cause) \($0.remedy) [\($0.id)]" }
        let own = contenders.flatMap { contender in
            contender.rounds.flatMap { result in
                result.warnings.map { warning in
                    let round = contender.rounds.count > 1 ? ", round \(result.round)" : ""
                    return "\(contender.name)\(round): \(warning.cause) \(warning.remedy) "
                        + "[\(warning.id)]"
                }
            }
        }
        return run + own
    }
}
