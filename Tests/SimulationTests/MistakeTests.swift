import Link
import Measurement
import Simulation
import Testing
import Transports

/// The classic mistakes have signatures that can be told from a gap or a mean.
@Suite("A server's mistake")
struct MistakeTests {
    private static let streams = Transport.all.filter { !$0.isPolling }
    private static let roundTrips: [Duration] = [.milliseconds(20), .milliseconds(100)]

    @Test(
        "of leaving Nagle's algorithm on makes a long poll of a stream",
        arguments: streams, roundTrips)
    func nagle(transport: Transport, roundTrip: Duration) throws {
        var plan = Plans.poisson(transport, roundTrip: roundTrip, perRoundTrip: 2, events: 4000)
        plan.mistakes.usesNagle = true
        let result = Simulation.run(plan)
        #expect(result.isFaultless)
        let law = LongPollLaw(
            window: Double(roundTrip.nanoseconds), ratePerSecond: 2 / roundTrip.seconds)
        let mean = try #require(result.meanLatency)
        #expect(
            abs(mean / (Double((roundTrip / 2).nanoseconds) + law.meanWait) - 1) < 0.03)
        let gap = try #require(result.minimumGap)
        #expect(gap == roundTrip.nanoseconds)
        // The rate of 4,000 random events is only known to 1/√4000; three of these are enough.
        let packets = Double(result.gaps.count + 1) / 4000
        #expect(abs(packets / law.requestsPerEvent - 1) < 0.05)
    }

    @Test(
        "of writing head and content apart costs a round trip and a delayed acknowledgement",
        arguments: Transport.all.filter(\.isHeld), roundTrips)
    func twoWrites(transport: Transport, roundTrip: Duration) {
        var plan = Plans.saturated(transport, roundTrip: roundTrip)
        plan.mistakes = .init(usesNagle: true, writesHeadApart: true)
        let gaps = Simulation.run(plan).gaps
        let signature = (roundTrip * 2 + .milliseconds(40)).nanoseconds
        #expect(gaps.allSatisfy { $0 == signature })
    }

    @Test(
        "of writing apart is none on new connections, or without Nagle's algorithm",
        arguments: Transport.all.filter(\.isHeld))
    func twoWritesWithoutPenalty(transport: Transport) {
        var plan = Plans.saturated(transport, roundTrip: .milliseconds(20), .close)
        plan.mistakes = .init(usesNagle: true, writesHeadApart: true)
        // The end of the connection flushes the content.
        #expect(Simulation.run(plan).gaps.allSatisfy { $0 == 40_000_000 })
        plan.connection = .keepAlive
        plan.mistakes = .init(usesNagle: false, writesHeadApart: true)
        #expect(Simulation.run(plan).gaps.allSatisfy { $0 == 20_000_000 })
        plan.mistakes = .init(usesNagle: true, writesHeadApart: false)
        #expect(Simulation.run(plan).gaps.allSatisfy { $0 == 20_000_000 })
    }
}
