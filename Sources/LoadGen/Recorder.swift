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
        /// Calls that handed bytes to the kernel, and calls that got bytes from it.
        package var sends = 0
        package var receives = 0
        /// Bytes that came when their client had left already, and were read only to reach the end
        /// of the connection; they are in no ledger.
        package var discardedBytesDown = 0
        /// What the connections put on the wire. Of a recorder's own totals, the closed ones only;
        /// those of the moments below have what was open then, too.
        package var wire = WireTotals()
        /// Processor time of the worker's thread.
        package var cpuNanoseconds: Int64 = 0

        package static func += (left: inout Totals, right: Totals) {
            left.events += right.events
            left.requests += right.requests
            left.answers += right.answers
            left.emptyAnswers += right.emptyAnswers
            left.up += right.up
            left.down += right.down
            left.sends += right.sends
            left.receives += right.receives
            left.discardedBytesDown += right.discardedBytesDown
            left.wire += right.wire
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
            difference.sends -= right.sends
            difference.receives -= right.receives
            difference.discardedBytesDown -= right.discardedBytesDown
            difference.wire = left.wire - right.wire
            difference.cpuNanoseconds -= right.cpuNanoseconds
            return difference
        }
    }

    /// When each client asked for the first time: what its later questions keep step with.
    package var firstRequests: [Instant] = []
    /// Delivery latency of the events that were due in the measured window.
    package var latency = Histogram()
    /// From opening a connection to its being established.
    package var connect = Histogram()
    /// From opening a connection to the first message on it.
    package var firstEvent = Histogram()
    /// How long the loop was busy in each turn of the window: what arrived meanwhile had to wait.
    package var turns = Histogram()
    /// From when the kernel got an event of the window to when it was in hand: the part of the
    /// latency that is the generator's own. Of a sample of clients, where the kernel stamps.
    package var receiveDelay = Histogram()
    /// The time between deliveries of the window to one client, where that is observed.
    package var gaps = DeliveryGaps()
    /// Every delivery of the window with its event.
    package var samples = DeliverySamples()
    /// The first deliveries of the window at the client that is observed, if one is.
    package var observed = ObservedDeliveries()
    /// Who noticed a fault and recovered from it when.
    package var fault = FaultTimes()

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
    /// Connections whose wire bytes were not read at the right moment, and why. While there are
    /// none and nothing was lost, `Totals.wire` is exact to the byte.
    package var unread: [UnreadReason: Int] = [:]

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

    /// Ends a window that is still open at `end` and makes one that never began empty, so that the
    /// windows of several workers may be added up.
    package mutating func closeWindow(at end: Totals) {
        if atWindowStart == nil {
            atWindowStart = end
            atWindowEnd = end
        }
        atWindowEnd = atWindowEnd ?? end
    }

    /// Adds what another worker measured.
    package mutating func merge(_ other: Recorder) {
        firstRequests += other.firstRequests
        latency.merge(other.latency)
        connect.merge(other.connect)
        firstEvent.merge(other.firstEvent)
        turns.merge(other.turns)
        receiveDelay.merge(other.receiveDelay)
        gaps.merge(other.gaps)
        samples.merge(other.samples)
        observed.merge(other.observed)
        fault.merge(other.fault)
        received += other.received
        duplicate += other.duplicate
        reordered += other.reordered
        announcedLost += other.announcedLost
        reconnects += other.reconnects
        brokenRules.merge(other.brokenRules, uniquingKeysWith: +)
        socketBytesUp += other.socketBytesUp
        socketBytesDown += other.socketBytesDown
        unread.merge(other.unread, uniquingKeysWith: +)
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
