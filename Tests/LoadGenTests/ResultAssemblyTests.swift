import Link
import Measurement
import Reactor
import Testing
import Transports
import Wire

@testable import LoadGen

@Suite("The result of a round")
struct ResultAssemblyTests {
    private func plan() -> LoadPlan {
        let scenario = Scenario(
            transports: ["sse"], clients: 10, ratePerSecond: 100, payloadBytes: 100,
            connectRatePerSecond: 1000, warmup: .seconds(1), duration: .seconds(2),
            drainLimit: .seconds(5), pollInterval: .seconds(1), hold: .seconds(25),
            headers: "minimal", seed: 1, clientLoops: 2, backlogLimitBytes: 1 << 20)
        return LoadPlan(
            transport: .serverSentEvents, scenario: scenario, headers: .minimal,
            server: .loopback(port: 1), round: 3)
    }

    /// Ten clients that were to get 200 events each within two seconds.
    private func outcome() -> LoadGenerator.Outcome {
        var outcome = LoadGenerator.Outcome()
        outcome.ready = 10
        outcome.window = Instant(nanoseconds: 5)..<Instant(nanoseconds: 2_000_000_005)
        outcome.expectedEvents = 200
        outcome.published = PublishReport(
            ids: 1...300, lateness: SourceLateness(p50Nanoseconds: 11, p99Nanoseconds: 22))
        outcome.serverCPUNanoseconds = 4_000_000
        outcome.memoryPerConnection = 512
        return outcome
    }

    /// A recorder of a round in which `received` of 2,000 events of the window arrived.
    private func recorder(received: Int = 2000) -> Recorder {
        var recorder = Recorder()
        recorder.received = received
        recorder.latency.record(250_000, count: received)
        recorder.atSubscription = Recorder.Totals()
        recorder.atSubscription?.down[.responseHead] = 1500
        recorder.atSubscription?.up[.requestHead] = 700
        recorder.atWindowStart = recorder.atSubscription
        recorder.totals = recorder.atSubscription ?? Recorder.Totals()
        recorder.totals.events = received
        recorder.totals.requests = 20
        recorder.totals.answers = 50
        recorder.totals.emptyAnswers = 10
        recorder.totals.cpuNanoseconds = 1_000_000_000
        recorder.totals.down[.payload] = 100 * received
        recorder.totals.down[.messageFraming] = 20 * received
        recorder.atWindowEnd = recorder.totals
        recorder.socketBytesDown = recorder.totals.down.total
        recorder.socketBytesUp = recorder.totals.up.total
        return recorder
    }

    private func result(
        _ outcome: LoadGenerator.Outcome? = nil, _ recorder: Recorder? = nil
    ) -> TransportResult {
        ResultAssembly(
            plan: plan(), outcome: outcome ?? self.outcome(), recorder: recorder ?? self.recorder()
        ).result
    }

    @Test("says what a round without incidents measured, and warns of nothing")
    func wholeRound() {
        let result = result()
        #expect(result.transport == "sse" && result.round == 3 && result.clients == 10)
        #expect(result.deliveries == DeliveryCount(expected: 2000, received: 2000, perSecond: 1000))
        #expect(result.latency.count == 2000)
        #expect(result.requestsPerEvent == 0.01)
        #expect(result.eventsPerAnswer == 50)
        #expect(result.bytesPerEvent.down.total == 120)
        #expect(result.bytesPerEvent.down[.payload] == 100)
        #expect(result.bytesPerEvent.up.total == 0)
        #expect(result.bytesAtConnect.down.total == 150 && result.bytesAtConnect.up.total == 70)
        #expect(result.server.cpuNanosecondsPerDelivery == 2000)
        #expect(result.server.memoryBytesPerConnection == 512)
        #expect(result.generator.cpuNanosecondsPerDelivery == 500_000)
        #expect(result.generator.cpuShare == 0.25)
        #expect(result.source == SourceLateness(p50Nanoseconds: 11, p99Nanoseconds: 22))
        #expect(!result.partial && result.warnings.isEmpty)
    }

