import Link
import Measurement
import Testing

@Suite("The Hodges-Lehmann estimate")
struct HodgesLehmannTests {
    /// Hollander and Wolfe (1999), example 3.1: the depression scale of nine patients before and
    /// after therapy; after less before. The book has the estimate −0.46 (example 3.3) and the 96 %
    /// interval from −0.786 to −0.010 (example 3.4).
    private static let patients: [Double] = {
        let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
        let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
        return zip(after, before).map { $0 - $1 }
    }()

    @Test("is that of the textbook, with its bounds")
    func published() throws {
        let located = try #require(HodgesLehmann(Self.patients, confidence: 0.98))
        #expect(abs(located.estimate - -0.46) < 1e-9)
        #expect(abs(try #require(located.lower) - -0.786) < 1e-9)
        #expect(abs(try #require(located.upper) - -0.010) < 1e-9)
    }

    @Test("takes each value and each mean of two")
    func averages() {
        #expect(HodgesLehmann.walshAverages(of: [1, 5, 3]) == [1, 2, 3, 3, 4, 5])
        #expect(HodgesLehmann.walshAverages(of: []) == [])
    }

    @Test("has bounds only from seven values on at 99 %", arguments: 1...8)
    func few(count: Int) throws {
        let values = (1...count).map { Double($0) }
        let located = try #require(HodgesLehmann(values, confidence: 0.99))
        #expect(abs(located.estimate - Double(count + 1) / 2) < 1e-12)
        #expect((located.lower == nil) == (count < 7))
        // With seven, the bounds are the extremes; with eight, one average further in.
        if count == 7 { #expect(located.lower == 1 && located.upper == 7) }
        if count == 8 { #expect(located.lower == 1.5 && located.upper == 7.5) }
    }

    @Test("is nothing without values, or with one that is no number")
    func nothing() {
        #expect(HodgesLehmann([], confidence: 0.99) == nil)
        #expect(HodgesLehmann([1, .nan], confidence: 0.99) == nil)
    }

    /// A bound is wrong as often as it says: the lower one lies above the truth in 1 % of the samples
    /// at most, whatever the distribution, as long as it is symmetric.
    @Test("has bounds that hold as often as they promise", arguments: [7, 10, 15])
    func coverage(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let samples = 4000
        var wrong = 0
        for _ in 0..<samples {
            // A ratio of uniforms: tails as heavy as those of a busy machine.
            let values = (0..<count).map { _ in
                (random.nextUnit() - 0.5) / (0.05 + random.nextUnit())
            }
            let located = try #require(HodgesLehmann(values, confidence: 0.99))
            if try #require(located.lower) > 0 { wrong += 1 }
        }
        // 1 % and three standard deviations of a binomial count.
        #expect(
            Double(wrong) <= 0.01 * Double(samples) + 3 * (0.0099 * Double(samples)).squareRoot())
    }
}
