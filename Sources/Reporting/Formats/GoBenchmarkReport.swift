import Link
import Measurement

extension Report {
    /// The figures to follow, for benchstat.
    package static let goBenchmark = Report(
        name: "go-benchmark", summary: "figures to follow, a line a round, for benchstat",
        fileExtension: "txt", render: { Array(GoBenchmarkReport.render($0).utf8) })
}

/// The tracked figures in Go's benchmark data format (golang.org/design/14313-benchmark-format), which
/// benchstat compares: one line a round, so that the rounds are its samples.
///
/// ```
/// pkg: pushbench
/// clients: 1000
/// Unit latency.p50-ns better=lower
/// BenchmarkDelivery/transport=sse/connection=keep-alive/link=loopback-2 60000 431000 latency.p50-ns
/// ```
///
/// benchstat puts runs of different configuration lines into different tables, so these say what was
/// asked for and on what, and neither when nor by which version.
package enum GoBenchmarkReport {
    /// The report on `record`.
    package static func render(_ record: RunRecord) -> String {
        var text = configuration(of: record).map { "\($0): \($1.onOneLine)\n" }.joined()
        let contenders = Contender.all(in: record)
        for warning in WarningText.all(in: record, contenders: contenders) {
            text += "# \(warning.onOneLine)\n"
        }
        for metric in Metric.tracked {
            text += "Unit \(unit(of: metric))" + properties(of: metric, in: record) + "\n"
        }
        for contender in contenders {
            for result in contender.rounds {
                text += line(for: result, cores: record.machine.cores)
            }
        }
        return text
    }

    private static func configuration(of record: RunRecord) -> [(String, String)] {
        let scenario = record.scenario
        return [
            ("goos", "linux"), ("pkg", record.tool.name), ("cpu", record.machine.cpu),
            ("clients", "\(scenario.clients)"),
            (
                "rate",
                scenario.arrivals == .saturate
                    ? "saturate" : NumberText.exact(scenario.ratePerSecond)
            ),
            ("arrivals", scenario.arrivals.rawValue), ("payload", "\(scenario.payloadBytes)"),
            ("headers", scenario.headers), ("duration", Units.text(of: scenario.duration)),
        ]
    }

    /// A unit's properties (golang/go#43744): which way is better, and whether every round must agree.
    private static func properties(of metric: Metric, in record: RunRecord) -> String {
        var properties = ""
        switch metric.direction {
        case .lower: properties += " better=lower"
        case .higher: properties += " better=higher"
        case .none: break
        }
        if metric.isExact, record.scenario.lockstep { properties += " assume=exact" }
        return properties
    }

    /// A metric as a unit: its name, and what it is counted in where that is something that benchstat
    /// scales.
    private static func unit(of metric: Metric) -> String {
        switch metric.unit {
        case .nanoseconds, .bytes: "\(metric.name)-\(metric.unit.text)"
        case .count, .ratio, .share, .perSecond: metric.name
        }
    }

    private static func line(for result: TransportResult, cores: Int) -> String {
        let link =
            result.link.rttNanoseconds == 0
            ? result.link.tier
            : "\(result.link.tier):\(Units.text(of: .nanoseconds(result.link.rttNanoseconds)))"
        let name =
            "BenchmarkDelivery/transport=\(word(result.transport))"
            + "/connection=\(result.connection.rawValue)/link=\(word(link))-\(max(cores, 1))"
        let values = Metric.tracked.compactMap { metric in
            metric.value(result).map { "\(NumberText.exact($0)) \(unit(of: metric))" }
        }
        // A line without a single iteration is none.
        let iterations = max(result.deliveries.received, 1)
        return ([name, "\(iterations)"] + values).joined(separator: "\t") + "\n"
    }

    /// Text as a part of a name: nothing that ends the name or the part.
    package static func word(_ text: String) -> String {
        text.escaped { $0.properties.isWhitespace || $0 == "/" || $0 == "=" ? "_" : nil }
    }
}
