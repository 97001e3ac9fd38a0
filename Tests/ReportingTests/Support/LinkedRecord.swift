import Link
import Measurement
import Wire

/// A record with everything in it that a run over an emulated link has: prediction, gap probe, wire,
/// uncorrected latency. The ids are invented; the numbers are as theory has them at 50 ms.
extension RunRecord {
    static var linked: RunRecord {
        var record = RunRecord.crafted(.asking("long-pears"), .streaming("stream-of-figs"), .plum)
        record.scenario.clients = 200
        record.scenario.link = LinkProfile(roundTripTime: .milliseconds(50))
        record.scenario.gapRoundTrip = .milliseconds(50)
        record.gapProbe = .crafted
        return record
    }
}

extension RunRecord {
    /// Lock-step, side by side, with mistakes.
    static var lockstep: RunRecord {
        var record = RunRecord.crafted(
            .crafted("apple") { $0.exact = .crafted },
            .crafted("pear") {
                $0.exact = .crafted
                $0.exact?.serverSends = nil
            })
        record.scenario.lockstep = true
        record.scenario.sideBySide = true
        record.scenario.batchLimit = 1
        record.scenario.mistakes = [.twoWrites, .nagle]
        record.paired = [
            .crafted("apple", against: "pear", median: -1_000_000, bounds: -1_200_000...(-900_000)),
            .crafted("plum", against: "pear", median: 20_000, bounds: -1000...41_000),
            .crafted("plum", against: "apple", median: 1_020_000, bounds: 900_000...1_041_000),
        ]
        return record
    }
}

extension LinkResult {
    /// 50 ms by the mirror.
    static let fifty = LinkResult(
        tier: "mirror", rttNanoseconds: 50_000_000, rttEffectiveNanoseconds: 50_040_000,
        turnaroundNanoseconds: 120_000, turnaroundOnNewConnectionNanoseconds: 240_000,
        congestionControl: "cubic", mtu: 1500, note: "this kernel has no sch_netem")
}

extension MirrorResult {
    /// A mirror with little to do.
    static let idle = MirrorResult(
        packets: 61_234, lostPackets: 0, overflowedPackets: 0, peakPacketsPerSecond: 5230.4,
        latenessP50Nanoseconds: 64_000, latenessP99Nanoseconds: 310_000,
        cpuNanoseconds: 700_000_000,
        cpuShare: 0.11)
}

extension GapProbe {
    static var crafted: GapProbe {
        func asking(
            _ connection: ConnectionPolicy, batch: Int, median: Int64, predicted: Int64,
            events: Double, transits: Double
        ) -> GapRow {
            GapRow(
                transport: "long-pears", connection: connection, batchLimit: batch,
                gap: GapResult(
                    minimumNanoseconds: median - 90_000, medianNanoseconds: median,
                    inRoundTrips: Double(median) / 50_040_000),
                predictedNanoseconds: predicted, verdict: "holds", deliveries: 40,
                eventsPerDelivery: events, worstLatencyNanoseconds: Int64(transits * 25_020_000),
                worstLatencyInTransits: transits,
                rearm: RearmWindow(meanNanoseconds: Double(median) - 20_000, shareOfEvents: 0.98))
        }
        func plum(_ connection: ConnectionPolicy, median: Int64) -> GapRow {
            GapRow(
                transport: "plum", connection: connection, batchLimit: 1,
                gap: GapResult(
                    minimumNanoseconds: median - 2_000_000, medianNanoseconds: median,
                    inRoundTrips: Double(median) / 50_040_000),
                predictedNanoseconds: 100_000_000, verdict: "off by 0.90 %", deliveries: 20,
                eventsPerDelivery: 1)
        }
        return GapProbe(
            link: .fifty,
            rows: [
                asking(
                    .keepAlive, batch: 0, median: 50_160_000, predicted: 50_160_000, events: 50.2,
                    transits: 3.01),
                asking(
                    .keepAlive, batch: 1, median: 50_170_000, predicted: 50_160_000, events: 1,
                    transits: 3.02),
                asking(
                    .close, batch: 0, median: 100_330_000, predicted: 100_320_000, events: 100,
                    transits: 5.02),
                GapRow(
                    transport: "stream-of-figs", connection: .keepAlive, batchLimit: 0,
                    gap: GapResult(
                        minimumNanoseconds: 1200, medianNanoseconds: 3_460_000,
                        inRoundTrips: 0.07), verdict: "holds", deliveries: 4000,
                    eventsPerDelivery: 1, worstLatencyNanoseconds: 25_100_000,
                    worstLatencyInTransits: 1.003),
                plum(.keepAlive, median: 100_900_000), plum(.close, median: 101_000_000),
            ])
    }
}

