import CLinux
import Glibc
import Link

/// A TCP socket with one owner, closed when the owner lets go.
///
/// Always non-blocking and close-on-exec, and not delayed by Nagle's algorithm unless that is asked
/// for: an event that waits for the acknowledgement of the one before would be measured as a slow
/// technique.
///
/// A descriptor means something only in the descriptor table of the thread that opened it (see
/// `unshareDescriptors`): accept or connect on the loop that will own the socket.
package struct Socket: ~Copyable {
    private let owned: OwnedDescriptor

    private init(_ owned: consuming OwnedDescriptor) {
        self.owned = owned
    }

    /// Takes over `descriptor`, which nobody else may close from now on.
    package init(adopting descriptor: Int32) {
        owned = OwnedDescriptor(descriptor)
    }

    /// The descriptor, for a `Poller` and for the static functions below; owned by this socket.
    package var descriptor: Int32 {
        owned.number
    }

    /// Gives the descriptor away without closing it.
    package consuming func release() -> Int32 {
        owned.release()
    }

    /// Listens on `address`; with `sharingPort`, beside other sockets of this user that do so too,
    /// the kernel spreading connections over them by a hash.
    package static func listen(
        on address: SocketAddress, backlog: Int32, sharingPort: Bool
    ) throws(SystemError) -> Socket {
        let listener = try make(for: address)
        // A restarted server must not wait for its predecessor's connections to leave TIME-WAIT.
        try listener.enable(CLX_REUSE_ADDRESS, "SO_REUSEADDR")
        if sharingPort {
            try listener.enable(CLX_REUSE_PORT, "SO_REUSEPORT")
        }
        if address.isIPv6 {
            // [::] is IPv6 whatever the system's default, so that 0.0.0.0 can stand beside it.
            try listener.enable(CLX_IPV6_ONLY, "IPV6_V6ONLY")
        }
        try listener.bind(to: address)
        _ = try SystemCall.perform("listen \(address)") {
            clx_listen(listener.descriptor, backlog)
        }
        return listener
    }

    /// Dead connections that are passed over in a row. A crowd that broke away while it waited is
    /// passed over in a few calls of `accept`; a network that is down for good, or a filter that
    /// refuses everybody, must not keep the loop here for ever.
    private static let deadInARow = 64

    /// The next connection on this listener; `nil` when none waits. With `nagle`, a small segment of
    /// it waits for the acknowledgement of the one before (RFC 9293 §3.7.4).
    ///
    /// - Throws: what keeps connections from being accepted for now; whoever tries again at once
    ///   does so in vain.
    package func accept(nagle: Bool = false) throws(SystemError) -> Socket? {
        var dead = 0
        while true {
            do {
                let number = try SystemCall.performUnlessBlocked("accept") {
                    clx_accept(descriptor)
                }
                guard let number else { return nil }
                let accepted = Socket(adopting: number)
                if !nagle { try accepted.enable(CLX_NO_DELAY, "TCP_NODELAY") }
                return accepted
            } catch {
                dead += 1
                guard Self.concernsOneConnection(error.code), dead < Self.deadInARow else {
                    throw error
                }
            }
        }
    }

    /// Begins a connection, which polls writable once it stands or has failed; `pendingError` tells
    /// which.
    ///
    /// A `source` with port 0 is given its port only now that both addresses are known, so that a
    /// port can serve towards many destinations at once. A `receiveBuffer` limits what the kernel
    /// takes for us unread, in bytes.
    package static func connect(
        to destination: SocketAddress, from source: SocketAddress? = nil,
        receiveBuffer: Int? = nil
    ) throws(SystemError) -> Socket {
        let socket = try make(for: destination)
        if let receiveBuffer { try socket.limitReceiveBuffer(to: receiveBuffer) }
        try socket.enable(CLX_NO_DELAY, "TCP_NODELAY")
        if let source {
            try socket.enable(CLX_BIND_ADDRESS_NO_PORT, "IP_BIND_ADDRESS_NO_PORT")
            try socket.bind(to: source)
        }
        var address = destination.system
        do {
            _ = try SystemCall.perform("connect \(destination)", arguments: .named) {
                clx_connect(socket.descriptor, &address)
            }
        } catch  where error.code == EINPROGRESS || error.code == EALREADY {
            // EALREADY answers the repetition of a call that a signal interrupted.
        }
        return socket
    }

    private static func make(for address: SocketAddress) throws(SystemError) -> Socket {
        Socket(
            adopting: try SystemCall.perform("socket") { clx_socket(address.isIPv6 ? 1 : 0) })
    }

    private func bind(to address: SocketAddress) throws(SystemError) {
        var system = address.system
        _ = try SystemCall.perform("bind \(address)", arguments: .named) {
            clx_bind(descriptor, &system)
        }
    }

    private func enable(_ option: Int32, _ name: String) throws(SystemError) {
        _ = try SystemCall.perform(name) { clx_enable(descriptor, option) }
    }

    /// Whether accept failed only because the connection it took from the queue is dead already; the
    /// next one may be fine (accept(2), "Error handling").
    private static func concernsOneConnection(_ code: Int32) -> Bool {
        switch code {
        case ECONNABORTED, EPROTO, ENETDOWN, EHOSTDOWN, ENONET, EHOSTUNREACH, ENETUNREACH: true
        default: false
        }
    }

    /// Sends what the kernel takes of `bytes` and says how many it took; `nil` when it takes none
    /// now. A peer that is gone throws and raises no signal. When the end follows at once, it can share
    /// the last segment.
    package static func send(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, isEndNext: Bool = false
    ) throws(SystemError) -> Int? {
        try SystemCall.performUnlessBlocked("send") {
            clx_send(descriptor, bytes.baseAddress, bytes.count, isEndNext ? 1 : 0)
        }
    }

    /// Receives into `buffer` and says how many bytes came; 0 when the peer closed, `nil` when
    /// there are none now.
    package static func receive(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int? {
        assert(!buffer.isEmpty, "Nothing received into no room would look like the peer's end.")
        return try SystemCall.performUnlessBlocked("receive") {
            clx_receive(descriptor, buffer.baseAddress, buffer.count)
        }
    }

    /// Asks the kernel to stamp what it receives, for `receiveStamped`.
    package func stampReceived() throws(SystemError) {
        try enable(CLX_RECEIVE_STAMPS, "SO_TIMESTAMPNS")
    }

    /// Like `receive`, and says when the last segment of the bytes reached the kernel: nanoseconds
    /// of the wall clock (`WallClockOffset` makes a moment of them), 0 when it bears no stamp.
    package static func receiveStamped(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> (count: Int, wallNanoseconds: Int64)? {
        assert(!buffer.isEmpty, "Nothing received into no room would look like the peer's end.")
        var stamp: Int64 = 0
        let count = try SystemCall.performUnlessBlocked("receive") {
            clx_receive_stamped(descriptor, buffer.baseAddress, buffer.count, &stamp)
        }
        return count.map { ($0, stamp) }
    }

    /// `Socket.send` on this socket.
    package func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int? {
        try Self.send(descriptor, bytes)
    }

    /// `Socket.receive` on this socket.
    package func receive(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        try Self.receive(descriptor, into: buffer)
    }

    /// Ends our half of the connection; the peer still may send. Nothing happens when the
    /// connection is gone already.
    package func shutdownWriting() {
        let result = clx_shutdown_writing(descriptor)
        precondition(result == 0 || result == -ENOTCONN, "shutdown failed with code \(-result).")
    }

    /// With `reset`, makes closing send a reset at once and forget what was not sent; without,
    /// closing sends the rest in the background.
    package func setLinger(reset: Bool) {
        SystemCall.demand("SO_LINGER") { clx_set_linger(descriptor, reset ? 1 : 0) }
    }

    /// The error that waits on this socket, taken from it: why a connection did not come to stand or
    /// was lost.
    package func pendingError() -> SystemError? {
        let code = SystemCall.demand("SO_ERROR") { clx_take_socket_error(descriptor) }
        return code == 0 ? nil : SystemError(call: "connection", code: code)
    }

    /// This end's address, with the port that the kernel chose.
    package var localAddress: SocketAddress {
        var address = clx_address()
        SystemCall.demand("getsockname") { clx_local_address(descriptor, &address) }
        return SocketAddress(address)
    }

    /// The peer's address; `nil` when there is no connection.
    package var remoteAddress: SocketAddress? {
        var address = clx_address()
        return clx_remote_address(descriptor, &address) == 0 ? SocketAddress(address) : nil
    }

    /// Bytes handed to the kernel that the peer has not acknowledged (SIOCOUTQ).
    package func bytesNotSent() -> Int {
        Int(SystemCall.demand("SIOCOUTQ") { clx_bytes_not_sent(descriptor) })
    }

    /// What the kernel counted on the connection of this descriptor.
    package static func tcpInfo(_ descriptor: Int32) throws(SystemError) -> TCPInfo {
        var info = clx_tcp_info()
        _ = try SystemCall.perform("TCP_INFO") { clx_tcp_info(descriptor, &info) }
        return TCPInfo(info)
    }

    /// `Socket.tcpInfo` on this socket.
    package func tcpInfo() throws(SystemError) -> TCPInfo {
        try Self.tcpInfo(descriptor)
    }
}
