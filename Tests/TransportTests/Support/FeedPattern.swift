import Link

/// A way in which a connection may cut a stream of bytes into reads.
///
/// TCP keeps the order of bytes and nothing else, so what a decoder says may not depend on where
/// its reads begin and end. A test takes a pattern as its argument, asks it for the feeds of a
/// transcript, starts a fresh decoder for each feed, and hands over the pieces in order:
///
///     for pieces in pattern.feeds(of: transcript) {
///         var decoder = Decoder()
///         for piece in pieces { try decoder.receive(piece.span) }
///     }
enum FeedPattern: Hashable, Sendable {
    /// One read with everything.
    case whole
    /// A read for each byte.
    case byteByByte
    /// Two reads, cut at each position in turn: as many feeds as the transcript has inner positions.
    ///
    /// Of a transcript longer than 256 bytes only some positions are tried, so that a long payload
    /// does not make the test quadratic: the first 128, where the head is, the last 64, and 64
    /// evenly between.
    case everySplit
    /// Reads of random lengths, mostly short, the same for the same seed.
    case random(seed: UInt64)

    /// Every pattern, for `@Test(arguments:)`.
    static let all: [FeedPattern] = [
        .whole, .byteByByte, .everySplit, .random(seed: 1), .random(seed: 2), .random(seed: 3),
    ]

    /// All the ways to cut `bytes` that this pattern stands for; each is a list of pieces, in order,
    /// none of them empty.
    ///
    /// - Parameters:
    ///   - bytes: The transcript.
    ///   - trailing: Bytes that belong to whatever comes after the transcript and arrive in the same
    ///     read as its end. They are added to the last piece, uncut: a decoder must leave them alone.
    /// - Returns: The feeds, made one at a time as they are asked for.
    func feeds(
        of bytes: [UInt8], trailing: [UInt8] = []
    ) -> LazyMapSequence<[[Int]], [[UInt8]]> {
        cuts(of: bytes.count).lazy.map { positions in
            let edges = [0] + positions + [bytes.count]
            var pieces = zip(edges, edges.dropFirst()).map { Array(bytes[$0..<$1]) }
            pieces[pieces.count - 1] += trailing
            return pieces.filter { !$0.isEmpty }
        }
    }

    /// For each feed of a transcript of `length` bytes, the positions at which it is cut.
    private func cuts(of length: Int) -> [[Int]] {
        guard length > 1 else { return [[]] }
        let inner = 1..<length
        switch self {
        case .whole:
            return [[]]
        case .byteByByte:
            return [Array(inner)]
        case .everySplit:
            guard length > 256 else { return inner.map { [$0] } }
            let between = (0..<64).map { 129 + $0 * (length - 193) / 64 }
            return (Array(1...128) + between + Array(length - 64..<length)).map { [$0] }
        case .random(let seed):
            var generator = SeededGenerator(seed: seed)
            var positions: [Int] = []
            var position = 0
            while true {
                // Short pieces find the faults; a few longer ones let whole messages through.
                let longest = Bool.random(using: &generator) ? 4 : 300
                position += Int.random(in: 1...longest, using: &generator)
                guard position < length else { return [positions] }
                positions.append(position)
            }
        }
    }
}

extension FeedPattern: CustomStringConvertible {
    var description: String {
        switch self {
        case .whole: "whole"
        case .byteByByte: "byte by byte"
        case .everySplit: "every split"
        case .random(let seed): "random pieces (seed \(seed))"
        }
    }
}
