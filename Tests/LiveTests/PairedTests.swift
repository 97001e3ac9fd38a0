import Glibc
import LabServer
import LoadGen
import Reactor
import Testing
import Transports
import Wire

extension Live {
    /// Two servers in turn. Nothing here is about time: what is asserted are counts.
    @Suite("Pairs")
    struct PairedTests {
        private static let clients = 3

        private func plan(
            _ transport: Transport, _ base: LabServer, _ change: LabServer
        ) -> PairedPlan {
            func server(_ server: LabServer) -> PairedServer {
                PairedServer(
                    http: server.address, raw: server.bareAddresses.first?.address,
                    processID: nil)
            }
            return PairedPlan(
                transport: transport, base: server(base), change: server(change),
                clients: Self.clients, pairs: 2, slice: .milliseconds(5), payloadBytes: 100,
                seed: 1, processor: nil)
        }

        @Test("deliver every event to every client, slice by slice", arguments: Transport.all)
        func slices(transport: Transport) throws {
            let index = try #require(Transport.all.firstIndex(of: transport))
            try withServer { base in
                let counters = try withServer { change in
                    let slices = try PairedSlices.measure(plan(transport, base, change))
                    #expect(slices.pairs.count == 2)
                    for slice in slices.pairs.flatMap({ [$0.base, $0.change] }) {
                        #expect(slice.events > 0)
                        #expect(slice.deliveries == slice.events * Self.clients)
                        #expect(slice.latencyP50Nanoseconds ?? 0 > 0)
                        #expect(slice.cpuNanosecondsPerDelivery == nil)
                    }
                    // Three a slice: its beginning, the end of its first tenth, and its end.
                    #expect(slices.lateness.count == 2 * 2 * 3)
                }
                #expect(counters.techniques[index].deliveries >= counters.events)
            }
        }

        @Test("ask once an event where a client has to ask")
        func polls() throws {
            for transport in [Transport.shortPolling, .longPolling] {
                let index = try #require(Transport.all.firstIndex(of: transport))
                var turns = 0
                let counters = try withServer { server in
                    var loop = try ClosedLoop.make(
                        ClosedLoopPlan(
                            transport: transport, http: server.address,
                            subscription: server.address, clients: Self.clients, seed: 1))
                    for _ in 0..<20 { try loop.turn() }
                    turns = loop.events
                    loop.leave()
                }
                #expect(counters.events == turns)
                // The first poll tells the cursor, and a long poll is out when the clients leave.
                let perClient = counters.techniques[index].requests / Self.clients
                #expect((turns + 1...turns + 2).contains(perClient))
            }
        }

        @Test("read what a process has cost")
        func processorTime() throws {
            try withServer { server in
                var loop = try ClosedLoop.make(
                    ClosedLoopPlan(
                        transport: .webSocket, http: server.address,
                        subscription: server.address, clients: 1, seed: 1))
                var lateness: [Int64] = []
                // The server is in this process here, and so are the clients.
                let slice = try loop.slice(
                    lasting: .milliseconds(5), of: getpid(), lateness: &lateness)
                #expect(slice.cpuNanosecondsPerDelivery ?? 0 > 0)
                loop.leave()
            }
        }

        @Test("say that a server takes no posts")
        func refusal() throws {
            try withServer({ $0.settings.limits.bodyBytes = 10 }) { server in
                let error = #expect(throws: LoadError.self) {
                    try PairedSlices.measure(plan(.serverSentEvents, server, server))
                }
                #expect(error?.description.contains("answers POST /events with 413") == true)
            }
        }
    }
}
