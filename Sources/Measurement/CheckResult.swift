/// One thing that was checked, and what came of it: an exact field against its baseline, an assertion
/// of a threshold file, or a metric of two programs that were measured in pairs.
///
/// It is what a gate's exit code is made from, and what reports show: one is one test case of JUnit.
package struct CheckResult: Hashable, Sendable, Codable {
    /// What kind of check it was.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A count that is the same in every run, against a baseline.
        case exact
        /// An assertion about a figure of one run.
        case threshold
        /// A metric of two programs, measured in pairs.
        case paired
        /// A figure of two records of different runs: shown, never failed on.
        case descriptive
    }

    /// What came of it.
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// As it should be; for a pair: the same.
        case passed
        /// A pair whose change is for the better.
        case better
        /// A count changed, a threshold was crossed, or a pair got worse.
        case failed
        /// The measurement cannot decide it.
        case cannotTell = "cannot-tell"
        /// Not checked, for the reason in the message.
        case skipped
    }

    /// What kind of check it was.
    package var kind: Kind
    /// The technique's id; empty for a check of the whole run.
    package var transport: String
    /// The name of the figure, as thresholds and reports write it: `latency.p99`, `bytes.down.payload`.
    package var metric: String
    /// What came of it.
    package var outcome: Outcome
    /// One sentence with the figures in it, and the remedy where there is one.
    package var message: String
    /// The unit of the values below: `ns`, `B`, `1`, …, as the metric's registry has it.
    package var unit: String
    /// The value of the baseline, of the base program, or the limit.
    package var expected: Double?
    /// The value measured now.
    package var actual: Double?

    package init(
        kind: Kind, transport: String, metric: String, outcome: Outcome, message: String,
        unit: String, expected: Double? = nil, actual: Double? = nil
    ) {
        self.kind = kind
        self.transport = transport
        self.metric = metric
        self.outcome = outcome
        self.message = message
        self.unit = unit
        self.expected = expected
        self.actual = actual
    }
}
