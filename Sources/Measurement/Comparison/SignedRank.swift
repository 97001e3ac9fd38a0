/// The exact distribution of Wilcoxon's signed-rank statistic W⁺ when nothing differs: the sum of
/// those of the ranks 1 … n whose sign is positive, each by a fair coin of its own.
///
/// It needs no normal approximation, which would be wrong in the tail for the few restarts there
/// are, and assumes nothing but that a difference is as likely to have either sign.
///
/// Reference: Wilcoxon, F. (1945), Biometrics Bulletin 1, 80–83.
package struct SignedRank: Hashable, Sendable {
    /// The ranks that are summed.
    package let count: Int
    /// The probability of each sum, from 0 to n(n + 1)/2.
    private let probabilities: [Double]

    /// The distribution over `count` ranks.
    ///
    /// - Precondition: `count` is not negative.
    package init(count: Int) {
        precondition(count >= 0, "a distribution of \(count) ranks")
        self.count = count
        // Rank by rank: a sum w comes about without the rank, or with it from w − rank.
        var probabilities = [Double](repeating: 0, count: count * (count + 1) / 2 + 1)
        probabilities[0] = 1
        var largest = 0
        for rank in stride(from: 1, through: count, by: 1) {
            largest += rank
            for sum in stride(from: largest, through: 0, by: -1) {
                let with = sum >= rank ? probabilities[sum - rank] : 0
                probabilities[sum] = (probabilities[sum] + with) / 2
            }
        }
        self.probabilities = probabilities
    }

    /// The probability that the sum is `sum` or less.
    package func cumulative(_ sum: Int) -> Double {
        guard sum >= 0 else { return 0 }
        return min(1, probabilities.prefix(sum + 1).reduce(0, +))
    }

    /// The largest sum that is reached or gone below with a probability of at most `tail`; nil when
    /// even 0 is likelier than that, so that this few ranks can never be so sure.
    package func criticalSum(tail: Double) -> Int? {
        var below = 0.0
        var critical: Int?
        for (sum, probability) in probabilities.enumerated() {
            below += probability
            guard below <= tail else { break }
            critical = sum
        }
        return critical
    }

    /// The fewest ranks that can be as sure as `confidence`: 7 for 99 %, since 2⁻⁷ < 1 % < 2⁻⁶.
    package static func fewestRanks(confidence: Double) -> Int {
        var count = 1
        var tail = 0.5
        while tail > 1 - confidence, count < 1000 {
            count += 1
            tail /= 2
        }
        return count
    }
}
