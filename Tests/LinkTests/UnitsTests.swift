import Link
import Testing

@Suite("Units")
struct UnitsTests {
    private static let durations: [(text: String, duration: Duration)] = [
        ("0", .zero), ("0s", .zero), ("1ns", .nanoseconds(1)), ("100us", .microseconds(100)),
        ("100\u{B5}s", .microseconds(100)), ("100\u{3BC}s", .microseconds(100)),
        ("50ms", .milliseconds(50)), ("10s", .seconds(10)), ("0.1s", .milliseconds(100)),
        ("1.5ms", .microseconds(1500)), ("1m30s", .seconds(90)), ("2h", .seconds(7200)),
        ("1d1h1m1s1ms1us1ns", .nanoseconds(90_061_001_001_001)), ("90s", .seconds(90)),
        ("1m0.25s", .milliseconds(60_250)),
        ("99999.999999000d", .nanoseconds(8_639_999_999_913_600_000)),
    ]

    @Test("reads a duration with its unit", arguments: durations)
    func duration(text: String, duration: Duration) throws {
        #expect(try Units.duration(text) == duration)
    }

    private static let sizes: [(text: String, bytes: Int)] = [
        ("0", 0), ("100", 100), ("100B", 100), ("1k", 1000), ("1kB", 1000), ("1KB", 1000),
        ("1KiB", 1024), ("1kib", 1024), ("64KiB", 65536), ("2MB", 2_000_000), ("1.5MiB", 1_572_864),
        ("1GiB", 1 << 30), ("3G", 3_000_000_000), ("0.5kB", 500),
    ]

    @Test("reads a size: steps of 1024 with an i, of 1000 without", arguments: sizes)
    func size(text: String, bytes: Int) throws {
        #expect(try Units.bytes(text) == bytes)
    }

    private static let counts: [(text: String, count: Int)] = [
        ("0", 0), ("1000", 1000), ("10k", 10_000), ("10K", 10_000), ("1.5M", 1_500_000),
        ("9223372036854775807", .max),
    ]

    @Test("reads a count", arguments: counts)
    func count(text: String, count: Int) throws {
        #expect(try Units.count(text) == count)
    }

    private static let bandwidths: [(text: String, bitsPerSecond: Int64?)] = [
        ("2Mbit", 2_000_000), ("2mbit/s", 2_000_000), ("768kbit", 768_000), ("1.5Mbit", 1_500_000),
        ("1Gbit", 1_000_000_000), ("9600bit", 9600), ("unlimited", nil),
    ]

    @Test("reads a bandwidth in bits", arguments: bandwidths)
    func bandwidth(text: String, bitsPerSecond: Int64?) throws {
        #expect(try Units.bandwidth(text).bitsPerSecond == bitsPerSecond)
    }

    private static let rates: [(text: String, rate: Double)] = [
        ("100", 100), ("100/s", 100), ("30/m", 0.5), ("36/h", 0.01), ("2.5k/s", 2500),
        ("2k", 2000), ("1M", 1_000_000), ("0.5", 0.5),
    ]

    @Test("reads a rate in events a second", arguments: rates)
    func rate(text: String, rate: Double) throws {
        #expect(try Units.rate(text) == rate)
    }

    private static let fractions: [(text: String, share: Double)] = [
        ("0", 0), ("1%", 0.01), ("0.5%", 0.005), ("100%", 1), ("0.25", 0.25), ("1", 1),
    ]

    @Test("reads a share as percent or as a fraction", arguments: fractions)
    func fraction(text: String, share: Double) throws {
        #expect(try Units.fraction(text) == share)
    }

    private typealias Refusal = (text: String, message: String)

