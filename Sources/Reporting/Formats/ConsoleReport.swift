import Link
import Measurement

extension Report {
    /// What a terminal shows, without colour.
    package static let console = Report(
        name: "console", summary: "a table, findings and warnings as text", fileExtension: "txt",
        render: { Array(ConsoleReport.render($0, color: false).utf8) })
}

/// The record as text: what was run, a table with a row for each technique, the findings in words,
/// and every warning with its cause and remedy.
package enum ConsoleReport {
    /// Prose is broken here; the widest table is about as wide.
    private static let lineWidth = 100

    /// The report on `record`, with the colours of a terminal if it has them.
    package static func render(_ record: RunRecord, color: Bool) -> String {
        let contenders = Contender.all(in: record)
        var sections = [title(of: record, color: color)]
        if contenders.isEmpty {
            sections.append("Nothing was measured.\n")
        } else {
            sections.append(
                table(of: contenders).render(color: color) + spread(of: contenders))
        }
        let findings = Findings.sentences(for: record)
        if !findings.isEmpty {
            sections.append(
                Ink.bold.paint("Findings", color: color) + "\n"
                    + findings.map { wrapped($0, after: "- ") }.joined())
        }
        let warnings = warnings(of: record, contenders: contenders)
        if !warnings.isEmpty {
            sections.append(
                Ink.yellow.paint("Warnings", color: color) + "\n"
                    + warnings.map { wrapped($0, after: "! ") }.joined())
        }
        return sections.joined(separator: "\n")
    }

    // MARK: - Title

    private static func title(of record: RunRecord, color: Bool) -> String {
        let machine = record.machine
        let tool = "\(record.tool.name) \(record.tool.version), \(record.started)"
        let place =
            "\(machine.cpu), \(Readable.count(machine.cores, "core")), "
            + "\(Readable.bytes(Double(machine.memoryBytes))), Linux \(machine.kernel), \(machine.os)"
        let state = record.partial ? "Partial: the run ended before its time.\n" : ""
        return Ink.bold.paint(tool, color: color) + "\n" + wrapped(place)
            + wrapped(words(for: record.scenario)) + Ink.yellow.paint(state, color: color)
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
        if scenario.repeats > 1 {
            words.append("\(scenario.repeats) rounds")
        }
        words.append("seed \(scenario.seed)")
        if let target = scenario.target {
            words.append("server: \(target)")
        }
        return words.joined(separator: ", ")
    }

    // MARK: - Table

    private static func table(of contenders: [Contender]) -> TextTable {
        let hasGap = contenders.contains { $0.rounds.contains { $0.gap != nil } }
        var columns = [TextTable.Column("transport", .left)]
        columns += ["p50", "p90", "p99", "max"].map { .init($0) }
        columns += hasGap ? [.init("gap")] : []
        columns += ["B/event", "overhead", "req/event", "CPU/event", "mem/conn", "lost"]
            .map { .init($0) }
        var table = TextTable(columns: columns)
        for contender in contenders {
            table.append(row(for: contender, hasGap: hasGap))
        }
        return table
    }

    private static func row(for contender: Contender, hasGap: Bool) -> [TextTable.Cell] {
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
        row.append(cell(contender.bytes(\.total)) { NumberText.fixed($0, places: 1) })
        row.append(cell(contender.overhead, Readable.percent))
        row.append(
            cell(contender.figure(\.requestsPerEvent)) {
                $0 == 0 ? "0" : NumberText.fixed($0, places: 2)
            })
        row.append(cell(contender.figure(\.server.cpuNanosecondsPerDelivery), Readable.duration))
        row.append(cell(contender.figure(\.server.memoryBytesPerConnection), Readable.bytes))
        row.append(TextTable.Cell(Readable.count(lost), isAlarming: lost > 0))
        return row
    }

    /// The gap in round trips, or as a duration where there is no round trip to count in.
    private static func gap(of contender: Contender) -> String {
        if let gap = contender.figure({ $0.gap?.inRoundTrips }) {
            return NumberText.fixed(gap.median, places: 2) + " RTT"
        }
        let smallest = contender.figure { ($0.gap?.minimumNanoseconds).map(Double.init) }
        return smallest.map { Readable.duration(nanoseconds: $0.median) } ?? Readable.nothing
    }

    /// How far the rounds lie apart; nothing when there is one.
    private static func spread(of contenders: [Contender]) -> String {
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
        return "Medians over the rounds; lost is their sum.\n\n" + table.render(color: false)
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

    // MARK: - Prose

    /// `text` broken at spaces, the first line after `mark` and the others as far in.
    private static func wrapped(_ text: String, after mark: String = "") -> String {
        let indent = String(repeating: " ", count: mark.count)
        var lines = ""
        var line = mark
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > lineWidth {
                lines += line + "\n"
                line = indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + line + "\n"
    }
}
