import CLinux
import Glibc
import Reactor

/// A conversation with the kernel about the interfaces of this network namespace.
struct NetlinkSocket: ~Copyable {
    private let owned: OwnedDescriptor

    /// Opens one in the namespace that the calling thread is in.
    init() throws(LinkRefusal) {
        let descriptor = clx_netlink_socket()
        guard descriptor >= 0 else {
            throw LinkRefusal(
                step: "open a netlink socket", code: -descriptor, reason: "the kernel refuses")
        }
        owned = OwnedDescriptor(descriptor)
    }

    /// Sends a request and hands back the kernel's answer: 0 or an error code.
    func request(_ message: NetlinkMessage) -> Int32 {
        let request = message.encoded
        let sent = request.span.withUnsafeBytes {
            clx_send(owned.number, $0.baseAddress, $0.count, 0)
        }
        guard sent >= 0 else { return Int32(-sent) }
        // The acknowledgement of a failure repeats the request after its own 20 bytes.
        var reply = [UInt8](repeating: 0, count: 8192)
        let received = reply.withUnsafeMutableBytes {
            clx_receive(owned.number, $0.baseAddress, $0.count)
        }
        guard received >= 0 else { return Int32(-received) }
        return NetlinkMessage.acknowledgement(in: Array(reply.prefix(received))) ?? EPROTO
    }

    /// Sends a request that must be granted.
    func perform(_ message: NetlinkMessage, step: String) throws(LinkRefusal) {
        let code = request(message)
        guard code != 0 else { return }
        throw LinkRefusal(step: step, code: code, reason: Self.reason(of: code))
    }

    /// What an error code means when an interface is made or changed.
    private static func reason(of code: Int32) -> String {
        switch code {
        case EPERM: "this process may not change its network"
        case EOPNOTSUPP: "the kernel was built without it"
        case EEXIST: "it is there already"
        default: "the kernel refuses"
        }
    }
}
