import Link
import Testing

@Suite("SeededGenerator")
struct SeededGeneratorTests {
    @Test("draws the published SplitMix64 sequence of seed 1234567")
    func publishedVector() {
        var generator = SeededGenerator(seed: 1_234_567)
        let drawn = (0..<5).map { _ in generator.next() }
        #expect(
            drawn == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("repeats itself for one seed, and differs for the next")
    func repeats() {
        func first(of seed: UInt64) -> [UInt64] {
            var generator = SeededGenerator(seed: seed)
            return (0..<8).map { _ in generator.next() }
        }
        #expect(first(of: 7) == first(of: 7))
        #expect(first(of: 7) != first(of: 8))
    }

    @Test("draws units strictly between 0 and 1, evenly")
    func units() {
        var generator = SeededGenerator(seed: 42)
        let units = (0..<20_000).map { _ in generator.nextUnit() }
        #expect(units.allSatisfy { $0 > 0 && $0 < 1 })
        // The standard error of this mean is 0.29 / √20 000 = 0.002; five of them.
        #expect(abs(units.reduce(0, +) / 20_000 - 0.5) < 0.01)
    }
}
