import Link
import Measurement
import Testing
import Transports
import Wire

/// Milliseconds as the nanoseconds that theory counts in.
private func ms(_ value: Double) -> Double { value * 1e6 }

@Suite("The theory of every technique")
struct TheoryTests {
    private static let profile = ClientProfile(authority: "127.0.0.1:8080")

    private static func isPolling(_ transport: Transport) -> Bool {
        if case .polling = transport.server { true } else { false }
    }

    /// Five events a second for ten seconds, over 50 ms.
    private static func conditions(
        _ change: (inout Conditions) -> Void = { _ in }
    ) -> Conditions {
        var conditions = Conditions(
            roundTrip: ms(50), turnaround: ms(0.2), delivery: ms(0.1),
            schedule: ArrivalSchedule.dueTimes(
                .poisson, ratePerSecond: 20, seed: 3, before: .seconds(12)),
            window: ms(2000)..<ms(12_000), clients: 10)
        change(&conditions)
        return conditions
    }

    @Test("says something of every figure", arguments: Transport.all)
    func complete(transport: Transport) throws {
        let isPolling = Self.isPolling(transport)
        #expect(transport.theory.kind == (isPolling ? .polling : .streaming))
        #expect(!transport.theory.law.isEmpty)
        let prediction = transport.prediction(under: Self.conditions(), profile: Self.profile)
        #expect(prediction.law?.hasPrefix("L = d + ") == true)
        let latency = try #require(prediction.latency)
        for value in [latency.mean, latency.p50, latency.p90, latency.p99, latency.max] {
            #expect(try #require(value) >= ms(25.1) - 1)
        }
        #expect(prediction.gap != nil)
        #expect(prediction.requestsPerEvent.map { ($0 > 0) == isPolling } == true)
        #expect((prediction.eventsPerAnswer != nil) == isPolling || !isPolling)
        let bytes = try #require(prediction.bytesPerEvent)
        #expect(abs(bytes.payload - 100) < 1e-9)
        #expect((bytes.up.total > 0) == isPolling)
        #expect(bytes.overhead > 0)
        let wire = try #require(prediction.wirePerEvent)
        #expect(wire.downBytes > bytes.down.total)
        #expect(wire.upBytes > bytes.up.total)
        #expect(prediction.wireTolerance != nil && prediction.byteCosts != nil)
        #expect(prediction.exclusions.isEmpty)
        #expect(prediction.verdict == .notCompared && prediction.rows.isEmpty)
    }

    @Test("gives the gap its round trips", arguments: Transport.all, ConnectionPolicy.allCases)
    func gaps(transport: Transport, connection: ConnectionPolicy) throws {
        let conditions = Self.conditions {
            $0.connection = connection
            $0.pollInterval = ms(10)
        }
        let prediction = transport.prediction(under: conditions, profile: Self.profile)
        let gap = try #require(prediction.gap)
        let roundTrips = connection == .keepAlive ? 1.0 : 2
        let expected = Self.isPolling(transport) ? ms(50 * roundTrips + 0.2) : 0
        #expect(Double(gap.minimumNanoseconds) == expected)
        #expect(gap.inRoundTrips == expected / ms(50))
        if Self.isPolling(transport) {
            #expect(prediction.law?.contains("W = \(Int(roundTrips))·R + c") == true)
        }
    }

    @Test("gives the mistakes their signatures")
    func mistakes() throws {
        // Nagle's algorithm makes a stream a long poll of the link's round trip.
        let nagle = Transport.webSocket.prediction(
            under: Self.conditions { $0.nagle = true }, profile: Self.profile)
        let polling = Transport.longPolling.prediction(
            under: Self.conditions { $0.turnaround = 0 }, profile: Self.profile)
        #expect(nagle.latency == polling.latency)
        #expect(nagle.gap?.inRoundTrips == 1)
        let packets = try #require(nagle.wirePerEvent?.downPackets)
        #expect(packets < 0.95)

        // Two writes: 2R + 42 ms with a kept connection, and nothing with a new one.
        let twice = Transport.longPolling.prediction(
            under: Self.conditions { $0.twoWrites = true }, profile: Self.profile)
        #expect(twice.gap?.minimumNanoseconds == 142_200_000)
        #expect(twice.timeSlack == 2e6)
        let closed = Self.conditions {
            $0.twoWrites = true
            $0.connection = .close
        }
        #expect(
            Transport.longPolling.prediction(under: closed, profile: Self.profile).gap?
                .minimumNanoseconds == 100_200_000)

