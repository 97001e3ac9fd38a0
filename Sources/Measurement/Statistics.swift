/// The few statistics that comparing rounds of a run needs.
///
/// Every function answers `nil` instead of a number that would not mean anything.
package enum Statistics {
    /// The arithmetic mean.
    package static func mean(of values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The value in the middle, or half-way between the two in the middle.
    package static func median(of values: [Double]) -> Double? {
        quantile(0.5, of: values)
    }

    /// The value below which the share `share` of the values lies, by linear interpolation between
    /// the neighbours (type 7 of Hyndman and Fan, 1996, as R and NumPy do by default).
    package static func quantile(_ share: Double, of values: [Double]) -> Double? {
        guard !values.isEmpty, (0...1).contains(share) else { return nil }
        let sorted = values.sorted()
        let position = share * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }

    /// The standard deviation of a sample (divisor n − 1).
    package static func standardDeviation(of values: [Double]) -> Double? {
        guard values.count > 1, let mean = mean(of: values) else { return nil }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// The median distance from the median: a spread that one wild value cannot move.
    package static func medianAbsoluteDeviation(of values: [Double]) -> Double? {
        guard let middle = median(of: values) else { return nil }
        return median(of: values.map { abs($0 - middle) })
    }
}
