import Measurement
import Wire

/// The law of polling: an event waits for a question.
///
/// Whoever asks is answered; between an answer and the next question of the same client the server
/// cannot reach it. `BlindWindow` derives how long that is, `LongPollLaw`, `SingleAnswerLaw` and
/// `ShortPollLaw` what follows for random arrivals, and `Replay` what follows for the very schedule
/// of the run, which is what a measurement is held against.
extension Theory {
    /// The theory of a technique whose questions are kept until there is an event.
    static func heldPolling() -> Theory {
        Theory(
            kind: .polling,
            law: "L = d + w, w in (0, W) for what falls into the blind window W = κ·R + c, else 0",
            predict: { transport, conditions, profile in
                PollingTheory(transport, conditions, profile)?.prediction(isHeld: true)
                    ?? Prediction()
            })
    }

    /// The theory of a technique whose questions are asked at a fixed rate and answered at once.
    static func fixedRatePolling() -> Theory {
        Theory(
            kind: .polling,
            law: "L = d + w, w uniform in (0, Pe), Pe = max(P, W), W = κ·R + c",
            predict: { transport, conditions, profile in
                PollingTheory(transport, conditions, profile)?.prediction(isHeld: false)
                    ?? Prediction()
            })
    }
}

/// One prediction for a technique that polls.
private struct PollingTheory {
    private let conditions: Conditions
    private let bytes: PollingBytes

    init?(_ transport: Transport, _ conditions: Conditions, _ profile: ClientProfile) {
        guard let bytes = PollingBytes(of: transport, profile: profile) else { return nil }
        self.conditions = conditions
        self.bytes = bytes
    }

    private var isKept: Bool { conditions.connection == .keepAlive }

    func prediction(isHeld: Bool) -> Prediction {
        var prediction = Prediction(law: law(isHeld: isHeld))
        prediction.gap = gap(isHeld: isHeld)
        prediction.timeSlack = timeSlack(isHeld: isHeld)
        let replays = replays(isHeld: isHeld)
        var traffic = PollingTraffic(bytes, conditions)
        var wire = PollingWire(conditions)
        for replay in replays {
            for (index, exchange) in replay.exchanges.enumerated() {
                traffic.add(exchange)
                guard conditions.window.contains(exchange.delivered) else { continue }
                let next = index + 1 < replay.exchanges.count ? replay.exchanges[index + 1] : nil
                wire.add(
                    exchange, request: traffic.request(exchange.events).total,
                    answer: traffic.answer(exchange.events).total,
                    pause: (next?.asked ?? .infinity) - exchange.delivered)
            }
        }
        prediction.byteCosts = traffic.costs
        guard !conditions.schedule.isEmpty else { return prediction }

        let summary = ReplaySummary(
            replays, in: conditions.window, spread: conditions.spread)
        prediction.latency = summary.latency
        prediction.requestsPerEvent = summary.requestsPerEvent
        prediction.eventsPerAnswer = summary.eventsPerAnswer
        prediction.emptyAnswers =
            Double(summary.emptyAnswers * conditions.clients) / Double(replays.count)
        prediction.bytesPerEvent = traffic.perEvent
        prediction.wirePerEvent = wire.perEvent(summary.events)
        prediction.wireTolerance = wire.tolerance(summary.events)
        if isKept, conditions.twoWrites {
            prediction.exclusions["wire_per_event"] = "head and content are acknowledged one by one"
        }
        if isKept, wire.mostFlights > 1 {
            prediction.exclusions["latency_ns"] =
                "an answer takes \(wire.mostFlights) flights on an idle connection and fewer on a "
                + "busy one"
        }
        return prediction
    }

    // MARK: - Times

    /// What the client adds to the round trip that content waits after a head of its own. A content
    /// of more than a segment is not held up whole: its full segments follow the head at once, and
    /// a client acknowledges at once what is more than a segment (RFC 9293 §3.8.6.3).
    private func delayedACK(answer size: Int) -> Double {
        guard let segmentBytes = conditions.segmentBytes, size > segmentBytes else {
            return TCPLaw.delayedACK
        }
        return 0
    }

    /// What an answer with so many events takes beyond d.
    private func delay(events: Int) -> Double {
        let size = bytes.answer(
            events: events, cursor: conditions.firstID, payload: conditions.payloadBytes
        ).total
        let segments = TCPLaw.segments(bytes: size, segmentBytes: conditions.segmentBytes)
        var delay = 0.0
        if let bandwidth = conditions.bandwidth {
            let headers = Double(segments) * (WireLaw.headers + WireLaw.linkHeader)
            delay += (Double(size) + headers) * 8e9 / bandwidth
        }
        if isKept {
            if conditions.twoWrites, events > 0 {
                delay += conditions.roundTrip + delayedACK(answer: size)
            }
        } else if let segmentBytes = conditions.segmentBytes {
            let flights = TCPLaw.flights(bytes: size, segmentBytes: segmentBytes)
            delay += Double(max(flights, 1) - 1) * conditions.roundTrip
        }
        return delay
    }

    private func gap(isHeld: Bool) -> GapResult {
        let cycle = conditions.blindWindow.duration + delay(events: 1)
        let gap = isHeld ? cycle : max(conditions.pollInterval, cycle)
        return GapResult(
            minimumNanoseconds: Int64(gap), medianNanoseconds: Int64(gap),
            inRoundTrips: conditions.roundTrip > 0 ? gap / conditions.roundTrip : nil)
    }

    private func replays(isHeld: Bool) -> [Replay] {
        guard !isHeld else {
            return [Replay.polling(conditions, pace: .held, answerDelay: delay)]
        }
        return phases.map { phase in
            Replay.polling(conditions, pace: .fixedRate(phase: phase), answerDelay: delay)
        }
    }

