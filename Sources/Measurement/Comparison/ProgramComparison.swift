/// Two server programs, measured against each other in pairs of slices.
package struct ProgramComparison: Hashable, Sendable, Codable {
    /// The program that is there already, and the one that may be worse: how they were named.
    package var base: String
    package var change: String
    /// Restarts asked for in each pass: fresh processes of both programs each time.
    package var restarts: Int
    /// Pairs of slices in a restart, with one connection and again with many.
    package var pairs: Int
    /// How long a slice is.
    package var sliceNanoseconds: Int64
    /// The least difference that counts, as a share of the base.
    package var threshold: Double
    /// How sure each bound is, on its own side.
    package var confidence: Double
    /// What was measured: one pass, and for a technique that was flagged another.
    package var passes: [ComparisonPass]

    package init(
        base: String, change: String, restarts: Int, pairs: Int, sliceNanoseconds: Int64,
        threshold: Double, confidence: Double, passes: [ComparisonPass] = []
    ) {
        self.base = base
        self.change = change
        self.restarts = restarts
        self.pairs = pairs
        self.sliceNanoseconds = sliceNanoseconds
        self.threshold = threshold
        self.confidence = confidence
        self.passes = passes
    }

    private enum CodingKeys: String, CodingKey {
        case base
        case change
        case restarts
        case pairs
        case sliceNanoseconds = "slice_ns"
        case threshold
        case confidence
        case passes
    }
}

/// One pass over one technique: all restarts, and what they come to.
package struct ComparisonPass: Hashable, Sendable, Codable {
    /// The technique's id.
    package var transport: String
    /// Restarts that were made.
    package var restarts: Int
    /// The share of processor time that other machines took meanwhile, where the kernel says.
    package var stealShare: Double?
    /// How late the generator woke for what was due by the clock, in 1 % of the cases or fewer.
    package var latenessP99Nanoseconds: Int64
    /// The figures that were compared.
    package var metrics: [ComparedMetric]

    package init(
        transport: String, restarts: Int, stealShare: Double?, latenessP99Nanoseconds: Int64,
        metrics: [ComparedMetric]
    ) {
        self.transport = transport
        self.restarts = restarts
        self.stealShare = stealShare
        self.latenessP99Nanoseconds = latenessP99Nanoseconds
        self.metrics = metrics
    }

    private enum CodingKeys: String, CodingKey {
        case transport
        case restarts
        case stealShare = "steal_share"
        case latenessP99Nanoseconds = "lateness_p99_ns"
        case metrics
    }
}

/// One figure of two programs in one pass. Less of it is better.
package struct ComparedMetric: Hashable, Sendable, Codable {
    /// The name of the figure: `latency.p50`.
    package var metric: String
    /// Connections that it was measured with.
    package var connections: Int
    /// The unit of the figures.
    package var unit: String
    /// The medians of both programs over the restarts; nil when there is none.
    package var base: Double?
    package var change: Double?
    /// How many times the base's the change's figure is: the estimate, and its bounds.
    package var ratio: Double?
    package var lowerRatio: Double?
    package var upperRatio: Double?
    /// What this pass says.
    package var verdict: PairedVerdict
    /// Why it cannot tell, or has no figure.
    package var reason: String?
    /// The ratio of each restart, in their order.
    package var restartRatios: [Double]

    package init(
        metric: String, connections: Int, unit: String, base: Double?, change: Double?,
        ratio: Double?, lowerRatio: Double?, upperRatio: Double?, verdict: PairedVerdict,
        reason: String?, restartRatios: [Double]
    ) {
        self.metric = metric
        self.connections = connections
        self.unit = unit
        self.base = base
        self.change = change
        self.ratio = ratio
        self.lowerRatio = lowerRatio
        self.upperRatio = upperRatio
        self.verdict = verdict
        self.reason = reason
        self.restartRatios = restartRatios
    }

    private enum CodingKeys: String, CodingKey {
        case metric
        case connections
        case unit
        case base
        case change
        case ratio
        case lowerRatio = "lower_ratio"
        case upperRatio = "upper_ratio"
        case verdict
        case reason
        case restartRatios = "restart_ratios"
    }
}