    private static let badDurations: [Refusal] = [
        ("10", "10 needs a unit: 10s, 10ms"),
        ("1.5", "1.5 needs a unit: 1.5s, 1.5ms"),
        ("1m30", "1m30 needs a unit: each part has one, as in 1m30s"),
        ("", "\"\" is empty: write a duration there"),
        ("-5s", "-5s is negative: a duration is zero or more"),
        ("soon", "soon is not a duration: write for example 10s, 50ms, 1m30s"),
        ("s", "s is not a duration: write for example 10s, 50ms, 1m30s"),
        (".", ". is not a duration: write for example 10s, 50ms, 1m30s"),
        ("1.s", "1.s is not a duration: write for example 10s, 50ms, 1m30s"),
        ("10 s", "\"10 s\" has an unknown unit \" s\": known are ns, us, ms, s, m, h, d"),
        ("10sec", "10sec has an unknown unit \"sec\": known are ns, us, ms, s, m, h, d"),
        ("10S", "10S has an unknown unit \"S\": known are ns, us, ms, s, m, h, d"),
        (
            "30s1m",
            "30s1m has its units out of order: the largest comes first and each comes once, as in 1m30s"
        ),
        (
            "1s1s",
            "1s1s has its units out of order: the largest comes first and each comes once, as in 1m30s"
        ),
        ("1.2.3s", "1.2.3s is not a duration: write for example 10s, 50ms, 1m30s"),
        ("0.5ns", "0.5ns is not whole in the smallest unit: write fewer decimal places"),
        (
            "200000d",
            "200000d is too large: the most is 292 years"
        ),
        (
            "106751d24h",
            "106751d24h is too large: the most is 292 years"
        ),
        (
            "99999999999999999999s",
            "99999999999999999999s is too large: the most is 292 years"
        ),
        ("٣s", "٣s is not a duration: write for example 10s, 50ms, 1m30s"),
    ]

    @Test("refuses what is not a duration, with the remedy", arguments: badDurations)
    func badDuration(text: String, message: String) {
        #expect(refusal { () throws(ValueError) in _ = try Units.duration(text) } == message)
    }

    private static let badSizes: [Refusal] = [
        ("", "\"\" is empty: write a size there"),
        ("-1B", "-1B is negative: a size is zero or more"),
        ("big", "big is not a size: write for example 100B, 64KiB, 2MB"),
        (
            "64KX",
            "64KX has an unknown unit \"KX\": known are GiB, GB, MiB, MB, KiB, kB, B, Gi, G, Mi, M, Ki, k"
        ),
        ("1.5B", "1.5B is not whole in the smallest unit: write fewer decimal places"),
        ("9999999999GiB", "9999999999GiB is too large: the most is 9223372036854775807"),
    ]

    @Test("refuses what is not a size, with the remedy", arguments: badSizes)
    func badSize(text: String, message: String) {
        #expect(refusal { () throws(ValueError) in _ = try Units.bytes(text) } == message)
    }

    private static let badCounts: [Refusal] = [
        ("many", "many is not a count: write for example 1000, 10k, 1M"),
        ("10m", "10m has an unknown unit \"m\": known are M, k"),
        ("1,000", "1,000 has an unknown unit \",000\": known are M, k"),
        ("1.5", "1.5 is not whole in the smallest unit: write fewer decimal places"),
        (
            "9223372036854775808",
            "9223372036854775808 is too large: the most is 9223372036854775807"
        ),
    ]

    @Test("refuses what is not a count, with the remedy", arguments: badCounts)
    func badCount(text: String, message: String) {
        #expect(refusal { () throws(ValueError) in _ = try Units.count(text) } == message)
    }

    private static let badBandwidths: [Refusal] = [
        ("2", "2 needs a unit: 2Mbit, 2kbit"),
        ("2MB", "2MB has an unknown unit \"MB\": known are Gbit, Mbit, kbit, bit"),
        ("2Mbps", "2Mbps has an unknown unit \"Mbps\": known are Gbit, Mbit, kbit, bit"),
        ("0bit/s", "0bit/s lets nothing through: write 1kbit or more, or unlimited"),
        ("fast", "fast is not a bandwidth: write for example 2Mbit, 768kbit, unlimited"),
    ]

