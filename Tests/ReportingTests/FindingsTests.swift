import Measurement
import Reporting
import Testing
import Wire

/// A finding's condition: the sentences must be there when it holds, and not when it does not.
private struct Claim: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// A sentence, as it must stand.
    let sentence: String
    /// What no sentence may contain when the condition does not hold.
    let trace: String
    let holds: RunRecord
    let fails: RunRecord

    init(
        _ name: String, says sentence: String, trace: String, in holds: RunRecord,
        notIn fails: RunRecord
    ) {
        testDescription = name
        self.sentence = sentence
        self.trace = trace
        self.holds = holds
        self.fails = fails
    }
}

@Suite("Findings")
struct FindingsTests {
    private static let plain = RunRecord.crafted(.crafted("apple"), .crafted("pear"))
    private static let single = RunRecord.crafted(.crafted("apple"))
    private static let empty = RunRecord.crafted(
        .crafted("apple") { $0.deliverNothing() }, .crafted("pear") { $0.deliverNothing() })

    private static func saturating(_ record: RunRecord) -> RunRecord {
        var record = record
        record.scenario.arrivals = .saturate
        return record
    }

    private static func withHeads(_ transport: String, _ bytes: Double) -> TransportResult {
        .crafted(transport) {
            $0.bytesPerEvent.down[.responseHead] = bytes / 2
            $0.bytesPerEvent.up[.requestHead] = bytes / 2
        }
    }

