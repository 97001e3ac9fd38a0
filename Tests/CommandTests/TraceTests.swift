import Foundation
import Link
import Measurement
import Reporting
import Simulation
import Testing
import Transports
import Wire

@testable import pushbench

/// What `pushbench trace` tells of a recording. Here the recording is a simulation's, so that every
/// moment is exact. Two tellings are on file; with PUSHBENCH_RECORD=1 in the environment they are
/// written anew, for a review to judge.
@Suite("A trace")
struct TraceTests {
    private static let golden = GoldenText(folder: "Traces")

    /// An exchange as it would be recorded on a perfect machine.
    private static func exchange(
        _ transport: Transport, _ connection: ConnectionPolicy = .keepAlive,
        times: [Duration] = [.milliseconds(310), .milliseconds(340), .milliseconds(420)]
    ) -> RecordedExchange {
        var plan = TracePlan(transport: transport)
        plan.events = times.count
        plan.connection = connection
        var simulated = SimulationPlan(
            transport: transport, link: LinkProfile(roundTripTime: plan.roundTripTime),
            schedule: .times(times))
        simulated.connection = connection
        simulated.leadIn = .zero
        simulated.recordsMessages = true
        let result = Simulation.run(simulated)
        let link = LinkResult(
            tier: "mirror", rttNanoseconds: plan.roundTripTime.nanoseconds,
            rttEffectiveNanoseconds: plan.roundTripTime.nanoseconds)
        var exchange = RecordedExchange(plan: plan, link: link, authority: "127.0.0.1:8080")
        exchange.scheduleStart = result.scheduleStart
        exchange.messages = result.messages.compactMap { message in
            message.sent.map { RecordedExchange.Message(message, sent: $0) }
        }
        exchange.events = result.deliveries.map {
            Ladder.Event(id: $0.id, due: $0.due, arrived: $0.arrived)
        }
        return exchange
    }

    private static func page(_ exchange: RecordedExchange, width: Int = 100) -> String {
        let page = TracePage(exchange: exchange, width: width)
        let steps = Narration(exchange: exchange, width: width).steps().flatMap(\.lines)
        return (page.opening() + steps + page.closing())
            .map { $0.render(color: false) + "\n" }.joined()
    }

    @Test("is told as the text on file", arguments: [Transport.longPolling, .webSocket])
    func telling(transport: Transport) throws {
        try Self.golden.expect(
            Self.page(Self.exchange(transport)), toBe: "\(transport.id).txt")
    }

    @Test(
        "fits on its page", arguments: Transport.all, [80, 100])
    func width(transport: Transport, width: Int) {
        for connection in ConnectionPolicy.allCases {
            let page = Self.page(Self.exchange(transport, connection), width: width)
            #expect(page.split(separator: "\n").filter { $0.count > width } == [])
        }
    }

    @Test("tells of every event when it is due and what its latency is made of")
    func latencies() {
        let page = Self.page(Self.exchange(.longPolling))
        #expect(page.contains("Event 1 took 50.0 ms: nothing but the way."))
        #expect(
            page.contains(
                "Event 2 took 120 ms: 70.0 ms waiting for a question and 50.0 ms on its way."))
        #expect(page.contains("3 of 3 events, in order"))
    }

    @Test("blames the blind window of polling, and never a stream", arguments: Transport.all)
    func blindness(transport: Transport) {
        let page = Self.page(Self.exchange(transport))
        #expect(page.contains("the blind window.") == (transport.theory.kind == .polling))
        #expect(page.contains("It leaves at once.") == (transport.theory.kind == .streaming))
    }

    @Test("agrees with theory to the digit, on a perfect machine", arguments: Transport.all)
    func theory(transport: Transport) throws {
        for connection in ConnectionPolicy.allCases {
            let page = Self.page(Self.exchange(transport, connection))
            for name in ["latency, mean", "latency, greatest"] {
                let line = try #require(page.split(separator: "\n").first { $0.contains(name) })
                let figures = line.matches(of: #/[0-9.]+ (?:ms|s)\b/#).map(\.0)
                #expect(figures.count == 2)
                #expect(figures.first == figures.last, "\(transport.id) \(connection): \(line)")
            }
        }
    }

    @Test("says what is missing when an exchange ended early")
    func failure() {
        var exchange = Self.exchange(.serverSentEvents)
        exchange.events.removeLast()
        exchange.failure = "1 event did not arrive"
        let page = Self.page(exchange)
        #expect(page.contains("2 of 3 events, in order"))
        #expect(page.contains("1 event did not arrive"))
    }

    @Test("delivers all of its events in order, over real sockets", arguments: Transport.all)
    func live(transport: Transport) throws {
        for connection in ConnectionPolicy.allCases {
            var plan = TracePlan(transport: transport)
            plan.roundTripTime = .milliseconds(4)
            plan.ratePerSecond = 200
            plan.events = 6
            plan.connection = connection
            plan.pollInterval = .milliseconds(10)
            let exchange = try TraceRun.recordDelayed(plan)
            #expect(exchange.failure == nil)
            #expect(exchange.events.map(\.id) == [1, 2, 3, 4, 5, 6])
            let crossed = exchange.content.filter { $0.arrived != nil }
            #expect(crossed.allSatisfy { $0.ledger.total == $0.bytes.count })
            #expect(crossed.allSatisfy { $0.arrived ?? .distantPast >= $0.sent })
            #expect(Narration(exchange: exchange, width: 80).steps().count > 12)
        }
    }

    @Test(
        "takes an answer that went in pieces as one, and a hundred thousand bytes as well",
        arguments: [Transport.longPolling, .webSocket])
    func large(transport: Transport) throws {
        var plan = TracePlan(transport: transport)
        plan.roundTripTime = .milliseconds(2)
        plan.ratePerSecond = 1000
        plan.payloadBytes = 64 << 10
        plan.events = 8
        let exchange = try TraceRun.recordDelayed(plan)
        #expect(exchange.failure == nil)
        #expect(exchange.events.map(\.id) == Array(1...8))
        #expect(exchange.content.reduce(0) { $0 + $1.ledger[.payload] } == 8 * plan.payloadBytes)
        let answers = exchange.content.filter { $0.way == .down }
        #expect(transport.theory.kind == .streaming || answers.allSatisfy { $0.firstLine != nil })
    }

    @Test("names the techniques when it is asked for none, and the limits of its options")
    func usage() {
        let command = Command.trace.spec
        #expect(
            throws: UsageError(
                place: "pushbench trace", problem: "TECHNIQUE is missing",
                remedy: "write one of " + Transport.all.map(\.id).joined(separator: ", "))
        ) { try command.parse([]) }
        #expect(throws: UsageError.self) { try command.parse(["sse", "--events", "101"]) }
        #expect(throws: UsageError.self) { try command.parse(["sse", "--speed", "2"]) }
    }
}

extension RecordedExchange.Message {
    /// A simulated message, as if it had been recorded.
    fileprivate init(_ message: SimulatedMessage, sent: Instant) {
        var ledger = ByteLedger()
        for run in message.runs { ledger[run.byteClass] += run.count }
        let kind: Kind =
            switch message.kind {
            case .opening: .opening
            case .acceptance: .acceptance
            case .content, .acknowledgement: .content
            case .end: .end
            }
        self.init(
            connection: message.connection, way: message.way, kind: kind, bytes: message.bytes,
            ledger: ledger, ids: message.ids, cursor: message.way == .down ? 0 : nil, sent: sent,
            arrived: message.arrived)
    }
}
