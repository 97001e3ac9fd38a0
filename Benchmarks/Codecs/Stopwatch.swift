import Link
import Reactor
import Wire

/// How a workload is run: as often as a time needs that can be read, or so often as it was told.
enum Stopwatch {
    /// Several batches of about this length each.
    case timed(batches: Int, batch: Duration)
    /// So many operations after a warm-up, for a tool that counts instructions.
    case counted(iterations: Int)

    /// What came out.
    struct Reading {
        /// Operations in each batch.
        let iterations: Int
        /// Nanoseconds an operation: the median of the batches.
        let nanoseconds: Double
    }

    /// Operations before those that count: buffers grow and caches warm in the first two.
    private static let warmUp = 3

    /// Runs `work`.
    func measure<Work: Workload & ~Copyable>(
        _ work: inout Work
    ) throws(ProtocolError) -> Reading {
        try work.run(times: Self.warmUp)
        switch self {
        case .counted(let iterations):
            let time = try run(&work, times: iterations)
            return Reading(
                iterations: iterations, nanoseconds: Double(time) / Double(iterations))
        case .timed(let batches, let batch):
            var iterations = 1
            while try run(&work, times: iterations) < batch.nanoseconds { iterations *= 2 }
            var readings: [Double] = []
            for _ in 0..<batches {
                readings.append(
                    Double(try run(&work, times: iterations)) / Double(iterations))
            }
            return Reading(
                iterations: iterations, nanoseconds: readings.sorted()[readings.count / 2])
        }
    }

    /// The nanoseconds that `times` operations take.
    private func run<Work: Workload & ~Copyable>(
        _ work: inout Work, times: Int
    ) throws(ProtocolError) -> Int64 {
        let start = startCount()
        try work.run(times: times)
        return endCount(since: start)
    }
}

// Callgrind is told to begin a count where the first of these is entered and to end it at the second
// (`--dump-before` in codecs.py), so that they must stay functions with these names.

@inline(never)
private func startCount() -> Instant { MonotonicClock.now() }

@inline(never)
private func endCount(since start: Instant) -> Int64 {
    MonotonicClock.now().nanoseconds(since: start)
}
