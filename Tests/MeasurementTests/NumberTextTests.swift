import Measurement
import Testing

@Suite("Numbers as text")
struct NumberTextTests {
    @Test(
        "have all their digits and no exponent when they are to be read again",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (1234567, "1234567"),
            (1e-5, "0.00001"), (1.25e-7, "0.000000125"), (-2.5e-9, "-0.0000000025"),
            (1e16, "10000000000000000"), (1.5e20, "150000000000000000000"),
            (123456789.123, "123456789.123"), (0.00043100000000000001, "0.000431"),
            (.nan, "–"), (.infinity, "–"),
        ] as [(Double, String)])
    func exact(value: Double, text: String) {
        #expect(NumberText.exact(value) == text)
        if value.isFinite { #expect(Double(text) == value) }
    }

    @Test("are read again as the same, whatever their size", arguments: [UInt64(1), 2, 3])
    func readAgain(seed: UInt64) {
        var bits = seed
        for _ in 0..<1000 {
            bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: bits)
            guard value.isFinite else { continue }
            let text = NumberText.exact(value)
            #expect(Double(text) == value)
            #expect(!text.contains("e"))
        }
    }
}
