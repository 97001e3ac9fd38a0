import CLinux
import Link

/// What the kernel counted on one TCP connection: the source of the bytes on the wire.
///
/// Exact for both directions when it is read from the side that opened the connection after the
/// peer's end was received and one's own sent, and before the socket is closed. `bytesReceived`
/// counts the peer's FIN as a byte, `bytesAcked` on the opener counts its own SYN and FIN, and
/// `bytesSent` counts neither but includes what was sent again.
package struct TCPInfo: Hashable, Sendable {
    /// The connection's state as the kernel numbers it: 1 established, 7 closed.
    package let state: UInt8
    /// The options both ends agreed on, a bit each.
    package let options: UInt8
    /// Payload bytes sent, retransmissions included.
    package let bytesSent: Int
    /// Payload bytes received in order.
    package let bytesReceived: Int
    /// Bytes of ours that the peer has acknowledged.
    package let bytesAcked: Int
    /// Segments sent, acknowledgements included, an acceptor's SYN-ACK left out.
    package let segmentsOut: Int
    /// Segments received.
    package let segmentsIn: Int
    /// Segments sent again since the connection began.
    package let retransmits: Int
    /// The smoothed round trip time in the kernel's resolution of a microsecond.
    package let roundTripTime: Duration
    /// The largest payload of a segment sent.
    package let sendingMSS: Int

    /// Whether every segment carries a timestamp, 12 bytes of its header (RFC 7323).
    package var hasTimestamps: Bool {
        options & 1 != 0
    }

    init(_ info: clx_tcp_info) {
        state = info.state
        options = info.options
        bytesSent = Int(clamping: info.bytes_sent)
        bytesReceived = Int(clamping: info.bytes_received)
        bytesAcked = Int(clamping: info.bytes_acked)
        segmentsOut = Int(info.segments_out)
        segmentsIn = Int(info.segments_in)
        retransmits = Int(info.retransmits)
        roundTripTime = .microseconds(info.round_trip_microseconds)
        sendingMSS = Int(info.sending_mss)
    }
}
