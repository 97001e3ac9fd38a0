/// One direction of a link: when a packet that goes in comes out at the far end, if it does.
///
/// This is the whole model of the network, in one piece of arithmetic that the packet mirror, the
/// delay layer in the clients and the simulation share:
///
/// ```text
/// packet ──▶ queue ──▶ sent at the bandwidth ──▶ lost? ──▶ delay ± jitter ──▶ arrival
/// ```
///
/// - **Bandwidth.** One packet is sent at a time, and it waits for those before it. The queue has no
///   end here; whoever holds the packets bounds it.
/// - **Loss.** Drawn for each packet by itself. A lost packet has taken its time on the line, since
///   it is lost behind the bottleneck.
/// - **Jitter.** Uniform within ±`jitter`, and it never reorders: a packet that would overtake its
///   predecessor arrives with it, as in a path whose queues vary. For packets further apart than
///   twice the jitter the mean delay is `oneWayDelay`; of packets that leave together, all but the
///   first arrive later than that on average.
///
/// Equal seeds give equal links. Losses and jitter are drawn apart from each other, so that adding
/// jitter to a lossy link does not change which packets are lost.
package struct LinkDirection: Sendable {
    /// Towards the server, or from it.
    package enum Way: Hashable, Sendable, CaseIterable {
        /// From client to server.
        case up
        /// From server to client.
        case down
    }

    private let delay: Duration
    /// In nanoseconds.
    private let jitter: Int64
    private let bandwidth: Bandwidth
    /// A packet is lost when its draw is below this share of 2⁶⁴.
    private let lossThreshold: UInt64
    private var losses: SeededGenerator
    private var jitters: SeededGenerator
    /// When the line has sent everything that was given to it.
    private var lineIsFree = Instant.distantPast
    /// When the last packet arrives, before which no later one may.
    private var lastArrival = Instant.distantPast

    /// One direction of `profile`; the two directions of one seed draw differently.
    package init(_ profile: LinkProfile, _ way: Way, seed: UInt64) {
        delay = profile.oneWayDelay
        jitter = profile.jitter.nanoseconds
        bandwidth = way == .up ? profile.up : profile.down
        // Below 2⁶⁴, since the greatest rate below 1 is 1 - 2⁻⁵³.
        lossThreshold = UInt64(profile.lossRate * 0x1p64)
        var seeds = SeededGenerator(seed: seed)
        let drawn = (0..<4).map { _ in seeds.next() }
        losses = SeededGenerator(seed: way == .up ? drawn[0] : drawn[2])
        jitters = SeededGenerator(seed: way == .up ? drawn[1] : drawn[3])
    }

    /// When a packet of so many bytes (IP headers included) that goes in at `moment` arrives; `nil`
    /// when it is lost.
    ///
    /// Moments may not go backwards: packets are given in the order in which they go in.
    package mutating func arrival(of bytes: Int, at moment: Instant) -> Instant? {
        let sent = send(bytes, at: moment)
        guard !drawLoss() else { return nil }
        return arrive(sent)
    }

    /// When bytes that go in at `moment` come out of a connection that repeats what was lost.
    ///
    /// For what stands above TCP, where a loss is seen as a delay: each loss costs
    /// `retransmissionTimeout`, twice as long the next time (RFC 6298 §5.5), and what comes later
    /// waits for it. The repetition takes no second turn on the line. On an established connection
    /// Linux waits the round trip and at least 200 ms more (TCP_RTO_MIN); where later packets reveal the
    /// loss, about one round trip.
    package mutating func arrival(
        of bytes: Int, at moment: Instant, retransmissionTimeout: Duration
    ) -> Instant {
        var sent = send(bytes, at: moment)
        var timeout = retransmissionTimeout
        var attempts = 1
        // Linux gives a connection up after 15 repetitions (tcp_retries2); here the last one arrives.
        while attempts <= 15, drawLoss() {
            sent = sent + timeout
            // TCP_RTO_MAX.
            timeout = min(timeout * 2, .seconds(120))
            attempts += 1
        }
        return arrive(sent)
    }

    /// Puts a packet on the line and says when its last bit has left.
    private mutating func send(_ bytes: Int, at moment: Instant) -> Instant {
        guard bandwidth != .unlimited else { return moment }
        lineIsFree = max(lineIsFree, moment) + bandwidth.transmissionTime(bytes: bytes)
        return lineIsFree
    }

    private mutating func drawLoss() -> Bool {
        lossThreshold > 0 && losses.next() < lossThreshold
    }

    private mutating func arrive(_ sent: Instant) -> Instant {
        var arrival = sent + delay
        if jitter > 0 {
            // A whole number in 0...2·jitter, each as likely as any other.
            let drawn = jitters.next().multipliedFullWidth(by: 2 * UInt64(jitter) + 1).high
            arrival = arrival + .nanoseconds(Int64(drawn) - jitter)
        }
        lastArrival = max(lastArrival, arrival)
        return lastArrival
    }
}
