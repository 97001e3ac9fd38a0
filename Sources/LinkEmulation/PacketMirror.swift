import CLinux
import Link
import Reactor
import Synchronization

/// A link in software: a virtual cable whose far end sends everything back after its time under way.
///
/// ```text
///   pb0 10.9.0.1 ════ cable ════ pb1 ── ring ──▶ mirror: delay, jitter, loss, bandwidth
///        ▲                        ▲                 │
///        └────────────────────────┴── addresses ◀───┘
///                                     exchanged
/// ```
///
/// The far end's hardware address is nobody's, so that the kernel's own IP drops the packets there
/// as soon as it sees them, and only the mirror takes them. Checksums and segmentation are the
/// stack's, one packet for each segment, as on a real cable.
final class PacketMirror: Sendable {
    /// The end with an address, on which both ends of every connection are.
    static let interface = "pb0"
    private static let peer = "pb1"

    /// What servers bind to.
    static let own = IPv4Address(10, 9, 0, 1)
    /// What clients dial.
    static let mirrored = IPv4Address(10, 9, 0, 2)

    private let inbox: Inbox<MirrorLoop.Command>
    private let published = MirrorLoop.Published()
    private let threads = ThreadGroup<Bool>()

    /// Makes the cable in this namespace, and lets the mirror run on the processor of that index or,
    /// without one, on any.
    init(
        profile: LinkProfile, seed: UInt64, processor: Int?, in namespace: PrivateNamespace
    ) throws(LinkRefusal) {
        let descriptor = try Self.makeCable(in: namespace)
        do throws(SystemError) {
            inbox = try Inbox()
            let number = descriptor.release()
            let (inbox, published) = (self.inbox, self.published)
            do throws(SystemError) {
                try threads.start(name: "mirror", processor: processor) {
                    Self.mirror(number, profile: profile, seed: seed, inbox, published)
                }
            } catch {
                _ = OwnedDescriptor(number)
                throw error
            }
        } catch {
            throw LinkRefusal(error, reason: "the mirror needs a thread and a descriptor")
        }
    }

    deinit {
        _ = stop()
    }

    /// Makes the two interfaces and opens the socket on the far one.
    ///
    /// The near end's hardware address, like its IPv4 address, is the same in every run; the far
    /// end's neighbour entry is permanent, so that no ARP is among the packets.
    private static func makeCable(
        in namespace: PrivateNamespace
    ) throws(LinkRefusal) -> OwnedDescriptor {
        let netlink = try NetlinkSocket()
        try netlink.perform(
            .virtualEthernet(name: interface, address: HardwareAddress(for: own), peer: peer),
            step: "make a pair of virtual Ethernet interfaces")
        let near = try Interface(interface)
        let far = try Interface(peer)
        near.disableOffloads()
        far.disableOffloads()
        try netlink.perform(
            .address(own, prefixLength: 24, index: near.index), step: "give \(interface) \(own)")
        // The far end must be up to be opened, else the socket's first call reports that it was
        // down; nothing comes before the near end is up, too.
        try netlink.perform(.linkUp(index: far.index), step: "bring \(peer) up")
        let descriptor = try PacketSocket.open(on: far)
        try netlink.perform(.linkUp(index: near.index), step: "bring \(interface) up")
        try netlink.perform(
            .permanentNeighbour(
                mirrored, is: HardwareAddress(for: mirrored), index: near.index),
            step: "say where \(mirrored) is")
        return descriptor
    }

    /// Undoes `makeCable`: deleting one end deletes the other.
    static func removeCable() {
        guard let netlink = try? NetlinkSocket(), let near = try? Interface(interface) else {
            return
        }
        _ = netlink.request(.removeLink(index: near.index))
    }

    /// The thread; what it hands back says nothing, since the counters were laid down.
    private static func mirror(
        _ descriptor: Int32, profile: LinkProfile, seed: UInt64,
        _ inbox: Inbox<MirrorLoop.Command>, _ published: MirrorLoop.Published
    ) -> Bool {
        // A network does not wait for its hosts' processors. Where that is refused the mirror is
        // late at times, which its statistics show.
        _ = clx_set_nice(-20)
        // The shortest slice there is: sooner on a processor that is busy, and for who may not be
        // nicer to itself the only way.
        _ = clx_set_slice(100_000)
        do throws(SystemError) {
            var loop = try MirrorLoop.make(
                OwnedDescriptor(descriptor), mirrored: mirrored, profile: profile, seed: seed,
                inbox: inbox, published: published)
            loop.run()
            return true
        } catch {
            published.statistics.withLock { $0.failure = "\(error)" }
            return false
        }
    }

    /// Lets every packet out this much earlier than the profile says, from the next one on.
    func trim(_ duration: Duration) {
        inbox.post(.trim(duration))
    }

    /// Drops every packet of both directions from the next one on, or lets them through again. What
    /// is under way arrives.
    func cut(_ isCut: Bool) {
        inbox.post(.cut(isCut))
    }

    /// Counts from zero again.
    func restartStatistics() {
        inbox.post(.restart)
    }

    /// What was counted up to a tenth of a second ago; after `stop`, everything.
    var statistics: LinkStatistics {
        published.statistics.withLock { $0 }
    }

    /// Ends the mirror and says what it carried. Packets that are under way are lost.
    func stop() -> LinkStatistics {
        inbox.post(.stop)
        _ = threads.joinAll()
        return statistics
    }
}
