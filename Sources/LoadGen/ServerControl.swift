import Link
import Measurement

/// What the load generator needs of whoever controls the server: a schedule to be published, and to
/// be asked what it costs. The two halves otherwise meet on the wire only.
package protocol ServerControl: ~Copyable {
    /// The server's process, when it is one that can be looked at.
    var processID: Int32? { get }

    /// Finds out whether the server is still there, without asking it; asked 20 times a second.
    ///
    /// - Throws: when it has ended, and how.
    mutating func checkPresence() throws

    /// Has events published from `start` on.
    ///
    /// - Throws: when the server cannot be told.
    mutating func publish(_ order: PublishOrder) throws

    /// How the publishing went; nil when it was not over by `deadline`.
    ///
    /// - Throws: when the server is gone.
    mutating func outcome(until deadline: Instant) throws -> PublishReport?

    /// Has exactly one event published, due now, and returns its id once it was: it is on its way
    /// to every client then, and may have arrived nowhere.
    ///
    /// - Throws: when the server is gone or does not answer.
    mutating func step(payloadBytes: Int) throws -> UInt64

    /// What the server has done up to now, on all its loops; nil where the server is someone
    /// else's and cannot be asked.
    ///
    /// - Throws: when the server is gone or does not answer.
    mutating func snapshot() throws -> ServerSnapshot?

    /// How the server's connections are, and which it has lost since `moment`; nil where it cannot be
    /// asked.
    ///
    /// - Throws: when the server is gone or does not answer.
    mutating func connections(since moment: Instant) throws -> ConnectionReport?

    /// Stops the server in its tracks: its kernel goes on without it.
    ///
    /// - Throws: when it is not a process of ours.
    mutating func suspend() throws

    /// Lets the server go on.
    ///
    /// - Throws: when it is not a process of ours.
    mutating func resume() throws
}

extension ServerControl where Self: ~Copyable {
    /// Somebody else's server is looked at by what it answers alone.
    package mutating func checkPresence() throws {}
}

/// A schedule to be published.
package struct PublishOrder: Sendable {
    /// Events a second on average.
    package let ratePerSecond: Double
    /// When they are due.
    package let arrivals: Arrivals
    /// What random due times are drawn from.
    package let seed: UInt64
    /// The length of an event's JSON.
    package let payloadBytes: Int
    /// The number of events.
    package let events: Int
    /// The start of the schedule.
    package let start: Instant

    package init(
        ratePerSecond: Double, arrivals: Arrivals, seed: UInt64, payloadBytes: Int, events: Int,
        start: Instant
    ) {
        self.ratePerSecond = ratePerSecond
        self.arrivals = arrivals
        self.seed = seed
        self.payloadBytes = payloadBytes
        self.events = events
        self.start = start
    }
}

/// How a schedule was published.
package struct PublishReport: Sendable {
    /// The ids given; nil when nothing was published.
    package let ids: ClosedRange<UInt64>?
    /// How late events were published after they were due.
    package let lateness: SourceLateness
    /// How late each event was published, in the order of the ids: the event's time on the wire is
    /// its intended time and this. Empty when there were too many to tell, more than a million.
    package let latenessNanoseconds: [Int64]
    /// Why events were not published, in words; nil when all were.
    package let refusal: String?

    package init(
        ids: ClosedRange<UInt64>?, lateness: SourceLateness, latenessNanoseconds: [Int64] = [],
        refusal: String? = nil
    ) {
        self.ids = ids
        self.lateness = lateness
        self.latenessNanoseconds = latenessNanoseconds
        self.refusal = refusal
    }
}
