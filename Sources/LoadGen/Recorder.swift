import Link
import Measurement
import Wire

/// What one worker measured; made inside its thread and handed over at the end.
package struct Recorder: Sendable {
    /// Totals that only grow; the measured window is the difference of two of these.
    package struct Totals: Sendable {
        /// Events that arrived, whenever they were due.
        package var events = 0
        package var requests = 0
        package var answers = 0
        package var emptyAnswers = 0
        package var up = ByteLedger()
        package var down = ByteLedger()
        /// Processor time of the worker's thread.
        package var cpuNanoseconds: Int64 = 0

        package static func += (left: inout Totals, right: Totals) {
            left.events += right.events
            left.requests += right.requests
            left.answers += right.answers
            left.emptyAnswers += right.emptyAnswers
            left.up += right.up
            left.down += right.down
            left.cpuNanoseconds += right.cpuNanoseconds
        }

        package static func - (left: Totals, right: Totals) -> Totals {
            var difference = left
            difference.events -= right.events
            difference.requests -= right.requests
            difference.answers -= right.answers
            difference.emptyAnswers -= right.emptyAnswers
            difference.up = left.up - right.up
            difference.down = left.down - right.down
            difference.cpuNanoseconds -= right.cpuNanoseconds
            return difference
        }
    }

    /// Delivery latency of the events that were due in the measured window.
    package var latency = Histogram()
    /// From opening a connection to its being established.
    package var connect = Histogram()
    /// From opening a connection to the first message on it.
    package var firstEvent = Histogram()
    /// How long the loop was busy in each turn of the window: what arrived meanwhile had to wait.
    package var turns = Histogram()

    /// Different events of the window that arrived.
    package var received = 0
    package var duplicate = 0
    package var reordered = 0
    /// Events that the server announced as lost.
    package var announcedLost = 0
    /// Connections that broke, or were broken off over a rule, and were made again.
    package var reconnects = 0
    /// The rules that the server broke.
    package var brokenRules: [String: Int] = [:]
    /// Bytes that the sockets carried, to hold against the ledgers.
    package var socketBytesUp = 0
    package var socketBytesDown = 0

    /// Everything since the start.
    package var totals = Totals()
    /// The totals when every client was subscribed, at the window's start and at its end.
    package var atSubscription: Totals?
    package var atWindowStart: Totals?
    package var atWindowEnd: Totals?

    package init() {}

    /// What happened within the window; nothing when it never began.
    package var window: Totals {
        guard let atWindowStart else { return Totals() }
        return (atWindowEnd ?? totals) - atWindowStart
    }

    /// Ends a window that is still open at the last totals and makes one that never began empty, so
    /// that the windows of several workers may be added up.
    package mutating func closeWindow() {
        if atWindowStart == nil {
            atWindowStart = totals
            atWindowEnd = totals
        }
        atWindowEnd = atWindowEnd ?? totals
    }

    /// Adds what another worker measured.
    package mutating func merge(_ other: Recorder) {
        latency.merge(other.latency)
        connect.merge(other.connect)
        firstEvent.merge(other.firstEvent)
        turns.merge(other.turns)
        received += other.received
        duplicate += other.duplicate
        reordered += other.reordered
        announcedLost += other.announcedLost
        reconnects += other.reconnects
        brokenRules.merge(other.brokenRules, uniquingKeysWith: +)
        socketBytesUp += other.socketBytesUp
        socketBytesDown += other.socketBytesDown
        totals += other.totals
        atSubscription = Self.sum(atSubscription, other.atSubscription)
        atWindowStart = Self.sum(atWindowStart, other.atWindowStart)
        atWindowEnd = Self.sum(atWindowEnd, other.atWindowEnd)
    }

    private static func sum(_ left: Totals?, _ right: Totals?) -> Totals? {
        guard var sum = left else { return right }
        if let right { sum += right }
        return sum
    }
}