    private static let claims: [Claim] = [
        Claim(
            "who is fastest",
            says: "apple was fastest: half of its events arrived within 1.00 ms; plum was slowest "
                + "with 500 ms, 500 times as long.",
            trace: "was fastest",
            in: .crafted(
                .crafted("apple"), .crafted("pear", p50: 2_000_000),
                .crafted("plum", p50: 500_000_000)),
            notIn: plain),
        Claim(
            "that all are equally fast",
            says: "All were equally fast: half of the events arrived within 1.00 ms.",
            trace: "equally fast", in: plain,
            notIn: .crafted(.crafted("apple"), .crafted("pear", p50: 2_000_000))),
        Claim(
            "how fast a single technique is",
            says: "Half of apple's events arrived within 1.00 ms.", trace: "Half of", in: single,
            notIn: plain),
        Claim(
            "no ratio to a median of zero",
            says: "apple was fastest: half of its events arrived within 0 ns; pear was slowest "
                + "with 1.00 ms.",
            trace: "0 ns", in: .crafted(.crafted("apple", p50: 0), .crafted("pear")), notIn: plain),
        Claim(
            "who has the best tail",
            says: "pear had the best tail: 99 % of its events arrived within 3.00 ms, those of "
                + "apple within 7.00 ms.",
            trace: "best tail",
            in: .crafted(.crafted("apple") { $0.latency.p99 = 7_000_000 }, .crafted("pear")),
            notIn: .crafted(
                .crafted("apple") {
                    $0.latency.p99 = 7_000_000
                    $0.latency.count = 99
                }, .crafted("pear"))),
        Claim(
            "how long the gaps are",
            says: "Between two deliveries lay at least 2.01 round trips for apple (close), and "
                + "1.00 round trips for apple (keep-alive).",
            trace: "round trips",
            in: .crafted(
                .crafted("apple") {
                    $0.gap = GapResult(
                        minimumNanoseconds: 50, medianNanoseconds: 51, inRoundTrips: 1.0)
                },
                .crafted("apple") {
                    $0.connection = .close
                    $0.gap = GapResult(
                        minimumNanoseconds: 100, medianNanoseconds: 101, inRoundTrips: 2.012)
                }),
            notIn: .crafted(
                .crafted("apple") {
                    $0.gap = GapResult(
                        minimumNanoseconds: 50, medianNanoseconds: 51, inRoundTrips: nil)
                })),
        Claim(
            "who is cheapest in bytes",
            says: "apple was cheapest in bytes: an event cost it 100 B, and pear 500 B, 5.00 times "
                + "as much.",
            trace: "cheapest in bytes", in: .crafted(.crafted("apple"), withHeads("pear", 400)),
            notIn: plain),
        Claim(
            "what an event costs where all cost the same",
            says: "An event cost apple and pear 100 B.",
            trace: "An event cost", in: plain, notIn: empty),
        Claim(
            "what heads cost at the scenario's rate",
            says:
                "Heads of requests and responses were 80 % of the bytes of pear and 50 % of those "
                + "of apple; with 1000 clients and 10 events/s, those of pear take 32.0 Mbit/s.",
            trace: "Heads", in: .crafted(withHeads("apple", 100), withHeads("pear", 400)),
            notIn: .crafted(withHeads("apple", 1))),
        Claim(
            "what heads cost at the measured rate, where as much as possible was asked for",
            says: "Heads of requests and responses were 80 % of the bytes of pear; at the 5000 "
                + "deliveries/s measured, those of pear take 16.0 Mbit/s.",
            trace: "deliveries/s measured", in: saturating(.crafted(withHeads("pear", 400))),
            notIn: .crafted(withHeads("pear", 400))),
        Claim(
            "how many requests events cost",
            says: "Each event cost pear 2.50 requests and apple 1.00.",
            trace: "requests",
            in: .crafted(
                .crafted("apple") { $0.requestsPerEvent = 1 },
                .crafted("pear") { $0.requestsPerEvent = 2.5 }, .crafted("plum")),
            notIn: .crafted(.crafted("apple") { $0.requestsPerEvent = 0.001 })),
        Claim(
            "how many answers were empty",
            says: "70 % of pear's 1000 answers and 2.0 % of apple's 100 answers carried no event.",
            trace: "carried no event",
            in: .crafted(
                .crafted("apple") {
                    $0.answers = 100
                    $0.emptyAnswers = 2
                },
                .crafted("pear") {
                    $0.answers = 1000
                    $0.emptyAnswers = 700
                }),
            notIn: .crafted(.crafted("apple") { $0.answers = 100 })),
        Claim(
            "that nobody lost anything",
            says: "Nobody lost, repeated or reordered an event: all 100\u{202F}000 deliveries "
                + "arrived once and in order.",
            trace: "Nobody", in: plain, notIn: empty),
        Claim(
            "that a single technique lost nothing",
            says:
                "apple lost, repeated and reordered nothing: all 50\u{202F}000 deliveries arrived "
                + "once and in order.",
            trace: "nothing", in: single, notIn: plain),
        Claim(
            "who lost, repeated and reordered what",
            says: "pear lost 500 of 50\u{202F}000 events, 1.0 % (100 without notice), delivered 1 "
                + "event again and delivered 3 events out of order.",
            trace: "pear lost",
            in: .crafted(
                .crafted("apple"),
                .crafted("pear") {
                    $0.deliveries = DeliveryCount(
                        expected: 50_000, received: 49_500, lost: 400, missing: 100, duplicate: 1,
                        reordered: 3)
                }),
            notIn: plain),
        Claim(
            "that an audit does not add up",
            says: "The audit of apple does not add up: 50\u{202F}000 events expected, "
                + "49\u{202F}999 accounted for.",
            trace: "audit", in: .crafted(.crafted("apple") { $0.deliveries.received = 49_999 }),
            notIn: plain),
        Claim(
            "who costs the server least",
            says: "apple cost the server least: 5.00 µs of processor time a delivery; pear cost "
                + "most, 30.0 µs, 6.00 times as much.",
            trace: "cost the server",
            in: .crafted(
                .crafted("apple") { $0.server.cpuNanosecondsPerDelivery = 5000 },
                .crafted("pear") { $0.server.cpuNanosecondsPerDelivery = 30_000 }),
            notIn: plain),
        Claim(
            "how much memory connections take",
            says:
                "A connection of apple took 4.00 KiB of the server's memory, one of pear 20.0 KiB.",
            trace: "memory",
            in: .crafted(
                .crafted("apple") { $0.server.memoryBytesPerConnection = 4096 },
                .crafted("pear") { $0.server.memoryBytesPerConnection = 20_480 }),
            notIn: plain),
        Claim(
            "whose connections broke",
            says: "3 connections of apple and 1 of plum had to be made again.", trace: "made again",
            in: .crafted(
                .crafted("apple") { $0.reconnects = 3 }, .crafted("pear"),
                .crafted("plum") { $0.reconnects = 1 }),
            notIn: plain),
        Claim(
            "which differences are noise",
            says: "Within the noise of 2 rounds, p50 does not tell apple from pear.",
            trace: "Within the noise",
            in: .crafted(
                .crafted("apple", p50: 1_000_000), .crafted("pear", p50: 1_100_000),
                .crafted("plum", p50: 9_000_000), .crafted("apple", p50: 1_300_000, round: 2),
                .crafted("pear", p50: 1_400_000, round: 2),
                .crafted("plum", p50: 9_100_000, round: 2)),
            notIn: plain),
        Claim(
            "that no difference is noise",
            says: "Every difference in p50 is larger than the spread of the 2 rounds.",
            trace: "larger than the spread",
            in: .crafted(
                .crafted("apple", p50: 1_000_000), .crafted("pear", p50: 2_000_000),
                .crafted("apple", p50: 1_100_000, round: 2),
                .crafted("pear", p50: 2_100_000, round: 2)),
            notIn: plain),
        Claim(
            "that theory holds for all",
            says: "Theory holds for all 2 techniques: every figure is within its tolerance.",
            trace: "every figure", in: .crafted(judged("apple"), judged("pear")),
            notIn: .crafted(judged("apple"), judged("pear", off: 0.05))),
        Claim(
            "that theory holds for the only one",
            says: "Theory holds for apple: every figure is within its tolerance.",
            trace: "Theory", in: .crafted(judged("apple")), notIn: plain),
        Claim(
            "who does not do what theory says, and in what",
            says:
                "Theory holds for 1 of 2 techniques; pear is off by 5.0 % in p99, 105 ms measured "
                + "and 100 ms predicted (±3.50 ms) and 1 other figure.",
            trace: "other figure",
            in: .crafted(
                judged("apple"),
                .crafted("pear") {
                    $0.prediction = .crafted(
                        "L = d", verdict: .off(by: 0.05),
                        rows: [
                            .crafted("latency_ns.p99", 100e6, 105e6, 3.5e6, off: 0.05),
                            .crafted("requests_per_event", 1, 1.03, 0.02, off: 0.03),
                        ])
                }),
            notIn: .crafted(judged("apple"), judged("pear"))),
        Claim(
            "the three furthest off, and the names of the others",
            says:
                "Theory holds for none of 4 techniques; plum is off by 40 % in p99, 1.00 ms measured "
                + "and 1.00 ms predicted (±10.0 µs); pear is off by 30 % in p99, 1.00 ms measured and "
                + "1.00 ms predicted (±10.0 µs); apple is off by 20 % in p99, 1.00 ms measured and "
                + "1.00 ms predicted (±10.0 µs); less than that, fig.",
            trace: "less than that",
            in: .crafted(
                judged("apple", off: 0.2), judged("fig", off: 0.1), judged("pear", off: 0.3),
                judged("plum", off: 0.4)),
            notIn: .crafted(
                judged("apple", off: 0.2), judged("pear", off: 0.3), judged("plum", off: 0.4))),
        Claim(
            "what cheaper bytes cost in time",
            says: "On the wire asking was cheaper than streaming: an answer of pear carried 12.0 "
                + "events, 172 B each, while the cheapest stream, apple, sent 206 B an event (2.00 "
                + "packets an event). It paid in time: a p50 of 5.00 ms against 1.00 ms.",
            trace: "paid in time",
            in: .crafted(wired("apple", 206), wired("pear", 172, events: 12, p50: 5_000_000)),
            notIn: .crafted(wired("apple", 206), wired("pear", 172, events: 12))),
        Claim(
            "that bytes are not those of theory",
            says:
                "Theory does not hold: apple is off by 1.0 % in request head bytes an event (up), "
                + "101 B measured and 100 B predicted (±0 B).",
            trace: "does not hold",
            in: .crafted(
                .crafted("apple") {
                    $0.prediction = .crafted(
                        "L = d", verdict: .off(by: 0.01),
                        rows: [
                            .crafted("bytes_per_event.up.request_head", 100, 101, 0, off: 0.01)
                        ])
                }),
            notIn: .crafted(judged("apple"))),
        Claim(
            "nothing of theory that could not be compared",
            says: "Theory holds for apple: every figure is within its tolerance.", trace: "Theory",
            in: .crafted(judged("apple"), .plum), notIn: .crafted(.plum)),
        Claim(
            "that gaps are as theory has them",
            says: "All 2 gaps between deliveries are those that theory predicts.",
            trace: "All 2 gaps", in: probing("holds", "holds"),
            notIn: probing("holds", "off by 3.0 %")),
        Claim(
            "whose gap is not as theory has it",
            says:
                "Of 2 gaps 1 are as theory predicts; apple (close) is off by 3.0 %.",
            trace: "as theory predicts", in: probing("holds", "off by 3.0 %"),
            notIn: probing("not applicable: no law", "not applicable: no law")),
        Claim(
            "who is cheapest on the wire",
            says:
                "With the headers of TCP and IP, apple was cheapest: 206 B an event on the wire, and "
                + "pear 412 B, 2.00 times as much.",
            trace: "headers of TCP", in: .crafted(wired("apple", 206), wired("pear", 412)),
            notIn: .crafted(wired("apple", 206))),
        Claim(
            "that asking can be cheaper than streaming",
            says: "On the wire asking was cheaper than streaming: an answer of pear carried 12.0 "
                + "events, 172 B each, while the cheapest stream, apple, sent 206 B an event (2.00 "
                + "packets an event).",
            trace: "cheaper than streaming",
            in: .crafted(wired("apple", 206), wired("pear", 172, events: 12)),
            notIn: .crafted(wired("apple", 206), wired("pear", 300, events: 12))),
        Claim(
            "how much of a tail is the harness",
            says: "Up to 20 % of apple's p99 is the harness: 600 µs went by between the kernel's "
                + "having an event and the client's reading it (p99).",
            trace: "is the harness", in: .crafted(read("apple", late: 600_000)),
            notIn: .crafted(read("apple", late: 60_000))),
        Claim(
            "that the harness is not in the tail",
            says:
                "Reading late added less than 5.0 % to any p99: the kernel had the events when the "
                + "clients did.",
            trace: "Reading late", in: .crafted(read("apple", late: 60_000)), notIn: plain),
        Claim(
            "what a late source would have hidden",
            says: "Counted from when events were really published, apple's p99 would be 1.00 ms "
                + "instead of 3.00 ms: the difference is lateness of the source, which a clock started "
                + "at the sending never sees.",
            trace: "really published", in: .crafted(uncorrected("apple", p99: 1_000_000)),
            notIn: .crafted(uncorrected("apple", p99: 2_900_000))),
        Claim(
            "that the mirror was busy",
            says:
                "The packet mirror was busy with apple: 70 % of a processor, which neither server "
                + "nor generator had.",
            trace: "mirror", in: .crafted(mirrored("apple", share: 0.7)),
            notIn: .crafted(mirrored("apple", share: 0.3))),
    ]

