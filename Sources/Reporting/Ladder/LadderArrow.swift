import Link
import Measurement

/// A message as an arrow from one line of a ladder to the other, in pixels.
struct LadderArrow {
    let message: Ladder.Message
    /// Where it begins and where it ends.
    let from: (x: Double, y: Double)
    let to: (x: Double, y: Double)

    init(
        message: Ladder.Message, client: Double, server: Double, sent: Double, arrived: Double
    ) {
        self.message = message
        let isUp = message.way == .up
        from = (isUp ? client : server, sent)
        to = (isUp ? server : client, arrived)
    }

    /// What gives the arrow its colour: what only TCP says, the direction, or that it brings events.
    var colorClass: String {
        if message.bytes == 0 { return "tcp" }
        return message.way == .up ? "up" : message.ids == nil ? "down" : "bearer"
    }

    private var slope: Double { (to.y - from.y) / (to.x - from.x) }

    /// How high the arrow's line is at `x`.
    private func y(at x: Double) -> Double { from.y + slope * (x - from.x) }

    /// Draws the shaft and the head.
    func draw(_ svg: inout Markup) {
        let (width, height) = (to.x - from.x, to.y - from.y)
        let length = (width * width + height * height).squareRoot()
        let along = (width / length, height / length)
        // The head's point stands beside the line and its dots.
        let point = (to.x - along.0 * 7, to.y - along.1 * 7)
        let back = (point.0 - along.0 * 13, point.1 - along.1 * 13)
        let corners = [
            point, (back.0 - along.1 * 5.5, back.1 + along.0 * 5.5),
            (back.0 + along.1 * 5.5, back.1 - along.0 * 5.5),
        ]
        svg.line(from.x, from.y, back.0, back.1, class: "arrow")
        let path = corners.map { "\(SVG.number($0.0)) \(SVG.number($0.1))" }
        svg.add("path", ["class": "head", "d": "M" + path.joined(separator: "L") + "z"])
    }

    // MARK: - Words

    /// The words of an arrow, along its line and a little above.
    struct Label {
        let text: String
        let colorClass: String
        let x: Double
        let y: Double
        let slope: Double
        let halfWidth: Double

        func draw(_ svg: inout Markup) {
            // The words' own axes, turned as the line is (SVG 2 §8.5).
            let cosine = 1 / (1 + slope * slope).squareRoot()
            let axes = [cosine, slope * cosine, -slope * cosine, cosine]
                .map { NumberText.fixed($0, places: 4) }
            svg.add("g", ["class": colorClass]) { svg in
                svg.add(
                    "text",
                    [
                        "class": "caption", "text-anchor": "middle",
                        "transform":
                            "matrix(\(axes.joined(separator: " ")) \(SVG.number(x)) "
                            + "\(SVG.number(y)))",
                    ], text: text)
            }
        }
    }

    /// About how wide a letter of 15 pixels is.
    private static let letter = 8.2
    /// From the arrow's line up to the words' foot.
    private static let lift = 7.0
    /// Where the middle of the words is tried, from the arrow's beginning to its end.
    private static let places = [0.5, 0.4, 0.6, 0.32, 0.68, 0.26, 0.74]

    /// The labels of all arrows, each where it is the least in the way of the others.
    static func labels(of arrows: [LadderArrow]) -> [Label] {
        var placed: [Label] = []
        for (index, arrow) in arrows.enumerated() {
            let others = arrows.enumerated().filter { $0.offset != index }.map(\.element)
            let candidates = places.map { arrow.label(at: $0) }
            let troubles = candidates.map { label in
                placed.count { label.meets($0) } * 4 + others.count { label.meets($0) }
            }
            let best = troubles.indices.min { (troubles[$0], $0) < (troubles[$1], $1) } ?? 0
            placed.append(candidates[best])
        }
        return placed
    }

    private func label(at share: Double) -> Label {
        let room = abs(to.x - from.x) - 60
        let most = max(Int(room / Self.letter), 4)
        let text = caption(upTo: most)
        let half = Double(text.count) * Self.letter / 2
        let low = min(from.x, to.x) + half + 14
        let high = max(from.x, to.x) - half - 14
        let wanted = from.x + share * (to.x - from.x)
        let x = low <= high ? min(max(wanted, low), high) : (from.x + to.x) / 2
        return Label(
            text: text, colorClass: colorClass, x: x, y: y(at: x) - Self.lift, slope: slope,
            halfWidth: half)
    }

    private func caption(upTo most: Int) -> String {
        let words = message.caption.count <= most ? message.caption : message.label
        return words.count <= most ? words : words.prefix(most - 1) + "…"
    }

    /// The arrow's height where both it and `label` are.
    fileprivate func height(at x: Double) -> Double { y(at: x) }
}

extension LadderArrow.Label {
    /// Heights of the words' middle at both ends.
    private func middle(at place: Double) -> Double { y - 5 + slope * (place - x) }

    fileprivate func meets(_ other: LadderArrow.Label) -> Bool {
        let left = max(x - halfWidth, other.x - other.halfWidth)
        let right = min(x + halfWidth, other.x + other.halfWidth)
        guard left < right else { return false }
        return meets(within: [left, right], distance: 18) { other.middle(at: $0) }
    }

    fileprivate func meets(_ arrow: LadderArrow) -> Bool {
        let left = max(x - halfWidth, min(arrow.from.x, arrow.to.x))
        let right = min(x + halfWidth, max(arrow.from.x, arrow.to.x))
        guard left < right else { return false }
        return meets(within: [left, right], distance: 9) { arrow.height(at: $0) }
    }

    /// Whether a line comes nearer than `distance` between two places; both are straight.
    private func meets(
        within ends: [Double], distance: Double, _ other: (Double) -> Double
    ) -> Bool {
        let differences = ends.map { other($0) - middle(at: $0) }
        return differences.contains { abs($0) < distance }
            || differences[0] < 0 && differences[1] > 0
            || differences[0] > 0 && differences[1] < 0
    }
}
