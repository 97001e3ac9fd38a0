/// The network between a client and the server as five numbers.
///
/// Theory, simulation and emulation all take the same value, so that what was predicted and what
/// was run is the same link. The text form is what the command line takes and what reports print:
///
/// ```text
/// 80ms,jitter=10ms,loss=1%,down=2Mbit,up=1Mbit      round trip first, the rest in any order
/// 4g,loss=1%                                        a preset, then what differs from it
/// ```
package struct LinkProfile: Hashable, Sendable {
    /// The time from a packet's departure to its answer's arrival on an idle link, both ways and
    /// without any transmission time.
    package let roundTripTime: Duration

    /// The most by which one crossing differs from its mean; the differences are uniform. It is
    /// never more than `oneWayDelay`, because no packet arrives before it was sent.
    package let jitter: Duration

    /// The probability that one crossing loses the packet, from 0 to below 1.
    package let lossRate: Double

    /// What the link carries from server to client.
    package let down: Bandwidth

    /// What the link carries from client to server.
    package let up: Bandwidth

    /// A link; what is not given is ideal.
    package init(
        roundTripTime: Duration, jitter: Duration = .zero, lossRate: Double = 0,
        down: Bandwidth = .unlimited, up: Bandwidth = .unlimited
    ) {
        precondition(roundTripTime >= .zero, "a round trip takes time")
        precondition(jitter >= .zero && jitter <= roundTripTime / 2, "jitter is within the delay")
        precondition(lossRate >= 0 && lossRate < 1, "a link that loses everything is no link")
        self.roundTripTime = roundTripTime
        self.jitter = jitter
        self.lossRate = lossRate
        self.down = down
        self.up = up
    }

    /// The mean time of one crossing: half the round trip, since no profile here is asymmetric in
    /// delay.
    package var oneWayDelay: Duration {
        roundTripTime / 2
    }
}

/// Bits a second of one direction of a link, or no limit.
package struct Bandwidth: Hashable, Sendable {
    /// The limit; nil when there is none.
    package let bitsPerSecond: Int64?

    /// A limit, which must be more than nothing.
    package init(bitsPerSecond: Int64) {
        precondition(bitsPerSecond > 0, "a bandwidth of nothing never delivers")
        self.bitsPerSecond = bitsPerSecond
    }

    private init() {
        bitsPerSecond = nil
    }

    /// No limit: bytes take no time.
    package static let unlimited = Bandwidth()

    /// How long the link is busy with this many bytes, rounded up to a nanosecond. Headers of the
    /// lower layers count: the caller adds them, because it knows how many packets there are.
    package func transmissionTime(bytes: Int) -> Duration {
        precondition(bytes >= 0, "a count of bytes")
        guard let bitsPerSecond else { return .zero }
        let divisor = UInt128(bitsPerSecond)
        let nanoseconds = (UInt128(bytes) * 8_000_000_000 + divisor - 1) / divisor
        return .nanoseconds(Int64(clamping: nanoseconds))
    }
}

/// A link with a name, for people who know what they are on but not its numbers.
package struct LinkPreset: Sendable {
    /// The name, as the command line takes it.
    package let name: String

    /// One line for help and reports.
    package let summary: String

    /// The numbers.
    package let profile: LinkProfile
}

extension LinkPreset {
    /// Every preset, nearest first. The published sources give neither jitter nor loss, so the
    /// presets have none; `4g,jitter=10ms` adds one's own.
    package static let all = [
        LinkPreset(name: "loopback", summary: "this machine, no delay", profile: .loopback),
        LinkPreset(name: "lan", summary: "gigabit Ethernet in one building", profile: .lan),
        LinkPreset(name: "dsl", summary: "a line of the long-polling years", profile: .dsl),
        LinkPreset(name: "4g", summary: "a phone on LTE", profile: .fourG),
        LinkPreset(name: "3g", summary: "a phone on UMTS", profile: .threeG),
        LinkPreset(name: "satellite", summary: "a geostationary satellite", profile: .satellite),
    ]
}

extension LinkProfile {
    /// No emulation at all: the floor that the others are compared with.
    package static let loopback = LinkProfile(roundTripTime: .zero)

    /// Gigabit Ethernet through a switch or two: half a millisecond is mostly the two hosts' own
    /// stacks and interrupt moderation, since 100 m of copper is 1 µs there and back.
    package static let lan = LinkProfile(
        roundTripTime: .microseconds(500), down: .megabits(1000), up: .megabits(1000))

    /// WebPageTest's "DSL" (`connectivity.ini`): 1.5 Mbit/s down, 384 kbit/s up, 50 ms.
    package static let dsl = LinkProfile(
        roundTripTime: .milliseconds(50), down: Bandwidth(bitsPerSecond: 1_500_000),
        up: Bandwidth(bitsPerSecond: 384_000))

    /// WebPageTest's "LTE": 12 Mbit/s both ways, 70 ms. (Its "4G", at 170 ms, is slower than most
    /// networks of that name.)
    package static let fourG = LinkProfile(
        roundTripTime: .milliseconds(70), down: .megabits(12), up: .megabits(12))

