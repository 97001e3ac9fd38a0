/// What the record keeps of a distribution of durations, in nanoseconds.
package struct LatencySummary: Hashable, Sendable, Codable {
    /// How many durations there were; the other numbers mean nothing when it is zero.
    package var count: Int
    /// The arithmetic mean.
    package var mean: Double
    /// The median.
    package var p50: Int64
    /// What 90 % did not exceed.
    package var p90: Int64
    /// What 99 % did not exceed.
    package var p99: Int64
    /// What 99.9 % did not exceed.
    package var p99_9: Int64
    /// The largest, exactly.
    package var max: Int64

    package init(
        count: Int, mean: Double, p50: Int64, p90: Int64, p99: Int64, p99_9: Int64, max: Int64
    ) {
        self.count = count
        self.mean = mean
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p99_9 = p99_9
        self.max = max
    }

    /// No durations at all.
    package static let none = Histogram().summary

    private enum CodingKeys: String, CodingKey {
        case count
        case mean
        case p50
        case p90
        case p99
        case p99_9
        case max
    }
}
