import Reactor

/// What a worker's connections put on the wire so far, by the kernel's own counts.
package struct WireTotals: Hashable, Sendable {
    /// Bytes with the headers of TCP and IP, and packets.
    package var traffic = WireTraffic()
    /// Connections that came to stand.
    package var connections = 0
    /// Segments that the clients sent again.
    package var retransmits = 0
    /// Segments that reached the clients out of order.
    package var outOfOrder = 0

    package init() {}

    /// Adds a connection that the client opened, as it stands.
    package mutating func add(_ info: TCPInfo, isIPv6: Bool, endReceived: Bool? = nil) {
        traffic += info.wireTraffic(as: .opener, isIPv6: isIPv6, endReceived: endReceived)
        connections += 1
        retransmits += info.retransmits
        outOfOrder += info.outOfOrder
    }

    /// Whether the network lost something, as far as the clients can see: then the bytes from the
    /// server lack what was dropped, and those of selective acknowledgements are in neither sum.
    package var lossSeen: Bool {
        retransmits > 0 || outOfOrder > 0
    }

    package static func += (left: inout WireTotals, right: WireTotals) {
        left.traffic += right.traffic
        left.connections += right.connections
        left.retransmits += right.retransmits
        left.outOfOrder += right.outOfOrder
    }

    package static func - (left: WireTotals, right: WireTotals) -> WireTotals {
        var difference = left
        difference.traffic = left.traffic - right.traffic
        difference.connections -= right.connections
        difference.retransmits -= right.retransmits
        difference.outOfOrder -= right.outOfOrder
        return difference
    }
}

/// Why a connection's counts could not be read at the one moment at which they are exact: after both
/// ends were acknowledged. They were read earlier then, and may lack the last packets.
package enum UnreadReason: String, Sendable, CaseIterable {
    /// A reset ended it; a reset's header is shorter than those of other segments.
    case reset
    /// The server's end, or its acknowledgement of ours, did not come in time.
    case timedOut = "timed-out"
    /// The descriptor was needed for the next connection.
    case crowdedOut = "crowded-out"
    /// It never came to stand: refused, or still on its way when the client left.
    case neverStood = "never-stood"
}
