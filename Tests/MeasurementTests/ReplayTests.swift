import Link
import Measurement
import Testing

/// Milliseconds as the nanoseconds that theory counts in.
private func ms(_ value: Double) -> Double { value * 1e6 }

@Suite("Replay")
struct ReplayTests {
    /// Poisson arrivals at so many events in a blind window of 20 ms.
    private static func conditions(
        eventsInWindow: Double, events: Double = 200_000, connection: ConnectionPolicy = .keepAlive
    ) -> Conditions {
        let window = connection == .keepAlive ? 0.020 : 0.040
        let rate = eventsInWindow / window
        let end = Duration.seconds(events / rate)
        return Conditions(
            roundTrip: ms(20), connection: connection,
            schedule: ArrivalSchedule.dueTimes(
                .poisson, ratePerSecond: rate, seed: 11, before: end),
            window: 0..<Double(end.nanoseconds), hold: .infinity)
    }

    private static func isClose(_ value: Double?, _ law: Double?, within share: Double) -> Bool {
        guard let value, let law else { return false }
        return abs(value / law - 1) <= share
    }

    // 200,000 events: the mean of few and short waits, at 0.1, has a standard deviation of 0.8 %.
    @Test(
        "agrees with the law of long polling", arguments: [0.1, 0.5, 1, 2, 5],
        ConnectionPolicy.allCases)
    func longPolling(eventsInWindow: Double, connection: ConnectionPolicy) throws {
        let conditions = Self.conditions(eventsInWindow: eventsInWindow, connection: connection)
        let window = conditions.blindWindow.duration
        let rate = eventsInWindow / window * 1e9
        let law = LongPollLaw(window: window, ratePerSecond: rate)
        let summary = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        let latency = summary.latency
        let mean = try #require(latency.mean) - ms(10)
        #expect(Self.isClose(mean, law.meanWait, within: 0.025))
        #expect(Self.isClose(summary.requestsPerEvent, law.requestsPerEvent, within: 0.01))
        #expect(abs(try #require(latency.p99) - ms(10) - law.quantile(0.99)) < 0.01 * window)
        #expect(abs(try #require(latency.p50) - ms(10) - law.quantile(0.5)) < 0.02 * window)
        #expect(try #require(latency.max) <= conditions.blindWindow.worstLatency(down: ms(10)) + 1)
        #expect(Self.isClose(summary.minimumGap, window, within: 1e-6))
    }

