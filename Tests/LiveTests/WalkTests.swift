import Glibc
import Reactor
import Testing
import Wire

@testable import LabServer

extension Live {
    /// The walk of a shared stream over real descriptors.
    @Suite("The walk")
    struct WalkTests {
        /// Both ends of a connection within this process.
        private final class Pair {
            let server: Socket
            let client: Socket

            init() throws {
                var ends: [Int32] = [-1, -1]
                try #require(
                    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
                for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
                server = Socket(adopting: ends[0])
                client = Socket(adopting: ends[1])
            }

            /// Everything that has arrived so far.
            func received() throws -> [UInt8] {
                var all: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                while let count = try buffer.withUnsafeMutableBytes({ try client.receive(into: $0) }
                ),
                    count > 0
                {
                    all.append(contentsOf: buffer[..<count])
                }
                return all
            }
        }

        private func message(_ byte: UInt8, count: Int) -> WireBuffer {
            var wire = WireBuffer()
            wire.write(Array(repeating: byte, count: count), as: .payload)
            return wire
        }

        private func walk(
            _ stream: inout SharedStream, backlogLimit: Int = .max
        ) -> SharedStream.WalkReport {
            var report = SharedStream.WalkReport()
            stream.walk(backlogLimit: backlogLimit, report: &report)
            return report
        }

        @Test("sends everybody what is new, all of it in one call")
        func sendsOnce() throws {
            var stream = SharedStream()
            let pairs = try (0..<3).map { _ in try Pair() }
            for (slot, pair) in pairs.enumerated() {
                _ = stream.subscribe(
                    descriptor: pair.server.descriptor, slot: UInt32(slot), isBlocked: false,
                    recycleAfter: slot == 1 ? 5 : 0)
            }
            stream.append(message(1, count: 2), isEvent: true)
            stream.append(message(2, count: 3), isEvent: false)
            stream.append(message(3, count: 4), isEvent: true)
            let report = walk(&stream)
            #expect(report.sends == 3 && report.sentBytes == 27 && report.deliveries == 6)
            #expect(report.recycled == [1])
            #expect(report.blocked.isEmpty && report.broken.isEmpty && report.slow.isEmpty)
            for pair in pairs { #expect(try pair.received() == [1, 1, 2, 2, 2, 3, 3, 3, 3]) }
            #expect(walk(&stream).sends == 0)
        }

        @Test("leaves a full socket behind, and goes on where it stopped")
        func blocksAndGoesOn() throws {
            var stream = SharedStream()
            let slow = try Pair()
            let fast = try Pair()
            let index = stream.subscribe(
                descriptor: slow.server.descriptor, slot: 7, isBlocked: false, recycleAfter: 0)
            _ = stream.subscribe(
                descriptor: fast.server.descriptor, slot: 8, isBlocked: false, recycleAfter: 0)
            var sent: [UInt8] = []
            var fastGot: [UInt8] = []
            var deliveries = 0
            var events = 0
            // Until the slow one's socket is full, and then some more.
            while !stream.subscribers[index].isBlocked || stream.backlogBytes < 200_000 {
                events += 1
                let next = message(UInt8(truncatingIfNeeded: events), count: 10_007)
                sent.append(contentsOf: next.bytes)
                stream.append(next, isEvent: true)
                let report = walk(&stream, backlogLimit: 150_000)
                deliveries += report.deliveries
                #expect(report.blocked.isEmpty || report.blocked == [7])
                #expect(
                    report.slow.isEmpty == (stream.backlogBytes <= 150_000 || report.slow == []))
                fastGot += try fast.received()
            }
            #expect(walk(&stream, backlogLimit: 150_000).slow == [7])
            #expect(fastGot == sent)
            var slowGot: [UInt8] = []
            while slowGot.count < sent.count {
                slowGot += try slow.received()
                stream.unblock(index)
                deliveries += walk(&stream).deliveries
            }
            #expect(slowGot == sent)
            #expect(deliveries == 2 * events)
            #expect(stream.backlogBytes == 0)
        }

        @Test("names a connection that is gone, and sends to the others")
        func namesTheBroken() throws {
            var stream = SharedStream()
            let pairs = try [Pair(), Pair()]
            let dead = try deadEnd()
            _ = stream.subscribe(
                descriptor: dead.descriptor, slot: 1, isBlocked: false, recycleAfter: 0)
            for (slot, pair) in pairs.enumerated() {
                _ = stream.subscribe(
                    descriptor: pair.server.descriptor, slot: UInt32(slot + 2), isBlocked: false,
                    recycleAfter: 0)
            }
            stream.append(message(9, count: 1), isEvent: true)
            let report = walk(&stream)
            #expect(report.broken.map(\.slot) == [1])
            #expect(report.deliveries == 2)
            for pair in pairs { #expect(try pair.received() == [9]) }
        }

        /// One end of a pair whose other end is closed.
        private func deadEnd() throws -> Socket {
            let pair = try Pair()
            let copy = dup(pair.server.descriptor)
            try #require(copy >= 0)
            return Socket(adopting: copy)
        }
    }
}
