import Measurement

extension KneePage {
    /// The 99th percentile over the load, a curve for each technique with a marker at its knee; nil
    /// where there is nothing to draw.
    var chart: ChartFigure? {
        let curves = findings.knees.enumerated().map { index, knee in
            LineChart.Series(
                name: knee.transport, style: SeriesStyle(index), points: points(of: knee))
        }.filter { $0.points.count > 1 }
        let limit = findings.limits.first { $0.figure == .p99 }
        let drawn = curves.flatMap(\.points)
        let heights =
            drawn.flatMap { [$0.y, $0.range?.upperBound ?? $0.y] }
            + [limit?.most].compactMap(\.self)
        guard let section = page.sections.first, let table = section.table, !curves.isEmpty else {
            return nil
        }
        return ChartFigure(
            id: "knee", title: section.title,
            caption: "Latency at the 99th percentile over the load, in all searches: of each "
                + "load the better try, with a bar up to the worse. The markers are the knees. "
                + (section.legend ?? ""),
            chart: LineChart(
                summary: "99th percentile of the latency over \(words.unit)",
                x: Axis(
                    title: words.unit, scale: .logarithmic(drawn.map(\.x)), label: words.number),
                y: Axis(title: "p99", scale: .logarithmic(heights), label: Readable.duration),
                series: curves,
                rules: limit.map { [.init(.y, at: $0.most, label: $0.text)] } ?? []),
            table: table)
    }

    /// A point for each load that was tried: its better try, which is the one that counted.
    private func points(of knee: Knee) -> [LineChart.Point] {
        var tries: [Double: [Double]] = [:]
        for run in knee.searches.flatMap(\.runs) {
            guard let result = result(run), result.latency.p99 > 0 else { continue }
            tries[load(run), default: []].append(Double(result.latency.p99))
        }
        return tries.sorted { $0.key < $1.key }.compactMap { load, values in
            guard let figure = Figure(values) else { return nil }
            let isKnee = load == knee.middle?.passed
            return LineChart.Point(
                x: load, y: figure.lowest,
                range: figure.lowest < figure.highest ? figure.lowest...figure.highest : nil,
                note: isKnee
                    ? "\(knee.transport): \(words.number(load)) \(words.unit), p99 "
                        + Readable.duration(nanoseconds: figure.lowest)
                    : nil)
        }
    }
}
