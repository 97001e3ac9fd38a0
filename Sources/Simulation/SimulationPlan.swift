import Link
import Measurement
import Transports

/// What is simulated: a technique, its clients, the link between them and the server, and the events.
///
/// The same plan gives the same result, to the nanosecond and to the byte, on every machine.
package struct SimulationPlan: Sendable {
    /// When events are due, counted from when every client is subscribed.
    package enum Schedule: Sendable {
        /// So many events at a rate, drawn from the plan's seed as a run draws them.
        case arrivals(Arrivals, ratePerSecond: Double, events: Int)
        /// These moments, in order.
        case times([Duration])
    }

    /// Ways in which a server can spoil its own latency that have a signature of their own.
    package struct Mistakes: Hashable, Sendable {
        /// Leaves Nagle's algorithm on (no TCP_NODELAY): small messages wait for the acknowledgement
        /// of those before them, and a stream delivers as a long poll does.
        package var usesNagle = false
        /// Writes the head of an answer and its content one after the other. With Nagle's algorithm
        /// the content waits for the client's delayed acknowledgement of the head.
        package var writesHeadApart = false

        package init(usesNagle: Bool = false, writesHeadApart: Bool = false) {
            self.usesNagle = usesNagle
            self.writesHeadApart = writesHeadApart
        }
    }

    /// The technique.
    package var transport: Transport
    /// The link of each client; every connection has one for itself.
    package var link: LinkProfile
    /// When events are due.
    package var schedule: Schedule
    /// What a client that asks again does with its connection.
    package var connection = ConnectionPolicy.keepAlive
    /// Subscribers.
    package var clients = 1
    /// The length of an event's JSON.
    package var payloadBytes = 100
    /// Time between the requests of short polling.
    package var pollInterval = Duration.seconds(1)
    /// Hold time and events in an answer, as a server has them.
    package var settings = ServerContext.Settings()
    /// The silence after which a stream says that it is still there.
    package var heartbeat = Duration.seconds(15)
    /// Bytes after which a stream's answer ends and the client asks again; 0 for never.
    package var responseLimit = 0
    /// The field lines of the clients.
    package var headers = HeaderProfile.minimal
    /// Between a request's arrival and its being handled: the server's share of the turnaround.
    package var serverTurnaround = Duration.zero
    /// Between an answer's arrival and what the client does about it: its share of the turnaround.
    package var clientTurnaround = Duration.zero
    /// What the server does wrong.
    package var mistakes = Mistakes()
    /// What everything random is drawn from.
    package var seed: UInt64 = 1
    /// Events that are in the log before anybody connects, so that ids begin behind them.
    package var history = 0
    /// The moment at which the clients begin to connect.
    package var start = Instant(nanoseconds: 0)
    /// From when every client is subscribed to the start of the schedule; nil for four round trips,
    /// after which even a poll on a new connection waits at the server.
    package var leadIn: Duration?
    /// Whether the result holds each message with its bytes: for diagrams, not for long schedules.
    package var recordsMessages = false
    /// When the simulation gives up on events that have not arrived.
    package var limit = Duration.seconds(30 * 86_400)

    package init(transport: Transport, link: LinkProfile, schedule: Schedule) {
        self.transport = transport
        self.link = link
        self.schedule = schedule
    }
}
