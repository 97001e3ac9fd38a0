import Link
import Testing

@testable import Measurement

/// Values over the whole range, as many small as large: a random number of bits, then random bits.
private func seededValues(seed: UInt64, count: Int) -> [Int64] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
        let bits = generator.next()
        let shift = 22 + generator.next() % 42
        return min(Int64(bits >> shift), Histogram.highestTrackable)
    }
}

@Suite("Histogram")
struct HistogramTests {
    @Test(
        "reports every percentile within one part in a thousand of the sorted values",
        arguments: [UInt64(1), 2, 3], [1, 2, 10, 1000, 20_000])
    func agreesWithSortedValues(seed: UInt64, count: Int) {
        let values = seededValues(seed: seed, count: count)
        let sorted = values.sorted()
        var histogram = Histogram()
        values.forEach { histogram.record($0) }
        for percentile in [0.001, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100] {
            let rank = max(1, Int((percentile.nextDown * Double(count) / 100).rounded(.up)))
            let exact = sorted[rank - 1]
            let reported = histogram.value(atPercentile: percentile)
            #expect(reported >= exact)
            #expect(Double(reported - exact) <= Double(exact) / 1000)
        }
        #expect(histogram.value(atPercentile: 0) == sorted[0])
        #expect(histogram.minimum == sorted[0])
        #expect(histogram.maximum == sorted[count - 1])
        let mean = values.reduce(0) { $0 + Double($1) } / Double(count)
        #expect(abs(histogram.mean - mean) <= mean * 1e-12)
    }

    @Test(
        "reports what the Python port of HdrHistogram 0.10.8 does for the same values",
        arguments: [
            (25, 716), (50, 919_551), (75, 1_655_701_503), (90, 118_178_709_503),
            (99, 2_323_577_307_135),
        ] as [(Double, Int64)])
    func agreesWithHdrHistogram(percentile: Double, expected: Int64) {
        var histogram = Histogram()
        seededValues(seed: 42, count: 10_000).forEach { histogram.record($0) }
        #expect(histogram.value(atPercentile: percentile) == expected)
    }

    @Test(
        "reports the highest value of a slot, but never more than was recorded",
        arguments: [
            // (recorded, recorded as well and greater, reported for the first)
            (0, 10_000_000, 0), (1, 10_000_000, 1), (2047, 10_000_000, 2047),
            (2048, 10_000_000, 2049), (2049, 10_000_000, 2049), (4096, 10_000_000, 4099),
            (1_000_000, 10_000_000, 1_000_447), (1_000_000, 1_000_001, 1_000_001),
        ] as [(Int64, Int64, Int64)])
    func reportsHighestEquivalent(value: Int64, greater: Int64, reported: Int64) {
        var histogram = Histogram()
        histogram.record(value)
        histogram.record(greater)
        #expect(histogram.value(atPercentile: 50) == reported)
        #expect(histogram.value(atPercentile: 100) == greater)
    }

    @Test("clamps what lies outside the range, and counts it")
    func clamps() {
        var histogram = Histogram()
        histogram.record(-1)
        histogram.record(.min, count: 2)
        histogram.record(.max)
        histogram.record(Histogram.highestTrackable)
        #expect(histogram.count == 5)
        #expect(histogram.negative == 3)
        #expect(histogram.saturated == 1)
        #expect(histogram.minimum == 0)
        #expect(histogram.maximum == Histogram.highestTrackable)
        #expect(histogram.value(atPercentile: 60) == 0)
        #expect(histogram.value(atPercentile: 100) == Histogram.highestTrackable)
    }

    @Test("counts a value many times at once as it does one by one, and not at all for none")
    func recordsCounts() {
        var once = Histogram()
        var singly = Histogram()
        once.record(12_345, count: 7)
        once.record(99, count: 0)
        once.record(99, count: -3)
        for _ in 0..<7 { singly.record(12_345) }
        #expect(once == singly)
    }

    @Test("merges to what recording everything in one histogram gives", arguments: [0, 1, 500])
    func merges(countOfSecond: Int) {
        let first = seededValues(seed: 4, count: 1000) + [-5, .max]
        let second = seededValues(seed: 5, count: countOfSecond)
        var together = Histogram()
        (first + second).forEach { together.record($0) }
        var left = Histogram()
        first.forEach { left.record($0) }
        var right = Histogram()
        second.forEach { right.record($0) }

        var leftFirst = left
        leftFirst.merge(right)
        #expect(leftFirst == together)
        var rightFirst = right
        rightFirst.merge(left)
        #expect(rightFirst == together)
    }

    @Test(
        "counts what is at most a bound, slot by slot",
        arguments: [
            ([], []), ([0], [0]), ([1000], [1]), ([999, 1000, 2000, 5000], [0, 1, 3, 4]),
            // The slot of 1,000,000 ends at 1,000,447.
            ([1_000_000, 1_000_447], [4, 5]), ([.max], [5]),
        ] as [([Int64], [Int])])
    func countsUpTo(bounds: [Int64], expected: [Int]) {
        var histogram = Histogram()
        for value in [1000, 1500, 2000, 3000, 1_000_000] { histogram.record(Int64(value)) }
        #expect(histogram.counts(upTo: bounds) == expected)
        #expect(Histogram().counts(upTo: bounds) == bounds.map { _ in 0 })
    }

    @Test("is all zeros when nothing was recorded")
    func startsEmpty() {
        let histogram = Histogram()
        #expect(histogram.summary == .none)
        #expect(histogram.minimum == 0)
        #expect(histogram.value(atPercentile: 99) == 0)
        #expect(histogram.percentiles.isEmpty)
    }

    @Test("takes 99.9 percent of a thousand values to be 999 of them")
    func roundsRanksDown() {
        var histogram = Histogram()
        for value in 1...1000 { histogram.record(Int64(value)) }
        let expected = LatencySummary(
            count: 1000, mean: 500.5, p50: 500, p90: 900, p99: 990, p99_9: 999, max: 1000)
        #expect(histogram.summary == expected)
    }

    @Test("gives a percentile curve that ascends from the minimum to the maximum in halvings")
    func iteratesPercentiles() {
        var histogram = Histogram()
        for value in 1...100 { histogram.record(Int64(value)) }
        let points = histogram.percentiles
        #expect(points.prefix(6).map(\.percentile) == [0, 10, 20, 30, 40, 50])
        #expect(points.prefix(6).map(\.value) == [1, 10, 20, 30, 40, 50])
        #expect(points[10].percentile == 75)
        #expect(points.last == PercentilePoint(percentile: 100, value: 100))
        for (point, next) in zip(points, points.dropFirst()) {
            #expect(point.percentile < next.percentile)
            #expect(point.value <= next.value)
        }
    }
}