    private static func judged(_ id: String, off: Double? = nil) -> TransportResult {
        .crafted(id) {
            $0.prediction = .crafted(
                "L = d", verdict: off.map { .off(by: $0) } ?? .holds,
                rows: [.crafted("latency_ns.p99", 1e6, 1e6, 1e4, off: off)])
        }
    }

    private static func probing(_ verdicts: String...) -> RunRecord {
        var record = plain
        record.gapProbe = GapProbe(
            link: .fifty,
            rows: zip(verdicts, [ConnectionPolicy.keepAlive, .close]).map { verdict, connection in
                GapRow(
                    transport: "apple", connection: connection, batchLimit: 1,
                    gap: GapResult(
                        minimumNanoseconds: 50_000_000, medianNanoseconds: 50_000_000,
                        inRoundTrips: 1),
                    verdict: verdict, deliveries: 20, eventsPerDelivery: 1)
            })
        return record
    }

    private static func wired(
        _ id: String, _ bytes: Double, events: Double? = nil, p50: Int64 = 1_000_000
    ) -> TransportResult {
        .crafted(id, p50: p50) {
            $0.wirePerEvent = WireCount(
                upBytes: 52, downBytes: bytes - 52, upPackets: 1, downPackets: 1)
            $0.eventsPerAnswer = events
            $0.requestsPerEvent = events.map { 1 / $0 } ?? 0
        }
    }

