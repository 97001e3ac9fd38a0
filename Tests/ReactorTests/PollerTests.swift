import Link
import Reactor
import Testing

extension LiveTests {
    @Suite("A poller")
    struct PollerTests {
        @Test(
            "does not sleep for a deadline in the past",
            arguments: [Instant.distantPast, Instant(nanoseconds: 0)])
        func polls(deadline: Instant) throws {
            var poller = try Poller()
            let count = try poller.wait(until: deadline)
            #expect(count == 0)
        }

        @Test("wakes at its deadline and not before")
        func keepsDeadline() throws {
            var poller = try Poller()
            let deadline = MonotonicClock.now() + .microseconds(500)
            let count = try poller.wait(until: deadline)
            #expect(count == 0)
            #expect(MonotonicClock.now() >= deadline)
        }

        @Test("waits for ever, or until the end of time, for something that is there")
        func waitsWithoutEnd() throws {
            var poller = try Poller()
            let inbox = try Inbox<Int>()
            try poller.add(inbox.descriptor, .readable, token: 1)
            inbox.post(1)
            let forEver = try poller.wait(until: nil)
            let untilTheEnd = try poller.wait(until: .distantFuture)
            #expect([forEver, untilTheEnd] == [1, 1])
        }

        @Test("reports what is asked for, under its token")
        func reportsInterest() throws {
            let connection = try Connection()
            let descriptor = connection.opener.descriptor
            var poller = try Poller()
            let token: UInt64 = .max - 3
            try poller.add(descriptor, .readable, token: token)
            #expect(try poller.wait(until: .distantPast) == 0)

            poller.modify(descriptor, [.readable, .writable], token: token)
            #expect(try poller.wait(until: .distantPast) == 1)
            #expect(poller[0].token == token)
            #expect(poller[0].readiness.writable && !poller[0].readiness.readable)

            _ = try [1].withUnsafeBytes { try connection.acceptor.send($0) }
            _ = try waitUntil(descriptor, .readable)
            poller.modify(descriptor, .readable, token: 2)
            #expect(try poller.wait(until: limit()) == 1)
            #expect(poller[0].token == 2)
            #expect(poller[0].readiness.readable && !poller[0].readiness.writable)

            poller.remove(descriptor)
            #expect(try poller.wait(until: .distantPast) == 0)
        }

        @Test("reports the peer's end without being asked")
        func reportsEnd() throws {
            let connection = try Connection()
            connection.acceptor.shutdownWriting()
            let readiness = try waitUntil(connection.opener.descriptor, [])
            #expect(readiness.hungUp)
            #expect(!readiness.failed)
        }

        @Test("hands out no more than its capacity, and the rest with the next wait")
        func sharesTurns() throws {
            var poller = try Poller(capacity: 2)
            let inboxes = try (0..<3).map { _ in try Inbox<Int>() }
            for (token, inbox) in inboxes.enumerated() {
                try poller.add(inbox.descriptor, .readable, token: UInt64(token))
                inbox.post(0)
            }
            var seen: Set<UInt64> = []
            while seen.count < 3 {
                let count = try poller.wait(until: limit())
                #expect(count >= 1 && count <= 2)
                for index in 0..<count {
                    let token = poller[index].token
                    #expect(seen.insert(token).inserted)
                    _ = inboxes[Int(token)].drain()
                }
            }
        }
    }
}
