/// Counts of durations with three significant digits from 1 ns to 1 hour, in constant memory.
///
/// This is the arithmetic of HdrHistogram (Tene, hdrhistogram.org), with lowest discernible value 1,
/// highest trackable value 3.6 · 10¹² and three significant digits, so that its files and tools
/// understand what is written from here.
///
/// Three digits mean that a count is kept at most one part in a thousand away from its value, so a
/// power of two of values must be cut into at least 1000 slots; 1024 is the next power of two, and
/// then every step is a shift:
///
/// ```
/// bucket b        values                    slot width   slots (indices)
///    0            0 …          2 047          1 ns         0 …  2 047
///    1        2 048 …          4 095          2 ns     2 048 …  3 071
///    2        4 096 …          8 191          4 ns     3 072 …  4 095
///    b    1024 · 2ᵇ … 2048 · 2ᵇ − 1          2ᵇ ns     1024 · (b + 1) … 1024 · (b + 2) − 1
/// ```
///
/// Bucket 0 has both halves of its 2048 slots; the lower half of every other bucket is what the
/// bucket before it already counts more finely, and is left out. A value's bucket is the number of
/// bits that it has beyond eleven, and inside the bucket its top eleven bits say the slot:
///
/// ```
/// b     = 53 − leadingZeros(value | 2047)
/// index = 1024 · b + (value >> b)
/// ```
///
/// The highest value needs 42 bits, so there are 32 buckets: (32 + 1) · 1024 counts, 264 KiB. They
/// are allocated with the first value, so that a histogram which is never used costs nothing.
package struct Histogram: Hashable, Sendable {
    /// The largest value told apart: one hour. A latency beyond it is an outage, not a latency.
    package static let highestTrackable: Int64 = 3_600_000_000_000

    /// Eleven bits, less one: 2048 is the first power of two that is at least twice 10³.
    private static let halfMagnitude = 10
    private static let slotMask: Int64 = 2047
    static let slotCount = (bucket(of: highestTrackable) + 2) << halfMagnitude

    private var slots: [Int] = []
    /// The sum of all values. 64 bits would overflow after a billion deliveries of ten seconds.
    private var sum: Int128 = 0
    private var smallest = Int64.max
    private var largest: Int64 = 0

    /// The number of values recorded.
    package private(set) var count = 0
    /// How many of them were above `highestTrackable`, and are counted as that.
    package private(set) var saturated = 0
    /// How many of them were below zero, and are counted as zero: two clocks that disagree.
    package private(set) var negative = 0

    package init() {}

    /// The histogram with these counts, slot by slot from the first, of which only the counts are
    /// known: every value is taken to be the highest of its slot, as HdrHistogram does.
    ///
    /// - Precondition: no count is negative, and there are at most `slotCount` of them.
    init(countsBySlot counts: [Int]) {
        for (index, count) in counts.enumerated() where count > 0 {
            record(min(Self.highestValue(at: index), Self.highestTrackable), count: count)
        }
    }

    /// Counts one duration.
    package mutating func record(_ nanoseconds: Int64) {
        add(nanoseconds, times: 1)
    }

    /// Counts one duration `times` times; not at all when `times` is not positive.
    package mutating func record(_ nanoseconds: Int64, count times: Int) {
        guard times > 0 else { return }
        add(nanoseconds, times: times)
    }

    /// Adds everything that `other` counted, as if it had been recorded here.
    package mutating func merge(_ other: Histogram) {
        guard other.count > 0 else { return }
        if slots.isEmpty {
            slots = other.slots
        } else {
            for index in other.slots.indices {
                slots[index] += other.slots[index]
            }
        }
        count += other.count
        saturated += other.saturated
        negative += other.negative
        sum += other.sum
        smallest = min(smallest, other.smallest)
        largest = max(largest, other.largest)
    }

    /// The smallest value, exactly; zero when there is none.
    package var minimum: Int64 { count == 0 ? 0 : smallest }

    /// The largest value, exactly, up to `highestTrackable`; zero when there is none.
    package var maximum: Int64 { largest }

    /// The mean of the values themselves, not of their slots; zero when there is none.
    package var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

    /// How many values are at most each of `bounds`, which must ascend. A value counts by its slot, at
    /// whose upper end it is taken to be.
    package func counts(upTo bounds: [Int64]) -> [Int] {
        var slots = occupiedSlots.makeIterator()
        var slot = slots.next()
        var total = 0
        return bounds.map { bound in
            while let current = slot, current.highestValue <= bound {
                total += current.count
                slot = slots.next()
            }
            return total
        }
    }

    /// The counts of all slots from the first to the last that is occupied.
    var countsBySlot: ArraySlice<Int> {
        slots.prefix(count == 0 ? 0 : Self.index(of: largest) + 1)
    }

    /// The slots that hold a count, in ascending order of value.
    var occupiedSlots: some Sequence<(highestValue: Int64, count: Int)> {
        slots.indices.lazy
            .filter { slots[$0] > 0 }
            .map { (highestValue: Self.highestValue(at: $0), count: slots[$0]) }
    }

    /// The clamp to the range is all that branches here. The comparison that allocates at the first
    /// value is the bounds check that every array access makes: afterwards no index can exceed it.
    private mutating func add(_ nanoseconds: Int64, times: Int) {
        let value = min(max(nanoseconds, 0), Self.highestTrackable)
        let index = Self.index(of: value)
        if index >= slots.count {
            slots = Array(repeating: 0, count: Self.slotCount)
        }
        slots[index] &+= times
        count &+= times
        saturated &+= nanoseconds > Self.highestTrackable ? times : 0
        negative &+= nanoseconds < 0 ? times : 0
        sum &+= Int128(value) &* Int128(times)
        smallest = min(smallest, value)
        largest = max(largest, value)
    }

    private static func bucket(of value: Int64) -> Int {
        Int64.bitWidth - (halfMagnitude + 1) - (value | slotMask).leadingZeroBitCount
    }

    private static func index(of value: Int64) -> Int {
        let bucket = bucket(of: value)
        return (bucket << halfMagnitude) + Int(value >> Int64(bucket))
    }

    /// The largest value that falls into the slot: what HdrHistogram reports for all of them.
    private static func highestValue(at index: Int) -> Int64 {
        let bucket = max(0, (index >> halfMagnitude) - 1)
        let topBits = index - (bucket << halfMagnitude)
        return (Int64(topBits + 1) << Int64(bucket)) - 1
    }
}
