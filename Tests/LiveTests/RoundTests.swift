import LabServer
import Link
import LoadGen
import Measurement
import Testing
import Transports

extension Live {
    /// Whole rounds: the load generator against the lab server, over real sockets.
    @Suite("A round")
    struct RoundTests {
        private static let clients = 50
        private static let polling = Transport.all.filter { transport in
            if case .polling = transport.server { true } else { false }
        }
        private static let streaming = Transport.all.filter { $0.server.stream != nil }

        /// About 36 events in less than a fifth of a second, of which the first sixth is warm-up.
        private func scenario(_ transport: Transport) -> Scenario {
            Scenario(
                transports: [transport.id], clients: Self.clients, ratePerSecond: 200,
                payloadBytes: 100, connectRatePerSecond: 10_000, warmup: .milliseconds(30),
                duration: .milliseconds(150), drainLimit: .seconds(10),
                pollInterval: .milliseconds(15), hold: .seconds(25), headers: "minimal", seed: 11,
                backlogLimitBytes: 1 << 20)
        }

        private func run(
            _ transport: Transport, _ change: (inout Scenario) -> Void = { _ in },
            server configure: (inout ServerConfiguration) -> Void = { _ in },
            afterwards look: (ServerSnapshot.Technique) -> Void = { _ in }
        ) throws -> TransportResult {
            var scenario = scenario(transport)
            change(&scenario)
            var measured: TransportResult?
            try withServer(configure) { server in
                var generator = LoadGenerator([
                    LoadPlan(
                        transport: transport, scenario: scenario, headers: .minimal,
                        server: server.address(of: transport))
                ])
                var control = ControlledServer(server: server)
                measured = try generator.run(&control).first?.result
                look(try #require(try control.snapshot()?.technique(transport.id)))
            }
            return try #require(measured)
        }

        /// Every client got every event once and in order, and the ledgers know every byte.
        private func expectPerfection(
            _ result: TransportResult, sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let due = ArrivalSchedule.count(
                .poisson, ratePerSecond: 200, seed: 11 &+ 0x9E37, from: .milliseconds(30),
                to: .milliseconds(180))
            var deliveries = result.deliveries
            deliveries.perSecond = 0
            #expect(
                deliveries
                    == DeliveryCount(expected: due * Self.clients, received: due * Self.clients),
                sourceLocation: sourceLocation)
            #expect(due > 15, "some dozens of events make a round", sourceLocation: sourceLocation)
            #expect(result.deliveries.isBalanced, sourceLocation: sourceLocation)
            #expect(result.reconnects == 0, sourceLocation: sourceLocation)
            #expect(result.latency.count == due * Self.clients, sourceLocation: sourceLocation)
            #expect(!result.partial, sourceLocation: sourceLocation)
            // Whether the machine is busy is not this test's business; bytes and events are.
            let serious: Set = [
                "ledger-mismatch", "events-lost", "drain-timed-out", "reconnects", "interrupted",
            ]
            #expect(
                result.warnings.filter { serious.contains($0.id) } == [],
                sourceLocation: sourceLocation)
        }

        @Test("delivers every event once, in order and to everybody", arguments: Transport.all)
        func plain(transport: Transport) throws {
            expectPerfection(try run(transport))
        }

        @Test("loses nothing when each poll has a connection of its own", arguments: polling)
        func closedConnections(transport: Transport) throws {
            expectPerfection(try run(transport) { $0.connection = .close })
        }

        @Test("loses nothing between two loops on either side", arguments: Transport.all)
        func severalLoops(transport: Transport) throws {
            expectPerfection(
                try run(transport) {
                    $0.clientLoops = 2
                    $0.serverLoops = 2
                } server: {
                    $0.loops = 2
                })
        }

        @Test("loses nothing with one event an answer", arguments: polling)
        func singleEvents(transport: Transport) throws {
            let result = try run(transport) {
                $0.batchLimit = 1
            } server: {
                $0.settings.batchLimit = 1
            }
            expectPerfection(result)
            #expect(result.eventsPerAnswer == 1 || transport == .shortPolling)
        }