    @Test("agrees with the law of hold times", arguments: [(0.5, 20.0), (0.1, 100), (1, 5)])
    func holds(eventsInWindow: Double, hold: Double) throws {
        var conditions = Self.conditions(eventsInWindow: eventsInWindow)
        conditions.hold = ms(hold)
        let law = LongPollLaw(
            window: ms(20), ratePerSecond: eventsInWindow * 50, hold: ms(hold))
        let summary = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        let empty = Double(summary.emptyAnswers) / Double(summary.answers)
        #expect(Self.isClose(empty, law.emptyShare, within: 0.02))
        #expect(Self.isClose(summary.requestsPerEvent, law.requestsPerEvent, within: 0.01))
        #expect(
            Self.isClose(try #require(summary.latency.mean) - ms(10), law.meanWait, within: 0.02))
    }

    @Test("agrees with the queue of one event an answer", arguments: [0.1, 0.5, 0.7])
    func singleAnswers(load: Double) throws {
        var conditions = Self.conditions(eventsInWindow: load)
        conditions.batchLimit = 1
        let law = SingleAnswerLaw(window: ms(20), ratePerSecond: load * 50)
        let summary = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        #expect(
            Self.isClose(try #require(summary.latency.mean) - ms(10), law.meanWait, within: 0.03))
        #expect(
            abs(try #require(summary.latency.p99) - ms(10) - (try #require(law.quantile(0.99))))
                < 0.05 * (try #require(law.quantile(0.99))))
        #expect(Self.isClose(summary.requestsPerEvent, 1, within: 1e-3))
        #expect(summary.eventsPerAnswer == 1)
    }

    @Test("lets the backlog grow when answers are too slow")
    func overload() throws {
        var conditions = Self.conditions(eventsInWindow: 1.5, events: 30_000)
        conditions.batchLimit = 1
        let replay = Replay.polling(conditions, pace: .held)
        let growth = SingleAnswerLaw(window: ms(20), ratePerSecond: 75).backlogGrowth
        // The last event waits for the whole backlog: growth × time, at W each.
        let backlog = growth * conditions.window.upperBound / 1e9
        #expect(Self.isClose(replay.waits.last, backlog * ms(20), within: 0.05))
    }

    @Test("agrees with the law of short polling", arguments: [0.2, 1, 10])
    func shortPolling(eventsInInterval: Double) throws {
        var conditions = Self.conditions(eventsInWindow: eventsInInterval, events: 20_000)
        conditions.pollInterval = ms(100)
        let law = ShortPollLaw(
            pollInterval: ms(100), window: ms(20), ratePerSecond: eventsInInterval * 50)
        let replays = (0..<8).map {
            Replay.polling(conditions, pace: .fixedRate(phase: ms(100) * Double($0) / 8))
        }
        let summary = ReplaySummary(replays, in: conditions.window)
        #expect(
            Self.isClose(try #require(summary.latency.mean) - ms(10), law.meanWait, within: 0.02))
        #expect(
            Self.isClose(
                try #require(summary.latency.p99) - ms(10), law.quantile(0.99), within: 0.01)
        )
        #expect(Self.isClose(summary.requestsPerEvent, law.requestsPerEvent, within: 0.02))
        #expect(try #require(summary.latency.max) <= ms(110) + 1)
        // Gaps are whole intervals.
        #expect(Self.isClose(summary.minimumGap, ms(100), within: 1e-6))
    }

    @Test("paces short polling by the round trip where that is longer than the timer")
    func slowShortPolling() {
        var conditions = Self.conditions(eventsInWindow: 2, events: 2000)
        conditions.connection = .close
        conditions.pollInterval = ms(5)
        let replay = Replay.polling(conditions, pace: .fixedRate(phase: 0))
        let summary = ReplaySummary([replay], in: conditions.window)
        #expect(Self.isClose(summary.minimumGap, ms(40), within: 1e-6))
        // Each question's own handshake comes before it.
        let first = replay.exchanges[10]
        #expect(abs(first.arrived - first.asked - ms(10)) < 1)
    }

    @Test("keeps events apart, in order, and each in one answer")
    func complete() {
        var conditions = Self.conditions(eventsInWindow: 3, events: 2000)
        conditions.batchLimit = 2
        for pace in [Replay.Pace.held, .fixedRate(phase: ms(3))] {
            let replay = Replay.polling(conditions, pace: pace)
            let places = replay.exchanges.flatMap { Array($0.events) }
            #expect(places == Array(conditions.schedule.indices))
            #expect(replay.exchanges.allSatisfy { $0.events.count <= 2 })
            #expect(replay.waits.allSatisfy { $0 >= 0 && $0.isFinite })
        }
    }

    // MARK: - Periodic arrivals

    private static func periodic(interval: Double, count: Int, phase: Double = 0) -> Conditions {
        let schedule = (1...count).map { Double($0) * interval + phase }
        return Conditions(
            roundTrip: ms(100), schedule: schedule, window: 0..<(schedule.last ?? 0) + 1,
            hold: .infinity)
    }

    @Test("has no waits when events are further apart than the blind window")
    func sparse() throws {
        let conditions = Self.periodic(interval: ms(101), count: 500)
        let summary = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        #expect(abs(try #require(summary.latency.max) - ms(50)) < 1)
        #expect(Self.isClose(summary.requestsPerEvent, 1, within: 0.01))
    }

    @Test("has an answer a window when they are closer, and the phase decides the mean")
    func dense() throws {
        // 2.5 events a window: the waits are 0, 20, 40, 60, 80 in some order.
        let conditions = Self.periodic(interval: ms(40), count: 5000)
        let summary = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        #expect(Self.isClose(summary.requestsPerEvent, 0.4, within: 0.01))
        let mean = try #require(summary.latency.mean) - ms(50)
        #expect(abs(mean - ms(50)) <= ms(20))
        #expect(abs(mean - ms(40)) < ms(0.1))
    }

    @Test("sees periodic arrivals lock to the polls where the closed form sees an average")
    func locked() throws {
        // One event a window, to the nanosecond: none ever waits, where Poisson has 0.37 R.
        let conditions = Self.periodic(interval: ms(100), count: 1500)
        let summary = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        #expect(abs(try #require(summary.latency.mean) - ms(50)) < 1)
        // And 0.1 % faster, the phase creeps: the finite run is far from half a window.
        let creeping = Self.periodic(interval: ms(99.99), count: 1500)
        let slow = ReplaySummary([.polling(creeping, pace: .held)], in: creeping.window)
        #expect(try #require(slow.latency.mean) - ms(50) < ms(20))
    }

    // MARK: - Streams

    @Test("has every event of a stream after one transit")
    func streams() throws {
        var conditions = Self.conditions(eventsInWindow: 1, events: 2000)
        conditions.delivery = ms(0.25)
        let summary = ReplaySummary([.stream(conditions)], in: conditions.window)
        #expect(abs(try #require(summary.latency.max) - ms(10.25)) < 1)
        #expect(summary.requests == 0)
    }

    @Test("lets events of a stream wait for each other on a slow link")
    func slowLink() {
        let conditions = Conditions(roundTrip: ms(20), schedule: [0, 0, ms(5)], window: 0..<ms(9))
        let replay = Replay.stream(conditions) { _ in ms(3) }
        #expect(replay.latencies == [ms(13), ms(16), ms(14)])
    }

    @Test("has Nagle's algorithm make a stream a long poll", arguments: [0.8, 2])
    func nagle(eventsInRoundTrip: Double) throws {
        let conditions = Self.conditions(eventsInWindow: eventsInRoundTrip)
        let law = TCPLaw.nagleLaw(roundTrip: ms(20), ratePerSecond: eventsInRoundTrip * 50)
        let replay = Replay.nagleStream(conditions)
        let summary = ReplaySummary([replay], in: conditions.window)
        #expect(
            Self.isClose(try #require(summary.latency.mean) - ms(10), law.meanWait, within: 0.015))
        #expect(
            Self.isClose(
                Double(replay.exchanges.count) / Double(conditions.schedule.count),
                law.requestsPerEvent, within: 0.01))
    }

    // MARK: - The window

    @Test("counts as the load generator does: events by their due time, the rest by the client's")
    func window() {
        // Events 10 ms before, in and 10 ms before the end of a window that is 100 ms long.
        let conditions = Conditions(
            roundTrip: ms(40), schedule: [ms(90), ms(150), ms(190)], window: ms(100)..<ms(200))
        let summary = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        // Due in it: the last two. Read in it: the first two, at 110 and 170 ms, asked again then.
        #expect(summary.due == 2)
        #expect(summary.events == 2)
        #expect(summary.answers == 2)
        #expect(summary.requests == 2)
        #expect(summary.minimumGap == ms(60))
    }

    @Test("counts the empty answers of a quiet source, and ends")
    func quiet() {
        let conditions = Conditions(
            roundTrip: 0, schedule: [], window: 0..<100e9, pollInterval: 1e9, hold: 25e9)
        let held = ReplaySummary([.polling(conditions, pace: .held)], in: conditions.window)
        #expect(held.emptyAnswers == 3)
        let short = Replay.polling(conditions, pace: .fixedRate(phase: 0.5e9))
        #expect(ReplaySummary([short], in: conditions.window).emptyAnswers == 100)
        #expect(held.requestsPerEvent == nil && held.eventsPerAnswer == nil)
        #expect(held.latency == PredictedLatency())
    }
}
