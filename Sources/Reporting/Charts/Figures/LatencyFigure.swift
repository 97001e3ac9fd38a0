import Measurement

/// The latency distributions as curves over the percentile, the tail stretched: each further nine has
/// the same room.
enum LatencyFigure {
    static func figure(for contenders: [Contender]) -> ChartFigure? {
        let curves = contenders.enumerated().compactMap { index, contender in
            LatencyCurve(of: contender, style: SeriesStyle(index))
        }
        guard let most = curves.map(\.count).max() else { return nil }
        let values = curves.flatMap { $0.values }
        let chart = LineChart(
            summary: "Latency of \(Readable.list(curves.map(\.name))) over the percentile of the "
                + "deliveries; the numbers are in the table below.",
            x: Axis(
                title: "percentile of the deliveries", scale: .percentiles(count: most),
                label: AxisText.percentile),
            y: Axis(
                title: "latency", scale: .logarithmic(values),
                label: AxisText.duration(nanoseconds:)),
            series: curves.map(\.series))
        return ChartFigure(
            id: "latency", title: "Latency, up to the tail",
            caption: caption(of: curves), chart: chart, table: table(of: curves))
    }

    private static func caption(of curves: [LatencyCurve]) -> String {
        var words =
            "From the time an event was due to the event in the client's hands. Each step to the right "
            + "leaves a tenth of the deliveries above the curve; both axes are logarithmic."
        let rounds = curves.map(\.rounds).max() ?? 1
        if rounds > 1 {
            words +=
                " A curve has the deliveries of all \(rounds) rounds; strokes through its markers show "
                + "how far the rounds lie apart."
        }
        let sketched = curves.filter { !$0.isWhole }.map(\.name)
        if sketched.count == curves.count {
            words += " The record has the marked points only."
        } else if !sketched.isEmpty {
            words += " Of \(Readable.list(sketched)) the record has the marked points only."
        }
        return words
    }

    private static func table(of curves: [LatencyCurve]) -> TextTable {
        let levels = LatencyCurve.levels.filter { level in
            curves.contains { $0.value(at: level) != nil }
        }
        var table = TextTable(
            columns: [.init("transport", .left), .init("deliveries")]
                + levels.map { .init(AxisText.percentile($0)) } + [.init("max")])
        for curve in curves {
            func cell(_ value: Double?) -> TextTable.Cell {
                value.map { .init(Readable.duration(nanoseconds: $0)) }
                    ?? .init(Readable.nothing, .faint)
            }
            table.append(
                [.init(curve.name), .init(Readable.count(curve.count))]
                    + levels.map { cell(curve.value(at: $0)) } + [cell(curve.maximum)])
        }
        return table
    }
}

/// The latencies of all rounds of a contender: from their histograms, or where a record has none, the
/// points of the summaries.
private struct LatencyCurve {
    /// What is marked and listed, as far as there are deliveries enough.
    static let levels = [50.0, 90, 99, 99.9, 99.99]

    let name: String
    let count: Int
    let rounds: Int
    let maximum: Double
    /// Whether the whole distribution is known.
    let isWhole: Bool
    private let style: SeriesStyle
    private let path: [(percentile: Double, value: Double)]
    private let marks: [Double: Double]
    private let ranges: [Double: ClosedRange<Double>]

    init?(of contender: Contender, style: SeriesStyle) {
        let rounds = contender.rounds.filter { $0.latency.count > 0 }
        guard !rounds.isEmpty else { return nil }
        name = contender.name
        self.style = style
        self.rounds = rounds.count
        let count = rounds.reduce(0) { $0 + $1.latency.count }
        self.count = count
        maximum = rounds.map { Double($0.latency.max) }.max() ?? 0
        let points: [(Double, KeyPath<LatencySummary, Int64>)] = [
            (50, \.p50), (90, \.p90), (99, \.p99), (99.9, \.p99_9),
        ]
        var figures: [Double: Figure] = [:]
        for (level, point) in points {
            figures[level] = Figure(rounds.map { Double($0.latency[keyPath: point]) })
        }
        ranges = figures.compactMapValues { $0.highest > $0.lowest ? $0.lowest...$0.highest : nil }
        // One delivery at least must be above, or the level is the maximum by another name.
        let levels = Self.levels.filter { Double(count) * (100 - $0) >= 100 * (1 - 1e-9) }
        let end = 100 - 100 / Double(max(count, 2))
        if let histogram = Self.histogram(of: rounds) {
            isWhole = true
            let values = histogram.values(atPercentiles: levels).map(Double.init)
            marks = Dictionary(uniqueKeysWithValues: zip(levels, values))
            path = histogram.percentiles.map { (min($0.percentile, end), Double($0.value)) }
        } else {
            isWhole = false
            marks = figures.mapValues(\.median).filter { levels.contains($0.key) }
            path = marks.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [(end, maximum)]
        }
    }

    /// All rounds' latencies in one; nil when a round has none in the record, or what it has cannot be
    /// read: the summary is then as good as it gets, and says so.
    private static func histogram(of rounds: [TransportResult]) -> Histogram? {
        var sum = Histogram()
        for round in rounds {
            guard let histogram = try? round.latencyHistogram?.decoded(), histogram.count > 0
            else { return nil }
            sum.merge(histogram)
        }
        return sum
    }

    /// The latency at one of `levels`; nil where there are too few deliveries.
    func value(at level: Double) -> Double? { marks[level] }

    /// Every value that the axis must have room for.
    var values: [Double] {
        path.map(\.value) + ranges.values.flatMap { [$0.lowerBound, $0.upperBound] }
    }

    var series: LineChart.Series {
        var points = path.map { LineChart.Point(x: $0.percentile, y: $0.value) }
        points += marks.map { level, value in
            LineChart.Point(
                x: level, y: value, range: ranges[level],
                note: "\(name): \(AxisText.percentile(level)) of the deliveries within "
                    + Readable.duration(nanoseconds: value))
        }
        points.sort { ($0.x, $0.y) < ($1.x, $1.y) }
        points.append(
            LineChart.Point(
                x: path.last?.percentile ?? 100, y: maximum,
                note: "\(name): the slowest of \(Readable.count(count, "delivery", "deliveries")) "
                    + "took \(Readable.duration(nanoseconds: maximum))"))
        return LineChart.Series(name: name, style: style, points: points)
    }
}
