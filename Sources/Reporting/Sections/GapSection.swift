import Link
import Measurement

/// The gap probe: how often each technique can deliver at all, and what is left of the "2×RTT" that
/// articles on long polling speak of.
enum GapSection {
    static func section(for record: RunRecord) -> Section? {
        guard let probe = record.gapProbe, !probe.rows.isEmpty else { return nil }
        let lines = GapLine.all(in: probe, order: record.scenario.transports)
        let place = LinkText.place([probe.link])
        return Section(
            title: "The gap between deliveries: \(place)", table: table(of: lines),
            notes: GapWords(
                lines: lines, roundTrip: Double(probe.link.rttEffectiveNanoseconds)
            ).sentences, legend: legend)
    }

    private static let legend =
        "Between two deliveries to one client that always has one to come. Events of a delivery: one an "
        + "answer / batched. Transits: the worst latency in one-way times. Re-arm: no poll was parked at "
        + "the server for so long, and the share of events due then."

    private static func table(of lines: [GapLine]) -> TextTable {
        var table = TextTable(columns: [
            .init("transport", .left), .init("conn", .left), .init("min"), .init("median"),
            .init("in RTT"), .init("theory"), .init("events"), .init("transits"), .init("re-arm"),
            .init("due then"), .init("verdict", .left),
        ])
        for line in lines {
            table.append(row(for: line))
        }
        return table
    }

    private static func row(for line: GapLine) -> [TextTable.Cell] {
        let row = line.row
        let nothing = TextTable.Cell(Readable.nothing, .faint)
        func cell(_ value: Double?, _ text: (Double) -> String) -> TextTable.Cell {
            value.map { .init(text($0)) } ?? nothing
        }
        let ratio = { (value: Double) in NumberText.fixed(value, places: 2) }
        let verdict = Verdict(recorded: row.verdict)
        return [
            .init(row.transport),
            .init(row.connection == .keepAlive ? "kept" : "new"),
            .init(Readable.duration(nanoseconds: Double(row.gap.minimumNanoseconds))),
            .init(
                Readable.duration(nanoseconds: Double(row.gap.medianNanoseconds)),
                TextTable.Cell.tone(of: verdict?.miss == nil ? nil : verdict)),
            cell(line.roundTrips, ratio),
            line.predictedRoundTrips.map { .init(ratio($0), .faint) } ?? nothing,
            .init(line.events),
            cell(line.transits, ratio),
            cell(line.rearm?.meanNanoseconds, Readable.duration(nanoseconds:)),
            cell(line.rearm?.shareOfEvents, Readable.percent),
            .init(verdict),
        ]
    }
}

/// A line of the table: a technique under one connection policy. What was probed with one event an
/// answer and with all that was pending is one line where the gap is the same, as theory has it.
struct GapLine {
    /// The figures: with one event an answer where both were probed, since nothing but the gap is in
    /// them.
    let row: GapRow
    /// The same with all that was pending in an answer.
    let batched: GapRow?
    /// The effective round trip; 0 when there is none.
    let roundTripNanoseconds: Double

    /// Gaps that differ by less than this share are the same gap: the tolerance for a gap, on either
    /// side.
    private static let sameGap = 0.02

    /// The lines of a probe: the techniques in the order given, kept connections first.
    static func all(in probe: GapProbe, order: [String]) -> [GapLine] {
        var lines: [GapLine] = []
        var seen: Set<String> = []
        for id in order + probe.rows.map(\.transport) where seen.insert(id).inserted {
            for connection in ConnectionPolicy.allCases {
                let rows = probe.rows
                    .filter { $0.transport == id && $0.connection == connection }
                    .sorted { $0.batchLimit > $1.batchLimit }
                lines += merged(rows, roundTrip: Double(probe.link.rttEffectiveNanoseconds))
            }
        }
        return lines
    }

    private static func merged(_ rows: [GapRow], roundTrip: Double) -> [GapLine] {
        guard rows.count == 2, rows[1].batchLimit == 0, rows[0].verdict == rows[1].verdict,
            abs(Double(rows[0].gap.medianNanoseconds - rows[1].gap.medianNanoseconds))
                <= sameGap * Double(rows[0].gap.medianNanoseconds)
        else {
            return rows.map { GapLine(row: $0, batched: nil, roundTripNanoseconds: roundTrip) }
        }
        return [GapLine(row: rows[0], batched: rows[1], roundTripNanoseconds: roundTrip)]
    }

    /// The gap that the technique answers for.
    var gapNanoseconds: Double {
        row.gap.ownNanoseconds(roundTripNanoseconds: roundTripNanoseconds)
    }

    /// The same in round trips.
    var roundTrips: Double? {
        roundTripNanoseconds > 0 ? gapNanoseconds / roundTripNanoseconds : nil
    }

    /// What theory says, in round trips.
    var predictedRoundTrips: Double? {
        guard roundTripNanoseconds > 0 else { return nil }
        return row.predictedNanoseconds.map { Double($0) / roundTripNanoseconds }
    }

    /// Whether no question lies between its deliveries.
    var isStream: Bool {
        row.gap.isStream(roundTripNanoseconds: roundTripNanoseconds)
    }

    /// Events in a delivery: "1.00 / 50.2" where both were probed.
    var events: String {
        ([row] + (batched.map { [$0] } ?? []))
            .map { NumberText.significant($0.eventsPerDelivery) }
            .joined(separator: " / ")
    }

    /// Events in a delivery when all that is pending may go.
    var eventsAtMost: Double {
        (batched ?? row).eventsPerDelivery
    }

