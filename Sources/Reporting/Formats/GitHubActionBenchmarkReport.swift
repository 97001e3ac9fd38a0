import Measurement

extension Report {
    /// The figures to follow, for github-action-benchmark.
    package static let githubActionBenchmark = Report(
        name: "github-action-benchmark",
        summary: "figures to follow, in a file for each direction that is better",
        fileExtension: "json",
        parts: [
            Part(name: "smaller") { GitHubActionBenchmarkReport.render($0, better: .lower) },
            Part(name: "bigger") { GitHubActionBenchmarkReport.render($0, better: .higher) },
        ])
}

/// The tracked figures as github-action-benchmark reads them, in two files, because it knows which way
/// is better from the name of its `tool` only.
///
/// ```
/// [{"name": "sse: latency.p50", "unit": "ns", "value": 431000, "range": "± 12000", "extra": "…"}]
/// ```
package enum GitHubActionBenchmarkReport {
    /// The figures of `record` of which `direction` is better.
    package static func render(_ record: RunRecord, better direction: Metric.Direction) -> [UInt8] {
        let contenders = Contender.all(in: record)
        let entries = TrackedFigure.all(of: contenders)
            .filter { $0.metric.direction == direction }
            .map { entry(for: $0, in: record, contenders) }
        return JSONValue.array(entries).text
    }

    private static func entry(
        for figure: TrackedFigure, in record: RunRecord, _ contenders: [Contender]
    ) -> JSONValue {
        let rounds = contenders.first { $0.name == figure.contender }?.rounds ?? []
        var members: [(key: String, value: JSONValue)] = [
            ("name", .string("\(figure.contender): \(figure.metric.name)")),
            ("unit", .string(figure.metric.unit.text)), ("value", .number(figure.value)),
        ]
        if rounds.count > 1 {
            let half = (figure.figure.highest - figure.figure.lowest) / 2
            members.append(("range", .string("± \(NumberText.significant(half))")))
        }
        let warnings = record.warnings + rounds.flatMap(\.warnings)
        let extra = [
            figure.metric.summary, RecordTitle.scenario(record.scenario),
            RecordTitle.machine(record.machine),
        ]
        members.append(
            ("extra", .string((extra + warnings.map { "! \($0.cause)" }).joined(separator: "\n"))))
        return .object(members)
    }
}
