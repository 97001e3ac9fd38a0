import Link
import Measurement
import Transports
import Wire

/// The result of a round, made of what the workers recorded and what the phases found out.
struct ResultAssembly {
    let plan: LoadPlan
    let outcome: LoadGenerator.Outcome
    let recorder: Recorder

    var result: TransportResult {
        let window = recorder.window
        let source =
            outcome.published?.lateness
            ?? SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0)
        var result = TransportResult(
            transport: plan.transport.id, connection: plan.scenario.connection, round: plan.round,
            clients: plan.scenario.clients, deliveries: deliveries,
            latency: recorder.latency.summary, generator: generator(window), source: source)
        result.connect = recorder.connect.summary
        result.firstEvent = recorder.firstEvent.summary
        result.requests = window.requests
        result.answers = window.answers
        result.emptyAnswers = window.emptyAnswers
        result.reconnects = recorder.reconnects
        if window.events > 0 {
            result.requestsPerEvent = Double(window.requests) / Double(window.events)
            result.bytesPerEvent = ByteTraffic(
                down: window.down, up: window.up, per: window.events)
        }
        let fullAnswers = window.answers - window.emptyAnswers
        if fullAnswers > 0 {
            result.eventsPerAnswer = Double(window.events) / Double(fullAnswers)
        }
        if let subscribed = recorder.atSubscription, outcome.ready > 0 {
            result.bytesAtConnect = ByteTraffic(
                down: subscribed.down, up: subscribed.up, per: outcome.ready)
        }
        result.server = ServerCost(
            cpuNanosecondsPerDelivery: outcome.serverCPUNanoseconds.flatMap { cpu in
                window.events > 0 ? Double(cpu) / Double(window.events) : nil
            },
            memoryBytesPerConnection: outcome.memoryPerConnection)
        result.partial = outcome.isPartial
        result.warnings = warnings(result).map(\.recorded)
        return result
    }

    private var deliveries: DeliveryCount {
        let expected = outcome.expectedEvents * outcome.ready
        let undelivered = max(expected - recorder.received, 0)
        let announced = min(recorder.announcedLost, undelivered)
        let seconds = (outcome.window.upperBound - outcome.window.lowerBound).seconds
        return DeliveryCount(
            expected: expected, received: recorder.received, lost: announced,
            missing: undelivered - announced, duplicate: recorder.duplicate,
            reordered: recorder.reordered,
            perSecond: seconds > 0 ? Double(recorder.received) / seconds : 0)
    }

    private func generator(_ window: Recorder.Totals) -> GeneratorCost {
        let elapsed = (outcome.window.upperBound - outcome.window.lowerBound).seconds
        let workers = Double(max(plan.scenario.clientLoops, 1))
        return GeneratorCost(
            cpuNanosecondsPerDelivery: window.events > 0
                ? Double(window.cpuNanoseconds) / Double(window.events) : 0,
            cpuShare: elapsed > 0
                ? Double(window.cpuNanoseconds) / 1e9 / elapsed / workers : 0,
            loopLagP99Nanoseconds: recorder.turns.value(atPercentile: 99))
    }

    private func warnings(_ result: TransportResult) -> [MeasurementWarning] {
        var warnings = SaturationCheck.warnings(
            generator: result.generator, source: result.source, latency: result.latency)
        if let phase = outcome.interruptedIn {
            warnings.append(.interrupted(phase: phase.rawValue))
        } else if result.deliveries.missing > 0 {
            warnings.append(.drainTimedOut(missing: result.deliveries.missing))
        }
        if result.deliveries.lost > 0 {
            warnings.append(.eventsLost(count: result.deliveries.lost))
        }
        if recorder.reconnects > 0 { warnings.append(.reconnects(count: recorder.reconnects)) }
        if !outcome.isPartial, Int(result.latency.count) < Self.samplesForP99 {
            warnings.append(.tooFewSamples(count: Int(result.latency.count)))
        }
        warnings.append(contentsOf: ledgerWarnings)
        return warnings
    }

    /// Samples from which the 99th percentile has a bound above at all, with 99 % confidence:
    /// ln 0.01 / ln 0.99.
    private static let samplesForP99 = 459

    /// The ledgers must account for every byte that the sockets carried. A connection that broke may
    /// have taken the beginning of a message with it, so only undisturbed rounds are held to this.
    private var ledgerWarnings: [MeasurementWarning] {
        guard recorder.reconnects == 0, !outcome.isPartial else { return [] }
        let down = recorder.totals.down.total
        let up = recorder.totals.up.total
        var warnings: [MeasurementWarning] = []
        if down != recorder.socketBytesDown {
            warnings.append(
                .ledgerMismatch(socketBytes: recorder.socketBytesDown, ledgerBytes: down))
        }
        if up != recorder.socketBytesUp {
            warnings.append(.ledgerMismatch(socketBytes: recorder.socketBytesUp, ledgerBytes: up))
        }
        return warnings
    }
}
