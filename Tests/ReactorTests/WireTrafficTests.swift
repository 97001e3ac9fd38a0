import Link
import Reactor
import Testing

@Suite("The traffic of a connection")
struct WireTrafficTests {
    /// Timestamps, selective acknowledgements and window scaling: what two Linux hosts agree on.
    private static let usual: UInt8 = 7
    private static let withoutTimestamps: UInt8 = 6

    /// A request of 100 bytes and its answer of 1000, opened and closed by the client: six packets up
    /// (SYN, ACK, request, ACK, FIN, ACK) and four down (SYN-ACK, answer, ACK of the FIN, FIN).
    private func info(_ role: TCPInfo.Role, options: UInt8 = usual, state: UInt8 = 7) -> TCPInfo {
        switch role {
        case .opener:
            TCPInfo(
                state: state, options: options, bytesSent: 100, bytesReceived: 1001,
                bytesAcked: 102, segmentsOut: 6, segmentsIn: 4)
        case .acceptor:
            // Its SYN-ACK is not among the segments sent.
            TCPInfo(
                state: state, options: options, bytesSent: 1000, bytesReceived: 101,
                bytesAcked: 1001, segmentsOut: 3, segmentsIn: 6)
        }
    }

    @Test(
        "is the sum of its packets, seen from either end",
        arguments: TCPInfo.Role.allCases,
        [
            // options, IPv6, bytes up, bytes down: SYN + five plain headers, SYN-ACK + three.
            (usual, false, 100 + 60 + 5 * 52, 1000 + 60 + 3 * 52),
            (usual, true, 100 + 80 + 5 * 72, 1000 + 80 + 3 * 72),
            (withoutTimestamps, false, 100 + 52 + 5 * 40, 1000 + 52 + 3 * 40),
            (withoutTimestamps, true, 100 + 72 + 5 * 60, 1000 + 72 + 3 * 60),
            // Only the largest segment is proposed: 4 bytes.
            (0, false, 100 + 44 + 5 * 40, 1000 + 44 + 3 * 40),
            // Timestamps without selective acknowledgements take as much, padded.
            (5, false, 100 + 60 + 5 * 52, 1000 + 60 + 3 * 52),
            (1, false, 100 + 56 + 5 * 52, 1000 + 56 + 3 * 52),
        ] as [(UInt8, Bool, Int, Int)])
    func sums(role: TCPInfo.Role, case row: (UInt8, Bool, Int, Int)) {
        let traffic = info(role, options: row.0).wireTraffic(as: role, isIPv6: row.1)
        #expect(
            traffic
                == WireTraffic(upBytes: row.2, downBytes: row.3, upPackets: 6, downPackets: 4))
    }

    @Test(
        "takes the peer's FIN for no byte once it has come",
        arguments: [
            (1, false), (2, false), (4, false), (5, false), (6, true), (7, true), (8, true),
            (9, true), (11, true),
        ] as [(UInt8, Bool)])
    func countsNoEnd(state: UInt8, hasEnd: Bool) {
        let info = info(.opener, state: state)
        #expect(info.hasReceivedEnd == hasEnd)
        #expect(info.isClosed == (state == 7))
        let traffic = info.wireTraffic(as: .opener, isIPv6: false)
        #expect(traffic.downBytes == 1000 + 60 + 3 * 52 + (hasEnd ? 0 : 1))
        // A reset closes a connection without an end; whoever read it knows better.
        let told = info.wireTraffic(as: .opener, isIPv6: false, endReceived: false)
        #expect(told.downBytes == 1000 + 60 + 3 * 52 + 1)
    }

    @Test("adds up and is told apart")
    func arithmetic() {
        var sum = WireTraffic(upBytes: 1, downBytes: 2, upPackets: 3, downPackets: 4)
        let other = WireTraffic(upBytes: 10, downBytes: 20, upPackets: 30, downPackets: 40)
        sum += other
        #expect(sum == WireTraffic(upBytes: 11, downBytes: 22, upPackets: 33, downPackets: 44))
        let difference = sum - other
        #expect(
            difference == WireTraffic(upBytes: 1, downBytes: 2, upPackets: 3, downPackets: 4))
    }
}

@Suite("The wall clock's offset")
struct WallClockOffsetTests {
    @Test("makes a moment of the wall clock's reading")
    func moment() {
        let offset = WallClockOffset(nanoseconds: 1_000)
        #expect(offset.moment(wallNanoseconds: 1_700) == Instant(nanoseconds: 700))
    }
}
