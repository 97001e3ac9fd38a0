import Link
import Measurement
import Simulation
import Testing
import Transports
import Wire

@Suite("A simulation")
struct SimulationTests {
    /// A link on which everything goes wrong that can.
    private static let bad = LinkProfile(
        roundTripTime: .milliseconds(40), jitter: .milliseconds(15), lossRate: 0.05,
        down: Bandwidth(bitsPerSecond: 500_000), up: Bandwidth(bitsPerSecond: 250_000))

    private static func plan(_ transport: Transport, seed: UInt64 = 7) -> SimulationPlan {
        var plan = SimulationPlan(
            transport: transport, link: bad,
            schedule: .arrivals(.poisson, ratePerSecond: 20, events: 150))
        plan.clients = 3
        plan.payloadBytes = 700
        plan.pollInterval = .milliseconds(300)
        plan.seed = seed
        plan.recordsMessages = true
        return plan
    }

    @Test(
        "is the same again from the same seed, and another from another",
        arguments: Transport.all)
    func determinism(transport: Transport) {
        let first = Simulation.run(Self.plan(transport))
        let second = Simulation.run(Self.plan(transport))
        let other = Simulation.run(Self.plan(transport, seed: 8))
        #expect(first == second)
        #expect(first != other)
    }

    @Test(
        "loses, repeats and reorders nothing, on a link that does all of that",
        arguments: Transport.all, ConnectionPolicy.allCases)
    func faultless(transport: Transport, connection: ConnectionPolicy) {
        for seed in UInt64(1)...3 {
            var plan = Self.plan(transport, seed: seed)
            plan.connection = connection
            let result = Simulation.run(plan)
            #expect(result.isFaultless)
            #expect(result.deliveries.count == 450)
            for client in 0..<3 {
                let ids = result.deliveries.filter { $0.client == client }.map(\.id)
                #expect(ids == Array(result.firstID..<result.firstID + 150))
            }
        }
    }

    @Test(
        "delivers a connection's messages in the order in which they were written",
        arguments: Transport.all)
    func order(transport: Transport) {
        let messages = Simulation.run(Self.plan(transport)).messages.filter { $0.kind == .content }
        for way in LinkDirection.Way.allCases {
            var last: [Int: Instant] = [:]
            for message in messages where message.way == way {
                guard let arrived = message.arrived, let sent = message.sent else { continue }
                #expect(sent >= message.written && arrived > sent)
                #expect(arrived >= last[message.connection, default: .distantPast])
                last[message.connection] = arrived
            }
        }
    }

    @Test(
        "closes its ledgers: what was sent is what was read, class by class",
        arguments: Transport.all, ConnectionPolicy.allCases)
    func ledgers(transport: Transport, connection: ConnectionPolicy) throws {
        var plan = Self.plan(transport)
        plan.connection = connection
        plan.clients = 1
        plan.history = 3
        plan.leadIn = .zero
        let result = Simulation.run(plan)
        let start = try #require(result.scheduleStart)
        let end = try #require(result.lastArrival)
        var up = ByteLedger()
        var down = ByteLedger()
        for message in result.messages where message.kind == .content {
            #expect(message.runs.reduce(0) { $0 + $1.count } == message.bytes.count)
            var ledger = ByteLedger()
            for run in message.runs { ledger[run.byteClass] += run.count }
            switch message.way {
            // The schedule begins when the first answer has been read, and the next poll written.
            case .up where message.written > start && message.written <= end: up += ledger
            case .down:
                guard let arrived = message.arrived, arrived > start, arrived <= end else { break }
                down += ledger
            default: break
            }
        }
        #expect(result.down == down)
        #expect(result.up == up)
    }

    @Test(
        "lets a client speak one round trip after it decided to connect", arguments: Transport.all)
    func connecting(transport: Transport) throws {
        var plan = Plans.poisson(
            transport, roundTrip: .milliseconds(100), perRoundTrip: 1, events: 1)
        plan.recordsMessages = true
        let messages = Simulation.run(plan).messages
        #expect(messages.prefix(3).map(\.kind) == [.opening, .acceptance, .content])
        #expect(messages[2].sent == Instant(nanoseconds: 100_000_000))
        #expect(messages[2].arrived == Instant(nanoseconds: 150_000_000))
    }

    @Test("repairs a stream by what follows, and a poll only by the clock")
    func repair() throws {
        func result(_ transport: Transport) -> [Int64] {
            var plan = SimulationPlan(
                transport: transport,
                link: LinkProfile(roundTripTime: .milliseconds(20), lossRate: 0.05),
                schedule: .arrivals(.periodic, ratePerSecond: 50, events: 1000))
            plan.seed = 3
            return Simulation.run(plan).latencies.sorted()
        }
        let stream = result(.webSocket)
        let poll = result(.longPolling)
        // Nineteen in twenty cross unharmed; the next event is 20 ms behind and tells of the loss.
        #expect(stream[500] == 10_000_000)
        #expect(stream[980] <= 60_000_000)
        #expect(poll[980] >= 220_000_000)
    }

    @Test("sends heartbeats when nothing else was said", arguments: Transport.all)
    func heartbeats(transport: Transport) {
        var plan = SimulationPlan(
            transport: transport, link: LinkProfile(roundTripTime: .milliseconds(10)),
            schedule: .times([.seconds(40)]))
        plan.leadIn = .zero
        let result = Simulation.run(plan)
        #expect(result.isFaultless)
        // At 15 s and 30 s.
        #expect((result.down[.heartbeat] > 0) == !transport.isPolling)
        // The hold time passed once in the 40 s.
        if transport.isHeld { #expect(result.emptyAnswers == 1) }
    }

    @Test("ends an answer that is long enough, and the client resumes", arguments: Transport.all)
    func recycling(transport: Transport) {
        var plan = Plans.poisson(transport, roundTrip: .milliseconds(20), perRoundTrip: 1)
        plan.responseLimit = 1000
        let result = Simulation.run(plan)
        #expect(result.isFaultless)
        #expect((result.requests > 10) || transport.isPolling)
    }
}
