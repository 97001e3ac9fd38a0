import Synchronization

/// What a relay carries and holds.
package struct RelayStatistics: Hashable, Sendable {
    /// What goes through one door.
    package struct Door: Hashable, Sendable {
        /// Connections that there are now.
        package var connections = 0
        /// Connections that there have been, those there are now among them.
        package var accepted = 0
        /// Connections that were closed as they came, because there were too many.
        package var refused = 0
        /// Bytes that were handed to the server's side.
        package var bytesUp = 0
        /// Bytes that were handed to the clients' side.
        package var bytesDown = 0
        /// Bytes that were taken from clients and are still in the relay.
        package var heldUpBytes = 0
        /// Bytes that were taken from the server and are still in the relay.
        package var heldDownBytes = 0

        /// A door through which nothing went.
        package init() {}

        /// Bytes that are in the relay now.
        package var heldBytes: Int { heldUpBytes + heldDownBytes }
    }

    /// The doors, in the order of their addresses.
    package var doors: [Door]

    /// Why the relay stopped by itself; nil while all is well.
    package var failure: String?

    /// All doors together.
    package var total: Door {
        var sum = Door()
        for door in doors {
            sum.connections += door.connections
            sum.accepted += door.accepted
            sum.refused += door.refused
            sum.bytesUp += door.bytesUp
            sum.bytesDown += door.bytesDown
            sum.heldUpBytes += door.heldUpBytes
            sum.heldDownBytes += door.heldDownBytes
        }
        return sum
    }
}

/// Where a relay's loop lays its counters down for others to read.
final class RelayBoard: Sendable {
    private let laidDown = Mutex(RelayStatistics(doors: []))

    /// Makes room for so many doors, before anything comes.
    func open(doors: Int) {
        set(Array(repeating: RelayStatistics.Door(), count: doors))
    }

    func set(_ doors: [RelayStatistics.Door]) {
        laidDown.withLock { $0.doors = doors }
    }

    func fail(_ reason: String) {
        laidDown.withLock { $0.failure = reason }
    }

    var statistics: RelayStatistics {
        laidDown.withLock { $0 }
    }
}
