import LabServer
import Link
import LoadGen
import Measurement
import Testing
import Transports

extension Live {
    /// Rounds whose connections fail, over real sockets. How long anything takes is not asserted; who
    /// notices at all, and that nothing is lost, is.
    @Suite("A round with a fault")
    struct FaultTests {
        private static let clients = 3
        private static let some: [Transport] = [
            .shortPolling, .longPolling, .serverSentEvents, .webSocket,
        ]

        /// About 80 events in 0.4 s or a bit more, of which the fault takes 0.15 s.
        private func run(
            _ transport: Transport, _ kind: FaultKind, for length: Duration = .milliseconds(150),
            heartbeat: Duration = .zero, payload: Int = 100,
            server configure: (inout ServerConfiguration) -> Void = { _ in }
        ) throws -> TransportResult {
            let order = FaultOrder(
                kind: kind, start: .milliseconds(100), length: length, heartbeats: [heartbeat])
            let scenario = Scenario(
                transports: [transport.id], clients: Self.clients, ratePerSecond: 200,
                payloadBytes: payload, connectRatePerSecond: 10_000, warmup: .milliseconds(50),
                duration: length + .milliseconds(250), drainLimit: .seconds(10),
                pollInterval: .milliseconds(15), hold: .milliseconds(300), headers: "minimal",
                seed: 11, backlogLimitBytes: 1 << 20, fault: order)
            var measured: TransportResult?
            try withServer {
                $0.settings.hold = scenario.hold
                $0.heartbeat = heartbeat
                configure(&$0)
            } _: { server in
                var plan = LoadPlan(
                    transport: transport, scenario: scenario, headers: .minimal,
                    server: server.address(of: transport))
                plan.fault = FaultPlan(
                    order, heartbeat: heartbeat, means: "clients", isLinkCut: false)
                var generator = LoadGenerator([plan])
                var control = ControlledServer(server: server)
                measured = try generator.run(&control).first?.result
            }
            return try #require(measured)
        }

        /// Everybody got everything, and came back.
        private func expectRecovery(
            _ result: TransportResult, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let fault = try #require(result.fault, sourceLocation: sourceLocation)
            #expect(result.deliveries.expected > 0, sourceLocation: sourceLocation)
            #expect(result.deliveries.undelivered == 0, sourceLocation: sourceLocation)
            #expect(result.deliveries.isBalanced, sourceLocation: sourceLocation)
            #expect(fault.clients == Self.clients, sourceLocation: sourceLocation)
            #expect(fault.recovered?.count == Self.clients, sourceLocation: sourceLocation)
            #expect(result.warnings == [], sourceLocation: sourceLocation)
            #expect(result.prediction?.verdict.description.hasPrefix("not applicable") == true)
        }

        @Test(
            "that resets every connection is noticed by both sides, and loses nothing",
            arguments: Transport.all)
        func reset(transport: Transport) throws {
            let result = try run(transport, .reset)
            try expectRecovery(result)
            let fault = try #require(result.fault)
            #expect(fault.lengthNanoseconds == 0)
            #expect(fault.clientNoticed?.count == Self.clients)
            #expect(fault.serverNoticed?.count == Self.clients)
            #expect(fault.serverReasons == ["lost": Self.clients])
            #expect(result.reconnects == Self.clients)
        }

        @Test("whose clients do not read for a while loses nothing", arguments: some)
        func stall(transport: Transport) throws {
            let result = try run(transport, .stall)
            try expectRecovery(result)
            // Within so little time nobody has reason to give anything up.
            #expect(result.fault?.clientNoticed == nil && result.fault?.serverNoticed == nil)
            #expect(result.reconnects == 0)
        }

        @Test(
            "whose clients sleep for longer than the server waits is noticed by the server alone",
            arguments: [Transport.serverSentEvents, .webSocket])
        func longStall(transport: Transport) throws {
            let result = try run(transport, .stall, for: .milliseconds(900), payload: 2000) {
                $0.deadAfter = .milliseconds(300)
            }
            try expectRecovery(result)
            let fault = try #require(result.fault)
            #expect(fault.serverReasons == ["dead": Self.clients])
            // The clients find out when they wake up.
            #expect((fault.clientNoticed?.first ?? 0) >= 900_000_000)
        }

        @Test(
            "that holds everything back above TCP is noticed by clients that are owed heartbeats",
            arguments: some)
        func blackhole(transport: Transport) throws {
            let result = try run(
                transport, .blackhole, for: .seconds(1), heartbeat: .milliseconds(100))
            try expectRecovery(result)
            let fault = try #require(result.fault)
            #expect(fault.clientNoticed?.count == Self.clients)
            // Nobody gives up earlier than the rule has it: 2.5 heartbeats, of a held poll behind
            // its hold time.
            let patience: Int64 = transport == .longPolling ? 550_000_000 : 250_000_000
            let slack: Int64 = 50_000_000
            #expect((fault.clientNoticed?.first ?? 0) >= patience - slack)
        }

        @Test("is waited out where there are no heartbeats", arguments: some)
        func patient(transport: Transport) throws {
            let result = try run(transport, .blackhole, for: .milliseconds(400))
            try expectRecovery(result)
            #expect(result.fault?.clientNoticed == nil)
            #expect(result.reconnects == 0)
        }
    }
}
