import Link
import Reporting

/// What a narrator asks of a recording.
extension RecordedExchange {
    /// A moment of software's, which a story calls at once: a twentieth of the round trip.
    private var atOnce: Duration { max(plan.roundTripTime / 20, .microseconds(200)) }

    /// Whether a question is at the server and not answered yet.
    func isParked(at moment: Instant) -> Bool {
        let there = content.filter { $0.way == .up }
            .count { ($0.arrived ?? .distantFuture) <= moment }
        let answered = content.count { $0.way == .down && $0.sent <= moment }
        return there > answered
    }

    /// The question that is the next one to reach the server.
    func nextQuestion(after moment: Instant) -> Message? {
        content.first { $0.way == .up && ($0.arrived ?? .distantPast) > moment }
    }

    /// What the server says next on a connection.
    func answer(after moment: Instant, on connection: Int) -> Message? {
        content.first { $0.way == .down && $0.connection == connection && $0.sent >= moment }
    }

    /// The events that were due by then and had not left.
    func waiting(at moment: Instant) -> [Ladder.Event] {
        events.filter { event in
            guard event.due < moment, let carrier = carrier(of: event) else { return false }
            return carrier.sent >= moment
        }
    }

    /// The message that brought an event.
    func carrier(of event: Ladder.Event) -> Message? {
        content.first { $0.way == .down && $0.ids?.contains(event.id) == true }
    }

    /// The events that a message brought.
    func events(in message: Message) -> [Ladder.Event] {
        guard let ids = message.ids else { return [] }
        return events.filter { ids.contains($0.id) }
    }

    /// How long an event waited before the message left, in nanoseconds; nil for at once.
    func wait(of event: Ladder.Event, in message: Message) -> Double? {
        message.sent > event.due + atOnce
            ? Double(message.sent.nanoseconds(since: event.due)) : nil
    }

    /// The event that the client knew to be the last one, at a moment; nil before it knew any.
    func cursor(knownAt moment: Instant) -> UInt64? {
        let known = content.filter { $0.way == .down && ($0.arrived ?? .distantFuture) <= moment }
        return known.compactMap { $0.ids?.upperBound ?? $0.cursor }.max()
    }
}
