import Measurement
import Testing

@Suite("The signed-rank distribution")
struct SignedRankTests {
    @Test("is what counting every assignment of signs gives", arguments: 0...12)
    func bruteForce(count: Int) {
        let distribution = SignedRank(count: count)
        var sums = [Int](repeating: 0, count: count * (count + 1) / 2 + 1)
        for signs in 0..<(1 << count) {
            let sum = (0..<count).reduce(0) { $0 + (signs >> $1 & 1 == 1 ? $1 + 1 : 0) }
            sums[sum] += 1
        }
        var below = 0
        for (sum, ways) in sums.enumerated() {
            below += ways
            let expected = Double(below) / Double(1 << count)
            #expect(abs(distribution.cumulative(sum) - expected) < 1e-12)
        }
        #expect(distribution.cumulative(-1) == 0)
        #expect(distribution.cumulative(sums.count) == 1)
    }

    /// One-sided critical values as statistical tables print them, such as Hollander and Wolfe (1999),
    /// table A.4, and the exact tables of R's qsignrank: the largest sum with P(W⁺ ≤ sum) ≤ tail.
    private static let published: [(count: Int, tail: Double, critical: Int?)] = [
        (4, 0.05, nil), (5, 0.05, 0), (6, 0.05, 2), (8, 0.05, 5), (10, 0.05, 10), (15, 0.05, 30),
        (20, 0.05, 60), (25, 0.05, 100), (6, 0.01, nil), (7, 0.01, 0), (8, 0.01, 1), (9, 0.01, 3),
        (10, 0.01, 5), (11, 0.01, 7), (12, 0.01, 9), (13, 0.01, 12), (14, 0.01, 15), (15, 0.01, 19),
        (16, 0.01, 23), (20, 0.01, 43), (10, 0.025, 8), (15, 0.025, 25), (20, 0.005, 37),
    ]

    @Test("has the published critical values", arguments: published)
    func table(count: Int, tail: Double, critical: Int?) {
        #expect(SignedRank(count: count).criticalSum(tail: tail) == critical)
    }

    @Test(
        "says how few ranks can be so sure",
        arguments: [(0.5, 1), (0.9, 4), (0.95, 5), (0.99, 7), (0.999, 10)])
    func fewest(confidence: Double, count: Int) {
        #expect(SignedRank.fewestRanks(confidence: confidence) == count)
        #expect(SignedRank(count: count).criticalSum(tail: 1 - confidence) == 0)
    }

    @Test("adds up for as many restarts as anybody would make")
    func large() {
        let distribution = SignedRank(count: 200)
        #expect(abs(distribution.cumulative(200 * 201 / 2) - 1) < 1e-9)
        #expect(abs(distribution.cumulative(200 * 201 / 4 - 1) - 0.5) < 0.01)
    }
}
