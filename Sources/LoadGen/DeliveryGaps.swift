import Link
import Measurement

/// The time between deliveries to one client, which is what a technique can do at best while there
/// is always something to deliver.
///
/// A *delivery moment* is a read that brought events, however many: what arrives together was
/// delivered together. A gap is the time between two such moments of one client; both must lie in
/// the measured window.
package struct DeliveryGaps: Sendable {
    /// The gaps in nanoseconds; the minimum is exact.
    package private(set) var gaps = Histogram()
    /// The number of delivery moments, of all clients.
    package private(set) var moments = 0
    /// The events that came in them.
    package private(set) var events = 0
    /// The most events that came in one moment.
    package private(set) var largestBatch = 0

    package init() {}

    /// Events of one delivery moment on average; zero without any.
    package var eventsPerMoment: Double {
        moments == 0 ? 0 : Double(events) / Double(moments)
    }

    /// Takes a delivery moment of a client.
    ///
    /// - Parameters:
    ///   - now: the moment.
    ///   - count: how many events it brought.
    ///   - last: the client's last moment, which becomes this one; a moment that never was before
    ///     its first.
    mutating func take(_ now: Instant, events count: Int, after last: inout Instant) {
        if last > .distantPast { gaps.record(now.nanoseconds(since: last)) }
        last = now
        moments += 1
        events += count
        largestBatch = max(largestBatch, count)
    }

    /// Adds what another worker saw.
    package mutating func merge(_ other: DeliveryGaps) {
        gaps.merge(other.gaps)
        moments += other.moments
        events += other.events
        largestBatch = max(largestBatch, other.largestBatch)
    }
}
