import Glibc
import Link
import Reactor

/// What a round trip over a link really takes, and what was done about the difference.
///
/// Idle processors take 50 to 120 µs to wake up, once for each end and each release of a packet. The
/// excess hardly depends on the delay, so that it calibrates out: half of it is taken off each
/// crossing, and the round trip measured again.
package struct Calibration: Hashable, Sendable {
    /// The round trip of the profile, with the time that the echo's bytes take on the line.
    package let nominal: Duration
    /// The median round trip before anything was trimmed.
    package let before: Duration
    /// The median round trip as the link is now: what results are given in units of (R_eff).
    package let after: Duration
    /// What is taken off each crossing.
    package let trim: Duration
    /// How many echoes `after` is the median of.
    package let echoes: Int

    /// Measures `link` by at most `echoes` echoes within `limit`, trims it if it can be trimmed, and
    /// measures again, at most three times.
    ///
    /// Throws when no echo came back: the link does not work.
    package static func measure(
        _ link: EmulatedLink, echoes: Int = 20, limit: Duration = .milliseconds(1500)
    ) throws -> Calibration {
        let profile = link.profile
        let isEmulated = link.tier.needsNamespace
        let nominal =
            isEmulated
            ? profile.roundTripTime + profile.up.transmissionTime(bytes: echoBytes)
                + profile.down.transmissionTime(bytes: echoBytes) : .zero
        let first = try roundTrip(over: link, echoes: echoes, limit: limit)
        var best = (trim: link.trim, median: first.median, count: first.count)
        // A correction changes what it corrects: shorter sleeps end more exactly. And on a busy
        // machine one measurement may be off, so that the best of them is kept.
        for _ in 0..<3 where link.canTrim {
            // A tenth of the tolerance that laws are held to (1 % + 0.3 ms).
            guard excess(best.median) > nominal / 1000 + .microseconds(30) else { break }
            let trim = link.trim
            try link.trim(by: best.trim + (best.median - nominal) / 2)
            guard link.trim != trim else { break }
            let next = try roundTrip(over: link, echoes: echoes, limit: limit)
            guard excess(next.median) < excess(best.median) else { continue }
            best = (link.trim, next.median, next.count)
        }
        if link.trim != best.trim { try link.trim(by: best.trim) }
        return Calibration(
            nominal: nominal, before: first.median, after: best.median, trim: best.trim,
            echoes: best.count)

        func excess(_ roundTrip: Duration) -> Duration {
            roundTrip > nominal ? roundTrip - nominal : nominal - roundTrip
        }
    }

    /// A segment with one byte: 20 of IP, 20 of TCP and 12 of timestamps before it.
    private static let echoBytes = 53

    private static func roundTrip(
        over link: EmulatedLink, echoes: Int, limit: Duration
    ) throws -> (median: Duration, count: Int) {
        // The first connection may wait for a repeated SYN, which is sent after 1 s (RFC 6298 §2).
        let patience = Duration.seconds(4) + link.profile.roundTripTime * 4
        let start = MonotonicClock.now()
        var connection = try EchoConnection.open(over: link, until: start + patience + limit)
        let deadline = MonotonicClock.now() + limit
        var samples: [Duration] = []
        // The first two set up what later ones find: route, congestion window, warm caches.
        for index in 0..<(2 + echoes) {
            let sent = MonotonicClock.now()
            // One echo may outlast the limit, so that a slow link has a sample at least.
            guard sent < deadline || samples.isEmpty else { break }
            _ = try connection.echo([UInt8(index & 0xFF)], until: start + patience + limit)
            if index >= 2 { samples.append(MonotonicClock.now() - sent) }
        }
        connection.close()
        samples.sort()
        return (samples[samples.count / 2], samples.count)
    }
}
