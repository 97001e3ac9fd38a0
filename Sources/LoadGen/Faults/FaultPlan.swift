import Link
import Measurement

/// The fault of one round.
package struct FaultPlan: Sendable {
    /// What is done.
    package let kind: FaultKind
    /// When, counted from the beginning of the measured window.
    package let start: Duration
    /// How long it lasts.
    package let length: Duration
    /// How often a silent stream says that it is there; 0 for never.
    package let heartbeat: Duration
    /// What does it, as the record says it.
    package let means: String
    /// Whether the link can drop packets; else the clients hold back above TCP what is on its way.
    package let isLinkCut: Bool

    package init(_ order: FaultOrder, heartbeat: Duration, means: String, isLinkCut: Bool) {
        kind = order.kind
        start = order.start
        length = order.length
        self.heartbeat = heartbeat
        self.means = means
        self.isLinkCut = isLinkCut
    }

    /// What the clients of a stall keep unread in their kernels, in bytes: near the smallest that
    /// Linux has, and filled by some twenty small events. It would otherwise take megabytes, so that
    /// at an ordinary rate a reader may sleep for an hour before anybody can notice.
    static let stalledReceiveBuffer = 2048

    /// What they keep when they read again: as much as Linux begins with, so that what was missed
    /// does not come in pieces smaller than a segment, each as late as a probe of the window.
    static let usualReceiveBuffer = 131_072
}

/// What a worker keeps of a fault: one moment for each of its clients.
package struct FaultTimes: Sendable {
    /// When clients noticed, in nanoseconds from the beginning.
    package internal(set) var noticed: [Int64] = []
    /// When clients had recovered, in nanoseconds from the end.
    package internal(set) var recovered: [Int64] = []

    /// Adds what another worker kept.
    mutating func merge(_ other: FaultTimes) {
        noticed += other.noticed
        recovered += other.recovered
    }
}

/// What a round found out about its fault, beside what the workers kept.
struct FaultOutcome {
    /// When it began and ended.
    let start: Instant
    let end: Instant
    /// The server's connections as it ended.
    var atEnd: ConnectionReport?
    /// The server's connections when everybody had recovered.
    var afterwards: ConnectionReport?
}

/// What a worker is told of a fault.
enum FaultCommand: Sendable {
    /// It begins, at this moment.
    case begin(FaultKind, at: Instant)
    /// It ends, at this moment; events up to `lastID` were published until then.
    case end(at: Instant, lastID: UInt64)
}
