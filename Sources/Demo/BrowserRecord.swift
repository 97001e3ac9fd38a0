import LabServer
import Link
import Measurement
import Transports
import Wire

/// The run record of what a page has measured: its own times and counts, and beside them the bytes
/// that the server saw.
struct BrowserRecord {
    let order: RecordOrder
    let account: PageAccount
    let settings: LabSettings
    let configuration: LabConfiguration
    let now: Instant

    func record() throws(LabRefusal) -> RunRecord {
        var results: [TransportResult] = []
        for lane in order.lanes { results.append(try result(of: lane)) }
        let policies = Set(results.map(\.connection))
        return RunRecord(
            tool: configuration.tool, machine: configuration.machine,
            started: RunRecord.timestamp(
                secondsSince1970: configuration.wallClock() - measured.nanoseconds / 1_000_000_000),
            durationNanoseconds: measured.nanoseconds, command: configuration.command,
            scenario: scenario(policies.count == 1 ? policies.first ?? .keepAlive : .keepAlive),
            warnings: [warning.recorded], results: results)
    }

    /// How long was measured.
    private var measured: Duration {
        order.measured.map { .nanoseconds(Int64($0)) } ?? (now - account.since)
    }

    private var pollInterval: Duration {
        .nanoseconds(Int64((order.pollInterval ?? 1000) * 1e6))
    }

    private var warning: MeasurementWarning {
        // Some other browser's name is no reason to lose a record, but it goes on a line of text.
        let name = order.userAgent.unicodeScalars.filter { (" "..."~").contains($0) }
        return .measuredInBrowser(
            userAgent: String(String.UnicodeScalarView(name)),
            clockError: .nanoseconds(Int64(order.clockError)))
    }

    private func scenario(_ connection: ConnectionPolicy) -> Scenario {
        let link = settings.link
        var scenario = Scenario(
            transports: order.lanes.map(\.technique), clients: 1,
            ratePerSecond: settings.ratePerSecond, arrivals: settings.arrivals,
            payloadBytes: settings.payloadBytes, connectRatePerSecond: 0, warmup: .zero,
            duration: measured, drainLimit: .zero, pollInterval: pollInterval,
            hold: settings.hold, batchLimit: settings.batchLimit, connection: connection,
            headers: order.headers ?? "browser", seed: 1,
            backlogLimitBytes: ServerConfiguration().backlogLimit)
        scenario.link = link == .loopback ? nil : link
        scenario.sideBySide = true
        return scenario
    }

    private func result(of lane: RecordOrder.Lane) throws(LabRefusal) -> TransportResult {
        guard let transport = LabSite.transports.first(where: { $0.id == lane.technique }) else {
            let known = LabSite.transports.map(\.id).joined(separator: ", ")
            throw LabRefusal(
                "There is no lane \"\(lane.technique.prefix(40))\".", remedy: "There are \(known).")
        }
        guard let connection = ConnectionPolicy(rawValue: lane.connection ?? "keep-alive") else {
            throw LabRefusal(
                "\"connection\" is \"\(lane.connection?.prefix(40) ?? "")\".",
                remedy: "keep-alive or close")
        }
        var latency = Histogram()
        for time in lane.latencies { latency.record(Int64(time)) }
        var first = Histogram()
        if let time = lane.firstEvent { first.record(Int64(time)) }
        let roundTrip = settings.roundTripTime.nanoseconds
        var result = TransportResult(
            transport: transport.id, connection: connection, clients: 1,
            link: LinkResult(
                tier: "relay", rttNanoseconds: roundTrip, rttEffectiveNanoseconds: roundTrip,
                note: "a browser's connections pass a relay above TCP"),
            deliveries: DeliveryCount(
                expected: lane.received + lane.lost, received: lane.received, lost: lane.lost,
                duplicate: lane.duplicate, reordered: lane.reordered,
                perSecond: measured > .zero ? Double(lane.received) / measured.seconds : 0),
            latency: latency.summary,
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
            source: SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0))
        if latency.count > 0 { result.latencyHistogram = EncodedHistogram(latency) }
        result.firstEvent = first.summary
        result.requests = lane.requests
        if lane.received > 0 {
            result.requestsPerEvent = Double(lane.requests) / Double(lane.received)
        }
        add(account.lanes[transport.id] ?? LaneAccount(), of: transport, to: &result)
        result.prediction = prediction(of: transport, connection)
        return result
    }

    /// Adds the server's count. What opens a stream is paid for once a connection, and not for each
    /// event.
    private func add(
        _ account: LaneAccount, of transport: Transport, to result: inout TransportResult
    ) {
        var (down, up) = (account.down, account.up)
        if case .polling = transport.server {
            result.answers = account.answers
            result.emptyAnswers = account.emptyAnswers
            let full = account.answers - account.emptyAnswers
            if full > 0 { result.eventsPerAnswer = Double(account.events) / Double(full) }
        } else {
            let openings: [ByteClass] = [
                .requestHead, .responseHead, .handshake, .notice, .padding,
            ]
            let (openingDown, openingUp) = (down.only(openings), up.only(openings))
            result.bytesAtConnect = ByteTraffic(
                down: openingDown, up: openingUp, per: account.requests)
            (down, up) = (down - openingDown, up - openingUp)
        }
        result.bytesPerEvent = ByteTraffic(down: down, up: up, per: account.events)
    }

    /// What theory says. Nothing is judged by it: its events are not the very ones that came, and a
    /// browser's own time is in everything.
    private func prediction(
        of transport: Transport, _ connection: ConnectionPolicy
    ) -> Prediction {
        var prediction = LabLaw(
            transport: transport, settings: settings, connection: connection,
            pollInterval: pollInterval, shape: account.lanes[transport.id]?.shape
        ).prediction
        prediction.gap = nil
        prediction.wirePerEvent = nil
        prediction.verdict = .notApplicable(reason: "measured in a browser")
        return prediction
    }
}

extension ByteLedger {
    /// The bytes of these classes alone.
    fileprivate func only(_ classes: [ByteClass]) -> ByteLedger {
        var ledger = ByteLedger()
        for byteClass in classes { ledger[byteClass] = self[byteClass] }
        return ledger
    }
}
