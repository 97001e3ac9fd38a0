import Testing

@testable import Measurement

@Suite("Statistics")
struct StatisticsTests {
    @Test(
        "finds the median",
        arguments: [([], nil), ([3], 3), ([5, 1, 3], 3), ([4, 1, 3, 2], 2.5)]
            as [([Double], Double?)])
    func findsMedian(values: [Double], expected: Double?) {
        #expect(Statistics.median(of: values) == expected)
    }

    @Test(
        "interpolates quantiles between neighbours",
        arguments: [(0, 10), (0.25, 17.5), (0.9, 37), (1, 40), (1.5, nil), (-0.1, nil)]
            as [(Double, Double?)])
    func interpolates(share: Double, expected: Double?) {
        #expect(Statistics.quantile(share, of: [40, 10, 30, 20]) == expected)
    }

    @Test("knows mean and deviations, and says so when there are none")
    func knowsSpread() {
        #expect(Statistics.mean(of: [1, 2, 6]) == 3)
        #expect(Statistics.mean(of: []) == nil)
        #expect(Statistics.standardDeviation(of: [2, 4, 4, 4, 5, 5, 7, 9].map { $0 * 7 }) != nil)
        #expect(Statistics.standardDeviation(of: [1, 3, 5]) == 2)
        #expect(Statistics.standardDeviation(of: [1]) == nil)
        #expect(Statistics.medianAbsoluteDeviation(of: [1, 1, 2, 2, 4, 6, 9]) == 1)
        #expect(Statistics.medianAbsoluteDeviation(of: []) == nil)
    }

    @Test(
        "writes three significant digits, carrying when it rounds up",
        arguments: [
            (0, "0"), (1, "1.00"), (0.1234, "0.123"), (9.994, "9.99"), (9.996, "10.0"),
            (99.96, "100"), (0.99951, "1.00"), (123.4, "123"), (1234.5, "1235"), (-2.5, "-2.50"),
            (0.00001234, "0.0000123"), (1e-9, "0.00000000100"), (1e-12, "0"), (.infinity, "–"),
            (.nan, "–"),
            (1e20, "1e+20"),
        ] as [(Double, String)])
    func writesSignificantDigits(value: Double, text: String) {
        #expect(NumberText.significant(value) == text)
    }

    @Test(
        "writes a fixed number of places",
        arguments: [
            (0, 2, "0.00"), (1.005, 1, "1.0"), (12.345, 2, "12.35"), (0.05, 1, "0.1"),
            (-0.04, 1, "0.0"), (7, 0, "7"),
        ] as [(Double, Int, String)])
    func writesPlaces(value: Double, places: Int, text: String) {
        #expect(NumberText.fixed(value, places: places) == text)
    }
}
