import Measurement

/// What a series comes to, in words: where the order of techniques changes, what the change costs,
/// and where techniques part that were alike.
enum SeriesFindings {
    static func sentences(for table: SeriesTable) -> [String] {
        guard table.parameter.values.count > 1 else { return [] }
        return table.metrics.flatMap { metric in
            let crossovers = Crossovers(of: metric, in: table)
            return crossings(crossovers.crossings, metric, table)
                + (metric.showsPartings ? partings(crossovers.partings, metric, table) : [])
        }
    }

    // MARK: - Crossings

    /// A sentence for all pairs that turn round between the same points with the same technique
    /// ahead afterwards; those against the same others are said together.
    private static func crossings(
        _ crossings: [Crossovers.Crossing], _ metric: SeriesMetric, _ table: SeriesTable
    ) -> [String] {
        // First who is overtaken by one, then who overtakes the same ones.
        var overtaken: [(after: String, points: ClosedRange<Int>, before: [String])] = []
        for crossing in crossings {
            let place = overtaken.firstIndex {
                $0.after == crossing.after && $0.points == crossing.points
            }
            if let place {
                overtaken[place].before.append(crossing.before)
            } else {
                overtaken.append((crossing.after, crossing.points, [crossing.before]))
            }
        }
        var turns: [(points: ClosedRange<Int>, before: [String], after: [String])] = []
        for one in overtaken {
            let place = turns.firstIndex { $0.points == one.points && $0.before == one.before }
            if let place {
                turns[place].after.append(one.after)
            } else {
                turns.append((one.points, one.before, [one.after]))
            }
        }
        return turns.sorted { $0.points.lowerBound < $1.points.lowerBound }.map { turn in
            let numbers = crossings.filter {
                $0.points == turn.points && turn.before.contains($0.before)
                    && turn.after.contains($0.after)
            }.compactMap(\.number)
            return sentence(
                metric, table, before: turn.before, after: turn.after, points: turn.points,
                numbers: numbers)
        }
    }

    private static func sentence(
        _ metric: SeriesMetric, _ table: SeriesTable, before: [String], after: [String],
        points: ClosedRange<Int>, numbers: [Double]
    ) -> String {
        let values = table.parameter.values
        let (from, to) = ordered(points, table)
        func figures(_ names: [String], _ point: Int) -> String {
            range(names.compactMap { table.figure($0, metric, point)?.median }, metric)
        }
        let place =
            place(of: numbers, table)
            ?? "between \(values[from].text) and \(values[to].text)"
        let verb = before.count == 1 ? metric.comparison.one : metric.comparison.several
        return "\(metric.subject): \(Readable.list(before)) \(verb) \(Readable.list(after)) up to "
            + "\(table.parameter.name) \(place), \(Readable.list(after)) from there on: "
            + "\(figures(before, from)) against \(figures(after, from)) at \(values[from].text), "
            + "\(figures(before, to)) against \(figures(after, to)) at \(values[to].text)."
            + price(metric, table, before: before, after: after, at: to)
    }

    /// What the bytes that were saved cost in time, at the first point at which they are saved.
    private static func price(
        _ metric: SeriesMetric, _ table: SeriesTable, before: [String], after: [String],
        at point: Int
    ) -> String {
        guard metric.noise != .time,
            let latency = SeriesMetric.all.first(where: { $0.name == "latency.p50" })
        else { return "" }
        let late = after.compactMap { table.figure($0, latency, point)?.median }
        let early = before.compactMap { table.figure($0, latency, point)?.median }
        guard let soonest = late.min(), let latest = early.max(),
            soonest > latest * Findings.establishedRatio
        else { return "" }
        return " That is paid for in time: there the p50 is \(range(late, latency)) against "
            + "\(range(early, latency))."
    }

    // MARK: - Partings

    private static func partings(
        _ partings: [Crossovers.Parting], _ metric: SeriesMetric, _ table: SeriesTable
    ) -> [String] {
        var behind: [(name: String, point: Int, ahead: [String])] = []
        for parting in partings {
            let place = behind.firstIndex {
                $0.name == parting.behind && $0.point == parting.point
            }
            if let place {
                behind[place].ahead.append(parting.ahead)
            } else {
                behind.append((parting.behind, parting.point, [parting.ahead]))
            }
        }
        return behind.compactMap { part in
            let order = table.order
            guard let place = order.firstIndex(of: part.point), place > 0, let last = order.last
            else { return nil }
            let values = table.parameter.values
            let own = table.figure(part.name, metric, last)?.median
            let others = part.ahead.compactMap { table.figure($0, metric, last)?.median }
            guard let own, !others.isEmpty else { return nil }
            return
                "\(metric.subject): \(part.name) keeps up with \(Readable.list(part.ahead)) up to "
                + "\(table.parameter.name) \(values[order[place - 1]].text) and falls behind from "
                + "\(values[part.point].text) on: \(metric.text(own)) against "
                + "\(range(others, metric)) at \(values[last].text)."
        }
    }

    // MARK: - Words

    /// The two points in the order of their numbers.
    private static func ordered(
        _ points: ClosedRange<Int>, _ table: SeriesTable
    ) -> (from: Int, to: Int) {
        let order = table.order
        let lower = order.firstIndex(of: points.lowerBound) ?? 0
        let upper = order.firstIndex(of: points.upperBound) ?? 0
        return lower <= upper
            ? (points.lowerBound, points.upperBound) : (points.upperBound, points.lowerBound)
    }

    /// "≈ 34.1 ms", or from the lowest to the highest of several; nil without numbers.
    private static func place(of numbers: [Double], _ table: SeriesTable) -> String? {
        guard let lowest = numbers.min(), let highest = numbers.max() else { return nil }
        let (lower, upper) = (table.text(of: lowest), table.text(of: highest))
        return lower == upper ? "≈ \(lower)" : "≈ \(lower) to \(upper)"
    }

    /// One value, or the lowest and the highest.
    private static func range(_ values: [Double], _ metric: SeriesMetric) -> String {
        guard let lowest = values.min(), let highest = values.max() else { return Readable.nothing }
        let (lower, upper) = (metric.text(lowest), metric.text(highest))
        return lower == upper ? lower : "\(lower) to \(upper)"
    }
}

extension SeriesMetric {
    /// Whether it is worth saying that techniques part which were alike: of times, which are what a
    /// reader chooses by; bytes differ from the first point on.
    fileprivate var showsPartings: Bool { name == "latency.p50" }
}

extension SeriesTable {
    /// The points' indices in the order of their numbers.
    fileprivate var order: [Int] {
        parameter.values.indices.sorted {
            (parameter.values[$0].number ?? 0, $0) < (parameter.values[$1].number ?? 0, $1)
        }
    }

    fileprivate func figure(_ name: String, _ metric: SeriesMetric, _ point: Int) -> Figure? {
        lines.first { $0.name == name }?.contenders[point].flatMap(metric.figure)
    }
}
