import Link
import Measurement
import Simulation
import Testing
import Transports

/// The laws in closed form, written down by hand and held against the halves in virtual time.
@Suite("A simulated technique")
struct LawTests {
    private static let roundTrips: [Duration] = [
        .milliseconds(5), .milliseconds(20), .milliseconds(100),
    ]
    private static let held = Transport.all.filter(\.isHeld)
    private static let streams = Transport.all.filter { !$0.isPolling }

    @Test(
        "that is held cannot deliver for one round trip on a kept connection, two on new ones",
        arguments: held, roundTrips)
    func gap(transport: Transport, roundTrip: Duration) {
        for (connection, expected) in [
            (ConnectionPolicy.keepAlive, roundTrip), (.close, roundTrip * 2),
        ] {
            let result = Simulation.run(
                Plans.saturated(transport, roundTrip: roundTrip, connection))
            #expect(result.isFaultless)
            #expect(result.gaps.count == 19)
            #expect(result.gaps.allSatisfy { $0 == expected.nanoseconds })
            #expect(result.connections == (connection == .close ? 19 : 0))
        }
    }

    @Test(
        "that is held takes at most three transits on a kept connection, five on new ones",
        arguments: held, roundTrips)
    func bound(transport: Transport, roundTrip: Duration) throws {
        let transit = roundTrip / 2
        for (connection, transits) in [(ConnectionPolicy.keepAlive, 3), (.close, 5)] {
            let result = Simulation.run(
                Plans.poisson(
                    transport, roundTrip: roundTrip, perRoundTrip: 3, connection, events: 500))
            let latencies = result.latencies
            #expect(result.isFaultless)
            let least = try #require(latencies.min())
            let most = try #require(latencies.max())
            #expect(least == transit.nanoseconds)
            #expect(most <= (transit * transits).nanoseconds)
            #expect(most > (transit * transits).nanoseconds * 95 / 100)
        }
    }

    @Test(
        "that streams delivers after half a round trip, whatever the rate",
        arguments: streams, roundTrips)
    func stream(transport: Transport, roundTrip: Duration) {
        for rate in [0.1, 1, 10] {
            let result = Simulation.run(
                Plans.poisson(transport, roundTrip: roundTrip, perRoundTrip: rate))
            #expect(result.isFaultless)
            #expect(result.latencies.allSatisfy { $0 == (roundTrip / 2).nanoseconds })
            #expect(result.requests == 0)
        }
    }

    @Test(
        "that asks at intervals delivers with uniform delay up to one of them",
        arguments: roundTrips)
    func shortPolling(roundTrip: Duration) throws {
        let plan = Plans.poisson(
            .shortPolling, roundTrip: roundTrip, perRoundTrip: 20 * roundTrip.seconds, events: 4000)
        let result = Simulation.run(plan)
        #expect(result.isFaultless)
        let latencies = result.latencies.sorted().map { Duration.nanoseconds($0) }
        let transit = roundTrip / 2
        #expect(latencies[0] >= transit)
        #expect(latencies[3999] <= transit + plan.pollInterval)
        // 4,000 draws lie within 2.6 % of the uniform distribution with 99 % (Kolmogorov, Smirnov).
        for rank in stride(from: 0, to: 4000, by: 100) {
            let expected = (latencies[rank] - transit).seconds / plan.pollInterval.seconds
            #expect(abs(expected - Double(rank) / 4000) < 0.026)
        }
        let requests = try #require(result.requestsPerEvent)
        #expect(abs(requests - 1.0 / 20) < 0.002)
    }

    @Test("that is held waits as renewal theory says", arguments: [0.1, 1, 10])
    func heldMean(perWindow: Double) throws {
        let roundTrip = Duration.milliseconds(20)
        let plan = Plans.poisson(
            .longPolling, roundTrip: roundTrip, perRoundTrip: perWindow, events: 6000)
        let result = Simulation.run(plan)
        let law = LongPollLaw(
            window: Double(roundTrip.nanoseconds), ratePerSecond: perWindow / roundTrip.seconds)
        let mean = try #require(result.meanLatency)
        let expected = Double((roundTrip / 2).nanoseconds) + law.meanWait
        // 6,000 waits of a standard deviation below 0.3 W: one per cent is 2.5 of its mean's.
        #expect(abs(mean / expected - 1) < 0.01)
        let events = try #require(result.eventsPerAnswer)
        // The rate of 6,000 random events is only known to 1/√6000; three of these are enough.
        #expect(abs(events / law.eventsPerRequest - 1) < 0.04)
    }
}
