import Measurement

extension Findings {
    /// How many techniques do what theory says, and what the others miss by how much.
    static func theory(_ contenders: [Contender]) -> [String] {
        let judged = contenders.filter { $0.verdict.map { $0.reason == nil } ?? false }
        guard !judged.isEmpty else { return [] }
        let off = judged.filter { $0.roundsOff > 0 }
        guard !off.isEmpty else {
            return [
                judged.count == 1
                    ? "Theory holds for \(judged[0].name): every figure is within its tolerance."
                    : "Theory holds for all \(judged.count) techniques: every figure is within its "
                        + "tolerance."
            ]
        }
        guard judged.count > 1 else {
            return ["Theory does not hold: \(off.compactMap { worst(of: $0)?.text }.joined())."]
        }
        let held = judged.count - off.count
        let misses = off.compactMap(worst).sorted { $0.share > $1.share }
        let named = misses.prefix(namedMisses).map(\.text).joined(separator: "; ")
        let others = misses.dropFirst(namedMisses).map(\.name)
        let rest = others.isEmpty ? "" : "; less than that, \(Readable.list(others))"
        return [
            "Theory holds for \(held == 0 ? "none" : "\(held)") of \(judged.count) techniques; "
                + "\(named)\(rest)."
        ]
    }

    /// As many misses are told in full; whoever has more looks at the table.
    private static let namedMisses = 3

    /// What a contender misses most.
    private struct Miss {
        let name: String
        let share: Double
        let text: String
    }

    /// The same of the gaps, which were probed on a link of their own.
    static func gapVerdicts(of record: RunRecord) -> [String] {
        guard let probe = record.gapProbe else { return [] }
        let judged = GapLine.all(in: probe, order: record.scenario.transports)
            .compactMap { line -> (row: GapRow, verdict: Verdict)? in
                guard let verdict = Verdict(recorded: line.row.verdict), verdict.reason == nil
                else { return nil }
                return (line.row, verdict)
            }
        let off = judged.filter { $0.verdict.miss != nil }
        guard !off.isEmpty else {
            guard judged.count > 1 else { return [] }
            return ["All \(judged.count) gaps between deliveries are those that theory predicts."]
        }
        let list = off.map { row, verdict in
            "\(row.transport) (\(row.connection.rawValue)) is \(verdict)"
        }
        return [
            "Of \(Readable.count(judged.count, "gap")) \(judged.count - off.count) are as theory "
                + "predicts; \(list.joined(separator: ", "))."
        ]
    }

    /// "x is off by 5.2 % in p99: 105 ms measured, 99.8 ms predicted (±3.5 ms)"; of all rounds, the
    /// figure that is furthest off.
    private static func worst(of contender: Contender) -> Miss? {
        let rows = contender.rounds.flatMap { $0.prediction?.rows ?? [] }
        let off = rows.filter { $0.verdict.miss != nil }
        let worst = off.max { ($0.verdict.miss ?? 0) < ($1.verdict.miss ?? 0) }
        guard let row = worst, let measured = row.measured else {
            return contender.verdict.map {
                Miss(name: contender.name, share: $0.miss ?? 0, text: "\(contender.name) is \($0)")
            }
        }
        let metric = Metric(row.metric)
        let others = Set(off.map(\.metric)).count - 1
        let more = others == 0 ? "" : " and \(Readable.count(others, "other figure"))"
        return Miss(
            name: contender.name, share: row.verdict.miss ?? 0,
            text: "\(contender.name) is \(row.verdict) in \(metric.name), "
                + "\(metric.text(measured)) measured and \(metric.text(row.predicted)) predicted "
                + "(±\(metric.text(row.tolerance)))\(more)")
    }
}

/// A figure of a prediction by its place in the record, in words.
private struct Metric {
    /// What it is called.
    let name: String
    private let unit: Unit

    private enum Unit {
        case nanoseconds
        case bytes
        case number
    }

    /// The metric at `place`: `latency_ns.p99`, `bytes_per_event.down.response_head`.
    init(_ place: String) {
        let parts = place.split(separator: ".").map(String.init)
        let last = (parts.last ?? place).split(separator: "_").joined(separator: " ")
        switch parts.first {
        case "latency_ns":
            name = last == "mean" ? "mean latency" : last
            unit = .nanoseconds
        case "gap":
            name = last.hasPrefix("minimum") ? "the smallest gap" : "the median gap"
            unit = .nanoseconds
        case "bytes_per_event":
            let direction = parts.count == 3 ? " (\(parts[1]))" : ""
            name = "\(last) bytes an event\(direction)"
            unit = .bytes
        case "wire_per_event":
            name = "\(last) an event on the wire"
            unit = last.hasSuffix("bytes") ? .bytes : .number
        default:
            name = last
            unit = .number
        }
    }

    /// A value with its unit.
    func text(_ value: Double) -> String {
        switch unit {
        case .nanoseconds: Readable.duration(nanoseconds: value)
        case .bytes: Readable.bytes(value)
        case .number: NumberText.significant(value)
        }
    }
}
