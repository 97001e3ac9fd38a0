import Link
import LinkEmulation
import LoadGen
import Measurement
import Reactor

/// The network that a run happens on: private where the machine allows it, so that every packet on
/// it is the run's own, with one link at a time.
///
/// Entering a private network changes the process for good and must happen before it has a second
/// thread, so that this is made first of all.
final class LabNetwork {
    /// How long the child that tries the tiers may take: some ten milliseconds on an idle machine.
    private static let patience = Duration.seconds(10)

    private let namespace: Result<PrivateNamespace, LinkRefusal>
    private let tier: LinkTier?
    private let seed: UInt64
    private let isToBeCut: Bool
    private var current: LabLink?

    /// Enters a private network if there can be one. `tier` is the one asked for, nil for the best. A
    /// link that `isToBeCut` is made real even where it is as short as loopback. A server that
    /// `isForeign` is outside of any private network, so that none is entered.
    init(tier: LinkTier?, seed: UInt64, isToBeCut: Bool = false, isForeign: Bool = false) {
        self.tier = tier
        self.seed = seed
        self.isToBeCut = isToBeCut
        guard !isForeign else {
            namespace = .failure(
                LinkRefusal(step: "enter a private network", reason: "the server is outside of it"))
            return
        }
        // A child goes first: a refusal half-way would leave this process in a network of no use.
        let capability = LinkCapability.discover(
            executable: executablePath(), arguments: ["probe-link"],
            until: MonotonicClock.now() + Self.patience)
        if let reason = capability.reason(against: .mirror),
            capability.reason(against: .netem) != nil
        {
            namespace = .failure(LinkRefusal(step: "enter a private network", reason: reason))
        } else {
            namespace = Result { () throws(LinkRefusal) in try PrivateNamespace.enter() }
        }
    }

    /// The link of `profile`, calibrated; the one that is open already if it is the same.
    ///
    /// - Throws: `LinkRefusal` when the tier asked for cannot be had, and what the system refuses.
    func link(_ profile: LinkProfile) throws -> LabLink {
        if let current, current.profile == profile { return current }
        close()
        let link = try EmulatedLink.open(
            profile, tier: profile == .loopback && !isToBeCut ? .loopback : tier, in: namespace,
            seed: seed, toBeCut: isToBeCut)
        let calibration = try Calibration.measure(link)
        // The last acknowledgements of the echoes shall not be counted with the first round.
        MonotonicClock.sleep(
            until: MonotonicClock.now() + profile.roundTripTime * 2 + .milliseconds(20))
        let lab = LabLink(link, calibration, namespace: namespace)
        current = lab
        return lab
    }

    /// Closes the link that is open.
    func close() {
        current?.link.stop()
        current = nil
    }
}

/// A link that is open, with what is known of it.
struct LabLink {
    fileprivate let link: EmulatedLink
    /// What the record says of it, but for the mirror's account.
    var result: LinkResult

    fileprivate init(
        _ link: EmulatedLink, _ calibration: Calibration,
        namespace: Result<PrivateNamespace, LinkRefusal>
    ) {
        self.link = link
        let profile = link.profile
        // The client tier delays in the clients, above what the echo sees.
        let added = link.tier == .client ? profile.roundTripTime : .zero
        result = LinkResult(
            tier: link.tier.rawValue, rttNanoseconds: profile.roundTripTime.nanoseconds,
            rttEffectiveNanoseconds: (calibration.after + added).nanoseconds,
            congestionControl: PrivateNamespace.congestionControl(), mtu: link.mtu)
        var notes = link.refusals.map(\.description)
        if case .failure(let refusal) = namespace, !notes.contains(refusal.description) {
            notes.append(refusal.description)
        }
        result.note = notes.isEmpty ? nil : notes.joined(separator: "; ")
    }

    var profile: LinkProfile { link.profile }

    /// What the clients must delay themselves, where nothing below them does.
    var clientDelay: LinkProfile? { link.tier == .client ? link.profile : nil }

    /// What a server binds to.
    var serverHost: String { link.serverAddress.host }

    /// What a client dials to reach a server that listens on `address`.
    func dialled(_ address: SocketAddress) -> SocketAddress { link.clientAddress(of: address) }

    /// What crossed the link's interface so far; nil where other programs' packets are among it.
    func interfaceCount() -> InterfaceCount? {
        link.counters.map { InterfaceCount(bytes: $0.sentBytes, packets: $0.sentPackets) }
    }

    /// Whether `cut(_:)` drops packets; the clients must do without them otherwise.
    var canBeCut: Bool { link.canBeCut }

    /// Drops every packet of the link, or does not any more.
    func cut(_ isCut: Bool) throws {
        try link.cut(isCut)
    }

    /// Begins a round: the mirror's account is of this round alone.
    func beginRound() {
        link.restartStatistics()
    }

    /// What the mirror did since `start`; nil for other tiers.
    func mirrorResult(since start: Instant) -> MirrorResult? {
        guard let statistics = link.statistics else { return nil }
        let elapsed = (MonotonicClock.now() - start).nanoseconds
        return MirrorResult(
            packets: statistics.packets, lostPackets: statistics.lost,
            overflowedPackets: statistics.overflowed + statistics.droppedByKernel,
            peakPacketsPerSecond: Double(statistics.peakPacketsPerSecond),
            latenessP50Nanoseconds: statistics.latenessP50Nanoseconds,
            latenessP99Nanoseconds: statistics.latenessP99Nanoseconds,
            cpuNanoseconds: statistics.cpuNanoseconds,
            cpuShare: elapsed > 0 ? Double(statistics.cpuNanoseconds) / Double(elapsed) : 0)
    }
}
