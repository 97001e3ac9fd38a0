import Link
import Measurement
import Reporting
import Transports
import Wire

/// What a trace prints around its steps: what is traced, and what came of it.
struct TracePage {
    let exchange: RecordedExchange
    let width: Int

    private var plan: TracePlan { exchange.plan }

    // MARK: - Before

    /// What the technique is, and what was recorded.
    func opening() -> [StyledLine] {
        let transport = plan.transport
        var title = StyledLine()
        title.add(transport.title, .bold)
        title.add(transport.reference, endingAt: width, .faint)
        let rule = StyledLine(String(repeating: "━", count: width), .faint)
        return [title, rule]
            + Explanation.wrap(transport.story, width: width).map { StyledLine($0) }
            + Explanation.heading("One real exchange", "recorded just now", width: width)
            + Explanation.wrap(conditions, width: width).map { StyledLine($0, .faint) }
            + [StyledLine()]
    }

    private var conditions: String {
        let link = exchange.link
        let effective = Readable.duration(nanoseconds: Double(link.rttEffectiveNanoseconds))
        let rate = Units.text(ofRate: plan.ratePerSecond)
        var text =
            "A lab server and one client, over real sockets and a round trip of "
            + "\(Units.text(of: plan.roundTripTime)) (\(link.tier) link, \(effective)"
        text += link.tier == "client" ? " added behind the client)" : " by echoes)"
        text += ". \(Readable.count(plan.events, "event")) of \(plan.payloadBytes) B, \(rate)"
        text += plan.arrivals == .poisson ? " at random moments" : " at regular moments"
        if exchange.isPolling {
            text +=
                plan.connection == .keepAlive
                ? "; the connection is kept" : "; a new connection for each poll"
        }
        if let note = link.note { text += ". No better link: \(note)" }
        return text + "."
    }

    /// At which pace it is told.
    func pace(speed: Double) -> StyledLine {
        let length = Double(
            (exchange.lastArrival ?? exchange.start).nanoseconds(since: exchange.start))
        let took = "It took \(Readable.duration(nanoseconds: length))"
        guard speed > 0 else { return StyledLine("\(took).", .faint) }
        let factor = NumberText.significant(1 / speed, digits: 2)
        return StyledLine("\(took); here it is \(factor) times slower.", .faint)
    }

    // MARK: - Behind

    /// What came of it: the counts beside what theory says of this very schedule, and the diagram.
    func closing() -> [StyledLine] {
        var lines = Explanation.heading("What came of it", countWords, width: width)
        if let failure = exchange.failure { lines.append(StyledLine(failure, .alarming)) }
        let prediction = prediction
        if let law = prediction?.law {
            lines += Explanation.wrap(law, width: width - 2).map { StyledLine("  \($0)", .bold) }
            lines.append(StyledLine())
        }
        var head = StyledLine()
        head.add("theory", endingAt: Self.theory, .faint)
        head.add("this time", endingAt: Self.measured, .faint)
        lines.append(head)
        lines += rows(prediction).map(line)
        if let reason = prediction?.exclusions["latency_ns"] {
            lines += Explanation.wrap(
                "Theory has no law for the latency here: \(reason).", width: width - 2
            )
            .map { StyledLine("  \($0)", .faint) }
        }
        lines.append(StyledLine())
        lines += Explanation.wrap(moral, width: width).map { StyledLine($0) }
        lines += Explanation.heading("Who spoke when", "as it was recorded", width: width)
        return lines + diagram.lines()
    }

    private var diagram: LadderDiagram {
        LadderDiagram(
            exchange.ladder, showsMicroseconds: plan.roundTripTime < .milliseconds(2),
            width: width)
    }

    /// The diagram to scale, as an SVG document.
    func picture() -> String {
        let round = Readable.duration(nanoseconds: Double(exchange.link.rttEffectiveNanoseconds))
        var subtitle = "recorded, \(round) round trip (\(exchange.link.tier) link)"
        if exchange.isPolling {
            subtitle +=
                plan.connection == .keepAlive
                ? ", the connection is kept" : ", a new connection for each poll"
        }
        return LadderChart(
            exchange.ladder, title: plan.transport.title, subtitle: subtitle
        ).document()
    }

    private var countWords: String {
        let arrived = exchange.events.count
        let isOrdered = zip(exchange.events, exchange.events.dropFirst())
            .allSatisfy { $0.id < $1.id }
        return "\(arrived) of \(Readable.count(plan.events, "event"))"
            + (isOrdered ? ", in order" : ", out of order")
    }

    // MARK: - Figures

    private struct Row {
        let name: String
        let theory: String
        let measured: String
        var remark = ""
    }

    private static let theory = 44
    private static let measured = 57

