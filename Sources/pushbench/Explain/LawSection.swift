import Link
import Measurement
import Reporting
import Simulation
import Transports

/// The law of a technique and its figures: what theory derives beside what the simulation measured.
struct LawSection {
    private let explanation: Explanation
    private let prediction: Prediction
    private let simulated: SimulationResult
    private let saturated: SimulationResult

    init(_ explanation: Explanation, story: SimulatedStory) {
        self.explanation = explanation
        simulated = Simulation.run(explanation.figuresPlan)
        var saturating = explanation.plan(
            .arrivals(.saturate, ratePerSecond: 1, events: Self.saturatingEvents))
        // One event an answer: the time between answers is then the time between deliveries.
        saturating.settings.batchLimit = 1
        saturated = Simulation.run(saturating)
        prediction = explanation.transport.prediction(
            under: simulated.conditions(of: explanation.figuresPlan),
            profile: explanation.figuresPlan.profile)
    }

    /// Enough for a median, and a blink for short polling at any interval.
    private static let saturatingEvents = 20

    func lines() -> [StyledLine] {
        var lines = Explanation.heading("The law", conditions, width: explanation.width)
        if let law = prediction.law {
            lines += Explanation.wrap(law, width: explanation.width - 2)
                .map { StyledLine("  \($0)", .bold) }
            lines += Explanation.wrap(legend, width: explanation.width - 2)
                .map { StyledLine("  \($0)", .faint) }
            lines.append(StyledLine())
        }
        var head = StyledLine("")
        head.add("theory", endingAt: Self.theory, .faint)
        head.add("simulation", endingAt: Self.simulation, .faint)
        lines.append(head)
        lines += rows().map(line)
        return lines + [StyledLine()]
            + Explanation.wrap(moral, width: explanation.width).map { StyledLine($0) }
    }

    private var conditions: String {
        let rate = Units.text(ofRate: explanation.ratePerSecond)
        let round = Units.text(of: explanation.roundTripTime)
        return "R = \(round), \(rate) at random times, \(explanation.payloadBytes) B each"
    }

    /// What the letters stand for.
    private var legend: String {
        let transit = Readable.duration(
            nanoseconds: Double(explanation.roundTripTime.nanoseconds) / 2)
        guard explanation.transport.theory.kind == .polling else {
            return "L latency, d the way to the client (\(transit)), c_s software (none here)"
        }
        return "L latency, d the way to the client (\(transit)), w the wait for a question, "
            + "c software (none here)"
    }

    // MARK: - Figures

    private struct Row {
        let name: String
        let theory: String
        let simulation: String
        var remark = ""
    }

    private static let theory = 44
    private static let simulation = 57

    private func line(_ row: Row) -> StyledLine {
        var line = StyledLine("  \(row.name)")
        line.add(row.theory, endingAt: Self.theory, .bold)
        line.add(row.simulation, endingAt: Self.simulation)
        line.add(row.remark.isEmpty ? "" : "   \(row.remark)", .faint)
        return line
    }

    private func rows() -> [Row] {
        var rows = [gapRow]
        let latencies = simulated.latencies.sorted()
        rows.append(
            Row(
                name: "latency, mean", theory: time(prediction.latency?.mean),
                simulation: time(simulated.meanLatency), remark: inRounds(prediction.latency?.mean))
        )
        for (name, theory, share) in [
            ("half of the events within", prediction.latency?.p50, 0.5),
            ("99 % within", prediction.latency?.p99, 0.99),
        ] {
            let rank = Int((share * Double(latencies.count)).rounded(.up))
            let value = latencies.isEmpty ? nil : Double(latencies[max(rank, 1) - 1])
            rows.append(Row(name: name, theory: time(theory), simulation: time(value)))
        }
        rows.append(
            Row(
                name: "latency, greatest", theory: time(prediction.latency?.max),
                simulation: time(latencies.last.map(Double.init)),
                remark: inRounds(prediction.latency?.max)))
        rows.append(
            Row(
                name: "requests an event", theory: number(prediction.requestsPerEvent),
                simulation: number(simulated.requestsPerEvent)))
        if prediction.eventsPerAnswer != nil {
            rows.append(
                Row(
                    name: "events an answer", theory: number(prediction.eventsPerAnswer),
                    simulation: number(simulated.eventsPerAnswer)))
        }
        let bytes = simulated.bytesPerEvent
        rows.append(
            Row(
                name: "bytes an event, to the server",
                theory: number(prediction.bytesPerEvent?.up.total),
                simulation: number(bytes.up.total)))
        rows.append(
            Row(
                name: "bytes an event, to the client",
                theory: number(prediction.bytesPerEvent?.down.total),
                simulation: number(bytes.down.total), remark: overhead))
        return rows
    }

    private var gapRow: Row {
        let gap = prediction.gap.map { Double($0.minimumNanoseconds) }
        let rounds = prediction.gap?.inRoundTrips
        return Row(
            name: "least time between deliveries", theory: time(gap),
            // A stream's events came all at once: there was no second delivery to wait for.
            simulation: time(Double(saturated.minimumGap ?? 0)),
            remark: rounds.map { $0 > 0 ? "\(NumberText.significant($0)) R" : "" } ?? "")
    }

    private var overhead: String {
        guard let bytes = prediction.bytesPerEvent, bytes.payload > 0 else { return "" }
        let more = "\(Readable.percent(bytes.overhead / bytes.payload)) more"
        return explanation.width < 100 ? more : more + " than the events themselves"
    }

    private func time(_ nanoseconds: Double?) -> String {
        nanoseconds.map { $0 == 0 ? "0" : Readable.duration(nanoseconds: $0) } ?? Readable.nothing
    }

    private func inRounds(_ nanoseconds: Double?) -> String {
        nanoseconds.map {
            let rounds = $0 / Double(explanation.roundTripTime.nanoseconds)
            return rounds < 10 ? "\(NumberText.significant(rounds)) R" : ""
        } ?? ""
    }

    private func number(_ value: Double?) -> String {
        value.map { $0 == 0 ? "0" : NumberText.significant($0) } ?? Readable.nothing
    }

    // MARK: - What follows

    /// What a teacher would say to these figures.
    private var moral: String {
        let round = Double(explanation.roundTripTime.nanoseconds)
        guard case .polling(let server) = explanation.transport.server else {
            return
                "Nobody asks, so nobody is ever blind: an event leaves when it is due and arrives "
                + "half a round trip later, however many come."
        }
        let conditions = simulated.conditions(of: explanation.figuresPlan)
        let blind = conditions.blindWindow
        let window = Readable.duration(nanoseconds: blind.duration)
        guard server.hold == .untilEvent else {
            let interval = max(Double(explanation.pollInterval.nanoseconds), blind.duration)
            let pace = Readable.duration(nanoseconds: interval)
            return "An event waits for the next poll, anything up to \(pace) and half of that on "
                + "average; asking more often buys latency with polls in vain."
        }
        let missed = explanation.ratePerSecond * blind.duration / 1e9
        let rounds = blind.setup.roundTrips
        let article =
            rounds == 1
            ? "The articles' “two round trips” need a new connection for each poll; here it is one."
            : "These are the articles' “two round trips”; on a kept connection it would be one."
        let transits = "\(blind.setup.worstTransits) transits"
        return
            "After each answer the server cannot reach the client for W = \(rounds)·R = \(window), "
            + "in which \(NumberText.significant(missed, digits: 2)) events are due on average. The unluckiest "
            + "takes \(transits), \(Readable.duration(nanoseconds: round / 2 + blind.duration)). "
            + article
    }
}
