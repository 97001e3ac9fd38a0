import Measurement

extension Metric {
    /// The figures for programs that follow them from run to run: those of the main table that are
    /// measured and not derived.
    ///
    /// Such a program draws a chart, makes a test or sends an alarm for each figure it is given, so
    /// a hundred for each technique would bury the few that matter. All figures are in the formats
    /// that are tables.
    static let tracked: [Metric] = [
        "latency.p50", "latency.p90", "latency.p99", "bytes.total_per_event",
        "bytes.overhead_per_event", "wire.up_bytes", "wire.down_bytes", "requests_per_event",
        "server.cpu_per_delivery", "server.memory_per_connection", "deliveries.per_second", "lost",
    ].compactMap(Metric.named)
}

/// A figure to follow from run to run: of one technique, over its rounds.
struct TrackedFigure {
    /// Whose it is: a contender's name.
    let contender: String
    /// What it is.
    let metric: Metric
    /// Its rounds.
    let figure: Figure

    /// The median of the rounds; of a number of things, the worst round's, because a median would
    /// hide what went wrong once.
    var value: Double {
        guard metric.unit == .count else { return figure.median }
        return metric.direction == .higher ? figure.lowest : figure.highest
    }

    /// Every tracked figure of the contenders that have it, technique by technique.
    static func all(of contenders: [Contender]) -> [TrackedFigure] {
        contenders.flatMap { contender in
            Metric.tracked.compactMap { metric in
                contender.figure(metric).map {
                    TrackedFigure(contender: contender.name, metric: metric, figure: $0)
                }
            }
        }
    }
}

extension Contender {
    /// The metric over the rounds that have it.
    func figure(_ metric: Metric) -> Figure? {
        figure(metric.value)
    }
}
