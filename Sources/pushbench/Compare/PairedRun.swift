import Link
import LoadGen
import Measurement
import Reactor
import Reporting
import Transports

/// How two programs are to be compared.
struct PairedSettings: Sendable {
    /// The techniques, one after the other.
    var transports: [Transport]
    /// The programs.
    var base: ComparedProgram
    var change: ComparedProgram
    /// Fresh processes of both, so many times.
    var restarts: Int
    /// Pairs of slices in a restart, with one connection and again with `clients`.
    var pairs: Int
    /// How long a slice is.
    var slice: Duration
    /// Connections of the slices with many.
    var clients: Int
    /// The length of an event's JSON, about.
    var payloadBytes: Int
    /// What decides.
    var rule: PairedRule
    /// What everything random is drawn from.
    var seed: UInt64
    /// The processors of the servers and of the generator, by index; nil leaves it to the kernel.
    var serverProcessor: Int?
    var clientProcessor: Int?
}

/// A comparison of two programs: for each technique a pass over all restarts and, if that finds the
/// change worse, another one with fresh processes.
struct PairedRun {
    private let settings: PairedSettings
    private let interruption: Interruption
    private var progress: PairedProgress
    private var random: SeededGenerator
    private(set) var comparison: ProgramComparison

    init(_ settings: PairedSettings, interruption: Interruption, isQuiet: Bool) {
        self.settings = settings
        self.interruption = interruption
        progress = PairedProgress(isQuiet: isQuiet)
        random = SeededGenerator(seed: settings.seed)
        comparison = ProgramComparison(
            base: settings.base.name, change: settings.change.name, restarts: settings.restarts,
            pairs: settings.pairs, sliceNanoseconds: settings.slice.nanoseconds,
            threshold: settings.rule.threshold, confidence: settings.rule.confidence)
    }

    /// Whether the user ended it before its time.
    var isPartial: Bool { interruption.hasCome }

    /// Makes all passes.
    mutating func run() throws {
        defer { progress.finish() }
        for transport in settings.transports where !interruption.hasCome {
            let first = try pass(transport, title: transport.id)
            comparison.passes.append(first)
            guard first.metrics.contains(where: { $0.verdict == .worse }), !interruption.hasCome
            else { continue }
            progress.note(
                "\(transport.id): the change looks worse, so once more with fresh processes")
            comparison.passes.append(try pass(transport, title: "\(transport.id), again"))
        }
    }

    /// The restarts of one figure.
    private struct Series {
        let metric: Metric
        let connections: Int
        let value: (LoopSlice) -> Double?
        var restarts: [PairedRestart] = []

        mutating func add(_ slices: PairedSlices) {
            let pairs = slices.pairs.map { (base: value($0.base), change: value($0.change)) }
            if let restart = PairedRestart(pairs: pairs) { restarts.append(restart) }
        }

        /// `latency.p50@1 +0.3 %`, as the restarts so far have it.
        var standing: String? {
            guard let middle = Statistics.median(of: restarts.map { $0.change / $0.base }) else {
                return nil
            }
            let difference = NumberText.fixed((middle - 1) * 100, places: 1)
            return "\(metric.name)@\(connections) \(middle < 1 ? "" : "+")\(difference) %"
        }
    }

    /// The figures that decide: latency where a delivery waits for no other one, and what a delivery
    /// costs, without and with others to share an event's cost. The latency of many connections is
    /// their place in the queue, and throughput in a closed loop is latency again.
    private func series() -> [Series] {
        var series: [Series] = []
        func add(_ name: String, _ connections: Int, _ value: @escaping (LoopSlice) -> Double?) {
            guard let metric = Metric.named(name) else {
                preconditionFailure("\(name) is a metric")
            }
            series.append(Series(metric: metric, connections: connections, value: value))
        }
        add("latency.p50", 1) { $0.latencyP50Nanoseconds }
        for connections in Set([1, settings.clients]).sorted() {
            add("server.cpu_per_delivery", connections) { $0.cpuNanosecondsPerDelivery }
        }
        return series
    }

    private mutating func pass(
        _ transport: Transport, title: String
    ) throws -> ComparisonPass {
        let processorsBefore = ProcessorTime.read()
        var series = series()
        var lateness: [Int64] = []
        var made = 0
        while made < settings.restarts, !interruption.hasCome {
            let place = "\(title): restart \(made + 1) of \(settings.restarts)"
            progress.show([place] + series.compactMap(\.standing))
            guard try restart(transport, &series, &lateness) else { break }
            made += 1
        }
        let conditions = PairedConditions(
            stealShare: processorsBefore.flatMap { ProcessorTime.read()?.stealShare(since: $0) },
            latenessP99Nanoseconds: Int64(
                Statistics.quantile(0.99, of: lateness.map { Double($0) }) ?? 0),
            isInterrupted: made < settings.restarts)
        return ComparisonPass(
            transport: transport.id, restarts: made, stealShare: conditions.stealShare,
            latenessP99Nanoseconds: conditions.latenessP99Nanoseconds,
            metrics: series.map { judge($0, under: conditions) })
    }

    private func judge(_ series: Series, under conditions: PairedConditions) -> ComparedMetric {
        let unit = series.metric.unit.text
        let hasNone = !settings.base.hasProcessorTime || !settings.change.hasProcessorTime
        if series.restarts.isEmpty, hasNone, series.metric.name == "server.cpu_per_delivery" {
            return .notMeasured(
                series.metric.name, connections: series.connections, unit: unit,
                reason: "the processor time of a running server is read with --base-pid and "
                    + "--change-pid")
        }
        return ComparedMetric(
            metric: series.metric.name, connections: series.connections, unit: unit,
            restarts: series.restarts, rule: settings.rule, conditions: conditions)
    }

    /// Starts both programs and compares them; false when it was interrupted in between.
    private mutating func restart(
        _ transport: Transport, _ series: inout [Series], _ lateness: inout [Int64]
    ) throws -> Bool {
        // Who is started first may lie better in memory, or on the disk's cache.
        let baseGoesFirst = Bool.random(using: &random)
        var first = try ComparedServer.start(
            baseGoesFirst ? settings.base : settings.change, processor: settings.serverProcessor)
        var second = try ComparedServer.start(
            baseGoesFirst ? settings.change : settings.base, processor: settings.serverProcessor)
        for connections in Set([1, settings.clients]).sorted() {
            guard !interruption.hasCome else { return false }
            let slices = try PairedSlices.measure(
                PairedPlan(
                    transport: transport, base: baseGoesFirst ? first.server : second.server,
                    change: baseGoesFirst ? second.server : first.server, clients: connections,
                    pairs: settings.pairs, slice: settings.slice,
                    payloadBytes: settings.payloadBytes, seed: random.next(),
                    processor: settings.clientProcessor))
            lateness += slices.lateness
            for index in series.indices where series[index].connections == connections {
                series[index].add(slices)
            }
            first.drain()
            second.drain()
        }
        first.stop()
        second.stop()
        return true
    }
}
