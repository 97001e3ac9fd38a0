import Glibc

/// A stream: nothing stands between an event and the client.
///
///     L = d + F·8/C + c_s
///
/// F is the framed event with its packets' headers, C the link's rate, c_s the software's share.
/// Gaps are the source's own, and no event costs a request. It takes 2R from the wish to connect to
/// the first event: one for the connection, one for the request and its answer.
package enum StreamLaw {
    /// The latency in nanoseconds of a lone event of `wireBytes` bytes over a link of `bandwidth`
    /// bits a second.
    package static func latency(
        down: Double, wireBytes: Double = 0, bandwidth: Double? = nil, delivery: Double = 0
    ) -> Double {
        down + (bandwidth.map { wireBytes * 8e9 / $0 } ?? 0) + delivery
    }
}

/// What the kernel's TCP adds, where theory has to know it.
package enum TCPLaw {
    /// δ: how long a receiver that has nothing to send keeps an acknowledgement back. Linux waits
    /// 40 ms (TCP_DELACK_MIN), and up to 4 more where its clock ticks at 250 Hz: the middle, and
    /// half of the spread. RFC 9293 §3.8.6.3 allows 500.
    package static let delayedACK = 42e6
    /// Half the spread of `delayedACK`.
    package static let delayedACKSpread = 2e6

    /// Segments that a connection may send before the first acknowledgement (RFC 6928).
    package static let initialWindow = 10

    /// Flights that `bytes` bytes take on a fresh or idled connection: each acknowledged flight
    /// doubles the window, so that m flights carry 10·MSS·(2^m - 1) bytes, and each after the first
    /// adds R.
    ///
    ///     m = ⌈log2(bytes / (10·MSS) + 1)⌉
    package static func flights(bytes: Int, segmentBytes: Int) -> Int {
        guard bytes > 0, segmentBytes > 0 else { return 0 }
        let firstFlight = Double(initialWindow * segmentBytes)
        return Int(log2(Double(bytes) / firstFlight + 1).rounded(.up))
    }

    /// Segments that `bytes` bytes take; one when any length fits.
    package static func segments(bytes: Int, segmentBytes: Int?) -> Int {
        guard let segmentBytes, segmentBytes > 0 else { return 1 }
        return max((bytes + segmentBytes - 1) / segmentBytes, 1)
    }

    /// The least gap of keep-alive polling when the server writes head and content apart with
    /// Nagle's algorithm on: the content waits for the head's acknowledgement, which the client
    /// keeps back for δ because it has nothing to say before it has the content.
    ///
    ///     gap = d + δ + u (the acknowledgement) + d (the content) + u (the next question) = 2R + δ
    package static func twoWritesGap(roundTrip: Double) -> Double {
        2 * roundTrip + delayedACK
    }

    /// A stream's wait under Nagle's algorithm: while a small segment is not acknowledged, which
    /// takes R, nothing small may follow (RFC 9293 §3.7.4). What comes meanwhile leaves together,
    /// so that the stream keeps the law of long polling with W = R.
    package static func nagleLaw(roundTrip: Double, ratePerSecond: Double) -> LongPollLaw {
        LongPollLaw(window: roundTrip, ratePerSecond: ratePerSecond)
    }
}

/// What a packet costs beside its content.
package enum WireLaw {
    /// IPv4 and TCP headers with the timestamps that Linux always asks for (20 + 20 + 12).
    package static let headers = 52.0
    /// A SYN and a SYN-ACK have the other options as well.
    package static let handshakePacket = 60.0
    /// What Ethernet adds to an IP packet before a link emulation charges its rate: the MAC header.
    package static let linkHeader = 14.0
}
