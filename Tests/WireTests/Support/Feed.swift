/// The ways in which a connection may cut a stream of bytes into reads.
///
/// TCP keeps the order of bytes and nothing else, so what a decoder says may not depend on where its
/// reads begin and end. A feed is the list of such reads, in order and none of them empty.
enum Feed {
    /// Longest input of which every split is tried: more would make a table quadratic.
    private static let splitLimit = 256

    /// The feeds of `bytes`: whole, byte by byte, cut in two at every position, in random pieces.
    static func all(of bytes: [UInt8]) -> [[[UInt8]]] {
        guard bytes.count > 1 else { return [bytes.map { [$0] }] }
        var feeds = [[bytes], bytes.map { [$0] }]
        if bytes.count <= splitLimit {
            feeds += (1..<bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
        }
        return feeds + (1...3).map { random(bytes, seed: $0) }
    }

    /// Pieces of random lengths, the same for the same seed.
    static func random(_ bytes: [UInt8], seed: UInt64) -> [[UInt8]] {
        var dice = Dice(seed: seed)
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            // Short pieces find the faults; a few longer ones let whole lines through.
            let longest = Bool.random(using: &dice) ? 4 : 300
            let end = min(start + Int.random(in: 1...longest, using: &dice), bytes.count)
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): random numbers that repeat with their seed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// `bytes` with one to four places changed, removed, doubled or replaced by an awkward byte.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        // Bytes that mean something somewhere in the formats of this module.
        let awkward = Array("\r\n\t :;,/?*%+0fF{}[]\"\\".utf8) + [0, 0x7F, 0x80, 0xFF]
        var mutant = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !mutant.isEmpty {
            let place = Int.random(in: 0..<mutant.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: mutant[place] = UInt8.random(in: 0...255, using: &self)
            case 1: mutant[place] = awkward[Int.random(in: 0..<awkward.count, using: &self)]
            case 2: mutant.remove(at: place)
            case 3: mutant.insert(mutant[place], at: place)
            default:
                let end = Int.random(in: place...mutant.count, using: &self)
                mutant.removeSubrange(place..<end)
            }
        }
        return mutant
    }
}

extension String {
    /// The text's UTF-8 bytes.
    var bytes: [UInt8] { Array(utf8) }

    /// The text with its control characters written as escapes, for a test's name.
    var visible: String {
        String(unicodeScalars.flatMap { $0.escaped(asASCII: true) }.prefix(60))
    }
}
