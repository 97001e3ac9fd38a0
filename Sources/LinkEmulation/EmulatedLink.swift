import Glibc
import Link
import Reactor

/// A link profile made real: addresses between which there is as much network as the profile says.
///
/// ```swift
/// let namespace = Result { () throws(LinkRefusal) in try PrivateNamespace.enter() }
/// let link = try EmulatedLink.open(profile, in: namespace)
/// let calibration = try Calibration.measure(link)
/// // The server binds link.serverAddress; clients dial link.clientAddress(of: whereItListens).
/// let statistics = link.stop()
/// ```
///
/// Servers started as children share the network. One link at a time: the next may be opened when
/// this one has been stopped.
package final class EmulatedLink {
    /// How it is made.
    package let tier: LinkTier

    /// What it is.
    package let profile: LinkProfile

    /// Why better tiers were not taken, best first; empty when the tier was asked for.
    package let refusals: [LinkRefusal]

    /// What a server binds to, with port 0.
    package let serverAddress: SocketAddress

    private let clientHost: String
    private let mirror: PacketMirror?
    /// The interface that packets leave by, and the bytes of link header that it counts for each.
    private let interface: String
    private let linkHeader: Int
    /// Whether no other program's packets are among those that the interface counts.
    private let isCountable: Bool
    private var isStopped = false

    /// How much earlier than the profile says packets come out, each way, to make up for what the
    /// machine adds.
    package private(set) var trim = Duration.zero

    /// Opens a link in the tier that is asked for or, without one, in the best that can be had: an
    /// ideal profile is loopback, and the last resort is the delay in the clients, which this type
    /// only stands for.
    ///
    /// `namespace` says whether a private network was entered, or why not. `seed` decides losses and
    /// jitter. The mirror runs on `processor` (an index, see `Processors`), or anywhere. A link that
    /// is `toBeCut` is taken to be more than loopback, however ideal.
    package static func open(
        _ profile: LinkProfile, tier: LinkTier? = nil,
        in namespace: Result<PrivateNamespace, LinkRefusal>? = nil, seed: UInt64 = 1,
        processor: Int? = nil, toBeCut: Bool = false
    ) throws(LinkRefusal) -> EmulatedLink {
        if let tier {
            return try EmulatedLink(
                profile, tier, in: namespace, seed: seed, processor: processor, refusals: [])
        }
        var refusals: [LinkRefusal] = []
        for tier in [LinkTier.netem, .mirror] where profile != .loopback || toBeCut {
            do throws(LinkRefusal) {
                return try EmulatedLink(
                    profile, tier, in: namespace, seed: seed, processor: processor,
                    refusals: refusals)
            } catch {
                // What both of them lack is said once.
                if !refusals.contains(error) { refusals.append(error) }
            }
        }
        return try EmulatedLink(
            profile, profile == .loopback ? .loopback : .client, in: namespace, seed: seed,
            processor: nil, refusals: refusals)
    }

    private init(
        _ profile: LinkProfile, _ tier: LinkTier,
        in namespace: Result<PrivateNamespace, LinkRefusal>?, seed: UInt64, processor: Int?,
        refusals: [LinkRefusal]
    ) throws(LinkRefusal) {
        self.profile = profile
        self.tier = tier
        self.refusals = refusals
        switch tier {
        case .netem:
            _ = try Self.require(namespace)
            try Self.requireNetem(for: profile)
            mirror = nil
            try Self.shapeLoopback(profile, trim: .zero)
        case .mirror:
            mirror = try PacketMirror(
                profile: profile, seed: seed, processor: processor,
                in: try Self.require(namespace))
        case .client, .loopback:
            mirror = nil
        }
        let isMirror = tier == .mirror
        interface = isMirror ? PacketMirror.interface : "lo"
        linkHeader = isMirror ? FrameReflector.linkHeader : 0
        isCountable = isMirror || (try? namespace?.get()) != nil
        let server = isMirror ? "\(PacketMirror.own)" : "127.0.0.1"
        clientHost = isMirror ? "\(PacketMirror.mirrored)" : "127.0.0.1"
        serverAddress = SocketAddress(server, port: 0) ?? .loopback(port: 0)
    }

    deinit {
        stop()
    }

    /// What a client dials to reach a server that listens on `address`.
    package func clientAddress(of address: SocketAddress) -> SocketAddress {
        SocketAddress(clientHost, port: address.port) ?? address
    }

    /// The largest IP packet of the link; nil when it cannot be read.
    package var mtu: Int? {
        Interface.mtu(of: interface)
    }

    /// What the kernel counted of this link's IP packets, by both ends together: sent, and received
    /// at the far end. Nil where other programs' packets are among them.
    package var counters: InterfaceCounters? {
        guard isCountable else { return nil }
        return InterfaceCounters.read(interface)?.removing(linkHeader: linkHeader)
    }

    /// What the mirror carried up to a tenth of a second ago; nil for the other tiers.
    package var statistics: LinkStatistics? {
        mirror?.statistics
    }

    /// Lets the mirror count from zero again.
    package func restartStatistics() {
        mirror?.restartStatistics()
    }

    /// Whether `trim(by:)` has an effect.
    package var canTrim: Bool {
        tier.needsNamespace && profile.oneWayDelay > .zero
    }

    /// Lets packets come out earlier than the profile says by this much each way; at most by the
    /// whole delay.
    package func trim(by duration: Duration) throws(LinkRefusal) {
        guard canTrim else { return }
        trim = min(max(.zero, duration), profile.oneWayDelay)
        if tier == .netem { try Self.shapeLoopback(profile, trim: trim) }
        mirror?.trim(trim)
    }

    /// Whether `cut(_:)` has an effect.
    package var canBeCut: Bool {
        tier.needsNamespace
    }

    /// Drops every packet in both directions without a word, as a cable that was pulled somewhere
    /// in between does, until it is called with false.
    package func cut(_ isCut: Bool) throws(LinkRefusal) {
        if tier == .netem {
            try Self.shapeLoopback(profile, trim: trim, lossRate: isCut ? 1 : nil)
        }
        mirror?.cut(isCut)
    }

    /// Ends the link and says what the mirror carried, if there is one. Connections over it are
    /// cut off.
    @discardableResult
    package func stop() -> LinkStatistics? {
        guard !isStopped else { return statistics }
        isStopped = true
        let statistics = mirror?.stop()
        switch tier {
        case .mirror: PacketMirror.removeCable()
        case .netem: Self.unshapeLoopback()
        case .client, .loopback: break
        }
        return statistics
    }

    private static func require(
        _ namespace: Result<PrivateNamespace, LinkRefusal>?
    ) throws(LinkRefusal) -> PrivateNamespace {
        guard let namespace else {
            throw LinkRefusal(
                step: "enter a private network", reason: "the process did not try to")
        }
        return try namespace.get()
    }

    // Netem on `lo`, which every packet crosses once: the delay of the discipline is one way.

    /// What netem on one interface cannot do as `LinkDirection` says it.
    private static func requireNetem(for profile: LinkProfile) throws(LinkRefusal) {
        if profile.up != .unlimited || profile.down != .unlimited {
            throw LinkRefusal(
                step: "set up netem", reason: "on lo it has one queue for both directions")
        }
        if profile.jitter > .zero {
            throw LinkRefusal(step: "set up netem", reason: "its jitter reorders packets")
        }
    }

    private static func shapeLoopback(
        _ profile: LinkProfile, trim: Duration, lossRate: Double? = nil
    ) throws(LinkRefusal) {
        let netlink = try NetlinkSocket()
        let loopback = try Interface("lo")
        let code = netlink.request(
            .netem(
                index: loopback.index, delay: profile.oneWayDelay - trim, jitter: .zero,
                lossRate: lossRate ?? profile.lossRate))
        guard code == 0 else {
            throw LinkRefusal(
                step: "set up netem", code: code,
                reason: code == ENOENT ? "this kernel has no sch_netem" : "the kernel refuses")
        }
        loopback.disableOffloads()
        // At its own 65,536 an initial window is 655 kB, so that slow start never shows.
        try netlink.perform(
            .mtu(index: loopback.index, bytes: 1500), step: "set the MTU of lo")
    }

    private static func unshapeLoopback() {
        guard let netlink = try? NetlinkSocket(), let loopback = try? Interface("lo") else {
            return
        }
        _ = netlink.request(.removeDiscipline(index: loopback.index))
    }
}
