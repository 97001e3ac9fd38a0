import Link
import Measurement
import Reactor
import Testing
import Transports
import Wire

@testable import LoadGen

@Suite("What theory is told of a round")
struct RoundConditionsTests {
    private func plan(
        _ transport: Transport, _ change: (inout Scenario) -> Void = { _ in }
    ) -> LoadPlan {
        var scenario = Scenario(
            transports: [transport.id], clients: 11, ratePerSecond: 10, payloadBytes: 100,
            connectRatePerSecond: 1000, warmup: .seconds(1), duration: .seconds(2),
            drainLimit: .seconds(5), pollInterval: .seconds(1), hold: .seconds(25),
            headers: "minimal", seed: 1, backlogLimitBytes: 1 << 20)
        change(&scenario)
        var plan = LoadPlan(
            transport: transport, scenario: scenario, headers: .minimal,
            server: .loopback(port: 1))
        plan.link = LinkResult(
            tier: "mirror", rttNanoseconds: 50_000_000, rttEffectiveNanoseconds: 50_000_000,
            turnaroundNanoseconds: 300_000, turnaroundOnNewConnectionNanoseconds: 700_000)
        return plan
    }

    private func conditions(
        of plan: LoadPlan, rearm: Double? = nil, isShared: Bool = false
    ) -> Conditions {
        round(plan, rearm: rearm, isShared: isShared).conditions
    }

    private func round(
        _ plan: LoadPlan, rearm: Double? = nil, isShared: Bool = false, cost: Double = 2000
    ) -> RoundConditions {
        var outcome = LoadGenerator.Outcome()
        outcome.ready = isShared ? 21 : 11
        outcome.isShared = isShared
        outcome.expectedEvents = 10
        // 3 µs for each of 10 events at 21 clients.
        outcome.serverCPUNanoseconds = 630_000
        outcome.published = PublishReport(
            ids: 1...30, lateness: SourceLateness(p50Nanoseconds: 40_000, p99Nanoseconds: 90_000))
        let result = TransportResult(
            transport: plan.transport.id, connection: plan.scenario.connection,
            clients: plan.scenario.clients,
            deliveries: DeliveryCount(expected: 110, received: 110), latency: .none,
            rearm: rearm.map { RearmWindow(meanNanoseconds: $0, shareOfEvents: 0.5) },
            server: ServerCost(cpuNanosecondsPerDelivery: isShared ? nil : cost),
            generator: GeneratorCost(
                cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0),
            source: SourceLateness(p50Nanoseconds: 40_000, p99Nanoseconds: 90_000))
        return RoundConditions(
            plan: plan, outcome: outcome, recorder: Recorder(), result: result)
    }

    @Test("adds the source's lateness and half of the queue to a delivery")
    func delivery() {
        // Ten others at 2 µs each, half of them before.
        #expect(conditions(of: plan(.webSocket)).delivery == 50_000)
        // Side by side, twenty others at 3 µs.
        #expect(conditions(of: plan(.webSocket), isShared: true).delivery == 70_000)
        // Nobody waits for anybody where each asks for itself.
        #expect(conditions(of: plan(.shortPolling)).delivery == 40_000)
    }

    @Test(
        "takes c from the server's own window, and else from the probe",
        arguments: [
            // connection, mistakes, the window that the server saw, c
            (ConnectionPolicy.keepAlive, [], 50_400_000.0, 400_000.0),
            (.keepAlive, [], nil, 300_000),
            (.close, [], 100_900_000, 900_000),
            (.close, [], nil, 700_000),
            // A window shorter than the round trip is none.
            (.keepAlive, [], 49_000_000, 0),
            // The wait between two writes is in the window, and theory has it already.
            (.keepAlive, [ServerMistake.twoWrites], 144_000_000, 300_000),
            (.close, [.twoWrites], 100_900_000, 900_000),
        ] as [(ConnectionPolicy, Set<ServerMistake>, Double?, Double)])
    func turnaround(
        connection: ConnectionPolicy, mistakes: Set<ServerMistake>, rearm: Double?,
        turnaround: Double
    ) {
        let plan = plan(.longPolling) {
            $0.connection = connection
            $0.mistakes = mistakes
        }
        #expect(conditions(of: plan, rearm: rearm).turnaround == turnaround)
    }

    @Test("leaves out the latency where it is the place in the queue, and always the gap")
    func restriction() {
        var predicted = Prediction()
        predicted.latency = PredictedLatency(mean: 25e6, p50: 25e6, p90: 25e6, p99: 25e6, max: 25e6)
        predicted.gap = GapResult(minimumNanoseconds: 1, medianNanoseconds: 1, inRoundTrips: 1)
        let quick = round(plan(.webSocket)).restrict(predicted)
        #expect(quick.exclusions.isEmpty && quick.gap == nil)
        // Ten others at 1 ms each.
        let slow = round(plan(.webSocket), cost: 1e6).restrict(predicted)
        #expect(slow.exclusions["latency_ns"]?.contains("a fan-out to 11 clients") == true)
    }
}
