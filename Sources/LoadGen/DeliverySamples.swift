import Measurement

/// Every measured delivery with its event's id, for what a histogram has forgotten: the latency
/// without the source's lateness, and the comparison of two techniques event by event.
///
/// Kept in two arrays, 12 bytes a delivery, whose room is taken before the run: the kernel gives a
/// page when it is first touched, so that room which is not used costs nothing. A run with more
/// deliveries than the limit has no samples at all, since a part of them would be a biased one.
package struct DeliverySamples: Sendable {
    /// Deliveries kept of a run: 48 MB, and more than a mean's digits need.
    package static let limit = 4_000_000

    private let limit: Int
    /// The id that offsets count from: that of the first delivery.
    private var base: UInt64 = 0
    /// Ids less `base`, as signed numbers: a late event may come before the first.
    private var offsets: [Int32] = []
    private var latencies: [Int64] = []
    /// Whether every measured delivery is here.
    package private(set) var isComplete = true

    /// Room for `limit` deliveries.
    package init(limit: Int = 0) {
        self.limit = limit
        offsets.reserveCapacity(limit)
        latencies.reserveCapacity(limit)
    }

    /// The number of deliveries kept.
    package var count: Int { latencies.count }

    /// Keeps the delivery of event `id`, which took so many nanoseconds from when it was due.
    package mutating func append(id: UInt64, latency: Int64) {
        guard isComplete, latencies.count < limit else { return abandon() }
        if latencies.isEmpty { base = id }
        // Ids of somebody else's server may jump by any number.
        guard let offset = Int32(exactly: Int64(bitPattern: id &- base)) else { return abandon() }
        offsets.append(offset)
        latencies.append(latency)
    }

    /// Adds the deliveries that another worker kept.
    package mutating func merge(_ other: DeliverySamples) {
        guard isComplete, other.isComplete else { return abandon() }
        guard other.count > 0 else { return }
        if count == 0 {
            base = other.base
            offsets = other.offsets
            latencies = other.latencies
            return
        }
        let shift = Int64(bitPattern: other.base &- base)
        offsets.reserveCapacity(count + other.count)
        for offset in other.offsets {
            guard let moved = Int32(exactly: shift &+ Int64(offset)) else { return abandon() }
            offsets.append(moved)
        }
        latencies.append(contentsOf: other.latencies)
    }

    /// Calls `body` with the id and the latency of each delivery.
    package func forEach(_ body: (_ id: UInt64, _ latency: Int64) -> Void) {
        for index in latencies.indices {
            body(base &+ UInt64(bitPattern: Int64(offsets[index])), latencies[index])
        }
    }

    private mutating func abandon() {
        guard isComplete else { return }
        isComplete = false
        offsets = []
        latencies = []
    }
}

extension DeliverySamples {
    /// The latencies less the lateness at which the server sent each event: what they would have
    /// been with a punctual source, and what a benchmark reports that forgets how late its source
    /// was. Deliveries of events whose lateness is not known are left out.
    ///
    /// - Parameter latenessByID: nanoseconds from when an event was due to when it was sent.
    /// - Returns: the latencies that are left, none below zero.
    package func uncorrected(latenessByID: [UInt64: Int64]) -> Histogram {
        var histogram = Histogram()
        // Deliveries of one event come one behind the other, mostly.
        var last: (id: UInt64, lateness: Int64?)?
        forEach { id, latency in
            if last?.id != id { last = (id, latenessByID[id]) }
            if let lateness = last?.lateness { histogram.record(max(latency - lateness, 0)) }
        }
        return histogram
    }

    /// Each event's mean latency over the clients that it reached, in nanoseconds.
    package var meanByEvent: [UInt64: Double] {
        var sums: [UInt64: (latency: Int64, count: Int64)] = [:]
        var current: (id: UInt64, latency: Int64, count: Int64)?
        func close() {
            guard let sum = current else { return }
            sums[sum.id, default: (0, 0)].latency &+= sum.latency
            sums[sum.id, default: (0, 0)].count += sum.count
        }
        forEach { id, latency in
            if current?.id != id {
                close()
                current = (id, 0, 0)
            }
            current?.latency &+= latency
            current?.count += 1
        }
        close()
        return sums.mapValues { Double($0.latency) / Double($0.count) }
    }
}
