import Measurement

/// Whether the generator itself was the bottleneck, so that its figures say more about it than about
/// the server.
package enum SaturationCheck {
    /// The share of its processor from which a worker counts as saturated: above it, queueing in the
    /// generator grows without bound (at 0.9 a queue of random arrivals is nine deep on average).
    package static let cpuShareLimit = 0.9

    /// The share of the median latency that a free server may be woken late at the 99th percentile:
    /// beyond it the machine, not the server, decides the figures.
    package static let latenessShareLimit = 0.1

    /// The share of the median latency that one turn of the generator's loop may take at its 99th
    /// percentile. A burst for all clients takes the generator about as long to read as the server
    /// to send, on two processors; at twice the median, reading it is most of what was measured.
    package static let lagShareLimit = 2.0

    /// Below this, lag and lateness are the scheduler's: one tick of a kernel with HZ=250.
    package static let schedulerTickNanoseconds: Int64 = 4_000_000

    /// How much longer than it should a thread may sleep that has nothing else to do. An overloaded
    /// machine wakes it after tens of milliseconds; a process or a machine that was stopped does not
    /// wake it at all meanwhile.
    package static let standstillLimit = Duration.milliseconds(250)

    /// The warnings that a result deserves.
    package static func warnings(
        generator: GeneratorCost, source: SourceLateness, latency: LatencySummary
    ) -> [MeasurementWarning] {
        var warnings: [MeasurementWarning] = []
        if generator.cpuShare >= cpuShareLimit {
            warnings.append(.generatorSaturated(cpuShare: generator.cpuShare))
        }
        guard latency.count > 0 else { return warnings }
        let p50 = Int64(latency.p50)
        if generator.loopLagP99Nanoseconds > schedulerTickNanoseconds,
            Double(generator.loopLagP99Nanoseconds) > lagShareLimit * Double(p50)
        {
            warnings.append(.loopLag(p99ns: generator.loopLagP99Nanoseconds, p50ns: p50))
        }
        if source.wakeP99Nanoseconds > schedulerTickNanoseconds,
            Double(source.wakeP99Nanoseconds) > latenessShareLimit * Double(p50)
        {
            warnings.append(.sourceLate(p99ns: source.wakeP99Nanoseconds, p50ns: p50))
        }
        return warnings
    }
}
