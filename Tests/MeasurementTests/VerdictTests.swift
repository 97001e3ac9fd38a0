import Foundation
import Measurement
import Testing
import Wire

@Suite("A verdict")
struct VerdictTests {
    /// A result as theory has it, of 1,000 events.
    private static let prediction: Prediction = {
        var event = ByteTraffic()
        event.down[.payload] = 100
        event.down[.messageFraming] = 1
        var request = ByteTraffic()
        request.up[.requestHead] = 200
        var answer = ByteTraffic()
        answer.down[.responseHead] = 150
        answer.down[.messageFraming] = 25
        var empty = ByteTraffic()
        empty.down[.responseHead] = 90
        let costs = ByteCosts(
            event: event, request: request, answer: answer, emptyAnswer: empty)
        return Prediction(
            latency: PredictedLatency(mean: 60e6, p50: 50e6, p90: 90e6, p99: 100e6, max: 101e6),
            gap: GapResult(
                minimumNanoseconds: 50_000_000, medianNanoseconds: 50_000_000, inRoundTrips: 1),
            requestsPerEvent: 0.5, eventsPerAnswer: 2, emptyAnswers: 0,
            bytesPerEvent: costs.traffic(
                events: 1000, requests: 500, answers: 500, emptyAnswers: 0),
            byteCosts: costs,
            wirePerEvent: WireCount(
                upBytes: 126, downBytes: 214.5, upPackets: 0.5, downPackets: 0.5),
            wireTolerance: WireCount(
                upBytes: 6.5, downBytes: 6.5, upPackets: 0.125, downPackets: 0.125))
    }()

