import Measurement

extension Findings {
    /// What the harness itself did to the figures: reading late, publishing late, mirroring.
    static func harness(_ contenders: [Contender]) -> [String] {
        receiving(contenders) + omission(contenders) + mirror(contenders)
    }

    /// A receive delay below this share of the latency decides nothing.
    private static let notableShare = 0.05

    /// The generator's own part of the latency, where it is not small.
    private static func receiving(_ contenders: [Contender]) -> [String] {
        let parts = contenders.compactMap {
            contender -> (name: String, delay: Double, of: Double)? in
            let delay = contender.figure { result in
                result.receiveDelay.flatMap { $0.count > 0 ? Double($0.p99) : nil }
            }
            guard let delay, let latency = contender.latency(\.p99), latency.median > 0 else {
                return nil
            }
            return (contender.name, delay.median, latency.median)
        }
        guard let worst = parts.max(by: { $0.delay / $0.of < $1.delay / $1.of }) else { return [] }
        let share = worst.delay / worst.of
        guard share >= notableShare else {
            return [
                "Reading late added less than \(Readable.percent(notableShare)) to any p99: the kernel "
                    + "had the events when the clients did."
            ]
        }
        return [
            "Up to \(Readable.percent(share)) of \(worst.name)'s p99 is the harness: "
                + "\(duration(worst.delay)) went by between the kernel's having an event and the "
                + "client's reading it (p99)."
        ]
    }

    /// What a source that waits for its server would have hidden.
    private static func omission(_ contenders: [Contender]) -> [String] {
        let hidden = contenders.compactMap {
            contender -> (name: String, from: Double, to: Double)? in
            let uncorrected = contender.figure { result in
                result.uncorrectedLatency.flatMap { $0.count > 0 ? Double($0.p99) : nil }
            }
            guard let uncorrected, let latency = contender.latency(\.p99),
                uncorrected.median * (1 + 2 * notableShare) < latency.median
            else { return nil }
            return (contender.name, latency.median, uncorrected.median)
        }
        guard let worst = hidden.max(by: { $0.from / $0.to < $1.from / $1.to }) else { return [] }
        return [
            "Counted from when events were really published, \(worst.name)'s p99 would be "
                + "\(duration(worst.to)) instead of \(duration(worst.from)): the difference is "
                + "lateness of the source, which a clock started at the sending never sees."
        ]
    }

    /// The mirror, when it came near to its limit; its plain account stands with the wire.
    private static func mirror(_ contenders: [Contender]) -> [String] {
        let shares = contenders.figures { $0.figure { $0.link.mirror?.cpuShare } }
        guard let busiest = shares.max(by: { $0.value < $1.value }), busiest.value >= 0.5 else {
            return []
        }
        return [
            "The packet mirror was busy with \(busiest.name): \(Readable.percent(busiest.value)) of a "
                + "processor, which neither server nor generator had."
        ]
    }
}
