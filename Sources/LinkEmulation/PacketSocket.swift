import CLinux
import Glibc
import Reactor

/// The mirror's end of the link: packets out of a ring that the kernel fills, and packets in.
///
/// A ring (packet(7), TPACKET_V2) rather than `recvmmsg`: a packet is read without a system call, and
/// the kernel has noted when it was sent, so that the mirror's own waking up does not delay it.
struct PacketSocket: ~Copyable {
    /// Packets that may wait to be looked at: 8 MiB. A thread that is kept from running for two
    /// ticks of a 250 Hz kernel has 800 waiting at 100,000 packets/s.
    static let frames: UInt32 = 4096

    private let owned: OwnedDescriptor
    private var ring: clx_packet_ring

    /// Opens the socket; the descriptor is then given to the thread that makes a value of it.
    static func open(on interface: Interface) throws(LinkRefusal) -> OwnedDescriptor {
        let descriptor = clx_packet_open(interface.index, frames)
        guard descriptor >= 0 else {
            throw LinkRefusal(
                step: "open a packet socket on \(interface.name)", code: -descriptor,
                reason: descriptor == -EPERM
                    ? "a seccomp filter forbids it" : "the kernel has none, or lacks memory")
        }
        return OwnedDescriptor(descriptor)
    }

    /// Maps the ring of an open socket.
    static func map(_ descriptor: consuming OwnedDescriptor) throws(SystemError) -> PacketSocket {
        var ring = clx_packet_ring()
        let number = descriptor.number
        _ = try SystemCall.perform("map packets") {
            clx_packet_map(number, frames, &ring)
        }
        return PacketSocket(owned: descriptor, ring: ring)
    }

    private init(owned: consuming OwnedDescriptor, ring: clx_packet_ring) {
        self.owned = owned
        self.ring = ring
    }

    deinit {
        var ring = ring
        clx_packet_unmap(&ring)
    }

    /// What polls readable while packets wait.
    var descriptor: Int32 {
        owned.number
    }

    /// The oldest packet that waits; its bytes are ours until `pop`.
    func peek() -> clx_packet? {
        var packet = clx_packet()
        return withUnsafePointer(to: ring) { clx_packet_peek($0, &packet) } == 1 ? packet : nil
    }

    /// Gives the oldest packet's place back to the kernel.
    mutating func pop() {
        clx_packet_pop(&ring)
    }

    /// Sends packets and says how many were taken; nil when the kernel takes none now.
    func send(_ packets: UnsafeBufferPointer<clx_outgoing>) throws(SystemError) -> Int? {
        let sent = clx_packet_send(owned.number, packets.baseAddress, Int32(packets.count))
        // No memory for one more packet is a full queue, and passes.
        guard sent != -ENOBUFS else { return nil }
        return try SystemCall.performUnlessBlocked("send packets") { sent }.map { Int($0) }
    }

    /// The packets for which the ring had no room since this was last asked.
    func takeDrops() -> Int {
        Int(SystemCall.demand("PACKET_STATISTICS") { clx_packet_take_drops(owned.number) })
    }
}
