/// The link that a technique was measured over.
package struct LinkResult: Hashable, Sendable, Codable {
    /// How the link was made: `loopback` when nothing was emulated, else `netem`, `mirror` or
    /// `client`.
    package var tier: String
    /// The round trip asked for.
    package var rttNanoseconds: Int64
    /// R_eff, the median round trip that a bare echo measured over the same link before the run.
    package var rttEffectiveNanoseconds: Int64
    /// c, the software's turnaround in one cycle of question and answer, on a kept connection: the
    /// median saturated gap less R_eff. Unknown when the gap was not probed.
    package var turnaroundNanoseconds: Int64?
    /// The same with a new connection for each question: the median gap less twice R_eff.
    package var turnaroundOnNewConnectionNanoseconds: Int64?
    /// The kernel's congestion control, such as `cubic`.
    package var congestionControl: String?
    /// The largest IP packet in bytes.
    package var mtu: Int?
    /// Whether the server switched Nagle's algorithm off (TCP_NODELAY).
    package var noDelay: Bool
    /// Why no better tier was used, in words.
    package var note: String?
    /// What the packet mirror did, where it was the link.
    package var mirror: MirrorResult?

    package init(
        tier: String, rttNanoseconds: Int64, rttEffectiveNanoseconds: Int64,
        turnaroundNanoseconds: Int64? = nil, turnaroundOnNewConnectionNanoseconds: Int64? = nil,
        congestionControl: String? = nil, mtu: Int? = nil, noDelay: Bool = true,
        note: String? = nil, mirror: MirrorResult? = nil
    ) {
        self.tier = tier
        self.rttNanoseconds = rttNanoseconds
        self.rttEffectiveNanoseconds = rttEffectiveNanoseconds
        self.turnaroundNanoseconds = turnaroundNanoseconds
        self.turnaroundOnNewConnectionNanoseconds = turnaroundOnNewConnectionNanoseconds
        self.congestionControl = congestionControl
        self.mtu = mtu
        self.noDelay = noDelay
        self.note = note
        self.mirror = mirror
    }

    /// The host's own loopback, with no delay added.
    package static let loopback = LinkResult(
        tier: "loopback", rttNanoseconds: 0, rttEffectiveNanoseconds: 0)

    private enum CodingKeys: String, CodingKey {
        case tier
        case rttNanoseconds = "rtt_ns"
        case rttEffectiveNanoseconds = "rtt_effective_ns"
        case turnaroundNanoseconds = "turnaround_ns"
        case turnaroundOnNewConnectionNanoseconds = "turnaround_new_connection_ns"
        case congestionControl = "congestion_control"
        case mtu
        case noDelay = "no_delay"
        case note
        case mirror
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        tier = try values.decode(String.self, forKey: .tier)
        rttNanoseconds = try values.decode(Int64.self, forKey: .rttNanoseconds)
        rttEffectiveNanoseconds = try values.decode(Int64.self, forKey: .rttEffectiveNanoseconds)
        turnaroundNanoseconds = try values.decodeIfPresent(
            Int64.self, forKey: .turnaroundNanoseconds)
        turnaroundOnNewConnectionNanoseconds = try values.decodeIfPresent(
            Int64.self, forKey: .turnaroundOnNewConnectionNanoseconds)
        congestionControl = try values.decodeIfPresent(String.self, forKey: .congestionControl)
        mtu = try values.decodeIfPresent(Int.self, forKey: .mtu)
        noDelay = try values.decodeIfPresent(Bool.self, forKey: .noDelay) ?? true
        note = try values.decodeIfPresent(String.self, forKey: .note)
        mirror = try values.decodeIfPresent(MirrorResult.self, forKey: .mirror)
    }
}

/// What the packet mirror did during a round, and what it cost: neither the server's nor the
/// generator's account has any of it.
package struct MirrorResult: Hashable, Sendable, Codable {
    /// Packets carried, both ways.
    package var packets: Int
    /// Packets lost on purpose, by the link's loss rate.
    package var lostPackets: Int
    /// Packets lost because the mirror could not keep up.
    package var overflowedPackets: Int
    /// The most packets a second in any tenth of a second.
    package var peakPacketsPerSecond: Double
    /// How late packets were let go, at the median.
    package var latenessP50Nanoseconds: Int64
    /// How late packets were let go, at the 99th percentile.
    package var latenessP99Nanoseconds: Int64
    /// Processor time of the mirror's thread.
    package var cpuNanoseconds: Int64
    /// The same as a share of one processor.
    package var cpuShare: Double

    package init(
        packets: Int, lostPackets: Int, overflowedPackets: Int, peakPacketsPerSecond: Double,
        latenessP50Nanoseconds: Int64, latenessP99Nanoseconds: Int64, cpuNanoseconds: Int64,
        cpuShare: Double
    ) {
        self.packets = packets
        self.lostPackets = lostPackets
        self.overflowedPackets = overflowedPackets
        self.peakPacketsPerSecond = peakPacketsPerSecond
        self.latenessP50Nanoseconds = latenessP50Nanoseconds
        self.latenessP99Nanoseconds = latenessP99Nanoseconds
        self.cpuNanoseconds = cpuNanoseconds
        self.cpuShare = cpuShare
    }

    /// Whether the mirror, and not the link, may have decided what was measured: it lost packets of
    /// itself, or was busy for so long that a queue of random arrivals is nine deep on average.
    package var isSaturated: Bool {
        overflowedPackets > 0 || cpuShare >= 0.9
    }

    private enum CodingKeys: String, CodingKey {
        case packets
        case lostPackets = "lost_packets"
        case overflowedPackets = "overflowed_packets"
        case peakPacketsPerSecond = "peak_packets_per_second"
        case latenessP50Nanoseconds = "lateness_p50_ns"
        case latenessP99Nanoseconds = "lateness_p99_ns"
        case cpuNanoseconds = "cpu_ns"
        case cpuShare = "cpu_share"
    }
}
