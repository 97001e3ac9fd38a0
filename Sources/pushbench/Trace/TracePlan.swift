import Link
import Measurement
import Transports

/// What is traced: a technique, the link, and the events.
struct TracePlan: Sendable {
    /// The technique.
    let transport: Transport
    /// The link's round trip.
    var roundTripTime = Duration.milliseconds(100)
    /// Events that are published.
    var events = 5
    /// When they are due, at which rate, and what random moments are drawn from.
    var arrivals = Arrivals.poisson
    var ratePerSecond = 10.0
    var seed: UInt64 = 1
    /// The length of an event's JSON.
    var payloadBytes = 100
    /// What a client that asks again does with its connection.
    var connection = ConnectionPolicy.keepAlive
    /// Time between the requests of short polling.
    var pollInterval = Duration.seconds(1)
    /// How long the server keeps a question without an answer.
    var hold = Duration.seconds(25)

    /// How long the schedule takes on average.
    var scheduleTime: Duration { .seconds(Double(events) / ratePerSecond) }

    /// From the client's being subscribed to the start of the schedule: long enough that even a poll
    /// on a new connection waits at the server, two crossings and a half behind the answer.
    var leadIn: Duration { roundTripTime * 5 / 2 }

    /// How long an exchange may take: the schedule at its unluckiest, the slowest poll, and the
    /// patience that a busy machine deserves.
    var limit: Duration {
        scheduleTime * 4 + pollInterval * 2 + roundTripTime * 12 + .seconds(10)
    }
}