    /// WebPageTest's "3G": 1.6 Mbit/s down, 768 kbit/s up, 300 ms.
    package static let threeG = LinkProfile(
        roundTripTime: .milliseconds(300), down: Bandwidth(bitsPerSecond: 1_600_000),
        up: Bandwidth(bitsPerSecond: 768_000))

    /// A geostationary hop: RFC 2488 §2 puts the round trip at up to 558 ms for the path alone; 600
    /// ms leaves the rest to access and coding. 25/3 Mbit/s is what such services commonly sell.
    package static let satellite = LinkProfile(
        roundTripTime: .milliseconds(600), down: .megabits(25), up: .megabits(3))
}

extension Bandwidth {
    private static let bitsInMegabit: Int64 = 1_000_000

    /// A limit in decimal megabits a second, as links are sold.
    fileprivate static func megabits(_ count: Int64) -> Bandwidth {
        Bandwidth(bitsPerSecond: count * bitsInMegabit)
    }
}

/// The text form.
extension LinkProfile: CustomStringConvertible {
    /// Reads the text form; errors name the part that is wrong.
    package init(parsing text: some StringProtocol) throws(ValueError) {
        self = try LinkText(text).profile()
    }

    /// The shortest text that reads as this link.
    package var description: String {
        var parts = [Units.text(of: roundTripTime)]
        if jitter > .zero { parts.append("jitter=\(Units.text(of: jitter))") }
        if lossRate > 0 { parts.append("loss=\(Units.text(ofFraction: lossRate))") }
        if down != .unlimited { parts.append("down=\(Units.text(of: down))") }
        if up != .unlimited { parts.append("up=\(Units.text(of: up))") }
        return parts.joined(separator: ",")
    }
}

/// The parts of a link's text, gathered before any of them is checked against another.
private struct LinkText {
    private let text: String
    private var roundTripTime: Duration?
    private var jitter: Duration?
    private var lossRate: Double?
    private var down: Bandwidth?
    private var up: Bandwidth?

    init(_ text: some StringProtocol) throws(ValueError) {
        self.text = String(text)
        var seen: Set<String> = []
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else {
                guard index == 0 else {
                    throw ValueError(
                        String(part), "is not a part of a link",
                        remedy: "after the first, write key=value, as in jitter=10ms")
                }
                try takeStart(String(part))
                seen.insert("rtt")
                continue
            }
            let (key, value) = (String(pair[0]), String(pair[1]))
            guard seen.insert(key).inserted else {
                throw ValueError(String(part), "says \(key) again", remedy: "give each part once")
            }
            do {
                try take(key, value)
            } catch {
                throw ValueError(String(part), error.problem, remedy: error.remedy)
            }
        }
    }

    /// Takes the first part: a preset's name or a round trip.
    private mutating func takeStart(_ start: String) throws(ValueError) {
        if let preset = LinkPreset.all.first(where: { $0.name == start.lowercased() })?.profile {
            roundTripTime = preset.roundTripTime
            down = preset.down
            up = preset.up
            return
        }
        do {
            roundTripTime = try Units.duration(start)
        } catch {
            // A bare number lacks only its unit; anything else may as well be a name.
            guard start.isEmpty || start.contains(where: { !$0.isNumber && $0 != "." }) else {
                throw error
            }
            let names = LinkPreset.all.map(\.name).joined(separator: ", ")
            throw ValueError(
                start, "is not a link",
                remedy: "write a round trip such as 80ms, or one of \(names)")
        }
    }

    private mutating func take(_ key: String, _ value: String) throws(ValueError) {
        switch key {
        case "rtt": roundTripTime = try Units.duration(value)
        case "jitter": jitter = try Units.duration(value)
        case "loss": lossRate = try Units.fraction(value)
        case "down": down = try Units.bandwidth(value)
        case "up": up = try Units.bandwidth(value)
        default:
            throw ValueError(
                key, "has an unknown key \"\(key)\"",
                remedy: "known are rtt, jitter, loss, down, up")
        }
    }

    /// The link, after checking the parts against each other.
    func profile() throws(ValueError) -> LinkProfile {
        let roundTripTime = roundTripTime ?? .zero
        let jitter = jitter ?? .zero
        let lossRate = lossRate ?? 0
        guard jitter <= roundTripTime / 2 else {
            throw ValueError(
                "jitter=\(Units.text(of: jitter))", "is more than the one-way delay",
                remedy: "at most \(Units.text(of: roundTripTime / 2)), half the round trip")
        }
        guard lossRate < 1 else {
            throw ValueError(
                "loss=\(Units.text(ofFraction: lossRate))", "lets nothing through",
                remedy: "write less than 100%")
        }
        return LinkProfile(
            roundTripTime: roundTripTime, jitter: jitter, lossRate: lossRate,
            down: down ?? .unlimited, up: up ?? .unlimited)
    }
}
