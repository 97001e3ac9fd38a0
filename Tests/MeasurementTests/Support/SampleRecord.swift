import Link
import Measurement
import Wire

extension RunRecord {
    /// A record in which every optional field is there and every class of bytes occurs, so that a
    /// test which looks at it has seen every key.
    static var complete: RunRecord {
        var ledger = ByteLedger()
        for byteClass in ByteClass.allCases {
            ledger[byteClass] = byteClass.rawValue * 100 + 7
        }
        let traffic = ByteTraffic(down: ledger, up: ledger, per: 3)
        let latency = LatencySummary(
            count: 3000, mean: 1234.567, p50: 1000, p90: 2000, p99: 3000, p99_9: 4000, max: 5000)
        let warning = MeasurementWarning.tooFewSamples(count: 3000).recorded
        let gap = GapResult(
            minimumNanoseconds: 50_000_000, medianNanoseconds: 51_000_000, inRoundTrips: 1.01)
        let link = LinkResult(
            tier: "mirror", rttNanoseconds: 50_000_000, rttEffectiveNanoseconds: 50_123_456,
            turnaroundNanoseconds: 120_000, turnaroundOnNewConnectionNanoseconds: 180_000,
            congestionControl: "cubic", mtu: 1500, noDelay: false, note: "no netem here",
            mirror: MirrorResult(
                packets: 1000, lostPackets: 3, overflowedPackets: 2, peakPacketsPerSecond: 999.5,
                latenessP50Nanoseconds: 60_000, latenessP99Nanoseconds: 300_000,
                cpuNanoseconds: 5_000_000, cpuShare: 0.25))
        let rearm = RearmWindow(meanNanoseconds: 50_200_000.5, shareOfEvents: 0.75)
        let result = TransportResult(
            transport: "made-up", connection: .close, round: 2, clients: 10,
            link: link,
            deliveries: DeliveryCount(
                expected: 3010, received: 3000, lost: 7, missing: 3, duplicate: 2, reordered: 1,
                perSecond: 299.99),
            flow: DeliveryFlow(
                duePerSecond: 5000, sentPerSecond: 4990.5, readPerSecond: 4980.5),
            latency: latency, latencyHistogram: EncodedHistogram(text: "HISTFAAA"),
            timeline: DeliveryTimeline(deliveries: [
                .init(id: 17, dueNanoseconds: 0, deliveredNanoseconds: 1_000_000)
            ]), connect: latency, firstEvent: latency, gap: gap,
            requestsPerEvent: 0.5, eventsPerAnswer: 2.25, emptyAnswers: 4, answers: 1500,
            requests: 1501, reconnects: 5, bytesPerEvent: traffic, bytesAtConnect: traffic,
            uncorrectedLatency: latency, receiveDelay: latency,
            wirePerEvent: WireCount(upBytes: 52, downBytes: 200.5, upPackets: 1, downPackets: 1.1),
            wire: WireResult(
                upBytes: 1000, downBytes: 9000, upPackets: 10, downPackets: 20, connections: 3,
                unreadConnections: 1, retransmits: 2, interfaceBytes: 10_052,
                interfacePackets: 31, reason: "a connection was reset"),
            exact: ExactCounts(
                events: 10, deliveries: 100, requests: 101, answers: 99, upBytes: 5000,
                downBytes: 9000, serverSends: 100, serverReceives: 101, clientSends: 102,
                clientReceives: 103, bytes: ExactTraffic(down: ledger, up: ledger),
                connectBytes: ExactTraffic(down: ledger, up: ledger)),
            rearm: rearm,
            fault: FaultResult(
                kind: .freezeServer, means: "server", startNanoseconds: 3_000_000_000,
                lengthNanoseconds: 10_000_000_000, heartbeatNanoseconds: 1_000_000_000,
                clients: 10, clientNoticed: EventTimes([3, 1, 2]),
                serverNoticed: EventTimes([4]),
                serverReasons: [
                    "dead": 1, "lost": 2, "slow-reader": 3, "timeout": 4, "protocol-error": 5,
                ],
                held: HeldBytes(mean: 12.5, most: 100), recovered: EventTimes([5, 6])),
            server: ServerCost(
                cpuNanosecondsPerDelivery: 812.5, cpuShare: 0.75, memoryBytesPerConnection: 4096,
                slowReaders: SlowReaders(
                    disconnected: 3, droppedEvents: 41, backlogPeakBytes: 65_536,
                    heldPeakBytes: 131_072)),
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 2000, cpuShare: 0.125, loopLagP99Nanoseconds: 42_000),
            source: SourceLateness(
                p50Nanoseconds: 11_000, p99Nanoseconds: 36_000, refusedEvents: 2),
            prediction: Prediction(
                verdict: .off(by: 0.031), law: "L = d + w",
                latency: PredictedLatency(mean: 1, p50: 2, p90: 3, p99: 4, max: 5), gap: gap,
                requestsPerEvent: 0.5, eventsPerAnswer: 2, emptyAnswers: 4,
                bytesPerEvent: traffic,
                byteCosts: ByteCosts(
                    event: traffic, request: traffic, answer: traffic, emptyAnswer: traffic,
                    digitSpread: traffic),
                wirePerEvent: WireCount(upBytes: 52, downBytes: 200, upPackets: 1, downPackets: 1),
                wireTolerance: WireCount(
                    upBytes: 13, downBytes: 13, upPackets: 0.25, downPackets: 0.25),
                timeSlack: 2_000_000,
                rows: [
                    PredictionRow(
                        metric: "latency_ns.mean", predicted: 1, measured: 1234.567, tolerance: 0.5,
                        verdict: .off(by: 0.031), note: "made up")
                ]),
            warnings: [warning], partial: true)
        return RunRecord(
            tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
            machine: Machine(
                cpu: "Imaginary 9000 / \"quoted\"", cores: 4, memoryBytes: 8 << 30,
                kernel: "6.18.0", os: "Linux"),
            started: "2025-11-21T02:32:00Z", durationNanoseconds: 15_000_000_000,
            command: ["pushbench", "run", "--transport", "made-up"],
            scenario: Scenario(
                transports: ["made-up", "other"], clients: 10, ratePerSecond: 30.5,
                arrivals: .periodic, payloadBytes: 100, connectRatePerSecond: 500,
                warmup: .seconds(2), duration: .seconds(10), drainLimit: .milliseconds(1500),
                pollInterval: .nanoseconds(123_456_789), hold: .seconds(25), batchLimit: 1,
                connection: .close, headers: "browser", repeats: 3, seed: .max, serverLoops: 2,
                clientLoops: 2, backlogLimitBytes: 65_536, slowReaderPolicy: .drop,
                target: "http://127.0.0.1:8080/sub", targetProfile: "nchan",
                publishURL: "http://127.0.0.1:8080/pub", link: .dsl,
                gapRoundTrip: .milliseconds(50),
                lockstep: true, sideBySide: true, mistakes: [.nagle, .twoWrites],
                fault: FaultOrder(
                    kind: .freezeServer, start: .seconds(3), length: .seconds(10),
                    heartbeats: [.seconds(1), .zero]), deflates: true),
            partial: true, warnings: [warning], results: [result],
            gapProbe: GapProbe(
                link: link,
                rows: [
                    GapRow(
                        transport: "made-up", connection: .close, batchLimit: 1, gap: gap,
                        predictedNanoseconds: 100_000_000, verdict: "holds", deliveries: 20,
                        eventsPerDelivery: 1.5, worstLatencyNanoseconds: 125_000_000,
                        worstLatencyInTransits: 5.01, rearm: rearm)
                ]),
            paired: [
                PairedDifference(
                    transport: "made-up", reference: "other", events: 100,
                    medianNanoseconds: 1000.5, p5Nanoseconds: -2000, p95Nanoseconds: 3000,
                    lowerNanoseconds: 900, upperNanoseconds: 1100, shareEarlier: 0.25)
            ],
            checks: [
                CheckResult(
                    kind: .exact, transport: "made-up", metric: "bytes.down.payload",
                    outcome: .failed, message: "100 B became 101 B.", unit: "B", expected: 100,
                    actual: 101)
            ],
            comparison: ProgramComparison(
                base: "old/pushbench", change: "new/pushbench", restarts: 15, pairs: 10,
                sliceNanoseconds: 40_000_000, threshold: 0.03, confidence: 0.99,
                passes: [
                    ComparisonPass(
                        transport: "made-up", restarts: 15, stealShare: 0.01,
                        latenessP99Nanoseconds: 90_000,
                        metrics: [
                            ComparedMetric(
                                metric: "latency.p50", connections: 1, unit: "ns", base: 50_000,
                                change: 55_000, ratio: 1.1, lowerRatio: 1.05, upperRatio: 1.15,
                                verdict: .cannotTell, reason: "made up",
                                restartRatios: [1.1, 1.2])
                        ])
                ]))
    }

    /// The least that a record can be.
    static var minimal: RunRecord {
        var record = RunRecord.complete
        record.scenario.target = nil
        record.scenario.link = nil
        record.scenario.gapRoundTrip = nil
        record.scenario.fault = nil
        record.gapProbe = nil
        record.paired = nil
        record.checks = nil
        record.comparison = nil
        record.warnings = []
        record.partial = false
        record.results = [
            TransportResult(
                transport: "made-up", clients: 1,
                deliveries: DeliveryCount(expected: 0, received: 0), latency: .none,
                generator: GeneratorCost(
                    cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
                source: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0))
        ]
        return record
    }
}
