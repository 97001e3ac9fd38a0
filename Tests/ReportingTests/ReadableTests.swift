import Testing

@testable import Reporting

@Suite("Readable")
struct ReadableTests {
    @Test(
        "writes durations with three digits and the unit that suits",
        arguments: [
            (0, "0 ns"), (850.4, "850 ns"), (999.4, "999 ns"), (999.6, "1.00 µs"),
            (12_345, "12.3 µs"), (999_400, "999 µs"), (999_600, "1.00 ms"), (1_500_000, "1.50 ms"),
            (999_600_000, "1.00 s"), (25e9, "25.0 s"), (3600e9, "3600 s"), (-1500, "-1.50 µs"),
        ] as [(Double, String)])
    func writesDurations(nanoseconds: Double, text: String) {
        #expect(Readable.duration(nanoseconds: nanoseconds) == text)
    }

    @Test(
        "writes bytes in steps of 1024, whole ones without a point",
        arguments: [
            (0, "0 B"), (129, "129 B"), (12.34, "12.3 B"), (1023.4, "1023 B"), (1024, "1.00 KiB"),
            (65_536, "64.0 KiB"), (1_048_570, "1.00 MiB"), (8_589_934_592, "8.00 GiB"),
            (-2048, "-2.00 KiB"), (5e12, "4.55 TiB"),
        ] as [(Double, String)])
    func writesBytes(bytes: Double, text: String) {
        #expect(Readable.bytes(bytes) == text)
    }

    @Test(
        "writes bandwidths in steps of 1000",
        arguments: [
            (512, "512 bit/s"), (768_000, "768 kbit/s"), (33_120_000, "33.1 Mbit/s"),
            (999_600_000, "1.00 Gbit/s"),
        ] as [(Double, String)])
    func writesBandwidths(bits: Double, text: String) {
        #expect(Readable.bandwidth(bitsPerSecond: bits) == text)
    }

    @Test(
        "parts counts of five digits and more into groups",
        arguments: [
            (0, "0"), (1000, "1000"), (9999, "9999"), (10_000, "10\u{202F}000"),
            (1_234_567, "1\u{202F}234\u{202F}567"), (-60_000, "-60\u{202F}000"),
            (.min, "-9\u{202F}223\u{202F}372\u{202F}036\u{202F}854\u{202F}775\u{202F}808"),
        ] as [(Int, String)])
    func writesCounts(count: Int, text: String) {
        #expect(Readable.count(count) == text)
    }

    @Test("makes nouns agree with their counts")
    func agrees() {
        #expect(Readable.count(1, "event") == "1 event")
        #expect(Readable.count(0, "event") == "0 events")
        #expect(Readable.count(2, "delivery", "deliveries") == "2 deliveries")
    }

    @Test(
        "writes shares so that small ones are still told apart",
        arguments: [
            (0, "0 %"), (0.004, "0.40 %"), (0.0841, "8.4 %"), (0.0996, "10 %"), (0.84, "84 %"),
            (12.3, "1230 %"),
        ] as [(Double, String)])
    func writesShares(share: Double, text: String) {
        #expect(Readable.percent(share) == text)
    }

    @Test("writes numbers without a point where there is nothing behind it")
    func writesNumbers() {
        #expect(Readable.number(10) == "10")
        #expect(Readable.number(0.5) == "0.500")
        #expect(Readable.number(.infinity) == "–")
        #expect(Readable.times(1.034) == "1.03 times")
    }

    @Test(
        "lists words as a sentence does",
        arguments: [
            ([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"),
        ] as [([String], String)])
    func lists(words: [String], text: String) {
        #expect(Readable.list(words) == text)
    }
}
