import Link
import Testing

@testable import LinkEmulation

@Suite("One direction of a relayed connection")
struct RelayDirectionTests {
    private func ms(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    private func open(_ profile: LinkProfile) -> RelayDirection {
        var direction = RelayDirection(profile, .up, seed: 1)
        direction.open(from: ms(0), pluggedAt: .distantPast, now: ms(0))
        return direction
    }

    /// A link, and how many bytes one of its directions may hold.
    struct Bound: Sendable {
        let profile: LinkProfile
        let bytes: Int
    }

    @Test(
        "holds a mebibyte and what fills the link",
        arguments: [
            Bound(profile: .loopback, bytes: 1 << 20),
            Bound(profile: LinkProfile(roundTripTime: .seconds(2)), bytes: 1 << 20),
            Bound(
                profile: LinkProfile(
                    roundTripTime: .milliseconds(100), up: Bandwidth(bitsPerSecond: 80_000_000)),
                bytes: 1 << 20 + 1_000_000),
            Bound(
                profile: LinkProfile(
                    roundTripTime: .seconds(3600), up: Bandwidth(bitsPerSecond: .max)),
                bytes: 17 << 20),
        ])
    func bound(row: Bound) {
        #expect(open(row.profile).boundBytes == row.bytes)
    }

    @Test("takes nothing more when it is full, and something again when a quarter is free")
    func fullness() {
        var direction = open(.loopback)
        let bytes = [UInt8](repeating: 7, count: 1 << 18)
        for held in 0..<4 {
            #expect(direction.takes(isReading: true) && direction.room == (4 - held) << 18)
            direction.put(bytes, at: ms(1))
        }
        #expect(direction.room == 0 && !direction.takes(isReading: true))
        direction.advance(to: ms(1))
        #expect(direction.heldBytes == 1 << 20 && direction.output(at: ms(1)).count == 1 << 20)
        direction.sent(1 << 18)
        #expect(direction.takes(isReading: true) && !direction.takes(isReading: false))
        direction.sent(1)
        #expect(direction.takes(isReading: false))
        direction.sent(3 << 18 - 1)
        #expect(direction.heldBytes == 0 && direction.output(at: ms(1)).isEmpty)
    }

    @Test("takes a bounded number of pieces, however small they are")
    func pieces() {
        var direction = open(LinkProfile(roundTripTime: .seconds(100)))
        var taken = 0
        while direction.room > 0 {
            direction.put([1], at: ms(1))
            taken += 1
        }
        #expect(taken == 1 << 14)
        direction.advance(to: ms(50_001))
        #expect(direction.heldBytes == taken && direction.takes(isReading: false))
    }

    @Test("takes nothing behind an end but a reset")
    func ends() {
        var direction = open(.loopback)
        direction.put([1], at: ms(1))
        direction.putEnd(.finished, at: ms(1))
        direction.put([2], at: ms(1))
        direction.putEnd(.finished, at: ms(1))
        direction.advance(to: ms(1))
        #expect(Array(direction.output(at: ms(1))) == [1])
        #expect(direction.takeEnd(at: ms(1), canFinish: true) == nil)
        direction.sent(1)
        #expect(direction.takeEnd(at: ms(1), canFinish: false) == nil && !direction.isDone)
        #expect(direction.takeEnd(at: ms(1), canFinish: true) == .finished && direction.isDone)
        direction.putEnd(.reset, at: ms(2))
        #expect(!direction.isDone)
        direction.advance(to: ms(2))
        #expect(direction.takeEnd(at: ms(2), canFinish: false) == .reset && direction.isDone)
    }

    @Test("gives out what a socket takes, in whatever pieces")
    func shortWrites() {
        var direction = open(.loopback)
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        direction.put(Array(bytes[..<3000]), at: ms(0))
        var received: [UInt8] = []
        var random = SeededGenerator(seed: 3)
        while received.count < bytes.count {
            direction.advance(to: ms(1))
            if received.count > 1000, direction.room == direction.boundBytes - 1000 {
                direction.put(Array(bytes[3000...]), at: ms(1))
            }
            let output = direction.output(at: ms(1))
            let count = min(output.count, Int.random(in: 0...99, using: &random))
            received += output.prefix(count)
            direction.sent(count)
            if output.isEmpty { direction.put(Array(bytes[3000...]), at: ms(1)) }
        }
        #expect(received == bytes && direction.heldBytes == 0)
    }

    @Test("lets bytes trickle over a slow link, and come together over a fast one")
    func trickle() {
        // A segment and its headers take 12 ms at a megabit a second.
        var slow = open(
            LinkProfile(roundTripTime: .zero, up: Bandwidth(bitsPerSecond: 1_000_000)))
        slow.put([UInt8](repeating: 0, count: 10 * 1448), at: ms(0))
        for segment in Int64(1)...10 {
            #expect(slow.next(after: ms(0)) == ms(12 * segment))
            slow.advance(to: ms(12 * segment))
            #expect(slow.output(at: ms(1000)).count == 1448 * Int(segment))
        }
        var fast = open(LinkPreset.all[1].profile)
        fast.put([UInt8](repeating: 0, count: 10 * 1448), at: ms(0))
        fast.advance(to: fast.next(after: ms(0)))
        #expect(fast.output(at: ms(1)).count == 14480)
    }
}
