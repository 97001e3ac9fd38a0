import Link
import Testing

@Suite("LinkProfile")
struct LinkProfileTests {
    private static let links: [(text: String, link: LinkProfile)] = [
        ("80ms", LinkProfile(roundTripTime: .milliseconds(80))),
        ("0", .loopback),
        (
            "80ms,jitter=10ms,loss=1%,down=2Mbit,up=1Mbit",
            LinkProfile(
                roundTripTime: .milliseconds(80), jitter: .milliseconds(10), lossRate: 0.01,
                down: Bandwidth(bitsPerSecond: 2_000_000), up: Bandwidth(bitsPerSecond: 1_000_000))
        ),
        (
            "up=1Mbit,rtt=80ms",
            LinkProfile(
                roundTripTime: .milliseconds(80), up: Bandwidth(bitsPerSecond: 1_000_000))
        ),
        ("loss=2%", LinkProfile(roundTripTime: .zero, lossRate: 0.02)),
        ("4g", .fourG),
        ("LAN", .lan),
        (
            "4g,jitter=10ms,down=unlimited",
            LinkProfile(
                roundTripTime: .milliseconds(70), jitter: .milliseconds(10),
                up: Bandwidth(bitsPerSecond: 12_000_000))
        ),
    ]

    @Test("reads a round trip or a preset and what differs from it", arguments: links)
    func reads(text: String, link: LinkProfile) throws {
        #expect(try LinkProfile(parsing: text) == link)
    }

    @Test("reads back what it writes", arguments: links.map(\.link) + LinkPreset.all.map(\.profile))
    func roundTrip(link: LinkProfile) throws {
        #expect(try LinkProfile(parsing: link.description) == link)
    }

    private static let refusals: [(text: String, message: String)] = [
        ("80", "80 needs a unit: 80s, 80ms"),
        (
            "5g",
            "5g is not a link: write a round trip such as 80ms, or one of loopback, lan, dsl, 4g, 3g, satellite"
        ),
        (
            "mars",
            "mars is not a link: write a round trip such as 80ms, or one of loopback, lan, dsl, 4g, 3g, satellite"
        ),
        (
            "",
            "\"\" is not a link: write a round trip such as 80ms, or one of loopback, lan, dsl, 4g, 3g, satellite"
        ),
        (
            "80ms,",
            "\"\" is not a part of a link: after the first, write key=value, as in jitter=10ms"
        ),
        (
            "80ms,3g",
            "3g is not a part of a link: after the first, write key=value, as in jitter=10ms"
        ),
        ("80ms,jitter=10", "jitter=10 needs a unit: 10s, 10ms"),
        (
            "80ms,jitter=50ms",
            "jitter=50ms is more than the one-way delay: at most 40ms, half the round trip"
        ),
        ("80ms,loss=5", "loss=5 is more than the whole: write 5%, or at most 1"),
        ("80ms,loss=100%", "loss=100% lets nothing through: write less than 100%"),
        (
            "80ms,down=2MB",
            "down=2MB has an unknown unit \"MB\": known are Gbit, Mbit, kbit, bit"
        ),
        ("80ms,up=0bit", "up=0bit lets nothing through: write 1kbit or more, or unlimited"),
        (
            "80ms,latency=3ms",
            "latency=3ms has an unknown key \"latency\": known are rtt, jitter, loss, down, up"
        ),
        ("80ms,rtt=90ms", "rtt=90ms says rtt again: give each part once"),
        ("80ms,up=1kbit,up=2kbit", "up=2kbit says up again: give each part once"),
    ]

    @Test("refuses a part that is wrong, naming it and the remedy", arguments: refusals)
    func refuses(text: String, message: String) {
        #expect(
            refusal { () throws(ValueError) in _ = try LinkProfile(parsing: text) } == message)
    }

    @Test("takes half the round trip for one way")
    func oneWayDelay() {
        #expect(LinkProfile.threeG.oneWayDelay == .milliseconds(150))
        #expect(LinkProfile.loopback.oneWayDelay == .zero)
    }

    private static let transmissions: [(bitsPerSecond: Int64, bytes: Int, time: Duration)] = [
        (8_000_000_000, 1, .nanoseconds(1)),
        (2_000_000, 0, .zero),
        (2_000_000, 1500, .milliseconds(6)),
        (3, 1, .nanoseconds(2_666_666_667)),
        (1, .max, .nanoseconds(Int64.max)),
        (.max, .max, .nanoseconds(8_000_000_000)),
    ]

    @Test("keeps the link busy for bytes over bandwidth, rounded up", arguments: transmissions)
    func transmissionTime(bitsPerSecond: Int64, bytes: Int, time: Duration) {
        #expect(Bandwidth(bitsPerSecond: bitsPerSecond).transmissionTime(bytes: bytes) == time)
    }

    @Test("takes no time for bytes without a limit")
    func unlimited() {
        #expect(Bandwidth.unlimited.transmissionTime(bytes: .max) == .zero)
    }

    @Test("has each preset under one name, nearest first")
    func presets() {
        #expect(
            LinkPreset.all.map(\.name) == ["loopback", "lan", "dsl", "4g", "3g", "satellite"])
        let roundTrips = LinkPreset.all.map(\.profile.roundTripTime)
        #expect(roundTrips == roundTrips.sorted())
    }
}
