/// How much later one technique delivered than another, event by event: both had the same events at
/// the same time, so that what befell the machine befell both.
package struct PairedDifference: Hashable, Sendable, Codable {
    /// The technique's id.
    package var transport: String
    /// The id of the one it is compared with.
    package var reference: String
    /// Events that both delivered.
    package var events: Int
    /// The median of the differences of the mean latency of each event; negative is earlier.
    package var medianNanoseconds: Double
    /// The differences that 5 % and 95 % of the events do not exceed.
    package var p5Nanoseconds: Double
    package var p95Nanoseconds: Double
    /// Bounds of the median with 95 % confidence, by order statistics.
    package var lowerNanoseconds: Double
    package var upperNanoseconds: Double
    /// The share of events that arrived earlier than the reference's.
    package var shareEarlier: Double

    package init(
        transport: String, reference: String, events: Int, medianNanoseconds: Double,
        p5Nanoseconds: Double, p95Nanoseconds: Double, lowerNanoseconds: Double,
        upperNanoseconds: Double, shareEarlier: Double
    ) {
        self.transport = transport
        self.reference = reference
        self.events = events
        self.medianNanoseconds = medianNanoseconds
        self.p5Nanoseconds = p5Nanoseconds
        self.p95Nanoseconds = p95Nanoseconds
        self.lowerNanoseconds = lowerNanoseconds
        self.upperNanoseconds = upperNanoseconds
        self.shareEarlier = shareEarlier
    }

    private enum CodingKeys: String, CodingKey {
        case transport
        case reference
        case events
        case medianNanoseconds = "median_ns"
        case p5Nanoseconds = "p5_ns"
        case p95Nanoseconds = "p95_ns"
        case lowerNanoseconds = "lower_ns"
        case upperNanoseconds = "upper_ns"
        case shareEarlier = "share_earlier"
    }
}