    private func line(_ row: Row) -> StyledLine {
        var line = StyledLine("  \(row.name)")
        line.add(row.theory, endingAt: Self.theory)
        line.add(row.measured, endingAt: Self.measured, .bold)
        line.add(row.remark.isEmpty ? "" : "   \(row.remark)", .faint)
        return line
    }

    /// What crossed from the start of the schedule to the last arrival, as theory counts it.
    private struct Counts {
        var requests = 0
        var up = 0
        var down = 0
    }

    private var counts: Counts {
        var counts = Counts()
        guard let start = exchange.scheduleStart, let end = exchange.lastArrival else {
            return counts
        }
        for message in exchange.content {
            switch message.way {
            case .up where message.sent >= start && message.sent <= end:
                counts.up += message.bytes.count
                counts.requests += message.ledger[.requestHead] > 0 ? 1 : 0
            case .down where (message.arrived ?? .distantFuture) <= end && message.sent >= start:
                counts.down += message.bytes.count
            default: break
            }
        }
        return counts
    }

    private var latencies: [Double] {
        exchange.events.compactMap { event in
            event.arrived.map { Double($0.nanoseconds(since: event.due)) }
        }
    }

    /// What theory says of this very schedule, over the link as echoes measured it.
    private var prediction: Prediction? {
        guard let start = exchange.scheduleStart, let end = exchange.lastArrival else { return nil }
        func moment(_ instant: Instant) -> Double { Double(instant.nanoseconds(since: start)) }
        let schedule = exchange.events.sorted { $0.id < $1.id }
        var conditions = Conditions(
            roundTrip: Double(exchange.link.rttEffectiveNanoseconds),
            connection: plan.connection, schedule: schedule.map { moment($0.due) },
            window: 0..<max(moment(end), 0) + 1, payloadBytes: plan.payloadBytes,
            pollInterval: Double(plan.pollInterval.nanoseconds),
            phases: exchange.asked.map { [moment($0)] },
            hold: Double(plan.hold.nanoseconds), firstID: schedule.first?.id ?? 1)
        // Above a kilobyte and a half of MTU no answer here needs a second flight.
        conditions.segmentBytes = exchange.link.mtu.flatMap { $0 < 9000 ? $0 - Self.headers : nil }
        return plan.transport.prediction(
            under: conditions,
            profile: ExchangeRecorder.profile(of: plan, authority: exchange.authority))
    }

    /// IP, TCP and timestamps.
    private static let headers = 52

    private func rows(_ prediction: Prediction?) -> [Row] {
        let count = Double(max(exchange.events.count, 1))
        let counts = counts
        let worst = latencies.max()
        let bytes = prediction?.bytesPerEvent
        let isLawless = prediction?.exclusions["latency_ns"] != nil
        let latency = isLawless ? nil : prediction?.latency
        return [
            Row(
                name: "latency, mean", theory: time(latency?.mean),
                measured: time(latencies.isEmpty ? nil : latencies.reduce(0, +) / count)),
            Row(
                name: "latency, greatest", theory: time(latency?.max),
                measured: time(worst),
                remark: worst.map { inRounds($0) } ?? ""),
            Row(
                name: "requests an event", theory: number(prediction?.requestsPerEvent),
                measured: number(Double(counts.requests) / count)),
            Row(
                name: "bytes an event, to the server", theory: number(bytes?.up.total),
                measured: number(Double(counts.up) / count)),
            Row(
                name: "bytes an event, to the client", theory: number(bytes?.down.total),
                measured: number(Double(counts.down) / count),
                remark: "payload \(plan.payloadBytes)"),
        ]
    }

    private func time(_ nanoseconds: Double?) -> String {
        nanoseconds.map { Readable.duration(nanoseconds: $0) } ?? Readable.nothing
    }

    private func inRounds(_ nanoseconds: Double) -> String {
        let rounds = nanoseconds / Double(max(plan.roundTripTime.nanoseconds, 1))
        return rounds < 100 ? "\(NumberText.significant(rounds)) round trips" : ""
    }

    private func number(_ value: Double?) -> String {
        value.map { $0 == 0 ? "0" : NumberText.significant($0) } ?? Readable.nothing
    }

    /// What a teacher would say to it.
    private var moral: String {
        let late = exchange.events.compactMap { event in
            exchange.carrier(of: event).flatMap { exchange.wait(of: event, in: $0) }
        }
        guard exchange.isPolling else {
            return late.isEmpty
                ? "No event waited: nobody has to ask, so each left when it was due, and took "
                    + "one way."
                : "\(Readable.count(late.count, "event")) left late, since the machine was busy with other things."
        }
        guard let longest = late.max() else {
            return "This time every event met a question that was waiting, and took one way. "
                + "With more events a second some of them will not: try --rate or --seed."
        }
        let waited = late.count == 1 ? "1 event was" : "\(late.count) events were"
        return "\(waited) due while no question was at the server, and waited up to "
            + "\(Readable.duration(nanoseconds: longest)) before the way even began."
    }
}
