import Glibc
import Measurement

/// How values become places on an axis, and where the axis is marked.
package struct Scale: Sendable {
    /// The rule by which values are spread.
    private enum Rule {
        /// Equal steps for equal differences.
        case linear
        /// Equal steps for equal ratios.
        case logarithmic
        /// For percentiles, equal steps for each further nine: log 1/(1 − q).
        case percentile
    }

    /// A mark on an axis.
    package struct Tick: Hashable, Sendable {
        /// Where it is, in the axis's unit.
        package let value: Double
        /// Whether it is one of the main marks, which keep their text where room is scarce.
        package let isMajor: Bool
    }

    private let rule: Rule
    /// The value at the beginning of the axis.
    package let lowest: Double
    /// The value at its end.
    package let highest: Double
    /// The marks, in ascending order.
    package let ticks: [Tick]

    private init(_ rule: Rule, _ lowest: Double, _ highest: Double, _ ticks: [Tick]) {
        self.rule = rule
        self.lowest = lowest
        self.highest = highest
        self.ticks = ticks
    }

    /// Where `value` stands: 0 at the beginning of the axis, 1 at its end. Values beyond an end stand
    /// at it.
    package func share(of value: Double) -> Double {
        let low = spread(lowest)
        let high = spread(highest)
        guard high > low, value.isFinite else { return 0 }
        return min(max((spread(value) - low) / (high - low), 0), 1)
    }

    private func spread(_ value: Double) -> Double {
        switch rule {
        case .linear: value
        case .logarithmic: log10(max(value, .leastNormalMagnitude))
        case .percentile: -log10(max(1 - value / 100, 1e-12))
        }
    }

    // MARK: - Axes

    /// From 0, or the lowest value below it, to just above the highest; about `steps` marks at 1, 2
    /// or 5 times a power of ten. Exactly as far as the values go when `isTight`.
    package static func linear(
        _ values: [Double], steps: Int = 5, isTight: Bool = false
    ) -> Scale {
        let finite = values.filter(\.isFinite)
        let low = min(finite.min() ?? 0, 0)
        var high = max(finite.max() ?? 0, 0)
        if high <= low { high = low + 1 }
        let step = niceStep((high - low) / Double(max(steps, 1)))
        let first = (low / step).rounded(.down)
        let last = (high / step - 1e-9).rounded(isTight ? .down : .up)
        let ticks = stride(from: first, through: last, by: 1)
            .map { Tick(value: $0 * step, isMajor: true) }
        return Scale(
            .linear, isTight ? low : first * step, isTight ? high : last * step,
            ticks.filter { !isTight || $0.value >= low })
    }

    /// Around the positive values, from one of 1, 2 or 5 times a power of ten to another. Over many
    /// decades only the powers of ten are marked.
    package static func logarithmic(_ values: [Double]) -> Scale {
        let positive = values.filter { $0.isFinite && $0 > 0 }
        guard let smallest = positive.min(), let largest = positive.max() else {
            return Scale(.logarithmic, 1, 10, [1, 10].map { Tick(value: $0, isMajor: true) })
        }
        let decades = Int(floor(log10(smallest)))...Int(ceil(log10(largest)))
        let marks = decades.flatMap { decade in
            [1.0, 2, 5].map { factor in
                Tick(value: factor * pow(10, Double(decade)), isMajor: factor == 1)
            }
        }
        // A hair, so that a value which is a mark but for rounding stands on it.
        let first = marks.last { $0.value <= smallest * (1 + 1e-9) } ?? marks[0]
        var last = marks.first { $0.value >= largest * (1 - 1e-9) } ?? marks[marks.count - 1]
        if last.value <= first.value {
            last = marks.first { $0.value > first.value } ?? last
        }
        let inside = marks.filter { $0.value >= first.value && $0.value <= last.value }
        let powers = inside.filter(\.isMajor)
        // One power of ten alone is no axis: then the marks between are as good.
        let ticks = powers.count > 4 ? powers : inside
        return Scale(
            .logarithmic, first.value, last.value,
            powers.count > 1 ? ticks : ticks.map { Tick(value: $0.value, isMajor: true) })
    }

    /// Percentiles from 0 to 100 − 100/count, beyond which `count` values say nothing, with a mark
    /// at the median and at each nine.
    package static func percentiles(count: Int) -> Scale {
        // Two values at least, or the axis has no length.
        let highest = 100 - 100 / Double(max(count, 2))
        let marks = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999, 99.99999]
        return Scale(
            .percentile, 0, highest,
            marks.filter { $0 <= highest }.map { Tick(value: $0, isMajor: $0 != 50) })
    }

    /// 1, 2 or 5 times a power of ten, and not less than `step`.
    private static func niceStep(_ step: Double) -> Double {
        let power = pow(10, floor(log10(step)))
        let factor = step / power
        return (factor <= 1.001 ? 1 : factor <= 2.001 ? 2 : factor <= 5.001 ? 5 : 10) * power
    }
}

/// One axis of a chart.
package struct Axis: Sendable {
    /// What is along it, with its unit where the marks do not carry it.
    package let title: String
    /// How values are placed.
    package let scale: Scale
    /// A value as a mark says it.
    package let label: @Sendable (Double) -> String

    package init(title: String, scale: Scale, label: @escaping @Sendable (Double) -> String) {
        self.title = title
        self.scale = scale
        self.label = label
    }
}
