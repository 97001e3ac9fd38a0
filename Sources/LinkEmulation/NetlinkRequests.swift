import Link

// The requests that a link is made with. The numbers are those of <linux/rtnetlink.h>,
// <linux/if_link.h>, <linux/neighbour.h> and <linux/pkt_sched.h>.

extension NetlinkMessage {
    private static let interfaceUp: UInt32 = 1

    /// RTM_NEWLINK (16) about one interface: an ifinfomsg with IFF_UP set.
    static func linkUp(index: Int32) -> NetlinkMessage {
        link(index: index, flags: interfaceUp, change: interfaceUp, .change)
    }

    /// RTM_NEWLINK with IFLA_MTU (4).
    static func mtu(index: Int32, bytes: UInt32) -> NetlinkMessage {
        var message = link(index: index, .change)
        message.attribute(4, bytes)
        return message
    }

    /// RTM_DELLINK (17).
    static func removeLink(index: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(type: 17, .change)
        message.appendInterface(index: index)
        return message
    }

    /// RTM_NEWLINK for a pair of virtual Ethernet interfaces: what one sends the other receives.
    ///
    /// IFLA_IFNAME (3), IFLA_ADDRESS (1) and IFLA_LINKINFO (18) { IFLA_INFO_KIND (1) "veth",
    /// IFLA_INFO_DATA (2) { VETH_INFO_PEER (1) { ifinfomsg, IFLA_IFNAME } } }.
    static func virtualEthernet(
        name: String, address: HardwareAddress, peer: String
    ) -> NetlinkMessage {
        var message = link(index: 0, .create)
        message.attribute(3, name: name)
        message.attribute(1, bytes: address.bytes)
        message.attribute(18) { information in
            information.attribute(1, name: "veth")
            information.attribute(2) { data in
                data.attribute(1) { other in
                    other.appendInterface(index: 0)
                    other.attribute(3, name: peer)
                }
            }
        }
        return message
    }

    /// RTM_NEWADDR (20): gives an interface an address in a network of `prefixLength` bits.
    static func address(
        _ address: IPv4Address, prefixLength: UInt8, index: Int32
    ) -> NetlinkMessage {
        var message = NetlinkMessage(type: 20, .create)
        // ifaddrmsg: family AF_INET, prefix length, flags, scope "universe", interface.
        message.append(UInt8(2))
        message.append(prefixLength)
        message.append(UInt16(0))
        message.append(UInt32(index))
        // IFA_LOCAL and IFA_ADDRESS, the same on anything but a point-to-point link.
        message.attribute(2, bytes: address.bytes)
        message.attribute(1, bytes: address.bytes)
        return message
    }

    /// RTM_NEWNEIGH (28): says for good which hardware address an IPv4 address has, so that nobody
    /// asks by ARP.
    static func permanentNeighbour(
        _ address: IPv4Address, is hardware: HardwareAddress, index: Int32
    ) -> NetlinkMessage {
        var message = NetlinkMessage(type: 28, .create)
        // ndmsg: family AF_INET, padding, interface, NUD_PERMANENT, flags, type.
        message.append(UInt8(2))
        message.append(UInt8(0))
        message.append(UInt16(0))
        message.append(index)
        message.append(UInt16(0x80))
        message.append(UInt16(0))
        // NDA_DST and NDA_LLADDR.
        message.attribute(1, bytes: address.bytes)
        message.attribute(2, bytes: hardware.bytes)
        return message
    }

    /// RTM_NEWQDISC (36): makes every packet that an interface sends wait and some disappear.
    ///
    /// ```text
    /// 16  tcmsg(20): family u8 0, 3 bytes padding, interface i32, handle u32 1:0,
    ///     parent u32 TC_H_ROOT, info u32 0
    /// 36  TCA_KIND (1) "netem"
    /// 48  TCA_OPTIONS (2):
    /// 52    tc_netem_qopt(24): latency u32 in ticks of 64 ns, limit u32 packets,
    ///       loss u32 as a share of 2³², gap u32, duplicate u32, jitter u32 in ticks
    /// 76    TCA_NETEM_LATENCY64 (10) i64 ns, which wins over the ticks
    /// 88    TCA_NETEM_JITTER64 (11) i64 ns
    /// ```
    ///
    /// The nested attributes follow the struct inside TCA_OPTIONS. Every option is sent each time,
    /// since a change leaves what is not sent as it was.
    static func netem(
        index: Int32, delay: Duration, jitter: Duration, lossRate: Double
    ) -> NetlinkMessage {
        var message = discipline(type: 36, .replace, index: index)
        message.attribute(1, name: "netem")
        message.attribute(2) { options in
            options.append(ticks(delay))
            options.append(netemLimit)
            options.append(UInt32(min(lossRate * 0x1p32, 0x1p32 - 1)))
            options.append(UInt32(0))
            options.append(UInt32(0))
            options.append(ticks(jitter))
            options.attribute(10, delay.nanoseconds)
            options.attribute(11, jitter.nanoseconds)
        }
        return message
    }

    /// Packets that netem holds at most. Its default of 1000 would drop from 1000 packets within one
    /// delay on; this is 200,000 packets/s over a satellite's half second.
    private static let netemLimit: UInt32 = 100_000

    /// RTM_DELQDISC (37): what an interface sends leaves at once again.
    static func removeDiscipline(index: Int32) -> NetlinkMessage {
        discipline(type: 37, .change, index: index)
    }

    private static func ticks(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.nanoseconds / 64)
    }

    /// A tcmsg for the root discipline of an interface, under the handle 1:0.
    private static func discipline(type: UInt16, _ mode: Mode, index: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(type: type, mode)
        message.append(UInt32(0))
        message.append(index)
        message.append(UInt32(0x0001_0000))
        message.append(UInt32(0xFFFF_FFFF))
        message.append(UInt32(0))
        return message
    }

    private static func link(
        index: Int32, flags: UInt32 = 0, change: UInt32 = 0, _ mode: Mode
    ) -> NetlinkMessage {
        var message = NetlinkMessage(type: 16, mode)
        message.appendInterface(index: index, flags: flags, change: change)
        return message
    }

    /// An ifinfomsg: family, padding, device type, interface, flags, and which flags are meant.
    private mutating func appendInterface(index: Int32, flags: UInt32 = 0, change: UInt32 = 0) {
        append(UInt8(0))
        append(UInt8(0))
        append(UInt16(0))
        append(index)
        append(flags)
        append(change)
    }
}
