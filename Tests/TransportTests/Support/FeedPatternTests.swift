import Testing

@Suite("A feed pattern")
struct FeedPatternTests {
    @Test("gives pieces that join to the transcript", arguments: FeedPattern.all)
    func joins(pattern: FeedPattern) {
        for length in [0, 1, 2, 3, 16, 255, 256, 257, 258, 1000] {
            let transcript = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            for pieces in pattern.feeds(of: transcript) {
                #expect(pieces.flatMap { $0 } == transcript)
                #expect(!pieces.contains([]))
            }
        }
    }

    @Test("adds what follows to the last piece, uncut", arguments: FeedPattern.all)
    func trails(pattern: FeedPattern) {
        let following: [UInt8] = [101, 102, 103]
        for transcript: [UInt8] in [[], [1], [1, 2, 3, 4, 5]] {
            for pieces in pattern.feeds(of: transcript, trailing: following) {
                #expect(pieces.flatMap { $0 } == transcript + following)
                #expect(pieces.last?.suffix(3) == [101, 102, 103])
            }
        }
    }

    @Test("cuts a short transcript at every position and a long one at many")
    func splits() {
        let short = FeedPattern.everySplit.feeds(of: Array(repeating: 0, count: 256))
        #expect(short.map { $0[0].count } == Array(1..<256))
        let long = FeedPattern.everySplit.feeds(of: Array(repeating: 0, count: 5000))
        #expect(long.count == 256)
        #expect(Set(long.map { $0[0].count }).count == 256)
    }

    @Test("is the same for the same seed and another for another")
    func seeds() {
        let transcript = Array(repeating: UInt8(7), count: 400)
        let first = FeedPattern.random(seed: 1).feeds(of: transcript)
        #expect(Array(first) == Array(FeedPattern.random(seed: 1).feeds(of: transcript)))
        #expect(Array(first) != Array(FeedPattern.random(seed: 2).feeds(of: transcript)))
    }
}
