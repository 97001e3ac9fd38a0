/// How a series is told from the others: by colour, by the dashes of its line, and by the shape of its
/// markers, so that colour is never needed.
///
/// The colours are those of Okabe and Ito (Color Universal Design, 2008), in the light theme darkened
/// until each has 2.8 : 1 against the page (WCAG 2.2 §1.4.11 asks 3 : 1 where nothing else tells two
/// graphics apart), with a brown in place of the yellow; in the dark theme lightened alike. Simulated
/// after Machado et al. (2009), the least distance in OKLab between two of them is 0.03 for
/// tritanopia, and 0.07 for the common kinds.
package struct SeriesStyle: Hashable, Sendable {
    /// Colours in the light theme, by number.
    package static let light = [
        "#005a94", "#c85000", "#009e73", "#d070a8", "#4aa3df", "#c08a00", "#16191d", "#7a4a28",
    ]
    /// Colours in the dark theme, by number.
    package static let dark = [
        "#2f8fd6", "#e5681c", "#12a57b", "#dd86b8", "#a6dafb", "#e69f00", "#f4f5f6", "#f0e442",
    ]

    /// Dashes and gaps in pixels; the first is a plain line.
    private static let dashes = ["", "8 3", "2 3", "10 3 2 3", "5 2", "12 4", "1 4", "6 3 1 3 1 3"]

    /// The shape of a marker.
    private enum Shape: Int, CaseIterable {
        case circle, square, triangle, diamond, wedge, cross, hexagon, bar
    }

    /// Its number among all: there is no end to them, but after 64 they repeat.
    package let index: Int
    private let isNeutral: Bool

    package init(_ index: Int) {
        self.index = max(index, 0)
        isNeutral = false
    }

    /// Grey: what is the same for all, and the others stand out from.
    package static let neutral = SeriesStyle()

    private init() {
        index = 0
        isNeutral = true
    }

    /// The class that gives shapes `--c`, the style's colour in the theme that is shown.
    package var colorClass: String { isNeutral ? "cn" : "c\(index % Self.light.count)" }

    /// The line's dashes, for `stroke-dasharray`; empty for a plain line. From the ninth series on
    /// they are other ones for the same colour.
    package var dashes: String {
        let count = Self.dashes.count
        return Self.dashes[(index + index / count * 3) % count]
    }

    /// The path of a marker around a point, `radius` in pixels.
    package func marker(x: Double, y: Double, radius: Double = 3.5) -> String {
        let shapes = Shape.allCases
        let place = (index + index / shapes.count * 5) % shapes.count
        let corners: [(Double, Double)]
        switch shapes[place] {
        case .circle:
            let r = SVG.number(radius)
            return "M\(SVG.number(x - radius)) \(SVG.number(y))a\(r) \(r) 0 1 0 "
                + "\(SVG.number(2 * radius)) 0a\(r) \(r) 0 1 0 \(SVG.number(-2 * radius)) 0z"
        case .square: corners = [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
        case .triangle: corners = [(0, -1.2), (1.15, 0.85), (-1.15, 0.85)]
        case .diamond: corners = [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
        case .wedge: corners = [(0, 1.2), (1.15, -0.85), (-1.15, -0.85)]
        case .cross:
            corners = [
                (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4),
                (0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
            ]
        case .hexagon:
            corners = [(-0.6, -1.1), (0.6, -1.1), (1.2, 0), (0.6, 1.1), (-0.6, 1.1), (-1.2, 0)]
        case .bar: corners = [(-0.45, -1.3), (0.45, -1.3), (0.45, 1.3), (-0.45, 1.3)]
        }
        let points = corners.map { corner in
            "\(SVG.number(x + corner.0 * radius)) \(SVG.number(y + corner.1 * radius))"
        }
        return "M" + points.joined(separator: "L") + "z"
    }
}
