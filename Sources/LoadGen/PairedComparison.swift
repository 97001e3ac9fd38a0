import Measurement

/// Techniques that had the same events at the same time, compared event by event.
///
/// What befalls the machine at an event befalls all techniques, so that a difference of two of them
/// is far steadier than either. The differences of one event's mean latency over its clients are the
/// sample; their median is the figure, bounded by order statistics, since the tails are the machine's.
package enum PairedComparison {
    /// The differences of every technique to every one of `references` among `rounds`.
    package static func differences(
        of rounds: [Round], to references: [String]
    ) -> [PairedDifference] {
        let means = rounds.map { round in
            round.recorder.samples.isComplete ? round.recorder.samples.meanByEvent : [:]
        }
        var differences: [PairedDifference] = []
        for (index, round) in rounds.enumerated() {
            for (other, reference) in rounds.enumerated()
            where index != other && references.contains(reference.result.transport) {
                let pairs = means[index].compactMap { id, mean in
                    means[other][id].map { mean - $0 }
                }
                guard let difference = difference(pairs) else { continue }
                differences.append(
                    difference.between(round.result.transport, reference.result.transport))
            }
        }
        return differences
    }

    /// What a sample of differences says; nil for none.
    static func difference(_ sample: [Double]) -> PairedDifference? {
        guard !sample.isEmpty else { return nil }
        let sorted = sample.sorted()
        let count = Double(sorted.count)
        func at(_ rank: Double) -> Double {
            sorted[min(max(Int(rank), 0), sorted.count - 1)]
        }
        // 95 % of the samples have their median between these ranks (normal approximation of the
        // binomial with n = count and p = 1/2).
        let spread = 1.96 * (count / 4).squareRoot()
        return PairedDifference(
            transport: "", reference: "", events: sorted.count,
            medianNanoseconds: Self.median(sorted), p5Nanoseconds: at(count * 0.05),
            p95Nanoseconds: at((count * 0.95).rounded(.up) - 1),
            lowerNanoseconds: at((count / 2 - spread).rounded(.down)),
            upperNanoseconds: at((count / 2 + spread).rounded(.up) - 1),
            shareEarlier: Double(sorted.count { $0 < 0 }) / count)
    }

    private static func median(_ sorted: [Double]) -> Double {
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension PairedDifference {
    fileprivate func between(_ transport: String, _ reference: String) -> PairedDifference {
        var difference = self
        difference.transport = transport
        difference.reference = reference
        return difference
    }
}
