import Link
import Testing

@Suite("The delay layer")
struct DelayLineTests {
    private func ms(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    private let plain = LinkProfile(roundTripTime: .milliseconds(50))

    @Test("holds each direction for half the round trip, and opens a connection in one")
    func delays() {
        var link = DelayedLink(plain, seed: 1)
        #expect(link.isIdle && link.next == .distantFuture)
        #expect(link.open(at: ms(100)) == ms(150))
        link.up.put([1], at: ms(150))
        #expect(link.next == ms(175) && !link.isIdle)
        #expect(link.up.take(by: ms(174)) == nil)
        #expect(link.up.take(by: ms(175)) == [1])
        #expect(link.up.take(by: ms(500)) == nil)
        link.down.put([2, 3], at: ms(176))
        #expect(link.next == ms(201))
        #expect(link.down.take(by: ms(201)) == [2, 3])
        #expect(link.isIdle)
    }

    @Test("keeps the order of what goes in, the end behind the last bytes", arguments: [0, 20])
    func order(jitter: Int64) {
        let profile = LinkProfile(
            roundTripTime: .milliseconds(50), jitter: .milliseconds(jitter), lossRate: 0.2)
        var line = DelayLine(profile, .down, seed: 7)
        for byte in UInt8(1)...200 { line.put([byte], at: ms(Int64(byte))) }
        line.putEnd(at: ms(200))
        var arrived: [[UInt8]] = []
        var last = Instant.distantPast
        while line.next < .distantFuture {
            let moment = line.next
            #expect(moment >= last)
            last = moment
            while let piece = line.take(by: moment) { arrived.append(piece) }
        }
        #expect(arrived == (UInt8(1)...200).map { [$0] } + [[]])
        #expect(last >= ms(225) || jitter > 0)
    }

    @Test("takes its time to send what is larger than the link is wide")
    func bandwidth() {
        // 1448 bytes and their headers are 12,000 bits: 12 ms at a megabit a second.
        let profile = LinkProfile(
            roundTripTime: .milliseconds(50), down: Bandwidth(bitsPerSecond: 1_000_000))
        var line = DelayLine(profile, .down, seed: 1)
        line.put([UInt8](repeating: 0, count: 3 * 1448), at: ms(0))
        #expect(line.next == ms(36 + 25))
        line.put([UInt8](repeating: 0, count: 1448), at: ms(1))
        _ = line.take(by: ms(61))
        #expect(line.next == ms(48 + 25))
        // The other direction is unlimited.
        var up = DelayLine(profile, .up, seed: 1)
        up.put([UInt8](repeating: 0, count: 100_000), at: ms(0))
        #expect(up.next == ms(25))
    }

    @Test("repeats what is lost after the timeout, a whole number of times twice as long")
    func loss() {
        let profile = LinkProfile(roundTripTime: .milliseconds(50), lossRate: 0.5)
        var delays: Set<Int64> = []
        for seed in UInt64(0)..<64 {
            var line = DelayLine(profile, .up, seed: seed)
            line.put([1], at: ms(0))
            delays.insert(line.next.nanoseconds / 1_000_000)
        }
        // The round trip and 200 ms, then twice that, then four times.
        #expect(delays.isSuperset(of: [25, 275, 775, 1775]))
        var opening: Set<Int64> = []
        for seed in UInt64(0)..<64 {
            var line = DelayLine(profile, .up, seed: seed)
            opening.insert(line.open(at: ms(0)).nanoseconds / 1_000_000)
        }
        #expect(opening.isSuperset(of: [25, 1025, 3025]))
    }

    @Test("gives back what is on its way, in order, and is empty then")
    func clear() {
        var line = DelayLine(plain, .up, seed: 1)
        line.put([1, 2], at: ms(0))
        line.put([3], at: ms(1))
        line.put([4], at: ms(2))
        #expect(line.take(by: ms(25)) == [1, 2])
        #expect(line.clear() == [3, 4])
        #expect(line.next == .distantFuture)
        #expect(line.take(by: ms(100)) == nil)
        line.put([], at: ms(100))
        #expect(line.next == .distantFuture)
    }

    @Test("forgets what has arrived, however long it is in use")
    func compaction() {
        var line = DelayLine(plain, .up, seed: 1)
        var expected: UInt8 = 0
        for step in 0..<2000 {
            line.put([UInt8(truncatingIfNeeded: step)], at: ms(Int64(step)))
            guard let bytes = line.take(by: ms(Int64(step))) else { continue }
            #expect(bytes == [expected])
            expected &+= 1
        }
        #expect(line.clear().count == 25)
    }
}
