/// A chart on a page: heading, what it shows, the picture for wide and narrow pages, its legend, and
/// its numbers.
package struct ChartFigure: Sendable {
    /// The beginning of the ids in it, unique in the page.
    package let id: String
    /// The heading.
    package let title: String
    /// What it shows and how to read it, a sentence or a few.
    package let caption: String
    /// The picture.
    package let chart: any Chart
    /// Its numbers.
    package let table: TextTable
    /// Whether the numbers are many, and hidden until asked for.
    package let isTableLong: Bool

    package init(
        id: String, title: String, caption: String, chart: any Chart, table: TextTable,
        isTableLong: Bool = false
    ) {
        self.id = id
        self.title = title
        self.caption = caption
        self.chart = chart
        self.table = table
        self.isTableLong = isTableLong
    }

    /// Writes the figure.
    package func write(to page: inout Markup) {
        page.add("section", ["class": "figure", "id": id]) { page in
            page.add("h2", text: title)
            page.add("p", ["class": "caption"], text: caption)
            page.add("figure") { page in
                page.addLegend(chart.legend, id: id, isForNarrowOnly: chart is LineChart)
                page.add("div", ["class": "wide"]) { page in
                    page.add(markup: chart.svg(width: SVG.wide, id: id + "-w"))
                }
                page.add("div", ["class": "narrow"]) { page in
                    page.add(markup: chart.svg(width: SVG.phone, id: id + "-n"))
                }
            }
            if isTableLong {
                page.add("details") { page in
                    page.add("summary", text: "Numbers")
                    page.addTable(table)
                }
            } else {
                page.addTable(table)
            }
        }
        page.breakLine()
    }
}

extension Markup {
    /// A list of the keys, each with a sample of how it is drawn. Where the names stand at the ends of
    /// the curves, only a page without room for that needs it.
    fileprivate mutating func addLegend(
        _ keys: [ChartKey], id: String, isForNarrowOnly: Bool
    ) {
        guard !keys.isEmpty else { return }
        add("ul", ["class": isForNarrowOnly ? "legend narrow" : "legend"]) { page in
            for (index, key) in keys.enumerated() {
                page.add("li", ["class": key.style.colorClass]) { page in
                    page.addSample(of: key, id: "\(id)-k\(index)")
                    page.add(text: key.name)
                }
            }
        }
    }

    private mutating func addSample(of key: ChartKey, id: String) {
        add(
            "svg",
            [
                "viewBox": "0 0 30 12", "width": "30", "height": "12", "aria-hidden": "true",
            ]
        ) { svg in
            switch key.sample {
            case .line:
                svg.add(
                    "path",
                    ["class": "curve", "d": "M1 6H29", "stroke-dasharray": key.style.dashes])
                svg.add("path", ["class": "mark", "d": key.style.marker(x: 15, y: 6)])
            case .area: svg.addArea(key.style, id: id)
            }
        }
    }

    private mutating func addArea(_ style: SeriesStyle, id: String) {
        func rectangle(_ name: String, fill: String) {
            add(
                "rect",
                ["class": name, "x": "1", "width": "28", "height": "12", "fill": fill])
        }
        rectangle("segment", fill: "")
        guard style.isTextured else { return }
        add("defs") { $0.addTexture(style, id: id) }
        rectangle("texture", fill: "url(#\(id))")
    }

    /// A table in a box of its own, in which it scrolls where the page is narrower.
    package mutating func addTable(_ table: TextTable, class name: String = "") {
        add("div", ["class": "scroll", "tabindex": "0"]) { page in
            page.add("table", ["class": name]) { page in
                page.add("thead") { page in
                    page.add("tr") { page in
                        for column in table.columns {
                            page.add(
                                "th",
                                ["scope": "col", "class": column.alignment == .left ? "l" : ""],
                                text: column.title)
                        }
                    }
                }
                page.add("tbody") { page in
                    for row in table.rows {
                        page.add("tr") { page in
                            for (column, cell) in zip(table.columns, row) {
                                page.addCell(cell, column.alignment)
                            }
                        }
                    }
                }
            }
        }
    }

    private mutating func addCell(_ cell: TextTable.Cell, _ alignment: TextTable.Alignment) {
        let tone: String
        switch cell.tone {
        case .plain: tone = ""
        case .good: tone = "good"
        case .doubtful: tone = "doubtful"
        case .bad: tone = "bad"
        case .faint: tone = "faint"
        }
        let side = alignment == .left ? "l" : ""
        let classes = [side, tone].filter { !$0.isEmpty }.joined(separator: " ")
        add("td", ["class": classes], text: cell.text)
    }
}
