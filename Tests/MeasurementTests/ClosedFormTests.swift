import Foundation
import Link
import Measurement
import Testing

/// Milliseconds as the nanoseconds that theory counts in.
private func ms(_ value: Double) -> Double { value * 1e6 }

@Suite("The closed forms")
struct ClosedFormTests {
    @Test(
        "give the gaps and transits of each way to connect",
        arguments: zip(
            BlindWindow.Setup.allCases, [(1, 3), (2, 5), (2, 5), (3, 7), (3, 7), (4, 9)]))
    func windows(setup: BlindWindow.Setup, expected: (roundTrips: Int, transits: Int)) {
        #expect(setup.roundTrips == expected.roundTrips)
        #expect(setup.worstTransits == expected.transits)
        let window = BlindWindow(setup: setup, roundTrip: ms(100), turnaround: ms(0.04))
        #expect(window.duration == ms(Double(expected.roundTrips) * 100 + 0.04))
        // The longest wait is as many one-way transits, and the software.
        let worst = window.worstLatency(down: ms(50))
        #expect(abs(worst - ms(Double(expected.transits) * 50 + 0.04)) < 1)
    }

    @Test("have the limits of long polling")
    func longPollLimits() {
        let quiet = LongPollLaw(window: ms(100), ratePerSecond: 1e-6)
        #expect(quiet.meanWait < ms(1e-5))
        #expect(abs(quiet.requestsPerEvent - 1) < 1e-6)
        // λR → ∞: half a window on average, uniform.
        let busy = LongPollLaw(window: ms(100), ratePerSecond: 1e6)
        #expect(abs(busy.meanWait - ms(50)) < ms(0.01))
        #expect(abs(busy.quantile(0.99) - ms(99)) < ms(0.01))
        #expect(abs(busy.meanGap - ms(100)) < ms(0.01))
        // λR = 1: 0.37 R, as measured for one outstanding poll.
        let one = LongPollLaw(window: ms(100), ratePerSecond: 10)
        #expect(abs(one.meanWait - ms(36.55)) < ms(0.01))
        #expect(abs(one.eventsPerRequest - 1.3679) < 0.0001)
        #expect(abs(one.unwaitedShare - 0.2689) < 0.0001)
    }

    @Test("agree with themselves: quantiles invert the distribution, which has the mean")
    func longPollDistribution() {
        let law = LongPollLaw(window: ms(40), ratePerSecond: 30, hold: ms(50))
        for share in stride(from: 0.5, through: 0.99, by: 0.01) {
            #expect(abs(law.cumulative(law.quantile(share)) - share) < 1e-9)
        }
        let steps = 100_000
        let mean = (0..<steps).reduce(0) { sum, step in
            sum + law.quantile((Double(step) + 0.5) / Double(steps)) / Double(steps)
        }
        #expect(abs(mean - law.meanWait) < ms(0.001))
    }

    /// The sum with alternating signs, which keeps its digits as long as ρ is not near 1.
    private static func erlang(_ law: SingleAnswerLaw, _ time: Double) -> Double {
        var sum = 0.0
        var factorial = 1.0
        for index in 0...Int(time / law.window) {
            if index > 0 { factorial *= Double(index) }
            let rest = law.ratePerSecond * (time - Double(index) * law.window) / 1e9
            sum += pow(-rest, Double(index)) / factorial * exp(rest)
        }
        return (1 - law.load) * sum
    }

