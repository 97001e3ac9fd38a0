import Link
import Measurement
import Reactor
import Transports
import Wire

/// The result of a round, made of what the workers recorded and what the phases found out.
struct ResultAssembly {
    let plan: LoadPlan
    let outcome: LoadGenerator.Outcome
    let recorder: Recorder

    /// The round of the plan's technique.
    var round: Round {
        Round(
            result: result, recorder: recorder, published: outcome.published,
            failure: outcome.failure)
    }

    var result: TransportResult {
        let window = recorder.window
        let source =
            outcome.published?.lateness
            ?? SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0)
        var result = TransportResult(
            transport: plan.transport.id, connection: plan.scenario.connection, round: plan.round,
            clients: plan.scenario.clients, link: plan.link, deliveries: deliveries,
            latency: recorder.latency.summary, generator: generator(window), source: source)
        result.flow = flow(window)
        result.timeline = recorder.observed.timeline(from: outcome.window.lowerBound)
        if recorder.latency.count > 0 {
            result.latencyHistogram = EncodedHistogram(recorder.latency)
        }
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
        if let subscribed = recorder.atSubscription, plan.scenario.clients > 0 {
            result.bytesAtConnect = ByteTraffic(
                down: subscribed.down, up: subscribed.up, per: plan.scenario.clients)
        }
        result.server = ServerCost(
            cpuNanosecondsPerDelivery: outcome.isShared
                ? nil
                : outcome.serverCPUNanoseconds.flatMap { cpu in
                    window.events > 0 ? Double(cpu) / Double(window.events) : nil
                },
            cpuShare: outcome.isShared ? nil : serverShare,
            memoryBytesPerConnection: outcome.isShared ? nil : outcome.memoryPerConnection,
            slowReaders: slowReaders)
        result.uncorrectedLatency = uncorrected
        if recorder.receiveDelay.count > 0 { result.receiveDelay = recorder.receiveDelay.summary }
        result.wirePerEvent = wirePerEvent(window)
        result.wire = wire
        result.exact = exact(window)
        result.rearm = outcome.fault == nil ? rearm : nil
        result.fault = fault
        result.partial = outcome.isPartial
        result.prediction = prediction(result)
        result.warnings = warnings(result).map(\.recorded)
        return result
    }

    private var deliveries: DeliveryCount {
        let expected = outcome.expectedEvents * plan.scenario.clients
        let undelivered = max(expected - recorder.received, 0)
        let announced = min(recorder.announcedLost, undelivered)
        let seconds = (outcome.window.upperBound - outcome.window.lowerBound).seconds
        return DeliveryCount(
            expected: expected, received: recorder.received, lost: announced,
            missing: undelivered - announced, duplicate: recorder.duplicate,
            reordered: recorder.reordered,
            perSecond: seconds > 0 ? Double(recorder.received) / seconds : 0)
    }

    private var slowReaders: SlowReaders? {
        guard let server = outcome.server,
            var readers = server.technique(plan.transport.id)?.slowReaders
        else { return nil }
        if !outcome.isShared { readers.heldPeakBytes = server.heldPeakBytes }
        return readers
    }

    private var serverShare: Double? {
        let elapsed = (outcome.window.upperBound - outcome.window.lowerBound).nanoseconds
        return outcome.serverCPUNanoseconds.flatMap {
            elapsed > 0 ? Double($0) / Double(elapsed) : nil
        }
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

    /// Rates and not counts, because a busy server looks at its counters a little later.
    private func flow(_ window: Recorder.Totals) -> DeliveryFlow? {
        let seconds = (outcome.window.upperBound - outcome.window.lowerBound).seconds
        guard seconds > 0, !outcome.isLockstep else { return nil }
        let sent = outcome.server.flatMap { server -> Double? in
            let seconds = (server.at - server.since).seconds
            let technique = server.technique(plan.transport.id)
            return seconds > 0 ? technique.map { Double($0.deliveries) / seconds } : nil
        }
        return DeliveryFlow(
            duePerSecond: Double(outcome.expectedEvents * plan.scenario.clients) / seconds,
            sentPerSecond: sent, readPerSecond: Double(window.events) / seconds)
    }

    /// The latencies from the moments at which events were really published.
    private var uncorrected: LatencySummary? {
        guard let published = outcome.published, let ids = published.ids,
            published.latenessNanoseconds.count == ids.count, recorder.samples.isComplete,
            recorder.samples.count > 0
        else { return nil }
        let lateness = Dictionary(
            uniqueKeysWithValues: zip(ids, published.latenessNanoseconds))
        let latencies = recorder.samples.uncorrected(latenessByID: lateness)
        return latencies.count > 0 ? latencies.summary : nil
    }

    // MARK: - Wire

    private func wirePerEvent(_ window: Recorder.Totals) -> WireCount? {
        guard window.events > 0 else { return nil }
        let traffic = window.wire.traffic
        let events = Double(window.events)
        return WireCount(
            upBytes: Double(traffic.upBytes) / events,
            downBytes: Double(traffic.downBytes) / events,
            upPackets: Double(traffic.upPackets) / events,
            downPackets: Double(traffic.downPackets) / events)
    }

    /// What the connections put on the wire in the whole round, beside what the interface saw.
    private var wire: WireResult {
        let totals = recorder.totals.wire
        var wire = WireResult(
            upBytes: totals.traffic.upBytes, downBytes: totals.traffic.downBytes,
            upPackets: totals.traffic.upPackets, downPackets: totals.traffic.downPackets,
            connections: totals.connections,
            unreadConnections: recorder.unread.values.reduce(0, +), retransmits: totals.retransmits)
        // Side by side, the interface carried the others' packets, too.
        if !outcome.isShared, let interface = outcome.interface {
            wire.interfaceBytes = interface.bytes
            wire.interfacePackets = interface.packets
        }
        wire.reason = reasonForDifference(wire)
        return wire
    }

    /// IP, TCP and timestamps.
    private static let headers = 52

    private func reasonForDifference(_ wire: WireResult) -> String? {
        guard wire.differenceBytes != 0 || wire.interfaceBytes == nil else { return nil }
        var reasons = recorder.unread.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.value) connections were \($0.key.rawValue)"
        }
        if recorder.totals.wire.lossSeen {
            reasons.append("segments were lost, and of those the ends do not know everything")
        }
        if let mtu = plan.link.mtu, plan.scenario.payloadBytes > mtu - Self.headers {
            reasons.append(
                "large sends cross the interface in one piece, which the connections count as "
                    + "segments")
        }
        if plan.delay != nil { reasons.append("the link is emulated above TCP") }
        if wire.interfaceBytes == nil {
            reasons.append(
                outcome.isShared
                    ? "all techniques shared the interface" : "there was no private interface")
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    // MARK: - Server

    /// The counts of a lock-step run.
    private func exact(_ window: Recorder.Totals) -> ExactCounts? {
        guard outcome.isLockstep else { return nil }
        let server = outcome.server?.technique(plan.transport.id)
        return ExactCounts(
            events: outcome.expectedEvents, deliveries: recorder.received,
            requests: window.requests, answers: window.answers, upBytes: window.up.total,
            downBytes: window.down.total, serverSends: server?.sends,
            serverReceives: server?.receives, clientSends: window.sends,
            clientReceives: window.receives,
            bytes: ExactTraffic(down: window.down, up: window.up),
            connectBytes: recorder.atSubscription.map { ExactTraffic(down: $0.down, up: $0.up) })
    }

    /// How long no poll of a client waited, of the time that is not waiting: by Little's law, the
    /// mean is the number of clients without a poll, integrated over time, by answers.
    private var rearm: RearmWindow? {
        guard case .polling(let polling) = plan.transport.server, polling.hold == .untilEvent,
            !outcome.isLockstep, let server = outcome.server,
            let technique = server.technique(plan.transport.id), technique.answers > 0,
            server.events > 0
        else { return nil }
        let clients = Double(plan.scenario.clients)
        let time = Double((server.at - server.since).nanoseconds)
        let absent = clients * time - Double(technique.parkedNanoseconds)
        return RearmWindow(
            meanNanoseconds: max(0, absent / Double(technique.answers)),
            shareOfEvents: max(
                0, 1 - Double(technique.parkedAtPublish) / (Double(server.events) * clients)))
    }

    // MARK: - Theory

    /// What theory says of this round, held against `result`.
    private func prediction(_ result: TransportResult) -> Prediction? {
        guard plan.foreignSince == nil, !outcome.isPartial, !outcome.isLockstep,
            result.latency.count > 0
        else { return nil }
        guard plan.fault == nil else {
            return Prediction(verdict: .notApplicable(reason: Self.faultReason))
        }
        let round = RoundConditions(
            plan: plan, outcome: outcome, recorder: recorder, result: result)
        let predicted = plan.transport.prediction(under: round.conditions, profile: plan.profile)
        return Verdict.judge(round.restrict(predicted), against: result)
    }

    // MARK: - Warnings

    private func warnings(_ result: TransportResult) -> [MeasurementWarning] {
        // Latencies of a closed loop are no figures, nor are those of a round with a fault, so that
        // nothing can spoil them; and a fault breaks connections and loses packets by design.
        let hasFault = plan.fault != nil
        var warnings =
            outcome.isLockstep || hasFault
            ? []
            : SaturationCheck.warnings(
                generator: result.generator, source: result.source, latency: result.latency)
        if !outcome.isLockstep, !hasFault, outcome.standstill > SaturationCheck.standstillLimit {
            warnings.append(.generatorStalled(longest: outcome.standstill))
        }
        if let phase = outcome.interruptedIn {
            // What a failed server ended is the run's warning, with the reason.
            if outcome.failure == nil { warnings.append(.interrupted(phase: phase.rawValue)) }
        } else if result.deliveries.missing > 0 {
            warnings.append(.drainTimedOut(missing: result.deliveries.missing))
        }
        if let published = outcome.published, let refusal = published.refusal {
            warnings.append(
                .publishRefused(count: published.lateness.refusedEvents ?? 0, reason: refusal))
        }
        if result.deliveries.lost > 0 {
            warnings.append(.eventsLost(count: result.deliveries.lost))
        }
        guard !hasFault else { return warnings }
        if recorder.reconnects > 0 { warnings.append(.reconnects(count: recorder.reconnects)) }
        if !outcome.isPartial, !outcome.isLockstep,
            Int(result.latency.count) < Self.samplesForP99
        {
            warnings.append(.tooFewSamples(count: Int(result.latency.count)))
        }
        if let wire = result.wire, let difference = wire.differenceBytes, difference != 0,
            !outcome.isPartial
        {
            warnings.append(
                .wireMismatch(difference: difference, reason: wire.reason ?? "the cause is unknown")
            )
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
