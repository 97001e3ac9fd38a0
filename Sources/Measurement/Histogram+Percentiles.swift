/// One point of a percentile curve.
package struct PercentilePoint: Hashable, Sendable {
    /// The share of values, in percent, that are at most `value`.
    package let percentile: Double
    /// That value, in nanoseconds.
    package let value: Int64
}

extension Histogram {
    /// The value that `percentile` percent of the values do not exceed.
    ///
    /// As HdrHistogram has it, this is the highest value of its slot: at most 1/1024 above the value
    /// recorded, never below it, and never above the exact maximum. Zero for an empty histogram.
    package func value(atPercentile percentile: Double) -> Int64 {
        values(atPercentiles: [percentile])[0]
    }

    /// The values at several percentiles, which must ascend, in one walk over the slots.
    package func values(atPercentiles percentiles: [Double]) -> [Int64] {
        var values: [Int64] = []
        values.reserveCapacity(percentiles.count)
        var slots = occupiedSlots.makeIterator()
        var reached = 0
        var value: Int64 = 0
        for percentile in percentiles {
            let needed = rank(atPercentile: percentile)
            while reached < needed, let slot = slots.next() {
                reached += slot.count
                value = min(slot.highestValue, maximum)
            }
            values.append(percentile <= 0 ? minimum : value)
        }
        return values
    }

    /// The percentile curve for charts: as HdrHistogram iterates, five points from 0 to 50 %, five
    /// from there to 75 %, five to 87.5 %, and so on, until less than one value is left above; then
    /// 100 %. Equal steps on the axis that shows tails, and a curve of at most 150 points.
    package var percentiles: [PercentilePoint] {
        guard count > 0 else { return [] }
        let stepsPerHalving = 5
        var levels: [Double] = []
        var rest = 100.0
        while rest * Double(count) >= 100 {
            let step = rest / 2 / Double(stepsPerHalving)
            for number in 0..<stepsPerHalving {
                levels.append(100 - rest + Double(number) * step)
            }
            rest /= 2
        }
        levels.append(100)
        return zip(levels, values(atPercentiles: levels)).map { level, value in
            PercentilePoint(percentile: level, value: value)
        }
    }

    /// The percentiles that the record keeps.
    package var summary: LatencySummary {
        let values = values(atPercentiles: [50, 90, 99, 99.9])
        return LatencySummary(
            count: count, mean: mean, p50: values[0], p90: values[1], p99: values[2],
            p99_9: values[3], max: maximum)
    }

    /// How many values must be passed to stand at `percentile`. The percentile is taken a hair
    /// smaller, so that 99.9 % of 1000 values is 999 and not, by a rounding error, 1000.
    private func rank(atPercentile percentile: Double) -> Int {
        let share = min(max(percentile.nextDown, 0), 100)
        return max(1, Int((share * Double(count) / 100).rounded(.up)))
    }
}
