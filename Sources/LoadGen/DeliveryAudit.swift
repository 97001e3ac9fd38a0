import Link

/// What one client got of what it should have got.
///
/// Ids count up without holes, so a client that is told every event sees each number once and in
/// order. The audit is a high-water mark and, only when something is amiss, the holes below it.
package struct DeliveryAudit: Sendable {
    /// What an arrival was.
    package enum Arrival: Equatable, Sendable {
        /// The next event, or one that left a hole behind.
        case new
        /// An event out of a hole: it arrived after a greater id.
        case late
        /// An event that had already arrived.
        case duplicate
    }

    /// The greatest id that arrived; 0 before the first.
    package private(set) var highest: UInt64 = 0
    private var holes: [ClosedRange<UInt64>] = []

    package init() {}

    /// The stream begins after `cursor`: ids up to there were never this client's.
    package mutating func begin(at cursor: UInt64) {
        if highest == 0 { highest = cursor }
    }

    /// Takes the arrival of event `id`.
    package mutating func take(_ id: UInt64) -> Arrival {
        if id == highest &+ 1 {
            highest = id
            return .new
        }
        guard id <= highest else {
            holes.append(highest + 1...id - 1)
            highest = id
            return .new
        }
        guard let index = holes.firstIndex(where: { $0.contains(id) }) else { return .duplicate }
        let hole = holes.remove(at: index)
        if hole.lowerBound < id { holes.append(hole.lowerBound...id - 1) }
        if id < hole.upperBound { holes.append(id + 1...hole.upperBound) }
        return .late
    }

    /// Events below the greatest id that have not arrived.
    package var missing: Int {
        // A server may make up any id: holes lie apart and above 0, so 64 bits hold their sum.
        Int(clamping: holes.reduce(UInt64(0)) { $0 + ($1.upperBound - $1.lowerBound + 1) })
    }
}
