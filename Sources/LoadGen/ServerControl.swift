import Link
import Measurement

/// What the load generator needs of whoever controls the server: a schedule to be published, and to
/// be asked what it costs. The two halves otherwise meet on the wire only.
package protocol ServerControl: ~Copyable {
    /// The server's process, when it is one that can be looked at.
    var processID: Int32? { get }

    /// Has events published from `start` on.
    ///
    /// - Throws: when the server cannot be told.
    mutating func publish(_ order: PublishOrder) throws

    /// How the publishing went; nil when it was not over by `deadline`.
    ///
    /// - Throws: when the server is gone.
    mutating func outcome(until deadline: Instant) throws -> PublishReport?
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
}

/// How a schedule was published.
package struct PublishReport: Sendable {
    /// The ids given; nil when nothing was published.
    package let ids: ClosedRange<UInt64>?
    /// How late events were published after they were due.
    package let lateness: SourceLateness

    package init(ids: ClosedRange<UInt64>?, lateness: SourceLateness) {
        self.ids = ids
        self.lateness = lateness
    }
}
