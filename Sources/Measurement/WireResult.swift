/// What the kernel sent for a delivery, headers of TCP and IP included.
package struct WireCount: Hashable, Sendable, Codable {
    /// Bytes from client to server.
    package var upBytes: Double
    /// Bytes from server to client.
    package var downBytes: Double
    /// Packets from client to server, bare acknowledgements included.
    package var upPackets: Double
    /// Packets from server to client, bare acknowledgements included.
    package var downPackets: Double

    package init(upBytes: Double, downBytes: Double, upPackets: Double, downPackets: Double) {
        self.upBytes = upBytes
        self.downBytes = downBytes
        self.upPackets = upPackets
        self.downPackets = downPackets
    }

    private enum CodingKeys: String, CodingKey {
        case upBytes = "up_bytes"
        case downBytes = "down_bytes"
        case upPackets = "up_packets"
        case downPackets = "down_packets"
    }
}

/// Everything that crossed the wire in a round, from the first SYN to the last FIN, by the kernel's
/// own count of each connection (TCP_INFO, read by the side that opened it).
package struct WireResult: Hashable, Sendable, Codable {
    /// IP bytes from clients to server.
    package var upBytes: Int
    /// IP bytes from server to clients.
    package var downBytes: Int
    /// Packets from clients to server.
    package var upPackets: Int
    /// Packets from server to clients.
    package var downPackets: Int
    /// Connections counted.
    package var connections: Int
    /// Connections that ended before they could be read at the right moment: after the server's end
    /// came and one's own was sent. Each may miss a packet or two.
    package var unreadConnections: Int
    /// Segments that the clients sent again.
    package var retransmits: Int
    /// What the private namespace's interface counted meanwhile, in IP bytes; nil without one.
    package var interfaceBytes: Int?
    /// Packets by the same counter.
    package var interfacePackets: Int?
    /// Why the two counts differ, when they do.
    package var reason: String?

    package init(
        upBytes: Int, downBytes: Int, upPackets: Int, downPackets: Int, connections: Int,
        unreadConnections: Int = 0, retransmits: Int = 0, interfaceBytes: Int? = nil,
        interfacePackets: Int? = nil, reason: String? = nil
    ) {
        self.upBytes = upBytes
        self.downBytes = downBytes
        self.upPackets = upPackets
        self.downPackets = downPackets
        self.connections = connections
        self.unreadConnections = unreadConnections
        self.retransmits = retransmits
        self.interfaceBytes = interfaceBytes
        self.interfacePackets = interfacePackets
        self.reason = reason
    }

    /// Bytes both ways.
    package var bytes: Int { upBytes + downBytes }

    /// What the interface counted beyond the connections' own count; nil without its count.
    package var differenceBytes: Int? {
        interfaceBytes.map { $0 - bytes }
    }

    private enum CodingKeys: String, CodingKey {
        case upBytes = "up_bytes"
        case downBytes = "down_bytes"
        case upPackets = "up_packets"
        case downPackets = "down_packets"
        case connections
        case unreadConnections = "unread_connections"
        case retransmits
        case interfaceBytes = "interface_bytes"
        case interfacePackets = "interface_packets"
        case reason
    }
}
