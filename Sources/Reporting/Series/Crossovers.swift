import Measurement

/// Where, along a series, the order of two techniques changes, and where one parts from another.
package struct Crossovers: Sendable {
    /// The order of two techniques turns round between two points.
    package struct Crossing: Hashable, Sendable {
        /// Who was lower before.
        package let before: String
        /// Who is lower after.
        package let after: String
        /// The last point at which the order was established, and the first at which it is again.
        package let points: ClosedRange<Int>
        /// Where the straight lines between the points cross; nil where values are words.
        package let number: Double?
    }

    /// Two techniques that could not be told apart, until one of them fell behind.
    package struct Parting: Hashable, Sendable {
        /// Who fell behind.
        package let behind: String
        /// Behind whom.
        package let ahead: String
        /// The first point at which it shows; it shows at all later ones.
        package let point: Int
    }

    /// Where the order changes, by the technique that is lower at the end.
    package let crossings: [Crossing]
    /// Where techniques part.
    package let partings: [Parting]

    package init(of metric: SeriesMetric, in table: SeriesTable) {
        var crossings: [Crossing] = []
        var partings: [Parting] = []
        for (index, first) in table.lines.enumerated() {
            for second in table.lines[(index + 1)...] {
                let pair = Pair(metric, first, second, table.parameter)
                crossings += pair.crossings
                partings += pair.parting.map { [$0] } ?? []
            }
        }
        self.crossings = crossings
        self.partings = partings
    }
}

/// Two techniques along a series.
private struct Pair {
    let names: (String, String)
    /// The index of the point, its number, both figures' medians, and their order beyond noise.
    let points: [(index: Int, number: Double?, values: (Double, Double), order: Int)]

    init(
        _ metric: SeriesMetric, _ first: SeriesTable.Line, _ second: SeriesTable.Line,
        _ parameter: RecordSeries.Parameter
    ) {
        names = (first.name, second.name)
        let figures = zip(first.figures(of: metric), second.figures(of: metric))
        points = figures.enumerated().compactMap { index, pair in
            guard let left = pair.0, let right = pair.1 else { return nil }
            let rounds = min(
                first.contenders[index]?.rounds.count ?? 0,
                second.contenders[index]?.rounds.count ?? 0)
            return (
                index, parameter.values[index].number, (left.median, right.median),
                metric.order(left, right, rounds: rounds)
            )
        }
        // Values may have been asked for in any order; a crossing is between neighbours.
        .sorted { ($0.number ?? 0, $0.index) < ($1.number ?? 0, $1.index) }
    }

    var crossings: [Crossovers.Crossing] {
        var crossings: [Crossovers.Crossing] = []
        var last: Int?
        for (place, point) in points.enumerated() where point.order != 0 {
            if let last, points[last].order != point.order {
                let wasFirst = points[last].order < 0
                crossings.append(
                    Crossovers.Crossing(
                        before: wasFirst ? names.0 : names.1, after: wasFirst ? names.1 : names.0,
                        points: Self.range(points[last].index, point.index),
                        number: crossing(between: last, and: place)))
            }
            last = place
        }
        return crossings
    }

    private static func range(_ one: Int, _ other: Int) -> ClosedRange<Int> {
        min(one, other)...max(one, other)
    }

    /// Where the difference is zero between the two places: on the straight line between the two
    /// neighbours at which it changes its sign.
    private func crossing(between start: Int, and end: Int) -> Double? {
        for place in start..<end {
            let (left, right) = (points[place], points[place + 1])
            let from = left.values.0 - left.values.1
            let to = right.values.0 - right.values.1
            guard from == 0 || (from < 0) != (to < 0) || to == 0 else { continue }
            guard let lower = left.number, let upper = right.number else { return nil }
            return from == to ? lower : lower + (upper - lower) * from / (from - to)
        }
        return nil
    }

    /// The one parting that there may be: nothing to tell apart at the first points, one of them
    /// behind at all others.
    var parting: Crossovers.Parting? {
        guard let place = points.firstIndex(where: { $0.order != 0 }), place > 0 else { return nil }
        let rest = points[place...]
        guard rest.allSatisfy({ $0.order == points[place].order }) else { return nil }
        let isFirstAhead = points[place].order < 0
        return Crossovers.Parting(
            behind: isFirstAhead ? names.1 : names.0, ahead: isFirstAhead ? names.0 : names.1,
            point: points[place].index)
    }
}
