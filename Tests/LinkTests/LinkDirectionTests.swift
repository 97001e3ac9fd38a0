import Link
import Testing

@Suite("LinkDirection")
struct LinkDirectionTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    /// Where packets of these sizes come out that go in together at the start; in nanoseconds after
    /// it, -1 for a lost one.
    private static func arrivals(
        of sizes: [Int], every gap: Duration = .zero, over profile: LinkProfile,
        _ way: LinkDirection.Way = .up, seed: UInt64 = 1
    ) -> [Int64] {
        var direction = LinkDirection(profile, way, seed: seed)
        return sizes.enumerated().map { index, bytes in
            let arrival = direction.arrival(of: bytes, at: start + gap * index)
            return arrival?.nanoseconds(since: start) ?? -1
        }
    }

    @Test("delays every packet by half the round trip, whatever its size")
    func delay() {
        let profile = LinkProfile(roundTripTime: .milliseconds(50))
        #expect(
            Self.arrivals(of: [40, 1500], every: .milliseconds(1), over: profile)
                == [25_000_000, 26_000_000])
        #expect(Self.arrivals(of: [40], over: .loopback) == [0])
    }

    @Test("sends one packet at a time at the bandwidth of its direction")
    func bandwidth() {
        // 8 Mbit/s up is a byte a microsecond; down is twice that.
        let profile = LinkProfile(
            roundTripTime: .milliseconds(2), down: Bandwidth(bitsPerSecond: 16_000_000),
            up: Bandwidth(bitsPerSecond: 8_000_000))
        #expect(
            Self.arrivals(of: [1000, 500, 40], over: profile, .up)
                == [2_000_000, 2_500_000, 2_540_000])
        #expect(
            Self.arrivals(of: [1000, 500, 40], over: profile, .down)
                == [1_500_000, 1_750_000, 1_770_000])
        // An idle line owes nothing: the second packet finds it free.
        #expect(
            Self.arrivals(of: [1000, 500], every: .milliseconds(5), over: profile, .up)
                == [2_000_000, 6_500_000])
    }

    @Test("jitters evenly around the delay when packets are far apart")
    func jitter() {
        let profile = LinkProfile(roundTripTime: .milliseconds(20), jitter: .milliseconds(2))
        let count = 20_000
        let gap = Duration.milliseconds(5)
        let delays = Self.arrivals(
            of: .init(repeating: 100, count: count), every: gap, over: profile
        )
        .enumerated().map { index, arrival in arrival - (gap * index).nanoseconds }
        #expect(delays.allSatisfy { (8_000_000...12_000_000).contains($0) })
        let mean = Double(delays.reduce(0, +)) / Double(count)
        // The standard error is 2 ms / √3 / √20 000 = 8.2 µs; five of them.
        #expect(abs(mean - 10_000_000) < 41_000)
        let early = delays.count { $0 < 9_000_000 }
        // A quarter of them, with a standard error of 61.
        #expect(abs(early - count / 4) < 5 * 61)
    }

    @Test("never reorders, however much it jitters")
    func order() {
        let profile = LinkProfile(roundTripTime: .milliseconds(20), jitter: .milliseconds(10))
        let arrivals = Self.arrivals(
            of: .init(repeating: 100, count: 1000), every: .microseconds(50), over: profile)
        #expect(zip(arrivals, arrivals.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test("loses the share of packets that the profile says", arguments: [0.001, 0.05, 0.5, 0.999])
    func loss(rate: Double) {
        let count = 50_000
        let profile = LinkProfile(roundTripTime: .milliseconds(20), lossRate: rate)
        let lost = Self.arrivals(of: .init(repeating: 100, count: count), over: profile)
            .count { $0 < 0 }
        let expected = rate * Double(count)
        #expect(abs(Double(lost) - expected) < 5 * (expected * (1 - rate)).squareRoot())
    }

    @Test("takes the time of a lost packet, which is lost behind the bottleneck")
    func lossAfterQueue() throws {
        let profile = LinkProfile(
            roundTripTime: .zero, lossRate: 0.5, up: Bandwidth(bitsPerSecond: 8_000_000))
        let arrivals = Self.arrivals(of: .init(repeating: 1000, count: 64), over: profile)
        #expect(arrivals.contains(-1))
        for (index, arrival) in arrivals.enumerated() where arrival >= 0 {
            #expect(arrival == Int64(index + 1) * 1_000_000)
        }
    }

    @Test("draws the same from one seed, differently from the next, and for each direction")
    func seeds() {
        let profile = LinkProfile(
            roundTripTime: .milliseconds(20), jitter: .milliseconds(5), lossRate: 0.3)
        func drawn(_ way: LinkDirection.Way, _ seed: UInt64) -> [Int64] {
            Self.arrivals(
                of: .init(repeating: 100, count: 100), every: .milliseconds(20), over: profile,
                way, seed: seed)
        }
        #expect(drawn(.up, 7) == drawn(.up, 7))
        #expect(drawn(.up, 7) != drawn(.up, 8))
        #expect(drawn(.up, 7) != drawn(.down, 7))
    }

    @Test("loses the same packets with jitter as without")
    func independence() {
        func lost(_ jitter: Duration) -> [Bool] {
            let profile = LinkProfile(
                roundTripTime: .milliseconds(20), jitter: jitter, lossRate: 0.2)
            return Self.arrivals(of: .init(repeating: 100, count: 200), over: profile)
                .map { $0 < 0 }
        }
        #expect(lost(.zero) == lost(.milliseconds(5)))
    }

    @Test("turns losses into doubling delays for what repeats them")
    func repetition() {
        let profile = LinkProfile(roundTripTime: .milliseconds(20), lossRate: 0.5)
        var direction = LinkDirection(profile, .up, seed: 3)
        for index in 0..<100 {
            let moment = Self.start + .seconds(10_000 * index)
            // A copy draws the same: each packet that it loses is one repetition.
            var lossy = direction
            var expected = Duration.milliseconds(10)
            var timeout = Duration.milliseconds(220)
            while lossy.arrival(of: 100, at: moment) == nil {
                expected += timeout
                timeout = min(timeout * 2, .seconds(120))
            }
            let arrival = direction.arrival(
                of: 100, at: moment, retransmissionTimeout: .milliseconds(220))
            #expect(arrival - moment == expected)
        }
    }

    @Test("holds back what comes after bytes that are repeated")
    func headOfLine() {
        let profile = LinkProfile(roundTripTime: .milliseconds(20), lossRate: 0.3)
        var direction = LinkDirection(profile, .up, seed: 3)
        let arrivals = (0..<200).map { index in
            direction.arrival(
                of: 100, at: Self.start + .milliseconds(index),
                retransmissionTimeout: .milliseconds(220))
        }
        #expect(zip(arrivals, arrivals.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(Set(arrivals).count < arrivals.count)
    }

    @Test("lets bytes that are lost again and again through in the end")
    func givesUp() {
        var direction = LinkDirection(
            LinkProfile(roundTripTime: .zero, lossRate: 0.999_999_999), .down, seed: 1)
        let arrival = direction.arrival(
            of: 100, at: Self.start, retransmissionTimeout: .seconds(1))
        // 1 + 2 + … + 64 s, then 120 s eight times.
        #expect(arrival - Self.start == .seconds(127 + 8 * 120))
    }
}
