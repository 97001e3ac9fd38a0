import Link
import Measurement

/// A link in words.
enum LinkText {
    /// What `links`, which are one link in several rounds, have in common: "50 ms round trip by
    /// packet mirror (R_eff 50.04 ms, c 0.120 ms), cubic, MTU 1500, NODELAY".
    static func words(for links: [LinkResult], profile: LinkProfile? = nil) -> String {
        guard let link = links.first else { return "" }
        var words = [place(links)]
        if let profile, link.rttNanoseconds > 0 {
            words += impairments(of: profile)
        }
        words += link.congestionControl.map { [$0] } ?? []
        words += link.mtu.map { ["MTU \($0)"] } ?? []
        words.append(link.noDelay ? "NODELAY" : "Nagle's algorithm on")
        return words.joined(separator: ", ")
    }

    /// The round trip, how it was made, and what calibration found.
    static func place(_ links: [LinkResult]) -> String {
        links.first.map { roundTrip(of: $0) + calibration(of: links) } ?? ""
    }

    /// How a link was made, as a reader says it. A tier of a newer version has its own name.
    static func tier(_ name: String) -> String {
        switch name {
        case "mirror": "packet mirror"
        case "client": "a delay in the clients"
        default: name
        }
    }

    private static func roundTrip(of link: LinkResult) -> String {
        guard link.rttNanoseconds > 0 else { return tier(link.tier) }
        let asked = Readable.number(Double(link.rttNanoseconds) / 1e6) + " ms"
        return "\(asked) round trip by \(tier(link.tier))"
    }

    /// What calibration found: the median over the rounds.
    private static func calibration(of links: [LinkResult]) -> String {
        var parts: [String] = []
        let effective = links.map { Double($0.rttEffectiveNanoseconds) }
        if let effective = Statistics.median(of: effective), effective > 0 {
            parts.append("R_eff \(milliseconds(effective))")
        }
        let turnarounds = links.compactMap(\.turnaroundNanoseconds).map(Double.init)
        if let turnaround = Statistics.median(of: turnarounds) {
            parts.append("c \(milliseconds(turnaround))")
        }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    /// Jitter, loss and rate, where the link is not ideal.
    private static func impairments(of profile: LinkProfile) -> [String] {
        var words: [String] = []
        if profile.jitter > .zero {
            words.append("jitter ±\(Units.text(of: profile.jitter))")
        }
        if profile.lossRate > 0 {
            words.append("loss \(Units.text(ofFraction: profile.lossRate))")
        }
        if profile.down.bitsPerSecond != nil {
            words.append("\(Units.text(of: profile.down))/s down")
        }
        if profile.up.bitsPerSecond != nil {
            words.append("\(Units.text(of: profile.up))/s up")
        }
        return words
    }

    /// In milliseconds and to 10 µs, whatever the size: R_eff is read beside the round trip that was
    /// asked for.
    private static func milliseconds(_ nanoseconds: Double) -> String {
        NumberText.fixed(nanoseconds / 1e6, places: 2) + " ms"
    }
}
