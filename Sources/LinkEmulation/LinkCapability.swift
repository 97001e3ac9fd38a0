import Link
import Reactor

/// Which tiers this machine allows, and why not the others.
///
/// Entering a namespace changes a process for good, so that a child tries it: `discover` starts one
/// that runs `probe` and prints a line. The caller stays as it was.
package struct LinkCapability: Hashable, Sendable {
    /// Why a tier cannot be had.
    private var refusals: [LinkTier: String] = [:]

    private init() {}

    /// Why `tier` cannot be had; nil when it can.
    package func reason(against tier: LinkTier) -> String? {
        refusals[tier]
    }

    /// The tiers that can be had, best first.
    package var tiers: [LinkTier] {
        LinkTier.allCases.filter { refusals[$0] == nil }
    }

    /// Tries every tier in this process, which is in a private network afterwards.
    ///
    /// A tier counts when a byte has gone over it and come back, not when its parts could be made.
    package static func probe() -> LinkCapability {
        var capability = LinkCapability()
        let namespace = Result { () throws(LinkRefusal) in try PrivateNamespace.enter() }
        // Two milliseconds are long enough to be a delay and short enough not to be waited for.
        let profile = LinkProfile(roundTripTime: .milliseconds(2))
        for tier in LinkTier.allCases where tier.needsNamespace {
            do throws(LinkRefusal) {
                let link = try EmulatedLink.open(profile, tier: tier, in: namespace)
                defer { link.stop() }
                try check(link)
            } catch {
                capability.refusals[tier] = "\(error)"
            }
        }
        return capability
    }

    private static func check(_ link: EmulatedLink) throws(LinkRefusal) {
        do throws(SystemError) {
            let deadline = MonotonicClock.now() + .seconds(2)
            var connection = try EchoConnection.open(over: link, until: deadline)
            _ = try connection.echo([1], until: deadline)
            connection.close()
        } catch {
            let failure = link.statistics?.failure.map { "the mirror ended: \($0)" }
            throw LinkRefusal(error, reason: failure ?? "packets do not come through")
        }
    }

    /// Starts `executable` with `arguments`, which runs `probe` and prints its line, and reads it.
    ///
    /// A child that does not answer until `deadline` means that no private network can be had.
    package static func discover(
        executable: String, arguments: [String], until deadline: Instant
    ) -> LinkCapability {
        do throws(SystemError) {
            var child = try ChildProcess.spawn(executable: executable, arguments: arguments)
            guard let line = try child.readLine(until: deadline),
                let capability = LinkCapability(line: line)
            else { return unanswered("the probe did not answer in time") }
            _ = child.wait(until: deadline)
            return capability
        } catch {
            return unanswered("the probe failed: \(error)")
        }
    }

    private static func unanswered(_ reason: String) -> LinkCapability {
        var capability = LinkCapability()
        for tier in LinkTier.allCases where tier.needsNamespace {
            capability.refusals[tier] = reason
        }
        return capability
    }

    // The line: `netem=reason⇥mirror=ok⇥client=ok⇥loopback=ok`.

    private static let available = "ok"

    /// The capability as one line without its end.
    package var line: String {
        LinkTier.allCases.map { tier in
            let reason = refusals[tier] ?? Self.available
            return
                "\(tier.rawValue)=\(reason.map { $0 == "\t" || $0 == "\n" ? " " : "\($0)" }.joined())"
        }.joined(separator: "\t")
    }

    /// Reads such a line; nil unless it speaks of every tier.
    package init?(line: String) {
        var seen: Set<LinkTier> = []
        for field in line.split(separator: "\t") {
            let pair = field.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let tier = LinkTier(rawValue: String(pair[0])) else {
                return nil
            }
            seen.insert(tier)
            if pair[1] != Self.available { refusals[tier] = String(pair[1]) }
        }
        guard seen.count == LinkTier.allCases.count else { return nil }
    }
}
