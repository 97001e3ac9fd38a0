/// What crossed the wire on TCP connections: bytes with the headers of TCP and IP, and packets.
///
/// *Up* is from the opener to the acceptor, client to server. A packet is a segment as the network
/// carries it: a send that the network card or the loopback device takes whole counts as the
/// segments that it is cut into.
package struct WireTraffic: Hashable, Sendable {
    /// Bytes from client to server.
    package var upBytes = 0
    /// Bytes from server to client.
    package var downBytes = 0
    /// Packets from client to server.
    package var upPackets = 0
    /// Packets from server to client.
    package var downPackets = 0

    /// Nothing yet.
    package init() {}

    package init(upBytes: Int, downBytes: Int, upPackets: Int, downPackets: Int) {
        self.upBytes = upBytes
        self.downBytes = downBytes
        self.upPackets = upPackets
        self.downPackets = downPackets
    }

    package static func += (left: inout WireTraffic, right: WireTraffic) {
        left.upBytes += right.upBytes
        left.downBytes += right.downBytes
        left.upPackets += right.upPackets
        left.downPackets += right.downPackets
    }

    package static func - (left: WireTraffic, right: WireTraffic) -> WireTraffic {
        WireTraffic(
            upBytes: left.upBytes - right.upBytes, downBytes: left.downBytes - right.downBytes,
            upPackets: left.upPackets - right.upPackets,
            downPackets: left.downPackets - right.downPackets)
    }
}

extension TCPInfo {
    /// Which end of the connection the counts are from.
    package enum Role: Sendable, CaseIterable {
        /// The one that connected.
        case opener
        /// The one that accepted.
        case acceptor
    }

    /// The bytes and packets of the connection so far, out of payload bytes and segments.
    ///
    /// Every segment has a header of `h` bytes, and nothing else but its payload. Only the two that
    /// open the connection have larger headers, of `s` bytes, for what they propose:
    ///
    /// ```text
    ///                        IPv4   IPv6
    /// IP header                20     40     (RFC 791 §3.1, RFC 8200 §3)
    /// TCP header               20     20     (RFC 9293 §3.1)
    /// timestamps               12     12     each segment, if agreed: NOP NOP TS
    ///                    h =   52     72     with timestamps, 40 and 60 without
    ///
    /// SYN and SYN-ACK: IP + TCP + MSS 4
    ///   + timestamps 12 (SACK-permitted takes the place of the two NOPs), else SACK-permitted 4
    ///   + window scale 4 (NOP WS)
    ///                    s =   60     80     with timestamps, 52 and 72 without
    /// ```
    ///
    /// The kernel counts the SYN and the SYN-ACK among the segments, with one exception: the
    /// acceptor's SYN-ACK is sent before there is a socket to count it. `bytesReceived` counts the
    /// peer's FIN, which is no byte. Hence, with `n` for the segments of that direction:
    ///
    /// ```text
    ///                sent                           received
    /// opener         bytesSent + h·n + (s - h)      bytesReceived - fin + h·n + (s - h)
    /// acceptor       bytesSent + h·n + s            bytesReceived - fin + h·n + (s - h)
    /// ```
    ///
    /// Exact for both directions on the opener, once the socket is closed by both ends; the acceptor
    /// does not see the last acknowledgement in time. Not told are the blocks of selective
    /// acknowledgements (12 or 20 bytes each, where something was lost), a reset's header, which has
    /// no timestamp, and what the network dropped on its way here.
    ///
    /// - Parameters:
    ///   - role: which end this is.
    ///   - isIPv6: whether the addresses are IPv6 ones.
    ///   - endReceived: whether the peer's FIN has come; nil goes by the state.
    /// - Returns: the connection's traffic so far, seen from client to server whichever end this is.
    package func wireTraffic(
        as role: Role, isIPv6: Bool, endReceived: Bool? = nil
    ) -> WireTraffic {
        let plain = (isIPv6 ? 40 : 20) + 20
        let header = plain + (hasTimestamps ? 12 : 0)
        let proposals =
            4 + (hasTimestamps ? 12 : hasSelectiveAcknowledgements ? 4 : 0)
            + (hasWindowScaling ? 4 : 0)
        let opening = plain + proposals
        let end = (endReceived ?? hasReceivedEnd) ? 1 : 0
        let received = bytesReceived - end + header * segmentsIn + opening - header
        switch role {
        case .opener:
            return WireTraffic(
                upBytes: bytesSent + header * segmentsOut + opening - header, downBytes: received,
                upPackets: segmentsOut, downPackets: segmentsIn)
        case .acceptor:
            return WireTraffic(
                upBytes: received, downBytes: bytesSent + header * segmentsOut + opening,
                upPackets: segmentsIn, downPackets: segmentsOut + 1)
        }
    }
}
