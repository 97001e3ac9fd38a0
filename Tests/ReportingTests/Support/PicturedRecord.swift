import Measurement
import Wire

/// A record of which everything can be drawn: three techniques with histogram, timeline, bytes both
/// ways, wire and gap, in two rounds, and checks.
extension RunRecord {
    static var pictured: RunRecord {
        let linked = RunRecord.linked
        var record = linked
        record.results = (1...2).flatMap { round in
            linked.results.map { $0.pictured(round: round) }
        }
        record.scenario.repeats = 2
        record.checks = [
            .crafted("long-pears", "latency.p99", .passed, 80e6, 74.6e6),
            .crafted("plum", "bytes.up.total", .failed, 60, 61),
            .crafted("stream-of-figs", "latency.p50", .better, 25e6, 24e6),
            .crafted("", "lost", .skipped, nil, nil),
            .crafted("plum", "cpu", .cannotTell, 6, 6.2),
        ]
        return record
    }
}

extension CheckResult {
    fileprivate static func crafted(
        _ transport: String, _ metric: String, _ outcome: Outcome, _ expected: Double?,
        _ actual: Double?
    ) -> CheckResult {
        CheckResult(
            kind: .threshold, transport: transport, metric: metric, outcome: outcome,
            message: "\(metric) is what came of it", unit: metric.hasPrefix("latency") ? "ns" : "B",
            expected: expected, actual: actual)
    }
}

extension TransportResult {
    /// This result with everything that a picture is made of.
    fileprivate func pictured(round: Int) -> TransportResult {
        var result = self
        result.round = round
        var histogram = Histogram()
        for step in 1...1000 {
            histogram.record(latency.p50 / 2 + Int64(step * round) * latency.p50 / 1000, count: 12)
        }
        result.latency = histogram.summary
        result.latencyHistogram = EncodedHistogram(histogram)
        result.timeline = DeliveryTimeline(
            deliveries: (1...12).map { number in
                let due = Int64(number) * 100_000_000
                // Those that ask get their events two by two.
                let late =
                    transport == "stream-of-figs" ? due : (due / 200_000_000 + 1) * 200_000_000
                return DeliveryTimeline.Delivery(
                    id: UInt64(10 + number), dueNanoseconds: due,
                    deliveredNanoseconds: late + latency.p50)
            })
        result.bytesPerEvent.down[.messageFraming] = 10
        result.wirePerEvent = WireCount(
            upBytes: Double(60 + round), downBytes: 320, upPackets: 1, downPackets: 1.5)
        return result
    }
}