    @Test("have the queue of one event an answer as Erlang has it", arguments: [0.1, 0.5, 0.8])
    func singleAnswers(load: Double) throws {
        let law = SingleAnswerLaw(window: ms(20), ratePerSecond: load * 50)
        #expect(law.isStable)
        for windows in stride(from: 0, through: 9, by: 0.25) {
            let time = ms(20) * windows
            #expect(abs(try #require(law.cumulative(time)) - Self.erlang(law, time)) < 1e-9)
        }
        for share in [0.5, 0.9, 0.99, 0.999] {
            let time = try #require(law.quantile(share))
            let reached = try #require(law.cumulative(time))
            #expect(time == 0 ? reached >= share : abs(reached - share) < 1e-9)
        }
        let steps = 20_000
        let mean = try (0..<steps).reduce(0) { sum, step in
            sum + (try #require(law.quantile((Double(step) + 0.5) / Double(steps))))
        }
        #expect(abs(mean / Double(steps) / (try #require(law.meanWait)) - 1) < 0.005)
    }

    @Test("keep their digits where the alternating sum has lost them")
    func heavyLoad() throws {
        let law = SingleAnswerLaw(window: ms(20), ratePerSecond: 49.5)
        let p50 = try #require(law.quantile(0.5))
        let p99 = try #require(law.quantile(0.99))
        // Near saturation the wait is exponential with its mean, W·ρ / (2(1 - ρ)) = 49.5 W.
        let mean = try #require(law.meanWait)
        #expect(abs(mean - 49.5 * ms(20)) < ms(0.001))
        #expect(abs(p50 / (mean * log(2)) - 1) < 0.03)
        #expect(abs(p99 / (mean * log(100)) - 1) < 0.03)
    }

    @Test("have no steady state when events come faster than answers")
    func overload() {
        let law = SingleAnswerLaw(window: ms(20), ratePerSecond: 60)
        #expect(!law.isStable)
        #expect(law.meanWait == nil && law.quantile(0.5) == nil && law.cumulative(0) == nil)
        #expect(abs(law.backlogGrowth - 10) < 1e-9)
    }

    @Test("have short polling uniform, and paced by the slower of timer and round trip")
    func shortPolls() {
        let law = ShortPollLaw(pollInterval: ms(1000), window: ms(100), ratePerSecond: 2)
        #expect(law.interval == ms(1000))
        #expect(law.meanWait == ms(500))
        #expect(law.quantile(0.99) == ms(990))
        #expect(law.requestsPerEvent == 0.5)
        #expect(abs(law.emptyShare - exp(-2)) < 1e-12)
        #expect(law.meanWaitOneEach == nil)
        let slow = ShortPollLaw(pollInterval: ms(50), window: ms(200), ratePerSecond: 1)
        #expect(slow.interval == ms(200))
        #expect(abs(slow.meanWaitOneEach! - ms(100 + 0.2 * 200 / 1.6)) < 1)
    }

    /// Mean latency and segments an event of the kernel's TCP over an emulated link.
    @Test(
        "have Nagle's algorithm as it was measured",
        arguments: [(20.0, 2.0, 19.37, 0.468), (100, 0.8, 82.0, 0.800)])
    func nagle(roundTrip: Double, eventsInRoundTrip: Double, mean: Double, segments: Double) {
        let law = TCPLaw.nagleLaw(
            roundTrip: ms(roundTrip), ratePerSecond: eventsInRoundTrip / roundTrip * 1000)
        #expect(abs(ms(roundTrip) / 2 + law.meanWait - ms(mean)) < ms(0.05))
        #expect(abs(law.requestsPerEvent - segments) < 0.001)
    }

    @Test(
        "have the thresholds of slow start",
        arguments: zip([14_480, 43_440, 101_360, 217_200, 448_880], 1...5))
    func slowStart(threshold: Int, flights: Int) {
        #expect(TCPLaw.flights(bytes: threshold, segmentBytes: 1448) == flights)
        #expect(TCPLaw.flights(bytes: threshold + 1, segmentBytes: 1448) == flights + 1)
        #expect(TCPLaw.segments(bytes: 1448, segmentBytes: 1448) == 1)
        #expect(TCPLaw.segments(bytes: 1449, segmentBytes: 1448) == 2)
        #expect(TCPLaw.segments(bytes: 1 << 20, segmentBytes: nil) == 1)
    }

    @Test("have two writes as they were measured", arguments: [(20.0, 84.0), (100, 244)])
    func twoWrites(roundTrip: Double, measured: Double) {
        let gap = TCPLaw.twoWritesGap(roundTrip: ms(roundTrip))
        #expect(abs(gap - ms(measured)) <= TCPLaw.delayedACKSpread)
    }

    @Test("have a stream's transmission time")
    func streams() {
        let latency = StreamLaw.latency(
            down: ms(10), wireBytes: 1000, bandwidth: 8e6, delivery: ms(0.1))
        #expect(abs(latency - ms(11.1)) < 1)
    }
}