    /// The worst latency in one-way times, where events did not queue.
    var transits: Double? {
        batched?.worstLatencyInTransits ?? row.worstLatencyInTransits
    }

    /// The window without a poll: where events came at random times, if those were probed.
    var rearm: RearmWindow? {
        batched?.rearm ?? row.rearm
    }
}

/// What the lines say of the claims that are handed down about long polling.
///
/// No line is known by its name: who has to be asked, who is bound by an interval and who streams
/// follows from the gaps.
private struct GapWords {
    let lines: [GapLine]
    /// The effective round trip.
    let roundTrip: Double

    var sentences: [String] {
        guard roundTrip > 0 else { return [] }
        return claim + transits + interval + streams
    }

    // MARK: - Kinds of lines

    /// Those that ask at intervals of their own: the gap is longer than the way there and back, a new
    /// connection makes it no longer, and the server knows of no poll that waits.
    private var waiting: [GapLine] {
        lines.filter { line in
            !line.isStream && line.rearm == nil && line.gapNanoseconds > 1.5 * roundTrip
                && lines.contains { other in
                    other.row.transport == line.row.transport
                        && other.row.connection != line.row.connection
                        && abs(other.gapNanoseconds - line.gapNanoseconds) < 0.25 * roundTrip
                }
        }
    }

    /// Those whose gap is the question's.
    private func asking(_ connection: ConnectionPolicy) -> [GapLine] {
        let waiting = Set(waiting.map(\.row.transport))
        return lines.filter {
            $0.row.connection == connection && !$0.isStream && !waiting.contains($0.row.transport)
        }
    }

    /// Whether the gap is so many round trips, but for emulation and the software's own share: a
    /// twentieth and a millisecond.
    private func isNear(_ line: GapLine, _ roundTrips: Double) -> Bool {
        let expected = roundTrips * roundTrip
        return abs(line.gapNanoseconds - expected) <= 0.05 * expected + 1e6
    }

    // MARK: - Sentences

    /// The "2×RTT" of the articles: where it holds, and where it is one.
    private var claim: [String] {
        let new = asking(.close)
        let kept = asking(.keepAlive)
        var sentences: [String] = []
        if !new.isEmpty {
            sentences.append(
                new.allSatisfy { isNear($0, 2) }
                    ? "The \"minimum of 2×RTT between deliveries\" holds where each poll opens a new "
                        + "connection: \(ratios(new))."
                    : "Where each poll opens a new connection, the gap is not the 2×RTT that articles "
                        + "give: \(ratios(new)).")
        }
        if !kept.isEmpty {
            sentences.append(
                kept.allSatisfy { isNear($0, 1) }
                    ? "On a kept connection it is 1×RTT: \(ratios(kept))."
                    : "On a kept connection the gap is not 1×RTT, as theory has it: \(ratios(kept))."
            )
        }
        let batched = (kept + new).max { $0.eventsAtMost < $1.eventsAtMost }
        if let batched, batched.eventsAtMost > 1.5 {
            sentences.append(
                "It limits deliveries, not events: batched, an answer of \(batched.row.transport) "
                    + "brought \(NumberText.significant(batched.eventsAtMost)) of them.")
        }
        return sentences
    }

    /// "2.00 RTT (100 ms) for x, 2.01 RTT (101 ms) for y", each value once.
    private func ratios(_ lines: [GapLine]) -> String {
        grouped(lines) { line in
            let gap = Readable.duration(nanoseconds: line.gapNanoseconds)
            let ratio = line.gapNanoseconds / roundTrip
            return "\(NumberText.fixed(ratio, places: 2)) RTT (\(gap))"
        }
    }

    /// RFC 6202 §2.2: an event that just missed an answer waits for three transits.
    private var transits: [String] {
        let parts = [ConnectionPolicy.keepAlive, .close].compactMap { connection -> String? in
            let lines = asking(connection).filter { $0.transits != nil }
            guard !lines.isEmpty else { return nil }
            let measured = grouped(lines) { line in
                NumberText.fixed(line.transits ?? 0, places: 2)
            }
            return (connection == .keepAlive ? "on a kept connection " : "on new ones ") + measured
        }
        guard !parts.isEmpty else { return [] }
        return [
            "RFC 6202 has \"three network transits\" as the worst latency of long polling, which a new "
                + "connection makes five. Measured: \(parts.joined(separator: "; "))."
        ]
    }

    private var interval: [String] {
        let names = names(of: waiting)
        guard !names.isEmpty else { return [] }
        return [
            "The gap of \(Readable.list(names)) is its own poll interval, whatever the connection."
        ]
    }

    private var streams: [String] {
        let names = names(of: lines.filter(\.isStream))
        guard !names.isEmpty else { return [] }
        return ["No gap: \(Readable.list(names)), where deliveries follow each other at once."]
    }

    // MARK: - Words

    private func names(of lines: [GapLine]) -> [String] {
        lines.reduce(into: []) { names, line in
            if !names.contains(line.row.transport) { names.append(line.row.transport) }
        }
    }

    /// Each text with the names of the lines that it is true of: "a for x and y, b for z".
    private func grouped(_ lines: [GapLine], by text: (GapLine) -> String) -> String {
        var groups: [(text: String, lines: [GapLine])] = []
        for line in lines {
            let text = text(line)
            if let place = groups.firstIndex(where: { $0.text == text }) {
                groups[place].lines.append(line)
            } else {
                groups.append((text, [line]))
            }
        }
        return groups.map { "\($0.text) for \(Readable.list(names(of: $0.lines)))" }
            .joined(separator: ", ")
    }
}
