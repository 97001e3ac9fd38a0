import Testing

@testable import LinkEmulation

@Suite("NetlinkMessage")
struct NetlinkMessageTests {
    /// A request, and its bytes as a C program would pack them on a little-endian machine.
    struct Layout: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let message: NetlinkMessage
        /// Groups of hexadecimal digits.
        let bytes: String
    }

    static let layouts = [
        Layout(
            testDescription: "bringing an interface up",
            message: .linkUp(index: 1),
            bytes: """
                20000000 1000 0500 01000000 00000000
                00 00 0000 01000000 01000000 01000000
                """),
        Layout(
            testDescription: "setting an MTU",
            message: .mtu(index: 1, bytes: 1500),
            bytes: """
                28000000 1000 0500 01000000 00000000
                00 00 0000 01000000 00000000 00000000
                0800 0400 dc050000
                """),
        Layout(
            testDescription: "making a veth pair",
            message: .virtualEthernet(
                name: "pb0", address: HardwareAddress(for: IPv4Address(10, 9, 0, 1)), peer: "pb1"),
            bytes: """
                64000000 1000 0506 01000000 00000000
                00 00 0000 00000000 00000000 00000000
                0800 0300 70623000
                0a00 0100 02000a090001 0000
                3000 1200
                  0900 0100 7665746800 000000
                  2000 0200
                    1c00 0100
                      00 00 0000 00000000 00000000 00000000
                      0800 0300 70623100
                """),
        Layout(
            testDescription: "giving an address",
            message: .address(IPv4Address(10, 9, 0, 1), prefixLength: 24, index: 3),
            bytes: """
                28000000 1400 0506 01000000 00000000
                02 18 00 00 03000000
                0800 0200 0a090001
                0800 0100 0a090001
                """),
        Layout(
            testDescription: "naming a neighbour",
            message: .permanentNeighbour(
                IPv4Address(10, 9, 0, 2), is: HardwareAddress(for: IPv4Address(10, 9, 0, 2)),
                index: 3),
            bytes: """
                30000000 1c00 0506 01000000 00000000
                02 00 0000 03000000 8000 00 00
                0800 0100 0a090002
                0a00 0200 02000a090002 0000
                """),
        Layout(
            testDescription: "removing an interface",
            message: .removeLink(index: 3),
            bytes: """
                20000000 1100 0500 01000000 00000000
                00 00 0000 03000000 00000000 00000000
                """),
        // 25 ms are 390,625 ticks of 64 ns; 5 % of 2³² is 214,748,364.
        Layout(
            testDescription: "netem with delay, jitter and loss",
            message: .netem(
                index: 1, delay: .milliseconds(25), jitter: .milliseconds(2), lossRate: 0.05),
            bytes: """
                64000000 2400 0505 01000000 00000000
                00 000000 01000000 00000100 ffffffff 00000000
                0a00 0100 6e6574656d00 0000
                3400 0200
                  e1f50500 a0860100 cccccc0c 00000000 00000000 127a0000
                  0c00 0a00 40787d0100000000
                  0c00 0b00 80841e0000000000
                """),
        Layout(
            testDescription: "removing netem",
            message: .removeDiscipline(index: 1),
            bytes: """
                24000000 2500 0500 01000000 00000000
                00 000000 01000000 00000100 ffffffff 00000000
                """),
    ]

    @Test("is packed as the kernel reads it", arguments: layouts)
    func isPacked(layout: Layout) {
        let expected = layout.bytes.filter { !$0.isWhitespace }
        let packed = layout.message.encoded.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(packed.joined() == expected)
    }

    @Test("reads what the kernel answers")
    func acknowledgement() {
        // nlmsghdr of type NLMSG_ERROR, then 0, -ENOENT, or a request repeated after it.
        let header: [UInt8] = [36, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        #expect(NetlinkMessage.acknowledgement(in: header + [0, 0, 0, 0]) == 0)
        #expect(NetlinkMessage.acknowledgement(in: header + [0xFE, 0xFF, 0xFF, 0xFF, 1, 2]) == 2)
        #expect(NetlinkMessage.acknowledgement(in: header) == nil)
        #expect(NetlinkMessage.acknowledgement(in: []) == nil)
        var other = header + [0, 0, 0, 0]
        other[4] = 16
        #expect(NetlinkMessage.acknowledgement(in: other) == nil)
    }
}