    private static func read(_ id: String, late p99: Int64) -> TransportResult {
        .crafted(id) {
            $0.receiveDelay = $0.latency
            $0.receiveDelay?.p99 = p99
        }
    }

    private static func uncorrected(_ id: String, p99: Int64) -> TransportResult {
        .crafted(id) {
            $0.uncorrectedLatency = $0.latency
            $0.uncorrectedLatency?.p99 = p99
        }
    }

    private static func mirrored(_ id: String, share: Double) -> TransportResult {
        .crafted(id) {
            $0.link = .fifty
            $0.link.mirror = .idle
            $0.link.mirror?.cpuShare = share
        }
    }

    @Test("say what holds", arguments: claims)
    fileprivate func sayWhatHolds(claim: Claim) {
        let sentences = Findings.sentences(for: claim.holds)
        #expect(sentences.contains(claim.sentence), "\(sentences)")
    }

    @Test("do not say what does not hold", arguments: claims)
    fileprivate func saysNothingElse(claim: Claim) {
        let sentences = Findings.sentences(for: claim.fails)
        #expect(!sentences.contains { $0.contains(claim.trace) }, "\(sentences)")
    }

    @Test("are none when nothing was measured")
    func survivesNothing() {
        #expect(Findings.sentences(for: Self.empty) == [])
        #expect(Findings.sentences(for: .crafted()) == [])
    }
}
