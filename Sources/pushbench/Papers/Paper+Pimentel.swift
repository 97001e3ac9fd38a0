import Link
import Measurement
import Reporting
import Transports

/// Four readings of a wind sensor a second, sent to clients on three continents.
///
/// The law that the study meets at its most distant place: long polling has a reading's latency of
/// one transit as long as the next request is back before the next reading, R + c < T. From then on
/// readings wait for a request, W ÷ 2 on average.
extension Paper {
    static let pimentel = Paper(
        name: "pimentel",
        citation: "V. Pimentel, B. G. Nickerson: Communicating and Displaying Real-Time Data with "
            + "WebSocket, IEEE Internet Computing 16(4), 2012",
        claim: "At 4 readings a second long polling is as quick as WebSocket, until the round trip "
            + "is longer than the time between two readings; polling is later everywhere.",
        sections: {
            try Pimentel(try $0.series(over: "rtt", for: "pimentel")).sections
        },
        findings: {
            try Pimentel(try $0.series(over: "rtt", for: "pimentel")).findings
        })
}

private struct Pimentel {
    private struct Point {
        let roundTrip: String
        let nanoseconds: Double
        let polling: Double
        let longPolling: Double
        let webSocket: Double
    }

    private let points: [Point]
    /// The time between two readings, in nanoseconds.
    private let interval: Double
    private let pollInterval: Double

    init(_ series: RecordSeries) throws {
        points = try zip(series.parameter.values, series.runs).map { value, run in
            func mean(_ transport: Transport) throws -> Double {
                try run.result(transport.id, for: "pimentel").latency.mean
            }
            return Point(
                roundTrip: value.text, nanoseconds: value.number ?? 0,
                polling: try mean(.shortPolling), longPolling: try mean(.longPolling),
                webSocket: try mean(.webSocket))
        }
        guard let scenario = series.runs.first?.scenario else {
            throw PaperError("run", paper: "pimentel")
        }
        interval = 1e9 / scenario.ratePerSecond
        pollInterval = Double(scenario.pollInterval.nanoseconds)
    }

    var sections: [Section] {
        let rows = points.map { point in
            [
                point.roundTrip, Readable.duration(nanoseconds: point.webSocket),
                Readable.duration(nanoseconds: point.longPolling),
                Readable.duration(nanoseconds: point.polling),
                NumberText.fixed(point.longPolling / point.webSocket, places: 2),
                NumberText.fixed(point.polling / point.webSocket, places: 2),
            ]
        }
        let reading = Readable.duration(nanoseconds: interval)
        return [
            Section(
                title: "Measured: mean latency from the reading to the client",
                table: TextTable(
                    [
                        "round trip", "WebSocket", "long polling", "polling",
                        "long polling ÷ WebSocket", "polling ÷ WebSocket",
                    ], rows),
                notes: [
                    "The paper prints latencies to the places it measured from; they belong to "
                        + "those routes of 2012 and are not repeated here. What can be measured "
                        + "again is where the curves part.",
                    "The interval between readings is T = 1 ÷ 4 Hz = \(reading). Long polling's "
                        + "request is back after W = R + c, so it delivers after R ÷ 2 while R + c "
                        + "< T, and waits W ÷ 2 more on average, give or take T ÷ 2 by phase, "
                        + "above.",
                    "Polling asked every \(Readable.duration(nanoseconds: pollInterval)); the paper "
                        + "takes its best case. Left out: distances with loss, and proxies.",
                ])
        ]
    }

    /// What counts as being as quick: a shared machine's means differ by less.
    private static let alike = 1.15

    var findings: [String] {
        let near = points.filter { $0.nanoseconds < interval }
        let far = points.filter { $0.nanoseconds >= interval }
        let isNearAlike = near.allSatisfy { $0.longPolling < $0.webSocket * Self.alike }
        let isFarApart = far.allSatisfy { $0.longPolling > $0.webSocket * Self.alike }
        var sentences: [String] = []
        if let last = near.last {
            sentences.append(
                "Below T, up to a round trip of \(last.roundTrip), long polling "
                    + (isNearAlike
                        ? "is as quick as WebSocket: the claim holds."
                        : "is later than WebSocket at some points: the claim does not hold here."))
        }
        if let first = far.first {
            sentences.append(
                "Above T, from \(first.roundTrip) on, long polling "
                    + (isFarApart
                        ? "takes \(range(far.map { $0.longPolling / $0.webSocket })) times as long: "
                            + "it departs where the paper has it depart."
                        : "does not fall behind at every point: the claim does not hold here."))
        }
        let isPollingLater = points.allSatisfy { $0.polling > $0.webSocket * Self.alike }
        sentences.append(
            "Polling takes \(range(points.map { $0.polling / $0.webSocket })) times as long as "
                + "WebSocket: "
                + (isPollingLater
                    ? "later everywhere, as the paper found."
                    : "not later everywhere, other than the paper found."))
        return sentences
    }

    private func range(_ values: [Double]) -> String {
        guard let lowest = values.min(), let highest = values.max() else { return "" }
        return values.count > 1
            ? "\(NumberText.significant(lowest)) to \(NumberText.significant(highest))"
            : NumberText.significant(lowest)
    }
}
