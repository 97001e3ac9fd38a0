import Measurement

extension SeriesReport {
    /// A page with a chart for each figure over the parameter.
    package static let html = SeriesReport(
        name: "html", summary: "one page with charts over the values, for a browser",
        render: { Array(SeriesHTML.page(of: $0).utf8) })
}

extension ReportPage {
    /// The report as a page for a browser, which loads nothing: its tables and sentences.
    package var html: String {
        HTMLPage.document(title: title) { markup in
            markup.addHeader(over: "", title: title, of: self)
            markup.addWords("Findings", findings)
            sections.forEach { markup.addSection($0) }
            markup.addWords("Warnings", warnings)
        }
    }
}

/// A series as a page of its own: charts of each figure over the parameter with their numbers, then
/// findings and warnings. It loads nothing.
enum SeriesHTML {
    static func page(of series: RecordSeries) -> String {
        let page = ReportPage(of: series)
        let search = series.findings.map { KneePage(series, $0) }
        let title = search?.heading ?? "Sweep over \(series.parameter.name)"
        return HTMLPage.document(title: title) { markup in
            markup.addHeader(over: page.title, title: title, of: page)
            markup.addWords("Findings", page.findings)
            if let search {
                markup.addFigures(of: search, page)
            } else {
                markup.addFigures(of: SeriesTable(series))
            }
            markup.addWords("Warnings", page.warnings)
            markup.add("section") { markup in
                markup.add("h2", text: "How it was measured")
                markup.add("p", ["class": "caption"], text: "The command, to measure it again:")
                markup.add("pre", text: RecordTitle.command(series.command))
            }
        }
    }
}

extension Markup {
    /// Writes a chart or a table for each figure of a sweep.
    fileprivate mutating func addFigures(of table: SeriesTable) {
        for metric in table.metrics {
            if let figure = table.chart(of: metric) {
                figure.write(to: &self)
            } else {
                addSection(table.section(of: metric))
            }
        }
    }

    /// Writes the knees of a search, as a chart where they can be drawn, and the curves.
    fileprivate mutating func addFigures(of search: KneePage, _ page: ReportPage) {
        let chart = search.chart
        chart?.write(to: &self)
        page.sections.dropFirst(chart == nil ? 0 : 1).forEach { addSection($0) }
    }

    /// Writes the head of a page: its title, what was run, and what is wrong with the whole of it.
    fileprivate mutating func addHeader(over: String, title: String, of page: ReportPage) {
        add("header") { markup in
            if !over.isEmpty { markup.add("p", ["class": "over"], text: over) }
            markup.add("h1", text: title)
            page.lead.forEach { markup.add("p", ["class": "lead"], text: $0) }
            if !page.flaws.isEmpty {
                markup.add("div", ["class": "notice"]) { markup in
                    page.flaws.forEach { markup.add("p", text: $0) }
                }
            }
        }
        breakLine()
    }

    /// Writes sentences under a heading; nothing when there are none.
    fileprivate mutating func addWords(_ title: String, _ sentences: [String]) {
        guard !sentences.isEmpty else { return }
        add("section") { markup in
            markup.add("h2", text: title)
            markup.add("ul", ["class": "words"]) { markup in
                sentences.forEach { markup.add("li", text: $0) }
            }
        }
        breakLine()
    }

    /// Writes a section: its heading, its table, what it means, and how to read it.
    fileprivate mutating func addSection(_ section: Section) {
        add("section") { markup in
            markup.add("h2", text: section.title)
            if let table = section.table { markup.addTable(table) }
            if !section.notes.isEmpty {
                markup.add("ul", ["class": "words"]) { markup in
                    section.notes.forEach { markup.add("li", text: $0) }
                }
            }
            if let legend = section.legend { markup.add("p", ["class": "note"], text: legend) }
        }
        breakLine()
    }
}

extension SeriesTable {
    /// The metric over the parameter, a curve for each technique; nil where the values are words, and
    /// there is no axis to put them on.
    func chart(of metric: SeriesMetric) -> ChartFigure? {
        guard isNumeric, parameter.values.count > 1 else { return nil }
        let numbers = parameter.values.compactMap(\.number)
        let series = lines.enumerated().map { index, line in
            LineChart.Series(
                name: line.name, style: SeriesStyle(index),
                points: points(of: line, metric).sorted { $0.x < $1.x })
        }.filter { !$0.points.isEmpty }
        let heights = series.flatMap { $0.points.map(\.y) }
        guard !heights.isEmpty else { return nil }
        let crossings = Crossovers(of: metric, in: self).crossings
        let caption =
            crossings.isEmpty
            ? "Lower is better."
            : "Lower is better. Curves that cross beyond noise are named in the findings."
        return ChartFigure(
            id: "m-" + metric.name.replacing(".", with: "-").replacing("_", with: "-"),
            title: metric.title, caption: caption,
            chart: LineChart(
                summary: "\(metric.title) over \(parameter.name)",
                x: Axis(
                    title: parameter.name, scale: Self.scale(numbers),
                    label: { [self] in text(of: $0) }),
                y: Axis(title: metric.title, scale: Self.scale(heights), label: metric.text),
                series: series),
            table: section(of: metric).table ?? TextTable(columns: []))
    }

    private func points(of line: Line, _ metric: SeriesMetric) -> [LineChart.Point] {
        zip(parameter.values, line.figures(of: metric)).compactMap { value, figure in
            guard let x = value.number, let figure else { return nil }
            return LineChart.Point(
                x: x, y: figure.median,
                range: figure.lowest < figure.highest ? figure.lowest...figure.highest : nil,
                note:
                    "\(line.name) at \(parameter.name) \(value.text): \(metric.text(figure.median))"
            )
        }
    }

    /// Equal steps for equal ratios where values lie far apart, which a linear axis would press into
    /// one line; only linear axes have a zero.
    private static func scale(_ values: [Double]) -> Scale {
        guard let lowest = values.min(), let highest = values.max(), lowest > 0,
            highest / lowest > 10
        else { return .linear(values) }
        return .logarithmic(values)
    }
}
