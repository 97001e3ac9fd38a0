extension RunRecord {
    /// The record as a baseline is stored: what goes by the clock or the machine is left out, so that
    /// two baselines of one program differ in nothing but when and by which command they were made.
    package var asBaseline: RunRecord {
        var record = self
        record.durationNanoseconds = 0
        record.machine = Machine(cpu: "any", cores: 0, memoryBytes: 0, kernel: "any", os: "any")
        record.warnings = []
        record.gapProbe = nil
        record.paired = nil
        record.checks = nil
        record.results = results.map(\.asBaseline)
        return record
    }
}

extension TransportResult {
    fileprivate var asBaseline: TransportResult {
        var result = self
        result.link = LinkResult(
            tier: link.tier, rttNanoseconds: link.rttNanoseconds, rttEffectiveNanoseconds: 0,
            noDelay: link.noDelay)
        result.deliveries.perSecond = 0
        result.flow = nil
        result.latency = .none
        result.latencyHistogram = nil
        result.timeline = nil
        result.connect = .none
        result.firstEvent = .none
        result.gap = nil
        result.uncorrectedLatency = nil
        result.receiveDelay = nil
        result.wirePerEvent = nil
        result.wire = nil
        result.rearm = nil
        result.server = ServerCost()
        result.generator = GeneratorCost(
            cpuNanosecondsPerDelivery: 0, cpuShare: 0, loopLagP99Nanoseconds: 0)
        result.source = SourceLateness(p50Nanoseconds: 0, p99Nanoseconds: 0)
        result.prediction = nil
        result.warnings = []
        return result
    }
}
