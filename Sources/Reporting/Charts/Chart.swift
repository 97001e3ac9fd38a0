import Measurement

/// A picture of numbers, drawn as SVG by plain shapes.
///
/// A chart is drawn for a width, twice on a page: wide, and for the width of a phone, where shrinking
/// the wide one would make its text unreadable. It carries its colours as classes (`SeriesStyle`) and
/// its text in the page's font; the values of its points are `<title>` elements, which every browser
/// shows without a script.
package protocol Chart: Sendable {
    /// What the chart shows, in a sentence: for those who do not see it.
    var summary: String { get }
    /// The series or parts, by style and name: what a legend lists.
    var legend: [ChartKey] { get }
    /// The chart as an SVG element, `width` pixels wide and as high as it needs; below `SVG.narrow`
    /// the layout is that of a phone. `id` begins the ids inside, and must be unique in the page.
    func svg(width: Double, id: String) -> String
}

/// An entry of a legend.
package struct ChartKey: Sendable {
    /// What a legend shows beside the name.
    package enum Sample: Sendable {
        /// A piece of the line with a marker.
        case line
        /// A piece of the area.
        case area
    }

    /// Whose it is.
    package let name: String
    /// How it is drawn.
    package let style: SeriesStyle
    /// What is shown of it.
    package let sample: Sample

    package init(name: String, style: SeriesStyle, sample: Sample) {
        self.name = name
        self.style = style
        self.sample = sample
    }
}

/// What all charts have in common.
package enum SVG {
    /// The width that charts are drawn for where there is room, in pixels.
    package static let wide = 880.0
    /// The width on a phone: 390 pixels less the page's margins.
    package static let phone = 350.0
    /// Below this width, charts are laid out for a phone.
    package static let narrow = 560.0
    /// The size of text in charts, in pixels.
    static let textSize = 12.0

    /// A coordinate: one tenth of a pixel is finer than any screen.
    package static func number(_ value: Double) -> String {
        let text = NumberText.fixed(value, places: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// About how wide a letter is: the mean of DejaVu Sans, the widest of the usual fonts.
    private static let letterWidth = textSize * 0.6

    /// About how wide `text` is.
    static func width(of text: String) -> Double {
        Double(text.count) * letterWidth
    }

    /// `text`, shortened to fit into `width` pixels.
    static func fitted(_ text: String, into width: Double) -> String {
        guard Self.width(of: text) > width else { return text }
        let count = max(Int(width / letterWidth) - 1, 1)
        return text.prefix(count) + "…"
    }

    /// An SVG element around what `draw` draws.
    static func element(
        width: Double, height: Double, label: String, draw: (inout Markup) -> Void
    ) -> String {
        var markup = Markup()
        markup.add(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": "0 0 \(number(width)) \(number(height))", "width": number(width),
                "height": number(height), "role": "img", "aria-label": label,
            ], content: draw)
        return markup.text
    }
}

/// To which side of its place a text is written (SVG 2 §11.10.2.1).
enum TextAnchor: String {
    case start, middle, end
}

extension Markup {
    /// Writes text of a chart at a place.
    mutating func label(
        _ text: String, x: Double, y: Double, _ anchor: TextAnchor = .start, class name: String = ""
    ) {
        add(
            "text",
            [
                "class": name, "x": SVG.number(x), "y": SVG.number(y),
                "text-anchor": anchor == .start ? "" : anchor.rawValue,
            ], text: text)
    }

    /// Draws a straight line.
    mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String
    ) {
        add(
            "line",
            [
                "class": name, "x1": SVG.number(x1), "y1": SVG.number(y1), "x2": SVG.number(x2),
                "y2": SVG.number(y2),
            ])
    }
}

/// Keeps labels apart that would lie on each other: moved as little as an even hand allows, within
/// the bounds.
enum LabelSpread {
    /// Places in the order of `wanted`, at least `distance` apart.
    static func places(
        _ wanted: [Double], distance: Double, within bounds: ClosedRange<Double>
    ) -> [Double] {
        let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
        // Neighbours that overlap become one block, centred on the mean of what its labels wanted.
        var blocks: [(sum: Double, count: Int)] = []
        func top(_ block: (sum: Double, count: Int)) -> Double {
            let height = Double(block.count - 1) * distance
            let top = block.sum / Double(block.count) - height / 2
            return max(min(top, bounds.upperBound - height), bounds.lowerBound)
        }
        for index in order {
            blocks.append((wanted[index], 1))
            while blocks.count > 1 {
                let last = blocks[blocks.count - 1]
                let before = blocks[blocks.count - 2]
                guard top(before) + Double(before.count) * distance > top(last) else { break }
                blocks.removeLast()
                blocks[blocks.count - 1] = (before.sum + last.sum, before.count + last.count)
            }
        }
        var places = wanted
        var next = 0
        for block in blocks {
            for number in 0..<block.count {
                places[order[next]] = top(block) + Double(number) * distance
                next += 1
            }
        }
        return places
    }
}
