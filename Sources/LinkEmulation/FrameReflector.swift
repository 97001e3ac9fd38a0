import Link

/// Sends a packet back to where it came from, as if another host had sent it.
///
/// A program of this host dials an address that no host has. Its packet, with the two addresses
/// exchanged, is a packet from that host to this one, and the answer to it, exchanged likewise, is
/// that host's. Both ends of the connection are this kernel's TCP:
///
/// ```text
/// 10.9.0.1:40000 → 10.9.0.2:8080   the client's SYN leaves
/// 10.9.0.2:40000 → 10.9.0.1:8080   … and arrives at the server
/// 10.9.0.1:8080 → 10.9.0.2:40000   the server's SYN-ACK leaves
/// 10.9.0.2:8080 → 10.9.0.1:40000   … and arrives at the client
/// ```
///
/// Checksums stay right, because a sum does not depend on the order of its terms (RFC 1071 §2).
///
/// Which way a packet goes shows in its ports. A SYN without ACK is sent by a client, so that its
/// destination is a server's port; the kernel gives no client a port that somebody listens on.
struct FrameReflector {
    /// The length of an Ethernet header: two addresses of six bytes and the type.
    static let linkHeader = 14

    private let mirrored: UInt32
    /// A bit for each port that a server has.
    private var serverPorts = [UInt64](repeating: 0, count: 1024)

    /// Reflects what is sent to `mirrored`.
    init(mirrored: IPv4Address) {
        self.mirrored = mirrored.value
    }

    /// Exchanges the addresses in an Ethernet frame and says which way it goes; nil, with the frame
    /// as it was, when it holds no IPv4 packet to the mirrored address.
    ///
    /// Anything but TCP has no server and goes up.
    mutating func reflect(_ frame: UnsafeMutableRawBufferPointer) -> LinkDirection.Way? {
        let ip = Self.linkHeader
        guard frame.count >= ip + 20, word(frame, 12) == 0x0800, frame[ip] >> 4 == 4,
            long(frame, ip + 16) == mirrored
        else { return nil }
        let tcp = ip + Int(frame[ip] & 0xF) * 4
        let isTCP = frame[ip + 9] == 6 && frame.count >= tcp + 20
        let way = isTCP ? self.way(frame, tcp: tcp) : .up
        for index in 0..<6 { frame.swapAt(index, 6 + index) }
        for index in (ip + 12)..<(ip + 16) { frame.swapAt(index, 4 + index) }
        return way
    }

    private mutating func way(
        _ frame: UnsafeMutableRawBufferPointer, tcp: Int
    ) -> LinkDirection.Way {
        let (source, destination) = (word(frame, tcp), word(frame, tcp + 2))
        let (syn, ack): (UInt8, UInt8) = (0x02, 0x10)
        if frame[tcp + 13] & (syn | ack) == syn {
            // A port that was a server's may be a client's later.
            setServer(source, false)
            setServer(destination, true)
        }
        return isServer(destination) ? .up : .down
    }

    private func isServer(_ port: UInt16) -> Bool {
        serverPorts[Int(port >> 6)] & (1 << UInt64(port & 63)) != 0
    }

    private mutating func setServer(_ port: UInt16, _ isServer: Bool) {
        let bit: UInt64 = 1 << UInt64(port & 63)
        if isServer {
            serverPorts[Int(port >> 6)] |= bit
        } else {
            serverPorts[Int(port >> 6)] &= ~bit
        }
    }

    private func word(_ frame: UnsafeMutableRawBufferPointer, _ offset: Int) -> UInt16 {
        UInt16(bigEndian: frame.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    private func long(_ frame: UnsafeMutableRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: frame.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
