import Link

/// What a prediction is made from: the link, the software's own time, the load and its schedule.
///
/// Every time is in nanoseconds, as a `Double` so that formulas read as they are written; moments
/// are counted from the start of the schedule. What is calibrated before a run (`roundTrip`,
/// `turnaround`, `delivery`) goes in as it was measured: theory has no constant of its own to tune.
package struct Conditions: Sendable {
    /// u: one way from client to server.
    package var up: Double
    /// d: one way from server to client.
    package var down: Double
    /// R: the effective round trip, as a bare echo over the same link measures it.
    package var roundTrip: Double
    /// c: what the software adds to one cycle of answer, request, answer under `connection`: the
    /// saturated gap minus the round trips in it.
    package var turnaround: Double
    /// c_s: what the software adds between an event's due time and its arrival when nothing waits:
    /// the source's lateness, the send and the wake-up of the reader, beyond what is in `down`.
    package var delivery: Double
    /// How far the first and the last client of a fan-out are from the mean of `delivery`: half of
    /// the time that one event's sends take.
    package var spread = 0.0
    /// What a client that asks again does with its connection.
    package var connection: ConnectionPolicy
    /// The due times of all events, ascending, those before the window included: what waits when
    /// the window begins is the doing of the events before it.
    package var schedule: [Double]
    /// The measured window. Latency is of the events due in it; requests, answers and bytes are of
    /// what a client wrote and read in it, as the load generator counts them.
    package var window: Range<Double>
    /// The length of an event's JSON.
    package var payloadBytes: Int
    /// P: from one question to the next of a technique that asks at intervals.
    package var pollInterval: Double
    /// A moment at which each client's timer made it ask, for those that ask at intervals: with a
    /// new connection for each question, when it began to connect. Nil when nobody knows, and every
    /// phase is as likely as any other.
    package var phases: [Double]?
    /// H: how long a server keeps a question without an answer.
    package var hold: Double
    /// The most events in one answer; 0 for everything pending.
    package var batchLimit: Int
    /// The clients. All of them see the same events, so that a figure per delivery is that of one
    /// client, and this only says how many phases there are.
    package var clients: Int
    /// The id of the first event of the schedule: ids are part of what is sent.
    package var firstID: UInt64
    /// Whether the server leaves Nagle's algorithm on (no TCP_NODELAY).
    package var nagle: Bool
    /// Whether the server writes the head and the content of an answer apart, with Nagle's
    /// algorithm on: the classic mistake.
    package var twoWrites: Bool
    /// What the link carries down, in bits a second, headers of all layers included; nil for no
    /// limit.
    package var bandwidth: Double?
    /// The most bytes of a technique in one packet; nil where packets hold any answer, as on
    /// loopback, and slow start is never seen.
    package var segmentBytes: Int?
    /// The probability that a crossing loses the packet.
    package var lossRate: Double
    /// The most by which one crossing differs from its mean.
    package var jitter: Double

    /// Conditions on a link that takes the same time both ways, or `up` and `down` where they
    /// differ.
    package init(
        roundTrip: Double, up: Double? = nil, down: Double? = nil, turnaround: Double = 0,
        delivery: Double = 0, connection: ConnectionPolicy = .keepAlive, schedule: [Double],
        window: Range<Double>, payloadBytes: Int = 100, pollInterval: Double = 1e9,
        phases: [Double]? = nil, hold: Double = 25e9, batchLimit: Int = 0, clients: Int = 1,
        firstID: UInt64 = 1, nagle: Bool = false, twoWrites: Bool = false,
        bandwidth: Double? = nil, segmentBytes: Int? = nil, lossRate: Double = 0, jitter: Double = 0
    ) {
        precondition(window.upperBound.isFinite, "a replay has to end")
        self.up = up ?? roundTrip / 2
        self.down = down ?? roundTrip / 2
        self.roundTrip = roundTrip
        self.turnaround = turnaround
        self.delivery = delivery
        self.connection = connection
        self.schedule = schedule
        self.window = window
        self.payloadBytes = payloadBytes
        self.pollInterval = pollInterval
        self.phases = phases
        self.hold = hold
        self.batchLimit = batchLimit
        self.clients = clients
        self.firstID = firstID
        self.nagle = nagle
        self.twoWrites = twoWrites
        self.bandwidth = bandwidth
        self.segmentBytes = segmentBytes
        self.lossRate = lossRate
        self.jitter = jitter
    }

    /// How the next question of a client reaches the server.
    package var blindWindow: BlindWindow {
        BlindWindow(
            setup: connection == .keepAlive ? .keepAlive : .newConnection, roundTrip: roundTrip,
            turnaround: turnaround)
    }

}

extension ArrivalSchedule {
    /// The due times of the events before `end`, in nanoseconds after the schedule's start; none
    /// for a source that saturates, which has no schedule.
    package static func dueTimes(
        _ arrivals: Arrivals, ratePerSecond: Double, seed: UInt64, before end: Duration
    ) -> [Double] {
        guard arrivals != .saturate else { return [] }
        var schedule = ArrivalSchedule(arrivals, ratePerSecond: ratePerSecond, seed: seed)
        var dueTimes: [Double] = []
        while true {
            let due = schedule.next()
            guard due < end else { return dueTimes }
            dueTimes.append(Double(due.nanoseconds))
        }
    }
}
