/// Horizontal bars made of parts: bytes by class, or with one part simply a number each.
package struct StackedBars: Chart {
    /// What a bar may be made of.
    package struct Part: Sendable {
        /// Its name.
        package let name: String
        /// How it is drawn.
        package let style: SeriesStyle

        package init(name: String, style: SeriesStyle) {
            self.name = name
            self.style = style
        }
    }

    /// A part of a bar.
    package struct Segment: Sendable {
        /// Which part, by its place in the chart's list.
        package let part: Int
        /// How long it is, in the axis's unit; not below 0.
        package let value: Double
        /// What hovering says.
        package let note: String

        package init(part: Int, value: Double, note: String) {
            self.part = part
            self.value = value
            self.note = note
        }
    }

    /// A bar.
    package struct Bar: Sendable {
        /// What it is within its group, such as a direction; empty for a group's only bar.
        package let name: String
        /// What it is made of, from the axis outwards.
        package let segments: [Segment]
        /// The value in words, behind its end.
        package let text: String
        /// What it is compared with, drawn as a stroke across: a law's value.
        package let expected: Double?
        /// How far the rounds went; nil for one round.
        package let range: ClosedRange<Double>?

        package init(
            name: String = "", segments: [Segment], text: String, expected: Double? = nil,
            range: ClosedRange<Double>? = nil
        ) {
            self.name = name
            self.segments = segments
            self.text = text
            self.expected = expected
            self.range = range
        }

        /// Its whole length.
        package var value: Double { segments.reduce(0) { $0 + $1.value } }

        /// How far everything that is drawn of it reaches.
        package var reach: Double { max(value, expected ?? 0, range?.upperBound ?? 0) }
    }

    /// The bars of one name.
    package struct Group: Sendable {
        /// Whose bars they are.
        package let name: String
        /// The bars, one below the other.
        package let bars: [Bar]

        /// How far its bars reach.
        package var reaches: [Double] { bars.map(\.reach) }

        package init(name: String, bars: [Bar]) {
            self.name = name
            self.bars = bars
        }
    }

    /// A value that bars are read against, drawn from top to bottom.
    package struct Rule: Sendable {
        /// Where it is.
        package let value: Double
        /// What it is.
        package let label: String

        package init(at value: Double, label: String) {
            self.value = value
            self.label = label
        }
    }

    package let summary: String
    private let axis: Axis
    private let parts: [Part]
    private let groups: [Group]
    private let rules: [Rule]

    /// Bars along `axis`, at whose end they are cut: those that reach farther have a torn end.
    package init(
        summary: String, axis: Axis, parts: [Part], groups: [Group], rules: [Rule] = []
    ) {
        self.summary = summary
        self.axis = axis
        self.parts = parts
        self.groups = groups
        self.rules = rules
    }

    package var legend: [ChartKey] {
        parts.count < 2
            ? [] : parts.map { ChartKey(name: $0.name, style: $0.style, sample: .area) }
    }

    package func svg(width: Double, id: String) -> String {
        let layout = Layout(self, width: width)
        let height = layout.bottom + 38
        let used = Set(groups.flatMap { $0.bars.flatMap { $0.segments.map(\.part) } })
        return SVG.element(width: width, height: height, label: summary) { svg in
            let textures = parts.indices.filter { used.contains($0) && parts[$0].style.isTextured }
            if !textures.isEmpty {
                svg.add("defs") { svg in
                    for index in textures {
                        svg.addTexture(parts[index].style, id: "\(id)-t\(index)")
                    }
                }
            }
            drawAxis(layout, &svg)
            for (index, group) in groups.enumerated() {
                draw(group, top: layout.tops[index], layout, id: id, &svg)
            }
            drawRules(layout, &svg)
        }
    }

    // MARK: - Layout

    /// Where things are, for a width.
    private struct Layout {
        static let barHeight = 16.0
        static let barDistance = 20.0
        static let groupDistance = 14.0
        static let nameHeight = 20.0

        let isNarrow: Bool
        let left: Double
        let right: Double
        let barName: Double
        let tops: [Double]
        let top: Double
        let bottom: Double

        init(_ chart: StackedBars, width: Double) {
            isNarrow = width < SVG.narrow
            let names = chart.groups.map { SVG.width(of: $0.name) }
            let barNames = chart.groups.flatMap { $0.bars.map { SVG.width(of: $0.name) } }
            let widestBarName = barNames.max() ?? 0
            barName = isNarrow ? 0 : min(names.max() ?? 0, 220) + 12
            left = barName + widestBarName + (widestBarName > 0 ? 8 : 0)
            let texts = chart.groups.flatMap { $0.bars.map { SVG.width(of: $0.text) } }
            right = width - (texts.max() ?? 0) - 12
            top = chart.rules.isEmpty ? 4 : 22
            var y = top + 6
            var tops: [Double] = []
            for group in chart.groups {
                tops.append(y)
                y += (isNarrow ? Self.nameHeight : 0)
                y += Double(group.bars.count) * Self.barDistance + Self.groupDistance
            }
            self.tops = tops
            bottom = y - Self.groupDistance + 8
        }

        func x(_ share: Double) -> Double { left + share * (right - left) }
    }

    // MARK: - Drawing

    private func x(_ value: Double, _ layout: Layout) -> Double {
        layout.x(axis.scale.share(of: value))
    }

    private func drawAxis(_ layout: Layout, _ svg: inout Markup) {
        var free = -Double.infinity
        for tick in axis.scale.ticks {
            let place = x(tick.value, layout)
            let label = axis.label(tick.value)
            let half = SVG.width(of: label) / 2
            svg.line(place, layout.top, place, layout.bottom, class: "grid")
            guard place - half > free else { continue }
            free = place + half + 10
            // On a phone the axis begins at the edge, where half a label would be cut off.
            let isCut = place - half < 0
            svg.label(
                label, x: isCut ? 0 : place, y: layout.bottom + 16, isCut ? .start : .middle,
                class: "tick")
        }
        svg.line(layout.left, layout.top, layout.left, layout.bottom, class: "base")
        svg.label(
            axis.title, x: (layout.left + layout.right) / 2, y: layout.bottom + 34, .middle,
            class: "axis")
    }

    private func drawRules(_ layout: Layout, _ svg: inout Markup) {
        var free = -Double.infinity
        for rule in rules {
            let place = x(rule.value, layout)
            svg.line(place, layout.top, place, layout.bottom, class: "rule")
            let half = SVG.width(of: rule.label) / 2
            guard place - half > free else { continue }
            free = place + half + 6
            svg.label(rule.label, x: place, y: layout.top - 6, .middle, class: "rule-name")
        }
    }

    private func draw(
        _ group: Group, top: Double, _ layout: Layout, id: String, _ svg: inout Markup
    ) {
        var y = top
        if layout.isNarrow {
            svg.label(group.name, x: 0, y: y + 12, class: "name")
            y += Layout.nameHeight
        } else {
            let height = Double(group.bars.count - 1) * Layout.barDistance + Layout.barHeight
            svg.label(
                SVG.fitted(group.name, into: 220), x: 0, y: y + height / 2 + 4, class: "name")
        }
        for bar in group.bars {
            draw(bar, y: y, layout, id: id, &svg)
            y += Layout.barDistance
        }
    }

    private func draw(_ bar: Bar, y: Double, _ layout: Layout, id: String, _ svg: inout Markup) {
        let middle = y + Layout.barHeight / 2
        if !bar.name.isEmpty {
            svg.label(bar.name, x: layout.left - 8, y: middle + 4, .end, class: "tick")
        }
        var begin = 0.0
        for segment in bar.segments where segment.value > 0 {
            let from = x(begin, layout)
            begin += segment.value
            let to = x(begin, layout)
            guard to > from, parts.indices.contains(segment.part) else { continue }
            draw(segment, from: from, to: to, y: y, id: id, &svg)
        }
        var end = x(bar.value, layout)
        if bar.value > axis.scale.highest * (1 + 1e-9) {
            drawTornEnd(x: end, y: y, &svg)
        }
        if let range = bar.range, range.upperBound > range.lowerBound {
            let low = x(range.lowerBound, layout)
            let high = x(range.upperBound, layout)
            svg.line(low, middle, high, middle, class: "whisker")
            for place in [low, high] {
                svg.line(place, middle - 4, place, middle + 4, class: "whisker")
            }
            end = max(end, high)
        }
        if let expected = bar.expected {
            let place = x(expected, layout)
            svg.add("g", ["class": "hover"]) { svg in
                svg.add("title", text: "theory: \(axis.label(expected))")
                svg.line(place, y - 3, place, y + Layout.barHeight + 3, class: "expected")
            }
            end = max(end, place)
        }
        svg.label(bar.text, x: end + 6, y: middle + 4, class: "value")
    }

    private func draw(
        _ segment: Segment, from: Double, to: Double, y: Double, id: String, _ svg: inout Markup
    ) {
        let part = parts[segment.part]
        func rectangle(_ name: String, fill: String, _ svg: inout Markup) {
            svg.add(
                "rect",
                [
                    "class": name, "x": SVG.number(from), "y": SVG.number(y),
                    "width": SVG.number(to - from), "height": SVG.number(Layout.barHeight),
                    "fill": fill,
                ])
        }
        svg.add("g", ["class": "hover \(part.style.colorClass)"]) { svg in
            svg.add("title", text: segment.note)
            rectangle("segment", fill: "", &svg)
            if part.style.isTextured {
                rectangle("texture", fill: "url(#\(id)-t\(segment.part))", &svg)
            }
        }
    }

    /// A zigzag in the page's colour: the bar goes on.
    private func drawTornEnd(x: Double, y: Double, _ svg: inout Markup) {
        var path = "M\(SVG.number(x - 12)) \(SVG.number(y - 1))"
        for step in 1...6 {
            path +=
                "L\(SVG.number(x - (step % 2 == 0 ? 12 : 7))) "
                + SVG.number(y - 1 + Double(step) * (Layout.barHeight + 2) / 6)
        }
        svg.add("path", ["class": "torn", "d": path])
    }
}

extension SeriesStyle {
    /// Whether areas are hatched: every other style's are, so that neighbours differ without colour.
    var isTextured: Bool { index % 2 == 1 }
}

extension Markup {
    /// A hatch that is laid over an area; its direction and distance are the style's own.
    mutating func addTexture(_ style: SeriesStyle, id: String) {
        let angles = ["45", "-45", "0", "90"]
        let distance = style.index % 8 < 4 ? "5" : "8"
        add(
            "pattern",
            [
                "id": id, "width": distance, "height": distance, "patternUnits": "userSpaceOnUse",
                "patternTransform": "rotate(\(angles[style.index / 2 % angles.count]))",
            ]
        ) { markup in
            markup.add("path", ["class": "hatch", "d": "M0 0H\(distance)"])
        }
    }
}
