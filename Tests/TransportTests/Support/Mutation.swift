import Link

/// Seeded damage: bits turned over, bytes taken away, doubled, invented and moved.
struct Mutation {
    private var generator: SeededGenerator

    /// Texts that matter to some parser here.
    private static let tokens: [[UInt8]] = [
        "\r\n", "\n", "\r\n\r\n", "0\r\n\r\n", "\"", "\\", "}", "]", "{\"id\":", "{\"cursor\":",
        ":",
        "9223372036854775807", "18446744073709551616", "-1", "</script>", "data: ", "\0", "%", ";",
        "Content-Length: 9\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n",
    ].map { Array($0.utf8) }

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func number(below bound: Int) -> Int {
        Int.random(in: 0..<bound, using: &generator)
    }

    mutating func mutate(_ valid: [UInt8]) -> [UInt8] {
        var bytes = valid
        // Often nothing happens to a segment, so that damage is also met deep in a conversation.
        for _ in 0..<max(0, number(below: 5) - 1) where bytes.count > 1 {
            let position = number(below: bytes.count)
            let length = min(number(below: 12) + 1, bytes.count - position)
            switch number(below: 6) {
            case 0: bytes[position] ^= 1 << UInt8(number(below: 8))
            case 1: bytes[position] = UInt8(number(below: 256))
            case 2: bytes.removeSubrange(position..<position + length)
            case 3: bytes.insert(contentsOf: bytes[position..<position + length], at: position)
            case 4:
                let token = Self.tokens[number(below: Self.tokens.count)]
                bytes.insert(contentsOf: token, at: position)
            default: bytes.removeLast(bytes.count - position)
            }
        }
        return bytes
    }

    mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        let pattern: FeedPattern =
            number(below: 3) == 0 ? .whole : .random(seed: generator.next())
        return pattern.feeds(of: bytes).first ?? []
    }
}
