import Link
import Measurement

extension Report {
    /// All latencies, for the tools of HdrHistogram.
    package static let hlog = Report(
        name: "hlog", summary: "all latencies, as a log for the tools of HdrHistogram",
        fileExtension: "hlog", render: { Array(try HistogramLogReport.render($0).utf8) })
}

/// The latencies as a log of HdrHistogram, version 1.3: a line for each technique and round, tagged
/// with the technique's name.
///
/// ```
/// #[Histogram log format version 1.3]
/// #[StartTime: 1763692320.000 (seconds since epoch), 2025-11-21T02:32:00Z]
/// #[BaseTime: 1763692320.000 (seconds since epoch)]
/// "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
/// Tag=sse,0.000,6.000,12.345,HISTFAAA…
/// ```
///
/// Values are nanoseconds; the largest of a line is written in milliseconds, as is the custom. A
/// record does not say when each round began, so the lines follow each other, each as long as its
/// window.
package enum HistogramLogReport {
    /// The report on `record`.
    ///
    /// - Throws: `RecordError` when a histogram is not one, or when latencies were measured and there is
    ///   no histogram of any.
    package static func render(_ record: RunRecord) throws -> String {
        let epoch = NumberText.fixed(EpochSeconds.of(record.started) ?? 0, places: 3)
        var text = """
            #[Histogram log format version 1.3]
            #[Logged by \("\(record.tool.name) \(record.tool.version)".onOneLine)]
            #[StartTime: \(epoch) (seconds since epoch), \(record.started.onOneLine)]
            #[BaseTime: \(epoch) (seconds since epoch)]

            """
        let contenders = Contender.all(in: record)
        for warning in WarningText.all(in: record, contenders: contenders) {
            text += "#[Warning: \(warning.onOneLine)]\n"
        }
        text +=
            #""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#
            + "\n"
        let rounds = contenders.flatMap { contender in
            contender.rounds.map { (name: contender.name, result: $0) }
        }
        let isLogged = rounds.contains { $0.result.latencyHistogram != nil }
        guard isLogged || rounds.allSatisfy({ $0.result.latency.count == 0 }) else {
            throw RecordError(
                place: "results",
                cause: "none has a latency_histogram, which earlier versions did not keep",
                remedy: "measure again")
        }
        let length = record.scenario.duration.seconds
        var start = 0.0
        for (name, result) in rounds {
            guard let histogram = result.latencyHistogram else { continue }
            // The text is passed on as it is, but not unread.
            _ = try histogram.decoded()
            let fields = [
                "Tag=\(tag(name))", NumberText.fixed(start, places: 3),
                NumberText.fixed(length, places: 3),
                NumberText.fixed(Double(result.latency.max) / 1e6, places: 3), histogram.text,
            ]
            text += fields.joined(separator: ",") + "\n"
            start += length
        }
        return text
    }

    /// A tag: without what ends one.
    package static func tag(_ name: String) -> String {
        name.escaped { $0 == "," || $0.properties.isWhitespace ? "_" : nil }
    }
}

/// Moments as they stand in a record, as a number.
enum EpochSeconds {
    /// Seconds since 1970 at `text`, such as `2025-11-21T02:32:00Z`; nil when it is no such moment.
    static func of(_ text: String) -> Double? {
        let pattern = #/(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z/#
        guard let match = text.wholeMatch(of: pattern),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3),
            let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6)
        else { return nil }
        return Double(
            ((days(year: year, month: month, day: day) * 24 + hour) * 60 + minute) * 60 + second)
    }

    /// Days since 1970 in the Gregorian calendar. Years are taken to begin in March, so that the day
    /// which leap years add is their last, and months have 153 days in five.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