    @Test("has the observed deliveries on a time that begins with the window")
    func timeline() {
        #expect(result().timeline == nil)
        var recorder = recorder()
        recorder.observed.take(
            17, due: Instant(nanoseconds: 105), delivered: Instant(nanoseconds: 305))
        #expect(
            result(nil, recorder).timeline?.deliveries == [
                .init(id: 17, dueNanoseconds: 100, deliveredNanoseconds: 300)
            ])
    }

    @Test("keeps all latencies, and nothing where there are none", arguments: [0, 2000])
    func latencyHistogram(received: Int) throws {
        let result = result(nil, recorder(received: received))
        #expect(try result.latencyHistogram?.decoded().count == (received > 0 ? received : nil))
    }

    @Test(
        "accounts for every expected event once",
        arguments: [
            // received, announced as lost, and then: lost, missing, warnings
            (2000, 0, 0, 0, []),
            (1990, 10, 10, 0, ["events-lost"]),
            (1990, 0, 0, 10, ["drain-timed-out"]),
            (1990, 4, 4, 6, ["drain-timed-out", "events-lost"]),
            // More announced than undelivered: losses before the window are not the window's.
            (1990, 500, 10, 0, ["events-lost"]),
            (2000, 500, 0, 0, []),
            (0, 0, 0, 2000, ["drain-timed-out", "too-few-samples"]),
        ] as [(Int, Int, Int, Int, [String])])
    func balance(received: Int, announced: Int, lost: Int, missing: Int, warnings: [String]) {
        var recorder = recorder(received: received)
        recorder.announcedLost = announced
        recorder.duplicate = 3
        recorder.reordered = 2
        let result = result(nil, recorder)
        #expect(result.deliveries.isBalanced)
        #expect(result.deliveries.lost == lost)
        #expect(result.deliveries.missing == missing)
        #expect(result.deliveries.duplicate == 3 && result.deliveries.reordered == 2)
        #expect(result.warnings.map(\.id) == warnings)
    }

    @Test("warns when the ledgers do not account for what the sockets carried", arguments: [-1, 1])
    func ledgerMismatch(difference: Int) {
        var recorder = recorder()
        recorder.socketBytesDown += difference
        #expect(result(nil, recorder).warnings.map(\.id) == ["ledger-mismatch"])
        recorder.socketBytesUp += difference
        #expect(
            result(nil, recorder).warnings.map(\.id) == ["ledger-mismatch", "ledger-mismatch"])
        // A connection that broke may have taken the beginning of a message with it.
        recorder.reconnects = 1
        #expect(result(nil, recorder).warnings.map(\.id) == ["reconnects"])
    }

    @Test("says where a queue grew, by rates of windows that need not be the same")
    func flow() {
        var outcome = outcome()
        #expect(result(outcome).flow == DeliveryFlow(duePerSecond: 1000, readPerSecond: 1000))
        outcome.server = ServerSnapshot(
            since: Instant(nanoseconds: 0), at: Instant(nanoseconds: 4_000_000_000), events: 400,
            techniques: [.init(id: "sse", deliveries: 3600), .init(id: "websocket", deliveries: 7)])
        #expect(
            result(outcome).flow
                == DeliveryFlow(duePerSecond: 1000, sentPerSecond: 900, readPerSecond: 1000))
        #expect(result(outcome).server.cpuShare == 0.002)
        outcome.isLockstep = true
        #expect(result(outcome).flow == nil)
    }

    @Test("divides by nothing when nothing was measured")
    func emptyWindow() {
        let result = result(LoadGenerator.Outcome(), Recorder())
        #expect(result.deliveries == DeliveryCount(expected: 0, received: 0))
        #expect(result.requestsPerEvent == 0)
        #expect(result.eventsPerAnswer == nil)
        #expect(result.bytesPerEvent == ByteTraffic() && result.bytesAtConnect == ByteTraffic())
        #expect(result.generator.cpuShare == 0)
        #expect(result.generator.cpuNanosecondsPerDelivery == 0)
        #expect(result.server == ServerCost())
        #expect(result.warnings.map(\.id) == ["too-few-samples"])
    }

    @Test("warns when the generator stood still", arguments: [(250, false), (251, true)])
    func standstill(milliseconds: Int, isWarned: Bool) {
        var outcome = outcome()
        outcome.standstill = .milliseconds(milliseconds)
        let ids = result(outcome).warnings.map(\.id)
        #expect(ids == (isWarned ? ["generator-stalled"] : []))
        outcome.isLockstep = true
        #expect(!result(outcome).warnings.map(\.id).contains("generator-stalled"))
    }

    @Test("has what became of slow readers, and of memory only where nobody shared it")
    func slowReaders() {
        var outcome = outcome()
        let readers = SlowReaders(disconnected: 3, droppedEvents: 4, backlogPeakBytes: 5)
        outcome.server = ServerSnapshot(
            since: Instant(nanoseconds: 0), at: Instant(nanoseconds: 4_000_000_000), events: 400,
            techniques: [.init(id: "sse", slowReaders: readers)], heldPeakBytes: 6)
        var expected = readers
        expected.heldPeakBytes = 6
        #expect(result(outcome).server.slowReaders == expected)
        outcome.isShared = true
        #expect(result(outcome).server.slowReaders == readers)
    }

    @Test("leaves a failed server to the run's own warning")
    func failedServer() {
        var outcome = outcome()
        outcome.interruptedIn = .measure
        outcome.failure = "it is gone"
        let result = result(outcome)
        #expect(result.partial && result.warnings.isEmpty)
    }

    @Test("marks a round that was interrupted, and does not blame it for what it lacks")
    func interrupted() {
        var outcome = outcome()
        outcome.interruptedIn = .measure
        var recorder = recorder(received: 100)
        recorder.socketBytesDown += 17
        let result = result(outcome, recorder)
        #expect(result.partial)
        #expect(result.warnings.map(\.id) == ["interrupted"])
        #expect(result.deliveries.isBalanced)
    }
}
