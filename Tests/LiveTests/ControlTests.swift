import LabServer
import Link
import LoadGen
import Measurement
import Reactor
import Testing
import Transports

extension Live {
    /// What a load generator has the server do, and asks of it.
    @Suite("Control")
    struct ControlTests {
        private static let clients = 6
        private static let events = 5

        /// Clients of every technique that have said that they are there.
        private func subscribers(
            of server: LabServer, _ transports: [Transport] = Transport.all
        ) throws -> [Subscriber] {
            let subscribers = try transports.flatMap { transport in
                try (0..<Self.clients).map { _ in
                    try Subscriber(transport, of: server, pollInterval: .milliseconds(1))
                }
            }
            for subscriber in subscribers { try subscriber.subscribe() }
            return subscribers
        }

        /// Waits until polls wait and streams are joined, as many as there are clients.
        private func settle(
            _ control: inout ControlledServer, _ transports: [Transport]
        ) throws -> ServerSnapshot {
            let deadline = limit()
            while MonotonicClock.now() < deadline {
                let snapshot = try #require(try control.snapshot())
                let counts = try transports.map { transport in
                    let technique = try #require(snapshot.technique(transport.id))
                    return technique.parked + technique.subscribers
                }
                if counts == transports.map({ _ in Self.clients }) { return snapshot }
            }
            throw Disappointment("the clients did not settle")
        }

        @Test(
            "each step publishes one event to everybody, on any number of loops", arguments: [1, 2])
        func steps(loops: Int) throws {
            try withServer {
                $0.loops = loops
            } _: { server in
                var control = ControlledServer(server: server)
                let subscribers = try subscribers(of: server)
                for number in 1...UInt64(Self.events) {
                    #expect(try control.step(payloadBytes: 80) == number)
                    for subscriber in subscribers {
                        try subscriber.converse { $0.ids.last == number }
                    }
                }
                for subscriber in subscribers {
                    #expect(subscriber.ids == Array(1...UInt64(Self.events)))
                    #expect(subscriber.payloads.allSatisfy { $0.utf8.count == 80 })
                }
            }
        }

        /// The techniques of which a lockstep run knows every call: short polling asks by the clock.
        private static let exact = Transport.all.filter { $0 != .shortPolling }

        @Test("a lockstep run is counted exactly, and the same every time", arguments: [1, 2])
        func counts(loops: Int) throws {
            try withServer {
                $0.loops = loops
                $0.heartbeat = .zero
            } _: { server in
                var control = ControlledServer(server: server)
                let subscribers = try subscribers(of: server, Self.exact)
                let before = try settle(&control, Self.exact)
                #expect(before.events == 0)
                for number in 1...UInt64(Self.events) {
                    _ = try control.step(payloadBytes: 100)
                    for subscriber in subscribers {
                        try subscriber.converse { $0.ids.last == number }
                    }
                    _ = try settle(&control, Self.exact)
                }
                let after = try settle(&control, Self.exact)
                let done = after - before
                #expect(done.events == Self.events)
                #expect(done.since == before.at && done.at > done.since)
                let all = Self.clients * Self.events
                for transport in Self.exact {
                    var technique = try #require(done.technique(transport.id))
                    let isPolling = transport.server.stream == nil
                    #expect((technique.parkedNanoseconds > 0) == isPolling)
                    technique.parkedNanoseconds = 0
                    var expected = ServerSnapshot.Technique(id: transport.id)
                    expected.deliveries = all
                    expected.sends = all
                    expected.slowReaders = SlowReaders(
                        disconnected: 0, droppedEvents: 0, backlogPeakBytes: 0)
                    if isPolling {
                        expected.parked = Self.clients
                        expected.requests = all
                        expected.answers = all
                        expected.receives = all
                        expected.parkedAtPublish = all
                    } else {
                        expected.subscribers = Self.clients
                    }
                    #expect(technique == expected)
                }
            }
        }

        @Test("the time that polls wait is counted to the nanosecond")
        func parkedTime() throws {
            try withServer { server in
                var control = ControlledServer(server: server)
                let subscribers = try subscribers(of: server, [.longPolling])
                let first = try settle(&control, [.longPolling])
                MonotonicClock.sleep(until: MonotonicClock.now() + .milliseconds(5))
                let second = try settle(&control, [.longPolling])
                let waited = try #require((second - first).technique("long-polling"))
                let elapsed = second.at.nanoseconds(since: first.at)
                #expect(waited.parkedNanoseconds == Int64(Self.clients) * elapsed)
                #expect(subscribers.count == Self.clients)
            }
        }

        @Test("a poll with nothing to say is an answer without an event, and one to HEAD is none")
        func emptyAnswers() throws {
            try withServer {
                $0.settings.hold = .milliseconds(10)
            } _: { server in
                var control = ControlledServer(server: server)
                let visitor = try Visitor(server.address)
                let path = "/events/long-polling?since=0"
                #expect(try visitor.ask(Request.get(path)).status == 204)
                _ = try control.step(payloadBytes: 80)
                #expect(try visitor.ask(Request.get(path)).status == 200)
                try visitor.send(Request.make("HEAD", path))
                #expect(try visitor.takeAnswer(toHead: true).status == 200)
                let technique = try #require(try control.snapshot()?.technique("long-polling"))
                #expect(technique.requests == 3)
                #expect(technique.answers == 2)
                #expect(technique.emptyAnswers == 1)
                #expect(technique.deliveries == 1)
                #expect(technique.sends == 3)
                #expect(technique.receives == 3)
            }
        }

        @Test("a saturating schedule publishes everything at once, and polls take it in turns")
        func saturates() throws {
            try withServer {
                $0.settings.batchLimit = 1
            } _: { server in
                var control = ControlledServer(server: server)
                let subscribers = try subscribers(of: server, [.longPolling])
                let before = try settle(&control, [.longPolling])
                control.publish(
                    PublishOrder(
                        ratePerSecond: 1, arrivals: .saturate, seed: 1, payloadBytes: 80,
                        events: 50, start: MonotonicClock.now()))
                let report = try #require(try control.outcome(until: limit()))
                #expect(report.ids == 1...50)
                #expect(report.latenessNanoseconds.count == 50)
                for subscriber in subscribers {
                    try subscriber.converse { $0.ids.count == 50 }
                }
                let after = try settle(&control, [.longPolling])
                let technique = try #require((after - before).technique("long-polling"))
                #expect(technique.answers == 50 * Self.clients)
                // The first event found everybody waiting, and filled their answers.
                #expect(technique.parkedAtPublish == Self.clients)
            }
        }

        @Test("mistakes are made where they are asked for, and deliver all the same")
        func mistakes() throws {
            for (nagle, split) in [(true, false), (false, true)] {
                try withServer {
                    $0.usesNagle = nagle
                    $0.splitsAnswers = split
                } _: { server in
                    var control = ControlledServer(server: server)
                    let subscribers = try subscribers(of: server, Self.exact)
                    let before = try settle(&control, Self.exact)
                    _ = try control.step(payloadBytes: 80)
                    for subscriber in subscribers { try subscriber.converse { $0.ids == [1] } }
                    let done = try settle(&control, Self.exact) - before
                    for transport in Self.exact {
                        let isSplit = split && transport.server.stream == nil
                        #expect(
                            done.technique(transport.id)?.sends
                                == Self.clients * (isSplit ? 2 : 1))
                    }
                }
            }
        }
    }
}
