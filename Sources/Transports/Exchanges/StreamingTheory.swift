import Measurement
import Wire

/// The law of streams: an event leaves when it is due and arrives one transit later, whatever is
/// wrapped around it. `StreamLaw` derives it; with Nagle's algorithm left on, `TCPLaw.nagleLaw`
/// does.
extension Theory {
    /// The theory of a stream in which `framing` bytes stand around the payload of an event with an
    /// id and so many bytes, and each message is a chunk of an HTTP answer or not.
    static func streaming(
        isChunked: Bool, framing: @escaping @Sendable (UInt64, Int) -> Int
    ) -> Theory {
        Theory(
            kind: .streaming,
            law: "L = d + F·8/C + c_s, gaps are the source's, no requests",
            predict: { _, conditions, _ in
                StreamingTheory(conditions: conditions, isChunked: isChunked, framing: framing)
                    .prediction
            })
    }
}

/// One prediction for a stream.
private struct StreamingTheory {
    let conditions: Conditions
    let isChunked: Bool
    let framing: @Sendable (UInt64, Int) -> Int

    var prediction: Prediction {
        var prediction = Prediction(law: law, timeSlack: conditions.jitter)
        prediction.gap = gap
        prediction.requestsPerEvent = 0
        let window = conditions.window
        let replay = replay
        let summary = ReplaySummary([replay], in: window, spread: conditions.spread)
        var bytes = ByteLedger()
        var spread = LedgerSpread()
        var wire = StreamWire(conditions)
        for exchange in replay.exchanges where window.contains(exchange.delivered) {
            var sent = ByteLedger()
            for place in exchange.events {
                let event = ledger(place)
                sent += event
                spread.add(event)
            }
            bytes += sent
            wire.add(bytes: sent.total)
        }
        guard summary.events > 0 else {
            prediction.byteCosts = ByteCosts(
                event: ByteTraffic(down: ledger(0), up: ByteLedger(), per: 1))
            return prediction
        }
        prediction.latency = summary.latency
        let perEvent = ByteTraffic(down: bytes, up: ByteLedger(), per: summary.events)
        prediction.bytesPerEvent = perEvent
        prediction.byteCosts = ByteCosts(
            event: perEvent,
            digitSpread: ByteTraffic(down: spread.ledger, up: ByteLedger(), per: 1))
        prediction.wirePerEvent = wire.perEvent(summary.events)
        prediction.wireTolerance = wire.tolerance(summary.events)
        prediction.exclusions["latency_ns"] = exclusion(most: wire.mostBytes)
        return prediction
    }

    /// The bytes of the event at that place in the schedule.
    private func ledger(_ place: Int) -> ByteLedger {
        var ledger = ByteLedger()
        let id = conditions.firstID &+ UInt64(place)
        ledger[.payload] = conditions.payloadBytes
        ledger[.messageFraming] = framing(id, conditions.payloadBytes)
        // RFC 9112 §7.1: the size in hexadecimal, and CR LF twice.
        if isChunked { ledger[.transferCoding] = Digits.hexadecimal(ledger.total) + 4 }
        return ledger
    }

    private var replay: Replay {
        guard !conditions.nagle else { return .nagleStream(conditions) }
        guard let bandwidth = conditions.bandwidth else { return .stream(conditions) }
        return .stream(conditions) { place in
            let size = ledger(place).total
            let segments = TCPLaw.segments(bytes: size, segmentBytes: conditions.segmentBytes)
            let headers = Double(segments) * (WireLaw.headers + WireLaw.linkHeader)
            return (Double(size) + headers) * 8e9 / bandwidth
        }
    }

    /// Nothing stands between two events that are due at once; with Nagle's algorithm, R does.
    private var gap: GapResult {
        guard conditions.nagle else {
            return GapResult(
                minimumNanoseconds: 0, medianNanoseconds: 0,
                inRoundTrips: conditions.roundTrip > 0 ? 0 : nil)
        }
        let gap = Int64(conditions.roundTrip)
        return GapResult(
            minimumNanoseconds: gap, medianNanoseconds: gap,
            inRoundTrips: conditions.roundTrip > 0 ? 1 : nil)
    }

    /// Why the law of latency does not hold for packets of up to `most` bytes.
    private func exclusion(most: Int) -> String? {
        guard let segmentBytes = conditions.segmentBytes else { return nil }
        if conditions.nagle, most >= segmentBytes {
            return "more than a segment waits for an acknowledgement, and full segments do not wait"
        }
        let flights = TCPLaw.flights(bytes: most, segmentBytes: segmentBytes)
        return flights > 1
            ? "an event takes \(flights) flights on an idle connection and fewer on a busy one"
            : nil
    }

    private var law: String {
        if conditions.nagle {
            return "L = d + w, w in (0, R) for what is due before the last packet is acknowledged, "
                + "else 0"
        }
        return conditions.bandwidth == nil ? "L = d + c_s" : "L = d + F·8/C + c_s"
    }
}

/// Packets and bytes on the wire for a stream: each send is a packet for each segment, and each
/// read is acknowledged, since the client has nothing to send it with.
private struct StreamWire {
    private let conditions: Conditions
    private var bytes = 0.0
    private var segments = 0.0
    private var acknowledgements = 0.0
    private(set) var mostBytes = 0

    /// The share of packets that may be there or not: a busy server sends two events as one, a busy
    /// client reads them as one.
    private static let doubtfulShare = 0.25

    init(_ conditions: Conditions) {
        self.conditions = conditions
    }

    mutating func add(bytes count: Int) {
        let number = TCPLaw.segments(bytes: count, segmentBytes: conditions.segmentBytes)
        bytes += Double(count)
        segments += Double(number)
        // Every second segment is acknowledged (RFC 9293 §3.8.6.3), and the last.
        acknowledgements += Double((number + 1) / 2)
        mostBytes = max(mostBytes, count)
    }

    /// The figures for each of so many events.
    func perEvent(_ events: Int) -> WireCount {
        let events = Double(events)
        return WireCount(
            upBytes: acknowledgements * WireLaw.headers / events,
            downBytes: (bytes + segments * WireLaw.headers) / events,
            upPackets: acknowledgements / events, downPackets: segments / events)
    }

    /// How far these may be off.
    func tolerance(_ events: Int) -> WireCount {
        let up = acknowledgements * Self.doubtfulShare / Double(events)
        let down = segments * Self.doubtfulShare / Double(events)
        return WireCount(
            upBytes: up * WireLaw.headers, downBytes: down * WireLaw.headers, upPackets: up,
            downPackets: down)
    }
}
