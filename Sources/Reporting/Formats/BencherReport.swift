import Measurement

extension Report {
    /// The figures to follow, for Bencher.
    package static let bencher = Report(
        name: "bencher", summary: "figures to follow, in Bencher Metric Format",
        fileExtension: "json", render: { BencherReport.render($0) })
}

/// The tracked figures in Bencher Metric Format: a benchmark for each technique, a measure for each
/// figure, with the lowest and highest round around the median.
///
/// ```
/// {"sse": {"latency": {"value": 431000, "lower_value": 420000, "upper_value": 444000}}}
/// ```
///
/// Two measures are Bencher's own and have its names: `latency` in nanoseconds, for which the median
/// stands, and `throughput` a second. The format has no place for warnings.
package enum BencherReport {
    /// Bencher's names for figures that it knows.
    private static let builtIn = [
        "latency.p50": "latency", "deliveries.per_second": "throughput",
    ]

    /// The report on `record`.
    package static func render(_ record: RunRecord) -> [UInt8] {
        let benchmarks = Contender.all(in: record).map { contender in
            let measures = TrackedFigure.all(of: [contender]).map { tracked in
                (
                    key: builtIn[tracked.metric.name] ?? tracked.metric.name,
                    value: measure(tracked, rounds: contender.rounds.count)
                )
            }
            return (key: contender.name, value: JSONValue.object(measures))
        }
        return JSONValue.object(benchmarks).text
    }

    private static func measure(_ tracked: TrackedFigure, rounds: Int) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [("value", .number(tracked.value))]
        if rounds > 1 {
            members.append(("lower_value", .number(tracked.figure.lowest)))
            members.append(("upper_value", .number(tracked.figure.highest)))
        }
        return .object(members)
    }
}