    private static func result(_ change: (inout TransportResult) -> Void = { _ in })
        -> TransportResult
    {
        var result = TransportResult(
            transport: "made-up", clients: 1,
            deliveries: DeliveryCount(expected: 1000, received: 1000),
            latency: LatencySummary(
                count: 1000, mean: 60e6, p50: 50_000_000, p90: 90_000_000, p99: 100_000_000,
                p99_9: 100_500_000, max: 101_000_000),
            gap: prediction.gap, requestsPerEvent: 0.5, eventsPerAnswer: 2, answers: 500,
            requests: 500, bytesPerEvent: prediction.bytesPerEvent ?? ByteTraffic(),
            wirePerEvent: prediction.wirePerEvent,
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
            source: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0))
        change(&result)
        return result
    }

    private static func row(
        _ metric: String, _ change: (inout TransportResult) -> Void
    ) throws -> PredictionRow {
        let judged = Verdict.judge(prediction, against: result(change))
        return try #require(judged.rows.first { $0.metric == metric })
    }

    @Test("holds when everything is as predicted")
    func holds() {
        let judged = Verdict.judge(Self.prediction, against: Self.result())
        #expect(judged.verdict == .holds)
        let others = judged.rows.filter { $0.verdict != .holds }.map(\.metric)
        #expect(others == ["latency_ns.max"])
        #expect(judged.rows.count == 17)
    }

    struct Limit: Sendable, CustomStringConvertible {
        let metric: String
        /// The predicted figure, and how far the measured one may be from it.
        let predicted: Double
        let tolerance: Double
        let set: @Sendable (inout TransportResult, Double) -> Void
        var description: String { metric }
    }

    @Test(
        "turns at each tolerance",
        arguments: [
            Limit(metric: "latency_ns.mean", predicted: 60e6, tolerance: 1.4e6) {
                $0.latency.mean = $1
            },
            Limit(metric: "latency_ns.p50", predicted: 50e6, tolerance: 2e6) {
                $0.latency.p50 = Int64($1)
            },
            Limit(metric: "latency_ns.p90", predicted: 90e6, tolerance: 3.2e6) {
                $0.latency.p90 = Int64($1)
            },
            Limit(metric: "latency_ns.p99", predicted: 100e6, tolerance: 3.5e6) {
                $0.latency.p99 = Int64($1)
            },
            Limit(metric: "gap.minimum_ns", predicted: 50e6, tolerance: 0.8e6) {
                $0.gap?.minimumNanoseconds = Int64($1)
            },
            Limit(metric: "gap.median_ns", predicted: 50e6, tolerance: 0.8e6) {
                $0.gap?.medianNanoseconds = Int64($1)
            },
            Limit(metric: "requests_per_event", predicted: 0.5, tolerance: 0.01) {
                $0.requestsPerEvent = $1
            },
            Limit(metric: "events_per_answer", predicted: 2, tolerance: 0.04) {
                $0.eventsPerAnswer = $1
            },
            Limit(metric: "bytes_per_event.down.payload", predicted: 100, tolerance: 1.01e-7) {
                $0.bytesPerEvent.down[.payload] = $1
            },
            Limit(metric: "wire_per_event.up_bytes", predicted: 126, tolerance: 6.5) {
                $0.wirePerEvent?.upBytes = $1
            },
            Limit(metric: "wire_per_event.down_packets", predicted: 0.5, tolerance: 0.125) {
                $0.wirePerEvent?.downPackets = $1
            },
        ])
    func turns(limit: Limit) throws {
        for sign in [-1.0, 1] {
            for (share, isWithin) in [(0.99, true), (1.01, false)] {
                let value = limit.predicted + sign * share * limit.tolerance
                let row = try Self.row(limit.metric) { limit.set(&$0, value) }
                #expect(abs(row.tolerance - limit.tolerance) <= 1e-6 * limit.tolerance)
                guard case .off(let off) = row.verdict else {
                    #expect(isWithin && row.verdict == .holds)
                    continue
                }
                #expect(!isWithin)
                #expect(abs(off - 1.01 * limit.tolerance / limit.predicted) < 0.01 * off)
            }
        }
    }

    @Test("holds bytes to the answers that were measured, when a stall merged some")
    func bytesGivenAnswers() throws {
        let change: (inout TransportResult) -> Void = { result in
            result.requests = 480
            result.requestsPerEvent = 0.48
            result.answers = 485
            result.emptyAnswers = 5
            result.eventsPerAnswer = 1000.0 / 480
            result.bytesPerEvent.up[.requestHead] = 96
            result.bytesPerEvent.down[.responseHead] = (480 * 150 + 5 * 90) / 1000.0
            result.bytesPerEvent.down[.messageFraming] = 1 + 480 * 25 / 1000.0
        }
        let judged = Verdict.judge(Self.prediction, against: Self.result(change))
        let bytes = judged.rows.filter { $0.metric.hasPrefix("bytes_per_event") }
        #expect(bytes.count == 4)
        for row in bytes {
            #expect(row.verdict == .holds)
            #expect(row.note == "for the requests and answers that were measured")
        }
        // One byte in all of these answers is seen.
        let row = try Self.row("bytes_per_event.up.request_head") { result in
            change(&result)
            result.bytesPerEvent.up[.requestHead] += 0.001
        }
        #expect(row.verdict.description == "off by 0.0010 %")
    }

    @Test("names a class of bytes that theory does not know, and passes over heartbeats")
    func unknownBytes() throws {
        let padded = try Self.row("bytes_per_event.down.padding") {
            $0.bytesPerEvent.down[.padding] = 1
        }
        #expect(padded.verdict == .off(by: 1))
        let judged = Verdict.judge(
            Self.prediction, against: Self.result { $0.bytesPerEvent.down[.heartbeat] = 1 })
        #expect(judged.verdict == .holds)
    }

    @Test("says why there is none")
    func notApplicable() throws {
        #expect(
            try Self.row("gap.minimum_ns") { $0.gap = nil }.verdict.description
                == "not applicable: not measured")
        #expect(
            try Self.row("wire_per_event.up_bytes") { $0.reconnects = 1 }.verdict.description
                == "not applicable: connections were made again")
        let partial = Verdict.judge(Self.prediction, against: Self.result { $0.partial = true })
        #expect(partial.verdict == .notApplicable(reason: "nothing to compare"))
        var excluded = Self.prediction
        excluded.exclusions["latency_ns"] = "no law"
        let judged = Verdict.judge(excluded, against: Self.result { $0.latency.mean = 0 })
        #expect(judged.verdict == .holds)
    }

    @Test("allows what the conditions add to every time")
    func slack() throws {
        var prediction = Self.prediction
        prediction.timeSlack = 2e6
        let judged = Verdict.judge(
            prediction,
            against: Self.result {
                $0.latency.mean += 3.3e6
                $0.gap?.minimumNanoseconds += 2_700_000
            })
        #expect(judged.verdict == .holds)
    }

    @Test(
        "is a text that is read back",
        arguments: [
            (Verdict.holds, "holds"), (.off(by: 0.031), "off by 3.1 %"),
            (.off(by: 12), "off by 1200 %"), (.off(by: 0.00012), "off by 0.012 %"),
            (.notApplicable(reason: "no law: none"), "not applicable: no law: none"),
        ])
    func text(verdict: Verdict, text: String) throws {
        #expect(verdict.description == text)
        let coded = try JSONEncoder().encode([verdict])
        #expect(String(decoding: coded, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([Verdict].self, from: coded) == [verdict])
    }

    @Test("is not read from other texts", arguments: ["", "fine", "off by much %", "off by 3"])
    func otherTexts(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Verdict].self, from: Data("[\"\(text)\"]".utf8))
        }
    }

    @Test("on many rows is the worst of them")
    func overall() {
        let none = Verdict.notApplicable(reason: "not measured")
        #expect(Verdict.overall([.holds, none, .off(by: 0.1), .off(by: 0.3)]) == .off(by: 0.3))
        #expect(Verdict.overall([none, .holds]) == .holds)
        #expect(Verdict.overall([none]) == .notApplicable(reason: "nothing to compare"))
        #expect(Verdict.overall([]) == .notApplicable(reason: "nothing to compare"))
    }
}