        @Test(
            "loses nothing when answers end after a few events and clients come back",
            arguments: streaming)
        func recycled(transport: Transport) throws {
            let result = try run(
                transport, server: { $0.responseLimit = 500 },
                afterwards: { #expect($0.requests > Self.clients, "clients came back") })
            expectPerfection(result)
        }

        @Test("loses nothing when polls run out of their hold time", arguments: polling)
        func shortHolds(transport: Transport) throws {
            // Before the first event is due, everybody has asked and waited for longer than this.
            // Short polling holds nothing; whether it asks in vain is up to the schedule.
            let result = try run(
                transport, server: { $0.settings.hold = .milliseconds(3) },
                afterwards: { #expect($0.emptyAnswers > 0 || transport == .shortPolling) })
            expectPerfection(result)
        }

        @Test(
            "keeps what was measured until it was interrupted",
            arguments: [Phase.connect, .warmUp, .measure], [1, 2])
        func interrupted(in phase: Phase, loops: Int) throws {
            final class Progress {
                var phase: Phase?
            }
            let progress = Progress()
            if phase == .connect { progress.phase = .connect }
            var scenario = scenario(.longPolling)
            scenario.clientLoops = loops
            scenario.warmup = phase == .warmUp ? .seconds(60) : .milliseconds(10)
            scenario.duration = .seconds(60)
            try withServer { server in
                var generator = LoadGenerator(
                    [
                        LoadPlan(
                            transport: .longPolling, scenario: scenario, headers: .minimal,
                            server: server.address)
                    ],
                    report: { progress.phase = $0.phase },
                    isInterrupted: { progress.phase == phase })
                var control = ControlledServer(server: server)
                let result = try #require(try generator.run(&control).first).result
                #expect(result.partial)
                #expect(result.warnings.map(\.id).contains("interrupted"))
                #expect(result.deliveries.isBalanced)
                #expect(result.requests >= 0 && result.answers >= 0)
                #expect(result.bytesPerEvent.down.total >= 0)
                #expect((result.deliveries.received > 0) == (phase == .measure))
                #expect((result.requests > 0) == (phase == .measure))
            }
        }

        /// A server that is found to be gone at the fifth look after its schedule began.
        private struct DyingServer: ServerControl, ~Copyable {
            var control: ControlledServer
            private var looks: Int?

            init(_ server: LabServer) {
                control = ControlledServer(server: server)
            }

            var processID: Int32? { nil }

            mutating func publish(_ order: PublishOrder) throws {
                control.publish(order)
                looks = 0
            }

            mutating func checkPresence() throws {
                guard let looks else { return }
                self.looks = looks + 1
                if looks == 4 { throw Disappointment("it is gone") }
            }

            mutating func outcome(until deadline: Instant) throws -> PublishReport? {
                throw Disappointment("it does not answer")
            }

            mutating func step(payloadBytes: Int) throws -> UInt64 {
                try control.step(payloadBytes: payloadBytes)
            }

            mutating func snapshot() throws -> ServerSnapshot? { try control.snapshot() }

            mutating func connections(since moment: Instant) throws -> ConnectionReport? {
                try control.connections(since: moment)
            }

            func suspend() throws {}
            func resume() throws {}
        }

        @Test("keeps what was measured until the server was gone, and says that it is")
        func serverGone() throws {
            var scenario = scenario(.serverSentEvents)
            scenario.warmup = .milliseconds(10)
            scenario.duration = .seconds(60)
            try withServer { server in
                var generator = LoadGenerator([
                    LoadPlan(
                        transport: .serverSentEvents, scenario: scenario, headers: .minimal,
                        server: server.address)
                ])
                var control = DyingServer(server)
                let round = try #require(try generator.run(&control).first)
                #expect(round.failure == "it is gone")
                #expect(round.result.partial)
                #expect(!round.result.warnings.map(\.id).contains("interrupted"))
                #expect(round.result.deliveries.received > 0)
                #expect(round.result.deliveries.isBalanced)
            }
        }

        @Test("counts the same on every lock-step run", arguments: Transport.all)
        func lockstep(transport: Transport) throws {
            func counts() throws -> ExactCounts? {
                let result = try run(transport) {
                    $0.lockstep = true
                    $0.ratePerSecond = 100
                    $0.warmup = .milliseconds(50)
                    $0.duration = .milliseconds(200)
                } server: {
                    $0.heartbeat = .zero
                }
                #expect(result.prediction == nil, "a closed loop has no law of latency")
                return result.exact
            }
            let first = try #require(try counts())
            #expect(first.events == 20 && first.deliveries == 20 * Self.clients)
            #expect(try counts() == first)
            let isPolling = transport.theory.kind == .polling
            #expect(first.answers == (isPolling ? first.deliveries : 0))
            #expect(first.requests == first.answers)
            #expect(first.clientReceives == first.deliveries)
            #expect(first.serverSends == first.deliveries)
        }

        @Test("measures techniques side by side by the same events")
        func sideBySide() throws {
            var scenario = scenario(.webSocket)
            scenario.sideBySide = true
            let techniques: [Transport] = [.webSocket, .rawTCP, .longPolling]
            try withServer { server in
                var generator = LoadGenerator(
                    techniques.map {
                        LoadPlan(
                            transport: $0, scenario: scenario, headers: .minimal,
                            server: server.address(of: $0))
                    })
                var control = ControlledServer(server: server)
                let rounds = try generator.run(&control)
                #expect(rounds.map(\.result.transport) == techniques.map(\.id))
                for round in rounds { expectPerfection(round.result) }
                let pairs = PairedComparison.differences(of: rounds, to: [Transport.rawTCP.id])
                #expect(pairs.map(\.transport) == ["websocket", "long-polling"])
                let events = rounds[0].result.deliveries.expected / Self.clients
                #expect(pairs.allSatisfy { $0.events == events })
            }
        }

        @Test("knows the gap between deliveries when all are due at once")
        func gaps() throws {
            var scenario = scenario(.longPolling)
            scenario.clients = 1
            scenario.arrivals = .saturate
            scenario.warmup = .zero
            scenario.ratePerSecond = 50
            scenario.duration = .milliseconds(200)
            try withServer({ $0.settings.batchLimit = 1 }) { server in
                var plan = LoadPlan(
                    transport: .longPolling, scenario: scenario, headers: .minimal,
                    server: server.address)
                plan.recordsGaps = true
                plan.delay = LinkProfile(roundTripTime: .milliseconds(4))
                var generator = LoadGenerator([plan])
                var control = ControlledServer(server: server)
                let round = try #require(try generator.run(&control).first)
                #expect(round.recorder.gaps.moments == 10)
                #expect(round.recorder.gaps.gaps.count == 9)
                #expect(round.recorder.gaps.gaps.minimum >= 4_000_000, "a round trip at least")
                #expect(
                    round.result.deliveries
                        == DeliveryCount(
                            expected: 10, received: 10, perSecond: round.result.deliveries.perSecond
                        ))
            }
        }

        @Test("says what stands in the way when no client can connect")
        func nobodyThere() throws {
            var nowhere: LabServer?
            try withServer { nowhere = $0 }
            let address = try #require(nowhere?.address)
            var scenario = scenario(.serverSentEvents)
            scenario.clients = 2
            try withServer { server in
                var control = ControlledServer(server: server)
                var calls = 0
                var generator = LoadGenerator(
                    [
                        LoadPlan(
                            transport: .serverSentEvents, scenario: scenario, headers: .minimal,
                            server: address)
                    ],
                    isInterrupted: {
                        calls += 1
                        return calls > 20
                    })
                // The round waits for ten seconds, unless the user does not want to.
                let result = try #require(try generator.run(&control).first).result
                #expect(
                    result.partial && result.deliveries == DeliveryCount(expected: 0, received: 0))
            }
        }
    }
}
