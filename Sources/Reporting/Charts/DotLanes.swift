/// What began and what came of it, along time, a lane for each name: in a lane, a dot above for the
/// beginning, one below for the end, and a line between them. A line that stands upright is an end at
/// once, a slanted one took its time, and several that run together ended together.
package struct DotLanes: Chart {
    /// A beginning and its end.
    package struct Mark: Sendable {
        /// When it began.
        package let start: Double
        /// When it ended.
        package let end: Double
        /// What hovering says.
        package let note: String

        package init(start: Double, end: Double, note: String) {
            self.start = start
            self.end = end
            self.note = note
        }
    }

    /// The marks of one name.
    package struct Lane: Sendable {
        /// Whose they are.
        package let name: String
        /// How they are drawn.
        package let style: SeriesStyle
        /// The marks, in any order.
        package let marks: [Mark]

        package init(name: String, style: SeriesStyle, marks: [Mark]) {
            self.name = name
            self.style = style
            self.marks = marks
        }
    }

    package let summary: String
    private let axis: Axis
    private let lanes: [Lane]

    /// Lanes along `axis`: marks that begin beyond its end are left out, and lines that end beyond it
    /// run out of the picture.
    package init(summary: String, axis: Axis, lanes: [Lane]) {
        self.summary = summary
        self.axis = axis
        self.lanes = lanes
    }

    package var legend: [ChartKey] { [] }

    package func svg(width: Double, id: String) -> String {
        let isNarrow = width < SVG.narrow
        let names = lanes.map { SVG.width(of: $0.name) }
        let left = isNarrow ? 4 : min(names.max() ?? 0, Self.widestName) + 20
        let top = 6.0
        let distance = isNarrow ? 66.0 : 50
        let bottom = top + Double(lanes.count) * distance
        let area = PlotArea(left: left, right: width - 8, top: top, bottom: bottom)
        return SVG.element(width: width, height: bottom + 40, label: summary) { svg in
            drawAxis(in: area, &svg)
            for (index, lane) in lanes.enumerated() {
                let y = top + Double(index) * distance
                draw(lane, y: y, distance: distance, in: area, isNarrow: isNarrow, &svg)
            }
        }
    }

    private static let widestName = 200.0
    /// From the dots above to those below.
    private static let drop = 24.0

    private func drawAxis(in area: PlotArea, _ svg: inout Markup) {
        var free = -Double.infinity
        for tick in axis.scale.ticks {
            let place = area.x(axis.scale.share(of: tick.value))
            let label = axis.label(tick.value)
            let half = SVG.width(of: label) / 2
            svg.line(place, area.top, place, area.bottom, class: "grid")
            guard place - half > free else { continue }
            free = place + half + 10
            let anchor: TextAnchor =
                place + half > area.right + 8 ? .end : place - half < 0 ? .start : .middle
            let x = anchor == .end ? area.right + 8 : anchor == .start ? 0 : place
            svg.label(label, x: x, y: area.bottom + 17, anchor, class: "tick")
        }
        svg.label(
            axis.title, x: (area.left + area.right) / 2, y: area.bottom + 35, .middle,
            class: "axis")
    }

    private func draw(
        _ lane: Lane, y: Double, distance: Double, in area: PlotArea, isNarrow: Bool,
        _ svg: inout Markup
    ) {
        let above = y + (isNarrow ? 26 : 10)
        let below = above + Self.drop
        if isNarrow {
            svg.label(lane.name, x: 0, y: y + 14, class: "name")
        } else {
            svg.label(
                SVG.fitted(lane.name, into: Self.widestName), x: 0, y: (above + below) / 2 + 4,
                class: "name")
        }
        svg.line(area.left, above, area.right, above, class: "lane")
        svg.line(area.left, below, area.right, below, class: "lane")
        svg.add("g", ["class": lane.style.colorClass]) { svg in
            for mark in lane.marks where mark.start <= axis.scale.highest {
                draw(mark, above: above, below: below, in: area, &svg)
            }
        }
        drawBatches(lane, y: below + 13, in: area, &svg)
    }

    private func draw(
        _ mark: Mark, above: Double, below: Double, in area: PlotArea, _ svg: inout Markup
    ) {
        let from = area.x(axis.scale.share(of: mark.start))
        let isInside = mark.end <= axis.scale.highest
        var to = area.x(axis.scale.share(of: mark.end))
        var foot = below
        if !isInside, mark.end > mark.start {
            let share = (axis.scale.highest - mark.start) / (mark.end - mark.start)
            foot = above + share * (below - above)
            to = area.right
        }
        svg.add("g", ["class": "hover"]) { svg in
            svg.add("title", text: mark.note)
            svg.line(from, above, to, foot, class: "flight")
            svg.add(
                "circle",
                ["class": "due", "cx": SVG.number(from), "cy": SVG.number(above), "r": "2.6"])
            if isInside {
                svg.add(
                    "circle",
                    ["class": "had", "cx": SVG.number(to), "cy": SVG.number(below), "r": "3"])
            }
        }
    }

    /// Under ends that are one moment, how many they are.
    private func drawBatches(_ lane: Lane, y: Double, in area: PlotArea, _ svg: inout Markup) {
        var counts: [Double: Int] = [:]
        for mark in lane.marks where mark.start <= axis.scale.highest {
            counts[mark.end, default: 0] += 1
        }
        var free = -Double.infinity
        for (end, count) in counts.sorted(by: { $0.key < $1.key })
        where count > 1 && end <= axis.scale.highest {
            let place = area.x(axis.scale.share(of: end))
            guard place > free else { continue }
            free = place + 22
            svg.label("×\(count)", x: place, y: y, .middle, class: "batch")
        }
    }
}