    @Test("refuses what is not a bandwidth, with the remedy", arguments: badBandwidths)
    func badBandwidth(text: String, message: String) {
        #expect(refusal { () throws(ValueError) in _ = try Units.bandwidth(text) } == message)
    }

    private static let badRates: [Refusal] = [
        ("often", "often is not a rate: write for example 100, 100/s, 30/m, 2k/s"),
        ("10/day", "10/day has an unknown unit \"/day\": write for example 100, 100/s, 30/m, 2k/s"),
        ("-1", "-1 is negative: a rate is zero or more"),
    ]

    @Test("refuses what is not a rate, with the remedy", arguments: badRates)
    func badRate(text: String, message: String) {
        #expect(refusal { () throws(ValueError) in _ = try Units.rate(text) } == message)
    }

    private static let badFractions: [Refusal] = [
        ("few", "few is not a share: write for example 1%, 0.5%, 0.01"),
        ("5", "5 is more than the whole: write 5%, or at most 1"),
        ("101%", "101% is more than the whole: the most is 100%"),
        ("-1%", "-1% is negative: a share is zero or more"),
    ]

    @Test("refuses what is not a share, with the remedy", arguments: badFractions)
    func badFraction(text: String, message: String) {
        #expect(refusal { () throws(ValueError) in _ = try Units.fraction(text) } == message)
    }

    private static let writtenDurations: [(duration: Duration, text: String)] = [
        (.zero, "0s"), (.seconds(90), "1m30s"), (.milliseconds(1500), "1s500ms"),
        (.nanoseconds(1), "1ns"), (.milliseconds(-50), "-50ms"), (.seconds(86_400), "1d"),
    ]

    @Test("writes a duration as its parts", arguments: writtenDurations)
    func writesDuration(duration: Duration, text: String) {
        #expect(Units.text(of: duration) == text)
    }

    private static let writtenSizes: [(bytes: Int, text: String)] = [
        (0, "0B"), (100, "100B"), (1000, "1kB"), (1500, "1500B"), (65536, "64KiB"),
        (2_000_000, "2MB"), (1 << 30, "1GiB"),
    ]

    @Test("writes a size in the largest whole unit", arguments: writtenSizes)
    func writesSize(bytes: Int, text: String) {
        #expect(Units.text(ofBytes: bytes) == text)
    }

    @Test("writes bandwidths, rates and shares")
    func writesOthers() {
        #expect(Units.text(of: Bandwidth(bitsPerSecond: 2_000_000)) == "2Mbit")
        #expect(Units.text(of: Bandwidth(bitsPerSecond: 1_500_000)) == "1500kbit")
        #expect(Units.text(of: Bandwidth.unlimited) == "unlimited")
        #expect(Units.text(ofRate: 100) == "100/s")
        #expect(Units.text(ofRate: 0.5) == "0.5/s")
        #expect(Units.text(ofFraction: 0.01) == "1%")
        #expect(Units.text(ofFraction: 0.07) == "7%")
        #expect(Units.text(ofFraction: 0.0005) == "0.05%")
    }

    @Test("reads back what it writes", arguments: [1, 2, 3])
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            // Shifted so that every length of number occurs, small ones as often as large ones.
            let number = Int64(generator.next() >> 1) >> Int64.random(in: 0..<63, using: &generator)
            let duration = Duration.nanoseconds(number)
            #expect(try Units.duration(Units.text(of: duration)) == duration)
            #expect(try Units.bytes(Units.text(ofBytes: Int(number))) == Int(number))
            let bandwidth = Bandwidth(bitsPerSecond: max(1, number))
            #expect(try Units.bandwidth(Units.text(of: bandwidth)) == bandwidth)
        }
    }
}

/// The message of the error that `body` throws; nil when it throws none.
func refusal(of body: () throws(ValueError) -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return error.description
    }
}