extension TransportResult {
    /// Who is asked for each batch, and does as theory says.
    static func asking(_ id: String) -> TransportResult {
        .linked(id, mean: 33_500_000, p99: 74_600_000) {
            $0.requestsPerEvent = 0.82
            $0.eventsPerAnswer = 1.22
            $0.answers = 41_000
            $0.requests = 41_000
            $0.bytesPerEvent.down[.responseHead] = 90.2
            $0.bytesPerEvent.up[.requestHead] = 61.5
            $0.wirePerEvent = WireCount(
                upBytes: 104.1, downBytes: 233, upPackets: 0.82, downPackets: 1.31)
            $0.wire = WireResult(
                upBytes: 5_205_000, downBytes: 11_650_000, upPackets: 41_000, downPackets: 65_500,
                connections: 200, interfaceBytes: 16_855_000, interfacePackets: 106_500)
            $0.prediction = .crafted(
                "L = d + w, w in (0, W) for what falls into the blind window, else 0; W = 1·R + c",
                rows: [
                    .crafted("latency_ns.mean", 33_400_000, 33_500_000, 868_000),
                    .crafted("latency_ns.p99", 74_500_000, 74_600_000, 2_735_000),
                    .crafted("requests_per_event", 0.82, 0.82, 0.0164),
                    .crafted("bytes_per_event.down.payload", 100, 100, 0),
                    .crafted("bytes_per_event.down.response_head", 90.2, 90.2, 0),
                    .crafted("bytes_per_event.up.request_head", 61.5, 61.5, 0),
                    .crafted("wire_per_event.up_bytes", 104.1, 104.1, 4),
                    .crafted("wire_per_event.down_bytes", 233.5, 233, 4),
                ])
        }
    }

    /// Who never asks; the 99th percentile is off.
    static func streaming(_ id: String) -> TransportResult {
        .linked(id, mean: 25_200_000, p99: 29_100_000) {
            $0.bytesPerEvent.down[.messageFraming] = 2
            $0.wirePerEvent = WireCount(
                upBytes: 52, downBytes: 154, upPackets: 1, downPackets: 1)
            $0.wire = WireResult(
                upBytes: 2_600_000, downBytes: 7_700_000, upPackets: 50_000, downPackets: 50_000,
                connections: 200, interfaceBytes: 10_300_052, interfacePackets: 100_001,
                reason: "one connection was reset")
            $0.link.mirror?.cpuShare = 0.14
            $0.prediction = .crafted(
                "L = d + c_s", verdict: .off(by: 0.12),
                rows: [
                    .crafted("latency_ns.mean", 25_100_000, 25_200_000, 702_000),
                    .crafted("latency_ns.p99", 25_900_000, 29_100_000, 1_277_000, off: 0.12),
                    .crafted("bytes_per_event.down.payload", 100, 100, 0),
                    .crafted("bytes_per_event.down.message_framing", 2, 2, 0),
                    .crafted("wire_per_event.up_bytes", 52, 52, 13),
                    .crafted("wire_per_event.down_bytes", 154, 154, 13),
                ])
        }
    }

    /// Of whose latency theory has nothing to say, and whose bytes nobody counted.
    static var plum: TransportResult {
        .linked("plum", mean: 480_000_000, p99: 1_010_000_000) {
            $0.prediction = .crafted(
                "L = d + w, w uniform in (0, Pe), Pe = max(P, W); W = 1·R + c",
                verdict: .notApplicable(reason: "lost packets have no law here"),
                rows: [
                    PredictionRow(
                        metric: "latency_ns.mean", predicted: 525_000_000, measured: 480_000_000,
                        tolerance: 1, verdict: .notApplicable(reason: "lost packets have no law"))
                ])
        }
    }

    private static func linked(
        _ id: String, mean: Double, p99: Int64, change: (inout TransportResult) -> Void
    ) -> TransportResult {
        .crafted(id) {
            $0.link = .fifty
            $0.link.mirror = .idle
            let p50 = Int64(mean * 0.98)
            $0.latency = LatencySummary(
                count: 50_000, mean: mean, p50: p50, p90: p99 - 4_000_000, p99: p99,
                p99_9: p99 + 100_000, max: p99 + 1_000_000)
            $0.uncorrectedLatency = LatencySummary(
                count: 50_000, mean: mean, p50: p50 - 50_000, p90: p99 - 5_000_000,
                p99: p99 - 60_000, p99_9: p99, max: p99)
            $0.receiveDelay = LatencySummary(
                count: 2000, mean: 30_000, p50: 21_000, p90: 60_000, p99: 480_000, p99_9: 900_000,
                max: 2_000_000)
            $0.server = ServerCost(cpuNanosecondsPerDelivery: 6100, memoryBytesPerConnection: 497)
            change(&$0)
        }
    }
}

extension Prediction {
    static func crafted(
        _ law: String, verdict: Verdict = .holds, rows: [PredictionRow]
    ) -> Prediction {
        Prediction(verdict: verdict, law: law, rows: rows)
    }
}

extension PredictionRow {
    static func crafted(
        _ metric: String, _ predicted: Double, _ measured: Double, _ tolerance: Double,
        off: Double? = nil
    ) -> PredictionRow {
        PredictionRow(
            metric: metric, predicted: predicted, measured: measured, tolerance: tolerance,
            verdict: off.map { .off(by: $0) } ?? .holds)
    }
}

extension ExactCounts {
    static let crafted = ExactCounts(
        events: 50, deliveries: 500, requests: 500, answers: 500, upBytes: 23_400,
        downBytes: 48_510,
        serverSends: 500, serverReceives: 500, clientSends: 500, clientReceives: 500)
}

extension PairedDifference {
    static func crafted(
        _ transport: String, against reference: String, median: Double, bounds: ClosedRange<Double>
    ) -> PairedDifference {
        PairedDifference(
            transport: transport, reference: reference, events: 600, medianNanoseconds: median,
            p5Nanoseconds: median - 400_000, p95Nanoseconds: median + 24_000_000,
            lowerNanoseconds: bounds.lowerBound, upperNanoseconds: bounds.upperBound,
            shareEarlier: 0.125)
    }
}
