import Glibc

/// What one restart of two programs says of one figure: how many times the base's it is, as a
/// logarithm, and the figure itself.
///
/// The median over the pairs of the logarithm of a pair's ratio: the two slices of a pair lie some
/// tens of milliseconds apart, so that what befalls the machine for longer than that befalls both and
/// drops out; what befalls one slice alone is one pair among several, and the median leaves it out.
package struct PairedRestart: Hashable, Sendable {
    /// ln(change ÷ base), the median over the pairs.
    package let logRatio: Double
    /// The median of the base's slices, and that of the change's.
    package let base: Double
    package let change: Double

    /// What `pairs` say; nil when fewer than half of them, or none, have a figure on both sides.
    package init?(pairs: [(base: Double?, change: Double?)]) {
        var whole: [(base: Double, change: Double)] = []
        for pair in pairs {
            guard let base = pair.base, let change = pair.change, base > 0, change > 0,
                base.isFinite, change.isFinite
            else { continue }
            whole.append((base, change))
        }
        guard whole.count * 2 >= pairs.count,
            let logRatio = Statistics.median(of: whole.map { log($0.change / $0.base) }),
            let base = Statistics.median(of: whole.map(\.base)),
            let change = Statistics.median(of: whole.map(\.change))
        else { return nil }
        self.init(logRatio: logRatio, base: base, change: change)
    }

    package init(logRatio: Double, base: Double, change: Double) {
        self.logRatio = logRatio
        self.base = base
        self.change = change
    }
}
