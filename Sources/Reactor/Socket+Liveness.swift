import CLinux
import Link

/// What tells a peer that is slow from one that is gone.
extension Socket {
    /// Has the kernel give the connection up once the peer has acknowledged nothing for `limit`: of
    /// what was sent (TCP_USER_TIMEOUT, RFC 5482), of probes into a window that stays closed, or,
    /// when nothing is on its way, of keepalive probes (RFC 9293 §3.8.4).
    ///
    /// Probes go every third of the limit, so that two may be lost; the kernel counts those in whole
    /// seconds, of which there is at least one.
    package func giveUp(after limit: Duration) throws(SystemError) {
        let milliseconds = max(1, limit.nanoseconds / 1_000_000)
        // The kernel takes at most 32,767 seconds for each of the two.
        let third = Int32(clamping: min(32_767, max(1, milliseconds / 3000)))
        _ = try SystemCall.perform("TCP_USER_TIMEOUT") {
            clx_set_dead_after(descriptor, UInt32(clamping: milliseconds), third, third)
        }
    }

    /// Keeps the kernel from taking more than about `bytes` that are not read; before connecting.
    package func limitReceiveBuffer(to bytes: Int) throws(SystemError) {
        _ = try SystemCall.perform("SO_RCVBUF") {
            clx_limit_receive_buffer(descriptor, Int32(clamping: bytes))
        }
    }

    /// Lets the kernel take `bytes` again that are not read, on a connection that was limited.
    package func liftReceiveBuffer(to bytes: Int) throws(SystemError) {
        _ = try SystemCall.perform("SO_RCVBUF") {
            clx_lift_receive_buffer(descriptor, Int32(clamping: bytes))
        }
    }
}
