/// Where a sample of differences lies, and how surely: the Hodges–Lehmann estimate, which is the
/// median of all means of two (the Walsh averages, each value with itself included), and bounds that
/// are two of those averages, chosen by the exact signed-rank distribution.
///
/// A few wild restarts move neither by more than their number, and the tails of what a busy machine
/// measures are heavy: standard deviations of up to four times what the middle of the data says were
/// seen, which a mean and its t-interval would follow.
///
/// Reference: Hollander, M. and Wolfe, D. A. (1999), Nonparametric Statistical Methods, 2nd edition,
/// §3.2 (the estimate) and §3.3 (the interval).
package struct HodgesLehmann: Hashable, Sendable {
    /// The estimate.
    package let estimate: Double
    /// What the true value lies above with the confidence asked for, and what it lies below with it;
    /// nil when the sample is too small to be so sure. Both together hold with twice the doubt.
    package let lower: Double?
    package let upper: Double?

    /// Where `values` lie, each bound with `confidence` on its own side; nil for no values.
    package init?(_ values: [Double], confidence: Double) {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        let averages = Self.walshAverages(of: values)
        let middle = averages.count / 2
        estimate =
            averages.count % 2 == 1
            ? averages[middle] : (averages[middle - 1] + averages[middle]) / 2
        // Fewer than c + 1 averages lie below the true value with the probability P(W⁺ ≤ c).
        let critical = SignedRank(count: values.count).criticalSum(tail: 1 - confidence)
        lower = critical.map { averages[$0] }
        upper = critical.map { averages[averages.count - 1 - $0] }
    }

    /// The means of every two of `values`, and the values themselves, in ascending order.
    package static func walshAverages(of values: [Double]) -> [Double] {
        var averages: [Double] = []
        averages.reserveCapacity(values.count * (values.count + 1) / 2)
        for (index, value) in values.enumerated() {
            for other in values[index...] { averages.append((value + other) / 2) }
        }
        return averages.sorted()
    }
}
