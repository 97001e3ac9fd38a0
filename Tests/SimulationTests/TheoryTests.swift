import Link
import Measurement
import Simulation
import Testing
import Transports
import Wire

/// Theory and simulation know nothing of each other: one has the law and no code, the other the code
/// and no law. Over the same schedule they must agree.
@Suite("Theory and simulation")
struct TheoryTests {
    struct Load: Sendable, CustomTestStringConvertible {
        let connection: ConnectionPolicy
        let roundTrip: Duration
        let perRoundTrip: Double

        var testDescription: String {
            "\(connection.rawValue), R \(Units.text(of: roundTrip)), λR \(perRoundTrip)"
        }
    }

    private static let loads = ConnectionPolicy.allCases.flatMap { connection in
        [5, 20, 100].flatMap { milliseconds in
            [0.1, 1, 10].map { rate in
                Load(
                    connection: connection, roundTrip: .milliseconds(milliseconds),
                    perRoundTrip: rate)
            }
        }
    }

    /// Moments are whole nanoseconds in one and not in the other, and a cycle adds up a few.
    private static func agree(_ theory: Double?, _ simulated: Double?) -> Bool {
        guard let theory, let simulated else { return theory == nil && simulated == nil }
        return abs(theory - simulated) <= 1e-4 * abs(theory) + 1e-9
    }

    @Test("agree on latency, requests, answers and bytes", arguments: Transport.all, loads)
    func agreement(transport: Transport, load: Load) {
        let plan = Plans.poisson(
            transport, roundTrip: load.roundTrip, perRoundTrip: load.perRoundTrip,
            load.connection)
        compare(plan)
    }

    @Test(
        "agree when answers carry one event, and on what software adds",
        arguments: Transport.all, ConnectionPolicy.allCases)
    func variants(transport: Transport, connection: ConnectionPolicy) {
        var plan = Plans.poisson(
            transport, roundTrip: .milliseconds(20), perRoundTrip: 0.4, connection)
        plan.settings.batchLimit = 1
        compare(plan)
        plan.settings.batchLimit = 0
        plan.clientTurnaround = .microseconds(700)
        plan.serverTurnaround = .microseconds(300)
        plan.pollInterval = .milliseconds(250)
        compare(plan)
        plan.settings.hold = .milliseconds(130)
        compare(plan)
    }

    private func compare(_ plan: SimulationPlan) {
        let result = Simulation.run(plan)
        #expect(result.isFaultless)
        let prediction = plan.transport.prediction(
            under: result.conditions(of: plan), profile: plan.profile)
        let sorted = result.latencies.sorted().map(Double.init)
        #expect(Self.agree(prediction.latency?.mean, result.meanLatency))
        #expect(Self.agree(prediction.latency?.p50, sorted[(sorted.count + 1) / 2 - 1]))
        #expect(Self.agree(prediction.latency?.max, sorted.last))
        #expect(Self.agree(prediction.requestsPerEvent, result.requestsPerEvent))
        #expect(Self.agree(prediction.eventsPerAnswer, result.eventsPerAnswer))
        if plan.transport.isPolling {
            #expect(Self.agree(prediction.emptyAnswers, Double(result.emptyAnswers)))
        }
        for byteClass in ByteClass.allCases {
            #expect(
                Self.agree(
                    prediction.bytesPerEvent?.down[byteClass],
                    result.bytesPerEvent.down[byteClass]),
                "\(byteClass.name) to the client")
            #expect(
                Self.agree(
                    prediction.bytesPerEvent?.up[byteClass], result.bytesPerEvent.up[byteClass]),
                "\(byteClass.name) to the server")
        }
    }

    @Test("agree on the least time between deliveries", arguments: Transport.all, loads)
    func gap(transport: Transport, load: Load) {
        let plan = Plans.saturated(
            transport, roundTrip: load.roundTrip, load.connection, events: 5)
        let result = Simulation.run(plan)
        let prediction = plan.transport.prediction(
            under: result.conditions(of: plan), profile: plan.profile)
        let simulated = transport.isPolling ? result.minimumGap : 0
        #expect(prediction.gap?.minimumNanoseconds == simulated)
    }

    @Test("agree on the classic mistakes", arguments: Transport.all)
    func mistakes(transport: Transport) {
        var plan = Plans.poisson(transport, roundTrip: .milliseconds(20), perRoundTrip: 2)
        plan.mistakes = .init(usesNagle: true)
        if !transport.isPolling { compare(plan) }
    }

    @Test(
        "agree on two writes, as far as a kernel's timer lets them",
        arguments: Transport.all.filter(\.isHeld))
    func twoWrites(transport: Transport) throws {
        var plan = Plans.saturated(transport, roundTrip: .milliseconds(20))
        plan.mistakes = .init(usesNagle: true, writesHeadApart: true)
        let result = Simulation.run(plan)
        let prediction = transport.prediction(
            under: result.conditions(of: plan), profile: plan.profile)
        let theory = try #require(prediction.gap).minimumNanoseconds
        let simulated = try #require(result.minimumGap)
        // A timer of 40 ms is 40 to 44 in a kernel that ticks every 4 ms, and 40 here.
        #expect(abs(Double(theory - simulated)) <= TCPLaw.delayedACKSpread)
    }
}
