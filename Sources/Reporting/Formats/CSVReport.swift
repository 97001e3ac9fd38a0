import Measurement

extension Report {
    /// Every figure, for spreadsheets and data frames.
    package static let csv = Report(
        name: "csv", summary: "every figure, one a row, for spreadsheets and data frames",
        fileExtension: "csv", render: { CSVReport.render($0) })
}

/// The figures as comma-separated values (RFC 4180): a header, then a row for each technique, round
/// and metric that has a value.
///
/// ```
/// transport,connection,link,rtt_ns,round,metric,value,unit,better,warnings
/// sse,keep-alive,loopback,0,1,latency.p50,431000,ns,lower,
/// ```
///
/// Rounds stay apart, so that whoever reads it can take medians, or look at how far they differ.
/// `warnings` has the ids of the reasons not to trust the row, those of the whole run among them.
package enum CSVReport {
    /// The header's fields.
    private static let header = [
        "transport", "connection", "link", "rtt_ns", "round", "metric", "value", "unit", "better",
        "warnings",
    ]

    /// The report on `record`.
    package static func render(_ record: RunRecord) -> [UInt8] {
        Array((line(header) + rows(of: record)).utf8)
    }

    /// The report on the runs of a series: two columns more, with the parameter and its value.
    package static func render(_ series: RecordSeries) -> [UInt8] {
        var text = line(["parameter", "value_of_parameter"] + header)
        for (value, run) in zip(series.parameter.values, series.runs) {
            text += rows(of: run, after: [series.parameter.name, value.text])
        }
        return Array(text.utf8)
    }

    /// A row for each technique, round and metric, each after the fields in `first`.
    private static func rows(of record: RunRecord, after first: [String] = []) -> String {
        var text = ""
        for result in record.results {
            let warnings = (record.warnings + result.warnings).map(\.id).joined(separator: " ")
            let identity =
                first + [
                    result.transport, result.connection.rawValue, result.link.tier,
                    "\(result.link.rttNanoseconds)", "\(result.round)",
                ]
            for metric in Metric.all {
                guard let value = metric.value(result) else { continue }
                text += line(
                    identity + [
                        metric.name, NumberText.exact(value), metric.unit.text,
                        metric.direction.rawValue, warnings,
                    ])
            }
        }
        return text
    }

    /// A field as RFC 4180 §2 has it: in quotes, and quotes in it doubled, when it has a comma, a
    /// quote or a line break in it.
    package static func field(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { !#",""#.utf8.contains($0) && $0 != 10 && $0 != 13 }
        guard !isPlain else { return text }
        return #""\#(text.escaped { $0 == #"""# ? #""""# : nil })""#
    }

    /// A row, ended by CRLF.
    private static func line(_ fields: [String]) -> String {
        fields.map(field).joined(separator: ",") + "\r\n"
    }
}
