import Link
import Testing

@testable import LinkEmulation

@Suite("FrameReflector")
struct FrameReflectorTests {
    private static let own = IPv4Address(10, 9, 0, 1)
    private static let mirrored = IPv4Address(10, 9, 0, 2)
    private static let (syn, ack): (UInt8, UInt8) = (0x02, 0x10)

    /// An Ethernet frame with a TCP segment from this host to the mirrored one, checksum included.
    private static func frame(
        from source: UInt16, to destination: UInt16, flags: UInt8, options: Int = 0,
        addressed: IPv4Address = mirrored
    ) -> [UInt8] {
        let length = UInt16(20 + options + 20)
        var frame: [UInt8] = HardwareAddress(for: mirrored).bytes
        frame += HardwareAddress(for: own).bytes
        frame += [
            0x08, 0x00, 0x40 | UInt8(5 + options / 4), 0, UInt8(length >> 8), UInt8(length & 0xFF),
        ]
        frame += [0x12, 0x34, 0x40, 0, 64, 6, 0, 0]
        frame += own.bytes + addressed.bytes + [UInt8](repeating: 1, count: options)
        frame += [UInt8(source >> 8), UInt8(source & 0xFF)]
        frame += [UInt8(destination >> 8), UInt8(destination & 0xFF)]
        frame += [0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0xFF, 0xFF, 0xAB, 0xCD, 0, 0]
        return frame
    }

    /// The one's-complement sum over the IP packet and the addresses once more, as in the TCP
    /// pseudo-header (RFC 793 §3.1): what both checksums are taken over.
    private static func sum(_ frame: [UInt8]) -> UInt32 {
        let summed = frame[14...] + frame[26..<34]
        var sum: UInt32 = 0
        for (index, byte) in summed.enumerated() {
            sum += UInt32(byte) << (index % 2 == 0 ? 8 : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return sum
    }

    private static func reflect(
        _ frame: [UInt8], by reflector: inout FrameReflector
    ) -> (LinkDirection.Way?, [UInt8]) {
        var frame = frame
        let way = frame.withUnsafeMutableBytes { reflector.reflect($0) }
        return (way, frame)
    }

    @Test("exchanges both pairs of addresses and nothing else", arguments: [0, 4, 40])
    func exchanges(options: Int) {
        var reflector = FrameReflector(mirrored: Self.mirrored)
        let frame = Self.frame(from: 40_000, to: 8080, flags: Self.syn, options: options)
        let (way, reflected) = Self.reflect(frame, by: &reflector)
        #expect(way == .up)
        #expect(Array(reflected[..<6]) == HardwareAddress(for: Self.own).bytes)
        #expect(Array(reflected[6..<12]) == HardwareAddress(for: Self.mirrored).bytes)
        #expect(Array(reflected[26..<30]) == Self.mirrored.bytes)
        #expect(Array(reflected[30..<34]) == Self.own.bytes)
        #expect(reflected[12..<26] == frame[12..<26])
        #expect(reflected[34...] == frame[34...])
        #expect(Self.sum(reflected) == Self.sum(frame))
    }

    @Test("tells the directions by who opened the connection")
    func directions() {
        var reflector = FrameReflector(mirrored: Self.mirrored)
        let (client, server): (UInt16, UInt16) = (40_000, 8080)
        let segments: [(UInt16, UInt16, UInt8, LinkDirection.Way)] = [
            (client, server, Self.syn, .up), (server, client, Self.syn | Self.ack, .down),
            (client, server, Self.ack, .up), (server, client, Self.ack, .down),
            // Another client of the same server.
            (40_001, server, Self.syn, .up), (server, 40_001, Self.ack, .down),
            // What was the server's port is a client's later.
            (server, 9090, Self.syn, .up), (9090, server, Self.syn | Self.ack, .down),
        ]
        for (source, destination, flags, expected) in segments {
            let frame = Self.frame(from: source, to: destination, flags: flags)
            #expect(Self.reflect(frame, by: &reflector).0 == expected)
        }
    }

    @Test("sends up what is not TCP")
    func other() {
        var reflector = FrameReflector(mirrored: Self.mirrored)
        var datagram = Self.frame(from: 8080, to: 40_000, flags: 0)
        datagram[14 + 9] = 17
        #expect(Self.reflect(datagram, by: &reflector).0 == .up)
    }

    @Test("leaves alone what is not for the mirrored address")
    func leaves() {
        var reflector = FrameReflector(mirrored: Self.mirrored)
        let segment = Self.frame(from: 40_000, to: 8080, flags: Self.syn)
        var arp = segment
        arp[13] = 0x06
        var ipv6 = segment
        ipv6[14] = 0x60
        let elsewhere = Self.frame(
            from: 40_000, to: 8080, flags: Self.syn, addressed: IPv4Address(10, 9, 0, 3))
        for frame in [arp, ipv6, elsewhere, Array(segment[..<33]), []] {
            let (way, reflected) = Self.reflect(frame, by: &reflector)
            #expect(way == nil)
            #expect(reflected == frame)
        }
    }

    @Test("reads no ports from a segment that was cut off")
    func cut() {
        var reflector = FrameReflector(mirrored: Self.mirrored)
        let segment = Self.frame(from: 40_000, to: 8080, flags: Self.syn)
        for count in 34..<segment.count {
            #expect(Self.reflect(Array(segment[..<count]), by: &reflector).0 == .up)
        }
    }
}
