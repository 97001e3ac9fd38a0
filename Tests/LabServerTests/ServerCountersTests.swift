import Link
import Measurement
import Testing
import Transports

@testable import LabServer

@Suite("The server's counters")
struct ServerCountersTests {
    /// Counters of which every number is another multiple of `unit`.
    private func counters(_ unit: Int) -> ServerCounters {
        var counters = ServerCounters(techniques: 2)
        for index in 0...1 {
            counters.techniques[index].connections = unit * (1 + index * 10)
            counters.techniques[index].requests = unit * (2 + index * 10)
            counters.techniques[index].deliveries = unit * (3 + index * 10)
            counters.techniques[index].dropped = unit * (4 + index * 10)
            counters.techniques[index].sentBytes = unit * (5 + index * 10)
            counters.techniques[index].sends = unit * (6 + index * 10)
            counters.techniques[index].receives = unit * (7 + index * 10)
            counters.techniques[index].answers = unit * (8 + index * 10)
            counters.techniques[index].emptyAnswers = unit * (9 + index * 10)
            counters.techniques[index].subscribers = unit * (21 + index * 10)
            counters.techniques[index].parked = unit * (22 + index * 10)
            counters.techniques[index].parkedNanoseconds = Int64(unit * (23 + index * 10))
            counters.techniques[index].parkedAtPublish = unit * (24 + index * 10)
            counters.techniques[index].slowReaders = unit * (25 + index * 10)
            // The most of one client: no sum.
            counters.techniques[index].backlogPeakBytes = 26 + index * 10
        }
        counters.connections = unit * 31
        counters.accepted = unit * 32
        counters.receivedBytes = unit * 33
        counters.backlogBytes = unit * 34
        counters.heldBytes = unit * 37
        counters.heldPeakBytes = unit * 38
        counters.disconnects = [.finished: unit * 35]
        counters.protocolErrors = ["cursor": unit * 36]
        return counters
    }

    private func text(_ counters: ServerCounters) -> String {
        String(
            decoding: OpenMetrics.render(
                counters, transports: [.serverSentEvents, .webSocket],
                configuration: ServerConfiguration()),
            as: UTF8.self)
    }

    @Test("add up over the loops")
    func add() {
        var sum = counters(1)
        sum.add(counters(2))
        #expect(text(sum) == text(counters(3)))
        #expect(snapshot(sum) == snapshot(counters(3)))
    }

    private func snapshot(_ counters: ServerCounters) -> ServerSnapshot {
        counters.snapshot(
            of: [.serverSentEvents, .webSocket], since: Instant(nanoseconds: 1),
            at: Instant(nanoseconds: 2))
    }

    @Test("are told by technique, each number under its name")
    func snapshot() {
        #expect(
            snapshot(counters(1)).technique("websocket")
                == ServerSnapshot.Technique(
                    id: "websocket", subscribers: 31, parked: 32, requests: 12, answers: 18,
                    emptyAnswers: 19, deliveries: 13, sends: 16, receives: 17,
                    parkedNanoseconds: 33, parkedAtPublish: 34,
                    slowReaders: SlowReaders(
                        disconnected: 35, droppedEvents: 14, backlogPeakBytes: 36)))
        #expect(snapshot(counters(1)).heldPeakBytes == 38)
    }

    @Test("count an event once, though every loop has it")
    func events() {
        var sum = ServerCounters(techniques: 0)
        for events in [4, 7, 6] {
            var other = ServerCounters(techniques: 0)
            other.events = events
            sum.add(other)
        }
        #expect(sum.events == 7)
    }

    @Test("keep reasons and rules apart")
    func labels() {
        var sum = counters(1)
        var other = ServerCounters(techniques: 2)
        other.disconnects = [.lost: 2]
        other.protocolErrors = ["http-method": 3]
        sum.add(other)
        #expect(sum.disconnects == [.finished: 35, .lost: 2])
        #expect(sum.protocolErrors == ["cursor": 36, "http-method": 3])
    }

    @Test("are the sum of what the loops laid down last")
    func board() {
        let board = CounterBoard(loops: 2, techniques: 2)
        #expect(text(board.total) == text(ServerCounters(techniques: 2)))
        board.set(counters(5), of: 0)
        board.set(counters(1), of: 1)
        board.set(counters(2), of: 0)
        #expect(text(board.total) == text(counters(3)))
    }
}
