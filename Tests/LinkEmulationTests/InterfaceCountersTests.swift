import Testing

@testable import LinkEmulation

@Suite("InterfaceCounters")
struct InterfaceCountersTests {
    private static let table = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:    5300     100    0    0    0     0          0         0     5300     100    0    0    0     0       0          0
           pb1:    6700     100    0    0    0     0          0         0     6633      99    0    0    0     0       0          0
           pb0:    6633      99    0    0    0     0          0         0     6700     100    0    0    0     0       0          0

        """

    @Test("are found by the interface's name")
    func found() {
        #expect(
            InterfaceCounters(of: "pb0", in: Self.table)
                == InterfaceCounters(
                    sentBytes: 6700, sentPackets: 100, receivedBytes: 6633, receivedPackets: 99))
        #expect(InterfaceCounters(of: "lo", in: Self.table)?.sentBytes == 5300)
        #expect(InterfaceCounters(of: "pb", in: Self.table) == nil)
        #expect(InterfaceCounters(of: "face", in: Self.table) == nil)
        #expect(InterfaceCounters(of: "pb0", in: "pb0: 1 2 3") == nil)
    }

    @Test("are read of this machine's loopback")
    func read() {
        #expect(InterfaceCounters.read("lo") != nil)
        #expect(InterfaceCounters.read("none-such") == nil)
    }

    /// A hundred segments with one byte, of which the link lost one: 53 bytes of IP each, once on
    /// `lo`, and with 14 bytes of Ethernet on the cable, sent on pb0 and received there again.
    @Test("come to the same IP bytes on a cable as on lo")
    func arithmetic() throws {
        let lo = try #require(InterfaceCounters(of: "lo", in: Self.table))
        let cable = try #require(InterfaceCounters(of: "pb0", in: Self.table))
            .removing(linkHeader: FrameReflector.linkHeader)
        #expect(cable.sentBytes == lo.sentBytes)
        #expect(cable.sentBytes == 100 * 53)
        #expect(cable.receivedBytes == 99 * 53)
    }

    @Test("subtract")
    func difference() {
        let earlier = InterfaceCounters(
            sentBytes: 100, sentPackets: 1, receivedBytes: 50, receivedPackets: 2)
        let later = InterfaceCounters(
            sentBytes: 300, sentPackets: 4, receivedBytes: 50, receivedPackets: 2)
        #expect(
            later - earlier
                == InterfaceCounters(
                    sentBytes: 200, sentPackets: 3, receivedBytes: 0, receivedPackets: 0))
    }
}