    /// The phases to replay: the clients' own, or evenly spaced ones; of very many, an even choice.
    private var phases: [Double] {
        let most = 256
        guard let known = conditions.phases, !known.isEmpty else {
            let count = 64
            return (0..<count).map { index in
                (Double(index) + 0.5) / Double(count) * conditions.pollInterval
            }
        }
        guard known.count > most else { return known }
        let sorted = known.sorted()
        return (0..<most).map { sorted[$0 * sorted.count / most] }
    }

    private func timeSlack(isHeld: Bool) -> Double {
        let transits = conditions.blindWindow.setup.worstTransits
        var slack = conditions.jitter * Double(transits)
        if conditions.twoWrites, isKept { slack += TCPLaw.delayedACKSpread }
        if !isHeld, conditions.phases == nil {
            // Phases that nobody knows are drawn by chance: two standard deviations of the mean of
            // as many uniform waits as there are clients or events.
            let events = conditions.schedule.count { conditions.window.contains($0) }
            let draws = Double(max(events, conditions.clients, 1))
            slack += 2 * conditions.pollInterval / (12 * draws).squareRoot()
        }
        return slack
    }

    // MARK: - Words

    private func law(isHeld: Bool) -> String {
        let window = "W = \(conditions.blindWindow.setup.roundTrips)·R + c"
        let wait =
            switch (isHeld, conditions.batchLimit) {
            case (true, 0): "w in (0, W) for what falls into the blind window, else 0"
            case (true, 1): "w as in a queue that serves one event every W"
            case (true, let limit): "w as in a queue that serves \(limit) events every W"
            case (false, 0): "w uniform in (0, Pe), Pe = max(P, W)"
            case (false, let limit): "w as in a queue that serves \(limit) every Pe = max(P, W)"
            }
        let late =
            conditions.twoWrites && isKept ? "; content waits R + 40…44 ms for the head's ACK" : ""
        return "L = d + w, \(wait); \(window)\(late)"
    }
}

/// Packets and bytes on the wire for polling.
///
/// On a kept connection a request is a packet and an answer is one for each segment. An
/// acknowledgement rides on the next packet the other way if that follows within δ, and is a packet
/// of its own if it does not: the server's when it holds the request longer, the client's when it
/// pauses longer. On a new connection each exchange has a handshake, its own acknowledgements and
/// the closing, together 60 + 4…5 headers up and 60 + 3…4 down.
private struct PollingWire {
    private let conditions: Conditions
    private var up = Direction()
    private var down = Direction()
    private(set) var mostFlights = 0

    private struct Direction {
        var bytes = 0.0
        var packets = 0.0
        /// Packets that may be there or not.
        var doubtful = 0.0

        mutating func add(bytes count: Int, packets number: Double, doubtful: Double) {
            bytes += Double(count) + number * WireLaw.headers
            packets += number
            self.doubtful += doubtful
        }

        mutating func addHandshake() {
            bytes += WireLaw.handshakePacket
            packets += 1
        }
    }

    /// The share of exchanges in which an acknowledgement may go otherwise than said above: a
    /// receiver acknowledges at once for a while after a pause. Of a question that waits, if only for
    /// a moment, any may be acknowledged at once: Linux does so for a connection's first sixteen
    /// segments, and again after a long pause (tcp_input.c, `tcp_enter_quickack_mode`).
    private static let quickShare = 0.25

    init(_ conditions: Conditions) {
        self.conditions = conditions
    }

    /// Adds an exchange, after which the client pauses before it asks again.
    mutating func add(_ exchange: Replay.Exchange, request: Int, answer: Int, pause: Double) {
        let segments = Double(
            TCPLaw.segments(bytes: answer, segmentBytes: conditions.segmentBytes))
        if let segmentBytes = conditions.segmentBytes {
            mostFlights = max(
                mostFlights, TCPLaw.flights(bytes: answer, segmentBytes: segmentBytes))
        }
        // Every second segment is acknowledged (RFC 9293 §3.8.6.3), or all that one read takes.
        let acknowledgements = (segments - 1) / 2
        if conditions.connection == .keepAlive {
            let pauses = pause > TCPLaw.delayedACK
            let holds = exchange.held > TCPLaw.delayedACK
            up.add(
                bytes: request, packets: 1 + (pauses ? 1 : 0) + acknowledgements,
                doubtful: Self.quickShare + acknowledgements)
            down.add(
                bytes: answer, packets: segments + (holds ? 1 : 0),
                doubtful: exchange.held > 0 && !holds ? 1 : Self.quickShare)
        } else {
            up.addHandshake()
            up.add(
                bytes: request, packets: 4.5 + acknowledgements,
                doubtful: 0.5 + Self.quickShare + acknowledgements)
            down.addHandshake()
            down.add(
                bytes: answer, packets: 3.5 + segments - 1, doubtful: 0.5 + Self.quickShare)
        }
    }

    /// The figures for each of so many events; nil when there are none.
    func perEvent(_ events: Int) -> WireCount? {
        guard events > 0 else { return nil }
        let events = Double(events)
        return WireCount(
            upBytes: up.bytes / events, downBytes: down.bytes / events,
            upPackets: up.packets / events, downPackets: down.packets / events)
    }

    /// How far these may be off.
    func tolerance(_ events: Int) -> WireCount? {
        guard events > 0 else { return nil }
        let events = Double(events)
        return WireCount(
            upBytes: up.doubtful * WireLaw.headers / events,
            downBytes: down.doubtful * WireLaw.headers / events,
            upPackets: up.doubtful / events, downPackets: down.doubtful / events)
    }
}