        // What is longer than a segment is acknowledged at once: no 40 ms, only the round trip.
        func mean(_ segmentBytes: Int) throws -> Double {
            try #require(
                Transport.longPolling.prediction(
                    under: Self.conditions {
                        $0.twoWrites = true
                        $0.segmentBytes = segmentBytes
                    }, profile: Self.profile
                ).latency?.mean)
        }
        #expect(try mean(100) < mean(1448))
        #expect(twice.exclusions["wire_per_event"] != nil)

        // One event an answer queues.
        let single = Transport.longPolling.prediction(
            under: Self.conditions { $0.batchLimit = 1 }, profile: Self.profile)
        #expect(single.eventsPerAnswer == 1)
        #expect(try #require(single.latency?.mean) > (try #require(polling.latency?.mean)))
    }

    @Test("says where it has no law", arguments: Transport.all)
    func exclusions(transport: Transport) {
        func exclusions(_ change: (inout Conditions) -> Void) -> Set<String> {
            let prediction = transport.prediction(
                under: Self.conditions(change), profile: Self.profile)
            return Set(prediction.exclusions.keys)
        }
        #expect(exclusions { $0.lossRate = 0.01 }.contains("latency_ns"))
        #expect(exclusions { $0.bandwidth = 1e6 } == ["latency_ns"])
        #expect(
            exclusions {
                $0.bandwidth = 1e6
                $0.clients = 1
            } == [])
        #expect(
            exclusions {
                $0.segmentBytes = 1448
                $0.payloadBytes = 100_000
            } == ["latency_ns"])
        #expect(exclusions { $0.segmentBytes = 1448 } == [])
    }

    @Test("counts the flights of large answers on new connections")
    func slowStart() throws {
        func mean(_ payload: Int) throws -> Double {
            let conditions = Self.conditions {
                $0.connection = .close
                $0.segmentBytes = 1448
                $0.payloadBytes = payload
                $0.schedule = [ms(3000), ms(5000)]
            }
            let prediction = Transport.longPolling.prediction(
                under: conditions, profile: Self.profile)
            return try #require(prediction.latency?.mean)
        }
        // 14,480 and 43,440 bytes are the thresholds, heads included.
        #expect(try abs(mean(14_000) - ms(25.1)) < 1)
        #expect(try abs(mean(15_000) - ms(75.1)) < 1)
        #expect(try abs(mean(100_000) - ms(125.1)) < 1)
    }

    @Test("counts the acknowledgements that ride on nothing")
    func acknowledgements() throws {
        func packets(_ transport: Transport, _ pollInterval: Double) throws -> WireCount {
            let conditions = Self.conditions {
                $0.schedule = (0..<40).map { ms(Double($0) * 300 + 1) }
                $0.window = ms(600)..<ms(12_000)
                $0.pollInterval = pollInterval
            }
            let prediction = transport.prediction(under: conditions, profile: Self.profile)
            return try #require(prediction.wirePerEvent)
        }
        // Held for 250 ms: the server acknowledges the request apart; the client does not pause.
        let held = try packets(.longPolling, ms(1000))
        #expect(held.upPackets == 1 && held.downPackets == 2)
        // Asked every 300 ms and answered at once: the client acknowledges the answer apart.
        let short = try packets(.shortPolling, ms(300))
        #expect(abs(short.upPackets - 2) < 0.1 && abs(short.downPackets - 1) < 0.05)
        let stream = try packets(.rawTCP, ms(300))
        #expect(stream == WireCount(upBytes: 52, downBytes: 153, upPackets: 1, downPackets: 1))
    }

    // MARK: - Bytes

    /// A conversation whose bytes are predicted: how many events are due together, and when, in
    /// seconds after the client has subscribed.
    struct Conversation: Sendable, CustomTestStringConvertible {
        var name: String
        var bursts: [(second: Double, events: Int)]
        var payload = 100
        var batchLimit = 0
        var connection = ConnectionPolicy.keepAlive
        var headers = HeaderProfile.minimal
        /// Events before the client came.
        var before = 0

        var testDescription: String { name }

        static let all = [
            Conversation(
                name: "one by one across 9, 99 and 999",
                bursts: (1...1010).map { (Double($0) / 7 + 0.001, 1) }),
            Conversation(
                name: "in bursts",
                bursts: [(0.3, 2), (0.9, 1), (4.3, 9), (5.1, 3), (8.5, 100), (9.2, 12)]),
            Conversation(
                name: "in bursts, three an answer",
                bursts: [(0.3, 2), (1.4, 7), (9.1, 3), (30.2, 4)], batchLimit: 3),
            Conversation(
                name: "with long silences", bursts: [(10.3, 1), (61.5, 4), (120.1, 1), (121.7, 2)]),
            Conversation(
                name: "new connections and a browser's head",
                bursts: [(0.4, 1), (1.4, 1), (2.1, 3), (30.5, 1)], connection: .close,
                headers: .browser),
            Conversation(
                name: "ids from 995 on", bursts: [(0.4, 3), (1.4, 2), (2.1, 3), (30.5, 1)],
                before: 994),
            Conversation(
                name: "the smallest events", bursts: [(0.4, 1), (1.3, 3)], payload: 62),
            Conversation(name: "125 bytes", bursts: [(0.4, 1), (1.3, 3)], payload: 125),
            Conversation(name: "126 bytes", bursts: [(0.4, 1), (1.3, 3)], payload: 126),
            Conversation(name: "1,000 bytes", bursts: [(0.4, 1), (1.3, 12)], payload: 1000),
            Conversation(name: "70,000 bytes", bursts: [(0.4, 1), (1.3, 3)], payload: 70_000),
        ]

        /// The conversation has an end, off every poll.
        var end: Double { (bursts.last?.second ?? 0) + 3.77 }

        var conditions: Conditions {
            Conditions(
                roundTrip: 0, connection: connection,
                schedule: bursts.flatMap { burst in
                    Array(repeating: (burst.second * 1e9).rounded(), count: burst.events)
                },
                // Subscribing is no part of it.
                window: 1..<end * 1e9, payloadBytes: payload, pollInterval: 1e9, phases: [0],
                batchLimit: batchLimit, firstID: UInt64(before) + 1)
        }

        var profile: ClientProfile {
            ClientProfile(
                authority: "127.0.0.1:8080", headers: headers, keepsAlive: connection == .keepAlive)
        }
    }

    /// What the real halves do in a conversation, as the load generator would record it.
    private static func result(
        of transport: Transport, _ conversation: Conversation
    ) -> TransportResult {
        var settings = ServerContext.Settings()
        settings.batchLimit = conversation.batchLimit
        let server = ServerPeer(settings: settings)
        server.publish((0..<conversation.before).map { _ in Array("0".utf8) })
        let pair = TransportPair(transport, profile: conversation.profile, server: server)
        pair.connect()
        let down = pair.context.received
        let up = pair.sent
        let start = pair.context
        let began = pair.now
        for burst in conversation.bursts {
            let due = began + .nanoseconds(Int64((burst.second * 1e9).rounded()))
            pair.advance(by: due - pair.now)
            let first = server.context.log.newest + 1
            pair.publish(
                data: (0..<UInt64(burst.events)).map { index in
                    Self.filler(
                        payload: conversation.payload, id: first + index,
                        at: server.context.now)
                })
        }
        pair.advance(by: began + .nanoseconds(Int64(conversation.end * 1e9)) - pair.now)
        #expect(pair.errors.isEmpty)

        let events = pair.events.count
        let answers = pair.context.answers - start.answers
        let empty = pair.context.emptyAnswers - start.emptyAnswers
        let requests = pair.context.requests - start.requests
        return TransportResult(
            transport: transport.id, connection: conversation.connection, clients: 1,
            deliveries: DeliveryCount(expected: events, received: events), latency: .none,
            requestsPerEvent: Double(requests) / Double(events),
            eventsPerAnswer: answers > empty ? Double(events) / Double(answers - empty) : nil,
            emptyAnswers: empty, answers: answers, requests: requests,
            bytesPerEvent: ByteTraffic(
                down: pair.context.received - down, up: pair.sent - up, per: events),
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
            source: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0))
    }

    /// Data that brings the payload around it to exactly `payload` bytes.
    private static func filler(payload: Int, id: UInt64, at moment: Instant) -> [UInt8] {
        let frame = EventPayload.carrying([], id: id, intendedTime: moment).count
        let filler = String(repeating: "x", count: payload - frame - 2)
        return Array("\"\(filler)\"".utf8)
    }

    @Test(
        "has the bytes that the real halves write, class by class",
        arguments: Transport.all, Conversation.all)
    func bytes(transport: Transport, conversation: Conversation) throws {
        let prediction = transport.prediction(
            under: conversation.conditions, profile: conversation.profile)
        let result = Self.result(of: transport, conversation)
        let predicted = try #require(prediction.bytesPerEvent)
        for byteClass in ByteClass.allCases {
            let down = predicted.down[byteClass] - result.bytesPerEvent.down[byteClass]
            let up = predicted.up[byteClass] - result.bytesPerEvent.up[byteClass]
            #expect(abs(down) <= 1e-9, "\(byteClass.name) down")
            #expect(abs(up) <= 1e-9, "\(byteClass.name) up")
        }
        #expect(abs(result.requestsPerEvent - (prediction.requestsPerEvent ?? -1)) <= 1e-9)
        #expect(result.eventsPerAnswer == prediction.eventsPerAnswer)
        #expect(Double(result.emptyAnswers) == prediction.emptyAnswers ?? 0)
        #expect(Verdict.judge(prediction, against: result).verdict == .holds)
    }

    @Test("has the bytes of other answers too, when events were merged", arguments: Transport.all)
    func mergedBytes(transport: Transport) {
        // Predicted one by one, measured two by two, all ids of three digits.
        var apart = Conversation(
            name: "apart", bursts: (1...40).map { (Double($0) * 0.1 - 0.05, 1) }, before: 100)
        apart.payload = 120
        var merged = apart
        merged.bursts = (1...20).map { (Double($0) * 0.2 - 0.15, 2) }
        let prediction = transport.prediction(
            under: apart.conditions, profile: apart.profile)
        let result = Self.result(of: transport, merged)
        let judged = Verdict.judge(prediction, against: result)
        let bytes = judged.rows.filter { $0.metric.hasPrefix("bytes_per_event") }
        #expect(!bytes.isEmpty)
        for row in bytes { #expect(row.verdict == .holds, "\(row)") }
    }
}
