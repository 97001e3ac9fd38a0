import Measurement

/// The gap between deliveries in round trips, measured and as the law has it.
enum GapFigure {
    /// Beyond so many round trips a gap is not the question's but an interval's, and its bar is torn
    /// off, so that the difference of one and two can be seen.
    private static let longest = 6.0

    static func figure(for record: RunRecord, contenders: [Contender]) -> ChartFigure? {
        let groups = probed(in: record) ?? measured(of: contenders)
        let bars = groups.flatMap { $0.bars }
        guard !bars.isEmpty else { return nil }
        let lengths = bars.map { $0.reach }
        let short = lengths.filter { $0 <= longest }
        let end = bars.contains { $0.value <= longest && $0.value > 0.1 } ? short : lengths
        let chart = StackedBars(
            summary:
                "The gap between deliveries of \(Readable.list(groups.map { $0.name })) in round "
                + "trips; the numbers are in the table below.",
            axis: Axis(
                title: "round trips between deliveries", scale: .linear(end + [2.4]),
                label: AxisText.number),
            parts: [.init(name: "gap", style: SeriesStyle(0))], groups: groups,
            rules: [.init(at: 1, label: "1×RTT"), .init(at: 2, label: "2×RTT")])
        return ChartFigure(
            id: "gap", title: "The gap in which nothing can be delivered",
            caption:
                "Between two deliveries to one client that always has one to come. A client that must "
                + "ask again cannot be reached for a round trip on a kept connection, and for two where "
                + "each question opens a new one; a stream has no gap. The stroke across a bar is what "
                + "the law says.",
            chart: chart, table: table(of: groups))
    }

    /// The lines of the probe, by technique; nil when nothing was probed over a round trip.
    private static func probed(in record: RunRecord) -> [StackedBars.Group]? {
        guard let probe = record.gapProbe else { return nil }
        let lines = GapLine.all(in: probe, order: record.scenario.transports)
            .filter { $0.roundTrips != nil }
        var names: [String] = []
        for line in lines where !names.contains(line.row.transport) {
            names.append(line.row.transport)
        }
        guard !names.isEmpty else { return nil }
        return names.map { name in
            let own = lines.filter { $0.row.transport == name }
            return StackedBars.Group(name: name, bars: own.map { bar(for: $0, among: own) })
        }
    }

    private static func bar(for line: GapLine, among own: [GapLine]) -> StackedBars.Bar {
        let connection = line.row.connection == .keepAlive ? "kept" : "new"
        // Where the gap depends on it, how many events an answer may have tells two lines apart.
        let isTwin = own.contains {
            $0.row.connection == line.row.connection && $0.row.batchLimit != line.row.batchLimit
        }
        let name = isTwin && line.row.batchLimit > 0 ? "\(connection), one" : connection
        let value = line.roundTrips ?? 0
        return bar(
            name: line.isStream ? "stream" : name, value: value,
            expected: line.predictedRoundTrips,
            note: "\(line.row.transport), \(name): \(words(value)), "
                + Readable.duration(nanoseconds: line.gapNanoseconds))
    }

    /// The gaps of the rounds themselves.
    private static func measured(of contenders: [Contender]) -> [StackedBars.Group] {
        contenders.compactMap { contender in
            guard let gap = contender.gapInRoundTrips else { return nil }
            return StackedBars.Group(
                name: contender.name,
                bars: [
                    bar(
                        name: "", value: gap.median, expected: nil,
                        note: "\(contender.name): \(words(gap.median))",
                        range: gap.highest > gap.lowest ? gap.lowest...gap.highest : nil)
                ])
        }
    }

    private static func bar(
        name: String, value: Double, expected: Double?, note: String,
        range: ClosedRange<Double>? = nil
    ) -> StackedBars.Bar {
        StackedBars.Bar(
            name: name, segments: [.init(part: 0, value: value, note: note)],
            text: NumberText.fixed(value, places: 2), expected: expected, range: range)
    }

    private static func words(_ roundTrips: Double) -> String {
        "\(NumberText.fixed(roundTrips, places: 2)) RTT"
    }

    private static func table(of groups: [StackedBars.Group]) -> TextTable {
        var table = TextTable(columns: [
            .init("transport", .left), .init("connection", .left), .init("gap, RTT"),
            .init("law, RTT"),
        ])
        for group in groups {
            for bar in group.bars {
                let nothing = TextTable.Cell(Readable.nothing, .faint)
                table.append([
                    .init(group.name), bar.name.isEmpty ? nothing : .init(bar.name),
                    .init(bar.text),
                    bar.expected.map { .init(NumberText.fixed($0, places: 2)) } ?? nothing,
                ])
            }
        }
        return table
    }
}

/// Requests that a delivery took.
enum RequestFigure {
    static func figure(for contenders: [Contender]) -> ChartFigure? {
        let figures = contenders.compactMap { contender in
            contender.figure { $0.deliveries.received > 0 ? $0.requestsPerEvent : nil }
                .map { (contender: contender, figure: $0) }
        }
        // Where nobody asks there is nothing to draw.
        guard figures.contains(where: { $0.figure.median > 0 }) else { return nil }
        let groups = figures.map { entry in
            let figure = entry.figure
            let text = figure.median == 0 ? "0" : NumberText.fixed(figure.median, places: 2)
            return StackedBars.Group(
                name: entry.contender.name,
                bars: [
                    StackedBars.Bar(
                        segments: [
                            .init(
                                part: 0, value: figure.median,
                                note: "\(entry.contender.name): \(text) requests an event")
                        ], text: text,
                        expected: entry.contender.comparison("requests_per_event")?.predicted,
                        range: figure.highest > figure.lowest
                            ? figure.lowest...figure.highest : nil)
                ])
        }
        let values = groups.flatMap { $0.reaches }
        let chart = StackedBars(
            summary:
                "Requests an event took of \(Readable.list(groups.map { $0.name })); the numbers are "
                + "in the table below.",
            axis: Axis(
                title: "requests an event", scale: .linear(values), label: AxisText.number),
            parts: [.init(name: "requests", style: SeriesStyle(0))], groups: groups)
        return ChartFigure(
            id: "requests", title: "Requests an event",
            caption:
                "A technique that is asked for each answer sends one request for each batch of events "
                + "at best, and one for nothing where it asks in vain. The stroke across a bar is what "
                + "theory says.",
            chart: chart, table: table(of: figures.map(\.contender)))
    }

    private static func table(of contenders: [Contender]) -> TextTable {
        var table = TextTable(columns: [
            .init("transport", .left), .init("requests/event"), .init("theory"),
            .init("events/answer"), .init("answers"), .init("empty"),
        ])
        for contender in contenders {
            func cell(_ value: Double?, places: Int = 2) -> TextTable.Cell {
                value.map { .init(NumberText.fixed($0, places: $0 == 0 ? 0 : places)) }
                    ?? .init(Readable.nothing, .faint)
            }
            table.append([
                .init(contender.name), cell(contender.figure(\.requestsPerEvent)?.median),
                cell(contender.comparison("requests_per_event")?.predicted),
                cell(contender.figure(\.eventsPerAnswer)?.median),
                .init(Readable.count(contender.sum(\.answers))),
                .init(Readable.count(contender.sum(\.emptyAnswers))),
            ])
        }
        return table
    }
}
