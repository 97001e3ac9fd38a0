import Glibc
import Link

/// When events are due: a schedule that is fixed before the run by its rate, its kind and its seed.
///
/// The load is open-loop: nobody's slowness moves a due time. Poisson arrivals are the default of a
/// run, because periodic ones lock in phase with polling and then measure the phase.
package struct ArrivalSchedule: Sendable {
    private let arrivals: Arrivals
    private let meanInterval: Double
    private var generator: SeededGenerator
    private var index = 0
    /// The due time of the last event, in nanoseconds after the start; a Double holds a hundred days
    /// of these exactly.
    private var offset = 0.0

    /// A schedule of that kind.
    ///
    /// - Precondition: the rate is positive.
    package init(_ arrivals: Arrivals, ratePerSecond: Double, seed: UInt64) {
        precondition(ratePerSecond > 0, "a schedule needs a rate")
        self.arrivals = arrivals
        meanInterval = 1e9 / ratePerSecond
        generator = SeededGenerator(seed: seed)
    }

    /// The due time of the next event, counted from the start of the schedule.
    ///
    /// Periodic: the multiples of the interval, beginning with the first, not with zero. Poisson:
    /// exponential intervals with that mean. Saturate: everything at once.
    package mutating func next() -> Duration {
        index += 1
        switch arrivals {
        case .periodic: offset = Double(index) * meanInterval
        case .poisson: offset -= log(generator.nextUnit()) * meanInterval
        case .saturate: offset = 0
        }
        return .nanoseconds(Int64(offset))
    }

    /// The number of events due in the half-open window from `start` to `end`.
    package static func count(
        _ arrivals: Arrivals, ratePerSecond: Double, seed: UInt64, from start: Duration,
        to end: Duration
    ) -> Int {
        var schedule = ArrivalSchedule(arrivals, ratePerSecond: ratePerSecond, seed: seed)
        var count = 0
        while true {
            let due = schedule.next()
            guard due < end else { return count }
            if due >= start { count += 1 }
        }
    }
}
