import CLinux

/// What the kernel counted on one interface of this network namespace (`/proc/net/dev`).
///
/// A second, independent count of a run's wire bytes, exact because nothing else uses a private
/// network. What a packet counts depends on the interface:
///
/// - `lo`: a packet is sent once and received once, without any link header. IP bytes = sent bytes.
/// - the mirror's `pb0`: both ends of every connection send on it and receive from it. A packet is
///   sent by one of them with an Ethernet header of 14 bytes, crosses to the mirror, and crosses
///   back, where it is received. IP bytes sent = sent bytes - 14 · sent packets; the received ones
///   are those that the link let through. `pb1`, the mirror's end, has the same figures exchanged.
package struct InterfaceCounters: Hashable, Sendable {
    /// Bytes and packets that were sent.
    package var sentBytes: Int
    package var sentPackets: Int
    /// Bytes and packets that were received.
    package var receivedBytes: Int
    package var receivedPackets: Int

    /// Counters with these values.
    package init(sentBytes: Int, sentPackets: Int, receivedBytes: Int, receivedPackets: Int) {
        self.sentBytes = sentBytes
        self.sentPackets = sentPackets
        self.receivedBytes = receivedBytes
        self.receivedPackets = receivedPackets
    }

    /// The counters of the interface of this name, in the network of the calling thread; nil when
    /// there is none.
    package static func read(_ interface: String) -> InterfaceCounters? {
        // A line of the table has about 120 bytes; a private network has three interfaces.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16_384) { text in
            let count = clx_read_file("/proc/thread-self/net/dev", text.baseAddress, text.count)
            guard count > 0 else { return nil }
            return InterfaceCounters(
                of: interface, in: String(decoding: text.prefix(count), as: UTF8.self))
        }
    }

    /// Finds an interface in the table: its name, a colon, eight counters of what was received and
    /// eight of what was sent, each beginning with bytes and packets.
    init?(of interface: String, in table: String) {
        for line in table.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == interface else {
                continue
            }
            let fields = parts[1].split(separator: " ").map { Int($0) }
            guard fields.count == 16, let receivedBytes = fields[0],
                let receivedPackets = fields[1], let sentBytes = fields[8],
                let sentPackets = fields[9]
            else { return nil }
            self.init(
                sentBytes: sentBytes, sentPackets: sentPackets, receivedBytes: receivedBytes,
                receivedPackets: receivedPackets)
            return
        }
        return nil
    }

    /// What was counted between two readings.
    package static func - (
        later: InterfaceCounters, earlier: InterfaceCounters
    ) -> InterfaceCounters {
        InterfaceCounters(
            sentBytes: later.sentBytes - earlier.sentBytes,
            sentPackets: later.sentPackets - earlier.sentPackets,
            receivedBytes: later.receivedBytes - earlier.receivedBytes,
            receivedPackets: later.receivedPackets - earlier.receivedPackets)
    }

    /// The same packets, counted without their link headers of this many bytes: IP bytes.
    package func removing(linkHeader: Int) -> InterfaceCounters {
        InterfaceCounters(
            sentBytes: sentBytes - linkHeader * sentPackets, sentPackets: sentPackets,
            receivedBytes: receivedBytes - linkHeader * receivedPackets,
            receivedPackets: receivedPackets)
    }
}
