/// Curves over an axis: a latency over its percentile, a metric over a parameter.
package struct LineChart: Chart {
    /// A point of a curve.
    package struct Point: Sendable {
        /// Where it is along the horizontal axis.
        package let x: Double
        /// Where it is along the vertical one.
        package let y: Double
        /// How far the rounds went, drawn as a bar through the point; nil for one round.
        package let range: ClosedRange<Double>?
        /// What hovering says; a point with a note has a marker, one without only bends the line.
        package let note: String?

        package init(
            x: Double, y: Double, range: ClosedRange<Double>? = nil, note: String? = nil
        ) {
            self.x = x
            self.y = y
            self.range = range
            self.note = note
        }
    }

    /// A curve.
    package struct Series: Sendable {
        /// Whose it is.
        package let name: String
        /// How it is drawn.
        package let style: SeriesStyle
        /// Its points, from left to right.
        package let points: [Point]

        package init(name: String, style: SeriesStyle, points: [Point]) {
            self.name = name
            self.style = style
            self.points = points
        }
    }

    /// A level or place that the curves are read against: a law, a limit, a crossing.
    package struct Rule: Sendable {
        /// Which axis it stands on.
        package enum Side: Sendable {
            case x, y
        }

        /// Which axis it stands on.
        package let side: Side
        /// Where it is.
        package let value: Double
        /// What it is.
        package let label: String

        package init(_ side: Side, at value: Double, label: String) {
            self.side = side
            self.value = value
            self.label = label
        }
    }

    package let summary: String
    private let x: Axis
    private let y: Axis
    private let series: [Series]
    private let rules: [Rule]

    package init(summary: String, x: Axis, y: Axis, series: [Series], rules: [Rule] = []) {
        self.summary = summary
        self.x = x
        self.y = y
        self.series = series
        self.rules = rules
    }

    package var legend: [ChartKey] {
        series.map { ChartKey(name: $0.name, style: $0.style, sample: .line) }
    }

    package func svg(width: Double, id: String) -> String {
        let isNarrow = width < SVG.narrow
        let area = plotArea(width: width, isNarrow: isNarrow)
        let height = area.bottom + 42
        return SVG.element(width: width, height: height, label: summary) { svg in
            drawAxes(in: area, isNarrow: isNarrow, &svg)
            for rule in rules { draw(rule, in: area, &svg) }
            for curve in series { draw(curve, in: area, &svg) }
            if !isNarrow { drawNames(in: area, width: width, &svg) }
        }
    }

    // MARK: - Layout

    /// Names at the ends of the curves take this much at most; the legend has them in full.
    private static let widestName = 190.0

    private func plotArea(width: Double, isNarrow: Bool) -> PlotArea {
        let labels = y.scale.ticks.map { SVG.width(of: y.label($0.value)) }
        let left = (labels.max() ?? 0) + 10
        let names = series.map { min(SVG.width(of: $0.name), Self.widestName) }
        // Half of the last mark's text stands beyond the axis.
        let right = isNarrow ? width - 14 : width - (names.max() ?? 0) - 26
        let height = isNarrow ? 250.0 : 340
        return PlotArea(left: left, right: right, top: 26, bottom: 26 + height)
    }

    private func place(_ point: Point, in area: PlotArea) -> (x: Double, y: Double) {
        (area.x(x.scale.share(of: point.x)), area.y(y.scale.share(of: point.y)))
    }

    // MARK: - Drawing

    private func drawAxes(in area: PlotArea, isNarrow: Bool, _ svg: inout Markup) {
        svg.label(y.title, x: 0, y: 12, class: "axis")
        for tick in y.scale.ticks {
            let place = area.y(y.scale.share(of: tick.value))
            svg.line(
                area.left, place, area.right, place, class: tick.isMajor ? "grid" : "grid minor")
            if tick.isMajor || !isNarrow {
                svg.label(y.label(tick.value), x: area.left - 8, y: place + 4, .end, class: "tick")
            }
        }
        svg.line(area.left, area.bottom, area.right, area.bottom, class: "base")
        var free = -Double.infinity
        for tick in x.scale.ticks {
            let place = area.x(x.scale.share(of: tick.value))
            let label = x.label(tick.value)
            let half = SVG.width(of: label) / 2
            svg.line(
                place, area.top, place, area.bottom, class: tick.isMajor ? "grid" : "grid minor")
            guard place - half > free, place + half < area.right + 40 else { continue }
            free = place + half + 8
            svg.label(label, x: place, y: area.bottom + 18, .middle, class: "tick")
        }
        svg.label(
            x.title, x: (area.left + area.right) / 2, y: area.bottom + 37, .middle, class: "axis")
    }

    private func draw(_ rule: Rule, in area: PlotArea, _ svg: inout Markup) {
        switch rule.side {
        case .x:
            let place = area.x(x.scale.share(of: rule.value))
            svg.line(place, area.top, place, area.bottom, class: "rule")
            let isRight = place > (area.left + area.right) / 2
            svg.label(
                rule.label, x: place + (isRight ? -5 : 5), y: area.top + 11,
                isRight ? .end : .start,
                class: "rule-name")
        case .y:
            let place = area.y(y.scale.share(of: rule.value))
            svg.line(area.left, place, area.right, place, class: "rule")
            svg.label(rule.label, x: area.left + 6, y: place - 5, class: "rule-name")
        }
    }

    private func draw(_ curve: Series, in area: PlotArea, _ svg: inout Markup) {
        let places = curve.points.map { place($0, in: area) }
        guard !places.isEmpty else { return }
        svg.add("g", ["class": curve.style.colorClass]) { svg in
            let path = places.map { "\(SVG.number($0.x)) \(SVG.number($0.y))" }
            svg.add(
                "path",
                [
                    "class": "curve", "d": "M" + path.joined(separator: "L"),
                    "stroke-dasharray": curve.style.dashes,
                ])
            for (point, place) in zip(curve.points, places) {
                if let range = point.range, range.upperBound > range.lowerBound {
                    svg.line(
                        place.x, area.y(y.scale.share(of: range.lowerBound)), place.x,
                        area.y(y.scale.share(of: range.upperBound)), class: "spread")
                }
                guard let note = point.note else { continue }
                svg.add("g", ["class": "hover"]) { svg in
                    svg.add("title", text: note)
                    // A finger's and a pointer's target is larger than the marker.
                    svg.add(
                        "circle",
                        [
                            "class": "target", "cx": SVG.number(place.x), "cy": SVG.number(place.y),
                            "r": "10",
                        ])
                    svg.add(
                        "path",
                        ["class": "mark", "d": curve.style.marker(x: place.x, y: place.y)])
                }
            }
        }
    }

    /// The names beside the ends of their curves.
    private func drawNames(in area: PlotArea, width: Double, _ svg: inout Markup) {
        let ends = series.compactMap { curve in
            curve.points.last.map { (curve, place($0, in: area)) }
        }
        let places = LabelSpread.places(
            ends.map { $0.1.y }, distance: 16, within: area.top...area.bottom)
        for ((curve, end), y) in zip(ends, places) {
            svg.add("g", ["class": curve.style.colorClass]) { svg in
                svg.line(end.x + 5, end.y, area.right + 14, y, class: "leader")
                svg.label(
                    SVG.fitted(curve.name, into: Self.widestName), x: area.right + 18, y: y + 4,
                    class: "name")
            }
        }
    }
}

/// The rectangle between the axes, in pixels.
struct PlotArea {
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    /// The place along the horizontal axis of a share of its length.
    func x(_ share: Double) -> Double { left + share * (right - left) }

    /// The place along the vertical axis, which begins below.
    func y(_ share: Double) -> Double { bottom - share * (bottom - top) }
}
