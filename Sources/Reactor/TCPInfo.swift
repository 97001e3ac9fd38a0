import CLinux
import Link

/// What the kernel counted on one TCP connection: the source of the bytes on the wire.
///
/// Exact for both directions when it is read from the side that opened the connection after the
/// peer's end was received and one's own sent, and before the socket is closed. `bytesReceived`
/// counts the peer's FIN as a byte, `bytesAcked` on the opener counts its own SYN and FIN, and
/// `bytesSent` counts neither but includes what was sent again. `wireTraffic` makes bytes and
/// packets of these.
package struct TCPInfo: Hashable, Sendable {
    /// The connection's state as the kernel numbers it: 1 established, 7 closed.
    package let state: UInt8
    /// The options both ends agreed on, a bit each.
    package let options: UInt8
    /// Payload bytes sent, retransmissions included.
    package let bytesSent: Int
    /// Payload bytes received in order, and one for the peer's FIN.
    package let bytesReceived: Int
    /// Bytes of ours that the peer has acknowledged.
    package let bytesAcked: Int
    /// Segments sent, acknowledgements included, an acceptor's SYN-ACK left out.
    package let segmentsOut: Int
    /// Segments received.
    package let segmentsIn: Int
    /// Segments sent again since the connection began.
    package let retransmits: Int
    /// Segments received out of order: one before them was lost, or overtaken.
    package let outOfOrder: Int
    /// The smoothed round trip time in the kernel's resolution of a microsecond.
    package let roundTripTime: Duration
    /// The largest payload of a segment sent.
    package let sendingMSS: Int

    /// Puts one together; the kernel's come from `Socket.tcpInfo`.
    package init(
        state: UInt8, options: UInt8, bytesSent: Int, bytesReceived: Int, bytesAcked: Int,
        segmentsOut: Int, segmentsIn: Int, retransmits: Int = 0, outOfOrder: Int = 0,
        roundTripTime: Duration = .zero, sendingMSS: Int = 0
    ) {
        self.state = state
        self.options = options
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
        self.bytesAcked = bytesAcked
        self.segmentsOut = segmentsOut
        self.segmentsIn = segmentsIn
        self.retransmits = retransmits
        self.outOfOrder = outOfOrder
        self.roundTripTime = roundTripTime
        self.sendingMSS = sendingMSS
    }

    init(_ info: clx_tcp_info) {
        self.init(
            state: info.state, options: info.options, bytesSent: Int(clamping: info.bytes_sent),
            bytesReceived: Int(clamping: info.bytes_received),
            bytesAcked: Int(clamping: info.bytes_acked), segmentsOut: Int(info.segments_out),
            segmentsIn: Int(info.segments_in), retransmits: Int(info.retransmits),
            outOfOrder: Int(info.out_of_order),
            roundTripTime: .microseconds(info.round_trip_microseconds),
            sendingMSS: Int(info.sending_mss))
    }

    /// Whether every segment carries a timestamp, 12 bytes of its header (RFC 7323).
    package var hasTimestamps: Bool {
        options & 1 != 0
    }

    /// Whether both ends may acknowledge selectively (RFC 2018), which two bytes of a SYN propose.
    package var hasSelectiveAcknowledgements: Bool {
        options & 2 != 0
    }

    /// Whether windows are scaled (RFC 7323 §2), which three bytes of a SYN propose.
    package var hasWindowScaling: Bool {
        options & 4 != 0
    }

    /// Whether nothing more will be sent or received: both ends are acknowledged, or one reset the
    /// connection. `TIME-WAIT` belongs to it: the kernel keeps that apart from the socket.
    package var isClosed: Bool {
        state == State.closed
    }

    /// Whether the peer's FIN has come, as far as the state tells. A connection that a reset closed
    /// looks as if it had.
    package var hasReceivedEnd: Bool {
        switch state {
        case State.timeWait, State.closed, State.closeWait, State.lastAck, State.closing: true
        default: false
        }
    }

    /// The states that matter here, of the kernel's `include/net/tcp_states.h`.
    private enum State {
        static let timeWait: UInt8 = 6
        static let closed: UInt8 = 7
        static let closeWait: UInt8 = 8
        static let lastAck: UInt8 = 9
        static let closing: UInt8 = 11
    }
}
