/// What happens to every event of a schedule: theory without a distribution.
///
/// The harness knows when its events are due, so that a prediction need not speak of Poisson at
/// all: it is enough to walk through the schedule once with the law of the technique.
///
///     next := parked; i := 0
///     while i < n:
///         s := max(next, t[i])          meets a parked question, or waits for the next one
///         take all j ≥ i with t[j] ≤ s  or `batchLimit` of them
///         L[j] := s - t[j] + d
///         next := s + W                 the blind window
///
/// There is no sampling error in this, and it is right where closed forms are not: loads near 1,
/// short runs, periodic arrivals that lock to the polls.
package struct Replay: Sendable {
    /// One question and its answer, or one packet of a stream. Moments are in nanoseconds after the
    /// schedule's start; infinite when they never come.
    package struct Exchange: Hashable, Sendable {
        /// When the client wrote the question.
        package var asked: Double
        /// When the server had it.
        package var arrived: Double
        /// When the server answered.
        package var answered: Double
        /// When the client had the answer.
        package var delivered: Double
        /// The places in the schedule of the events in the answer; empty when there is none, and
        /// then its bound is the next event to come.
        package var events: Range<Int>

        /// How long the server kept the question.
        package var held: Double { answered - arrived }
    }

    /// The law of asking.
    package enum Pace: Hashable, Sendable {
        /// The server keeps a question until there is an event, or until the hold time has passed;
        /// the next question follows the answer at once.
        case held
        /// Questions are answered at once and asked at a fixed rate; one of them was asked at this
        /// moment.
        case fixedRate(phase: Double)
    }

    /// The questions in order; the last may be without an answer.
    package private(set) var exchanges: [Exchange] = []
    /// Of each event, how long it waited for a question.
    package private(set) var waits: [Double]
    /// Of each event, the time from its being due to the client's having it; infinite when nothing
    /// brings it.
    package private(set) var latencies: [Double]
    /// The due times.
    package let schedule: [Double]

    private init(schedule: [Double]) {
        self.schedule = schedule
        waits = Array(repeating: .infinity, count: schedule.count)
        latencies = Array(repeating: .infinity, count: schedule.count)
    }

    /// What a client of polling under `conditions` lives through when it asks at `pace`, until the
    /// window is over and every event has been brought. `answerDelay` is what an answer with so
    /// many events takes beyond d, in nanoseconds: its transmission, further flights, a held-back
    /// acknowledgement.
    package static func polling(
        _ conditions: Conditions, pace: Pace, answerDelay: (Int) -> Double = { _ in 0 }
    ) -> Replay {
        var replay = Replay(schedule: conditions.schedule)
        switch pace {
        case .held: replay.runHeld(conditions, answerDelay)
        case .fixedRate(let phase): replay.runFixedRate(conditions, phase, answerDelay)
        }
        return replay
    }

    /// What a subscriber of a stream lives through: each event leaves when it is due, one behind
    /// the other where the link is slow. `transmission` is how long the link is busy with the event
    /// at a place in the schedule, in nanoseconds.
    package static func stream(
        _ conditions: Conditions, transmission: (Int) -> Double = { _ in 0 }
    ) -> Replay {
        var replay = Replay(schedule: conditions.schedule)
        var free = -Double.infinity
        for (index, due) in conditions.schedule.enumerated() {
            let sent = max(due, free)
            free = sent + transmission(index)
            replay.note(
                Exchange(
                    asked: -.infinity, arrived: -.infinity, answered: sent,
                    delivered: free + conditions.down + conditions.delivery,
                    events: index..<index + 1))
        }
        return replay
    }

    /// What a subscriber of a stream lives through while Nagle's algorithm is on: one small packet
    /// may be under way, and what comes until it is acknowledged, R later, leaves together.
    package static func nagleStream(_ conditions: Conditions) -> Replay {
        var replay = Replay(schedule: conditions.schedule)
        var free = -Double.infinity
        var index = 0
        while index < conditions.schedule.count {
            let sent = max(conditions.schedule[index], free)
            let end = replay.pending(at: sent, from: index, limit: 0)
            replay.note(
                Exchange(
                    asked: -.infinity, arrived: -.infinity, answered: sent,
                    delivered: sent + conditions.down + conditions.delivery, events: index..<end))
            free = sent + conditions.roundTrip
            index = end
        }
        return replay
    }

    // MARK: - The recursions

    /// The least interval and hold time: without one, a link that takes no time would be asked for
    /// ever at the same moment.
    private static let leastInterval = 1e3

    private mutating func runHeld(_ conditions: Conditions, _ answerDelay: (Int) -> Double) {
        let window = conditions.blindWindow.duration
        let hold = max(conditions.hold, Self.leastInterval)
        // Before the schedule starts the client has asked and waits.
        var arrived = 0.0
        var asked = -conditions.up
        var index = 0
        while index < schedule.count || arrived < conditions.window.upperBound {
            let due = index < schedule.count ? schedule[index] : .infinity
            let answered = max(arrived, min(due, arrived + hold))
            let end = pending(at: answered, from: index, limit: conditions.batchLimit)
            let delay = answerDelay(end - index)
            let delivered = answered + delay + conditions.down + conditions.delivery
            note(
                Exchange(
                    asked: asked, arrived: arrived, answered: answered, delivered: delivered,
                    events: index..<end))
            arrived = answered + delay + window
            asked = arrived - conditions.up
            index = end
        }
        exchanges.append(
            Exchange(
                asked: asked, arrived: arrived, answered: .infinity, delivered: .infinity,
                events: index..<index))
    }

    private mutating func runFixedRate(
        _ conditions: Conditions, _ phase: Double, _ answerDelay: (Int) -> Double
    ) {
        let blind = conditions.blindWindow
        let interval = max(conditions.pollInterval, Self.leastInterval)
        // The timer starts what the question needs: with a new connection, its handshake.
        let setup = Double(blind.setup.roundTrips - 1) * conditions.roundTrip
        // The last question before the schedule starts.
        var due = phase - (phase / interval).rounded(.up) * interval
        var index = 0
        while index < schedule.count || due < conditions.window.upperBound {
            let asked = due + setup
            let arrived = asked + conditions.up
            let end = pending(at: arrived, from: index, limit: conditions.batchLimit)
            let delay = answerDelay(end - index)
            note(
                Exchange(
                    asked: asked, arrived: arrived, answered: arrived,
                    delivered: arrived + delay + conditions.down + conditions.delivery,
                    events: index..<end))
            due += max(interval, blind.duration + delay)
            index = end
        }
    }

    /// The place behind the last event, from `index` on, that an answer at `moment` takes.
    private func pending(at moment: Double, from index: Int, limit: Int) -> Int {
        var end = index
        while end < schedule.count, schedule[end] <= moment, limit == 0 || end - index < limit {
            end += 1
        }
        return end
    }

    private mutating func note(_ exchange: Exchange) {
        exchanges.append(exchange)
        for index in exchange.events {
            waits[index] = exchange.answered - schedule[index]
            latencies[index] = exchange.delivered - schedule[index]
        }
    }
}
