/// What a packet mirror has carried, and how well.
package struct LinkStatistics: Hashable, Sendable {
    /// One direction's packets that came out, and their IP bytes.
    package struct Carried: Hashable, Sendable {
        /// Packets, and their bytes from the IP header on.
        package internal(set) var packets = 0
        package internal(set) var bytes = 0
    }

    /// What arrived at servers, and what arrived at clients.
    package internal(set) var up = Carried()
    package internal(set) var down = Carried()
    /// Packets lost because the profile says so.
    package internal(set) var lost = 0
    /// Packets dropped while the link was cut.
    package internal(set) var cut = 0
    /// Packets for which there was no room: with the mirror, and in the kernel's ring before it.
    /// Anything but 0 means that the mirror, and not the profile, was the limit.
    package internal(set) var overflowed = 0
    package internal(set) var droppedByKernel = 0
    /// Packets that were not to the mirrored address, or larger than the link's MTU.
    package internal(set) var ignored = 0
    /// How much later than due packets came out, in nanoseconds, to an eighth; 0 without packets.
    package internal(set) var latenessP50Nanoseconds: Int64 = 0
    package internal(set) var latenessP99Nanoseconds: Int64 = 0
    package internal(set) var latenessMaxNanoseconds: Int64 = 0
    /// CPU time of the mirror's thread. The kernel's receiving of a packet and the waking of its
    /// reader is in it, which without a mirror is charged to the sender.
    package internal(set) var cpuNanoseconds: Int64 = 0
    /// The most packets that came out within 100 ms, as packets a second.
    package internal(set) var peakPacketsPerSecond = 0
    /// The most packets that were under way at once.
    package internal(set) var mostUnderWay = 0
    /// Why the mirror ended before it was asked to; nil when it did not.
    package internal(set) var failure: String?

    package init() {}

    /// Packets that came out, of both directions.
    package var packets: Int { up.packets + down.packets }
}

/// How late packets were, to an eighth: buckets that grow with the value, eight to each doubling.
struct LatenessHistogram {
    /// Up to 2⁴⁰ ns, which are 18 minutes.
    private var counts = [Int](repeating: 0, count: 40 * 8)
    private var total = 0
    private(set) var largest: Int64 = 0

    /// Counts one value; one below zero is none late.
    mutating func record(_ nanoseconds: Int64) {
        let value = max(0, nanoseconds)
        counts[Self.bucket(of: value)] += 1
        total += 1
        largest = max(largest, value)
    }

    /// The value that this share of the counted ones does not exceed, as the upper end of its
    /// bucket; 0 when none were counted.
    func percentile(_ share: Double) -> Int64 {
        var rest = Int((share * Double(total)).rounded(.up))
        guard total > 0 else { return 0 }
        for (bucket, count) in counts.enumerated() {
            rest -= count
            if rest <= 0 { return min(largest, Self.upperEnd(of: bucket)) }
        }
        return largest
    }

    /// Below 8 each value has its bucket; from there on the three bits after the highest tell.
    private static func bucket(of value: Int64) -> Int {
        guard value >= 8 else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        let bucket = (exponent - 2) * 8 + Int(value >> Int64(exponent - 3)) & 7
        return min(bucket, 40 * 8 - 1)
    }

    private static func upperEnd(of bucket: Int) -> Int64 {
        guard bucket >= 8 else { return Int64(bucket) }
        let exponent = bucket / 8 + 2
        return (Int64(8 + bucket % 8 + 1) << Int64(exponent - 3)) - 1
    }
}
