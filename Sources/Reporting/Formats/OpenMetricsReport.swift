import Measurement

extension Report {
    /// Every figure, for Prometheus and its kin.
    package static let openMetrics = Report(
        name: "openmetrics", summary: "every figure and the latencies, as OpenMetrics text",
        fileExtension: "txt", render: { Array(try OpenMetricsReport.render($0).utf8) })
}

/// Every figure as OpenMetrics 1.0 text, to be pushed to a gateway or read from a file: a gauge for
/// each metric, a histogram of the latencies, and what is known of the run.
///
/// ```
/// # TYPE pushbench_result_latency_p50_seconds gauge
/// # UNIT pushbench_result_latency_p50_seconds seconds
/// # HELP pushbench_result_latency_p50_seconds The median of the time from …
/// pushbench_result_latency_p50_seconds{transport="sse",connection="keep-alive",…} 0.000431
/// ```
///
/// Durations are in seconds and the unit ends the name, as the format wants it. The names begin with
/// `pushbench_result`, since the lab server's own counters begin with `pushbench`.
package enum OpenMetricsReport {
    /// The report on `record`.
    ///
    /// - Throws: `RecordError` when a latency histogram is not one.
    package static func render(_ record: RunRecord) throws -> String {
        var text = run(record) + warnings(record) + checks(record)
        for metric in Metric.all {
            text += gauge(metric, of: record.results)
        }
        return try text + histogram(of: record.results) + "# EOF\n"
    }

    // MARK: - The run

    private static func run(_ record: RunRecord) -> String {
        let labels = [
            ("version", record.tool.version), ("commit", record.tool.commit),
            ("started", record.started), ("cpu", record.machine.cpu),
            ("kernel", record.machine.kernel), ("os", record.machine.os),
            ("scenario", RecordTitle.scenario(record.scenario)),
        ]
        return family("pushbench_run", "info", "The run that was measured.")
            + sample("pushbench_run_info", labels, 1)
            + family("pushbench_run_partial", "gauge", "Whether the run ended before its time.")
            + sample("pushbench_run_partial", [], record.partial ? 1 : 0)
    }

    private static func warnings(_ record: RunRecord) -> String {
        let name = "pushbench_run_warning"
        let run = record.warnings.map { [("transport", ""), ("round", "")] + labels(of: $0) }
        let own = record.results.flatMap { result in
            result.warnings.map { warning in
                [("transport", result.transport), ("round", "\(result.round)")]
                    + labels(of: warning)
            }
        }
        return samples(
            name, "A reason not to trust a result, or not all of it.", run + own)
    }

    private static func labels(of warning: RecordedWarning) -> [(String, String)] {
        [("id", warning.id), ("cause", warning.cause), ("remedy", warning.remedy)]
    }

    private static func checks(_ record: RunRecord) -> String {
        samples(
            "pushbench_run_check", "What was checked, and what came of it.",
            (record.checks ?? []).map { check in
                [
                    ("transport", check.transport), ("metric", check.metric),
                    ("kind", check.kind.rawValue), ("outcome", check.outcome.rawValue),
                    ("message", check.message),
                ]
            })
    }

    /// A family whose samples are their labels; nothing when there is none.
    private static func samples(
        _ name: String, _ help: String, _ labels: [[(String, String)]]
    ) -> String {
        // Two samples with the same labels are not allowed, and say nothing more than one.
        var seen: Set<String> = []
        let lines = labels.map { sample(name, $0, 1) }.filter { seen.insert($0).inserted }
        return lines.isEmpty ? "" : family(name, "gauge", help) + lines.joined()
    }

    // MARK: - The results

    private static func gauge(_ metric: Metric, of results: [TransportResult]) -> String {
        let (suffix, scale) = unit(of: metric)
        var name = "pushbench_result_\(metric.name.replacing(".", with: "_"))"
        if let suffix, !name.hasSuffix("_\(suffix)") { name += "_\(suffix)" }
        let samples = results.compactMap { result in
            metric.value(result).map { sample(name, labels(of: result), $0 / scale) }
        }
        guard !samples.isEmpty else { return "" }
        return family(name, "gauge", sentence(metric.summary), unit: suffix) + samples.joined()
    }

    private static func sentence(_ words: String) -> String {
        words.prefix(1).uppercased() + words.dropFirst() + "."
    }

    /// The unit as the format calls it, and how many of the metric's own are one of it.
    private static func unit(of metric: Metric) -> (suffix: String?, scale: Double) {
        switch metric.unit {
        case .nanoseconds: ("seconds", 1e9)
        case .bytes: ("bytes", 1)
        case .share: ("ratio", 1)
        case .count, .ratio, .perSecond: (nil, 1)
        }
    }

    private static func labels(of result: TransportResult) -> [(String, String)] {
        [
            ("transport", result.transport), ("connection", result.connection.rawValue),
            ("link", result.link.tier),
            ("rtt", NumberText.exact(Double(result.link.rttNanoseconds) / 1e9)),
            ("round", "\(result.round)"),
        ]
    }

    /// Upper bounds of the buckets, in nanoseconds: 1, 2 and 5 in each power of ten from 10 µs, below
    /// which no event crosses two sockets, to 100 s, beyond which nobody waits.
    private static let bounds: [Int64] =
        [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]
        .flatMap { [$0, $0 * 2, $0 * 5] } + [1, 2, 5, 10, 20, 50, 100].map { $0 * 1_000_000_000 }

    private static func histogram(of results: [TransportResult]) throws -> String {
        let name = "pushbench_result_delivery_latency_seconds"
        var samples = ""
        for result in results {
            guard let histogram = try result.latencyHistogram?.decoded() else { continue }
            let labels = labels(of: result)
            for (bound, count) in zip(bounds, histogram.counts(upTo: bounds)) {
                let limit = ("le", NumberText.exact(Double(bound) / 1e9))
                samples += sample("\(name)_bucket", labels + [limit], Double(count))
            }
            samples += sample(
                "\(name)_bucket", labels + [("le", "+Inf")], Double(histogram.count))
            samples += sample("\(name)_count", labels, Double(histogram.count))
            // The record's mean is that of the latencies themselves, and not of their slots.
            let sum = result.latency.mean * Double(histogram.count) / 1e9
            samples += sample("\(name)_sum", labels, sum)
        }
        guard !samples.isEmpty else { return "" }
        let help = "The time from an event's being due to a client's having it."
        return family(name, "histogram", help, unit: "seconds") + samples
    }

    // MARK: - The format

    private static func family(
        _ name: String, _ type: String, _ help: String, unit: String? = nil
    ) -> String {
        "# TYPE \(name) \(type)\n" + (unit.map { "# UNIT \(name) \($0)\n" } ?? "")
            + "# HELP \(name) \(escaped(help))\n"
    }

    private static func sample(
        _ name: String, _ labels: [(String, String)], _ value: Double
    ) -> String {
        let list = labels.map { #"\#($0)="\#(escaped($1))""# }.joined(separator: ",")
        return name + (list.isEmpty ? "" : "{\(list)}") + " \(NumberText.exact(value))\n"
    }

    /// The text of a label or of help (OpenMetrics 1.0, `escaped-string`).
    package static func escaped(_ text: String) -> String {
        text.escaped { scalar in
            switch scalar {
            case "\\": #"\\"#
            case #"""#: #"\""#
            case "\n": #"\n"#
            // Carriage returns and NUL are legal there and trip readers.
            case "\r", "\0": " "
            default: nil
            }
        }
    }
}
