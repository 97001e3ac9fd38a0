import Link
import Measurement
import Reactor

/// What a server did in one slice of a closed loop.
package struct LoopSlice: Hashable, Sendable {
    /// Turns that count.
    package var events: Int
    /// Deliveries in them.
    package var deliveries: Int
    /// The median time from posting an event to a client's having it; nil without a delivery.
    package var latencyP50Nanoseconds: Double?
    /// What a delivery cost the server's process; nil when its number is not known.
    package var cpuNanosecondsPerDelivery: Double?
}

extension ClosedLoop {
    /// The share of a slice that is not counted: the server's code and data come back to the caches.
    private static let warmShare = 10
    /// Time for a server that has sent its last byte to fall asleep, so that its processor time is
    /// booked: it does after some microseconds.
    private static let settling = Duration.microseconds(500)

    /// Makes turns for `duration` and says what came of those behind the first tenth of it.
    ///
    /// What is due by the clock here, the beginning and both ends of what counts, shows how late the
    /// machine wakes a thread; that is added to `lateness`.
    package mutating func slice(
        lasting duration: Duration, of process: Int32?, lateness: inout [Int64]
    ) throws -> LoopSlice {
        settle(&lateness)
        try makeTurns(for: duration / Self.warmShare)
        settle(&lateness)
        latencies.removeAll(keepingCapacity: true)
        let (eventsBefore, deliveriesBefore) = (events, deliveries)
        let cpuBefore = try cpu(of: process)
        try makeTurns(for: duration - duration / Self.warmShare)
        settle(&lateness)
        let cpuAfter = try cpu(of: process)
        let made = deliveries - deliveriesBefore
        var slice = LoopSlice(events: events - eventsBefore, deliveries: made)
        slice.latencyP50Nanoseconds = Statistics.median(of: latencies.map { Double($0) })
        if let cpuBefore, let cpuAfter, made > 0 {
            slice.cpuNanosecondsPerDelivery = Double(cpuAfter - cpuBefore) / Double(made)
        }
        return slice
    }

    /// Makes turns until `duration` has passed, one at least.
    package mutating func makeTurns(for duration: Duration) throws {
        let end = MonotonicClock.now() + duration
        repeat {
            try turn()
        } while MonotonicClock.now() < end
    }

    private func settle(_ lateness: inout [Int64]) {
        let due = MonotonicClock.now() + Self.settling
        MonotonicClock.sleep(until: due)
        lateness.append(MonotonicClock.now().nanoseconds(since: due))
    }

    private func cpu(of process: Int32?) throws -> Int64? {
        guard let process else { return nil }
        guard let time = ProcessUsage.cpuNanoseconds(of: process) else {
            throw LoadError("process \(process) is gone: its processor time cannot be read")
        }
        return time
    }
}
