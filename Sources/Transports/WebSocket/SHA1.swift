// SHA-1 as FIPS 180-4 §6.1 writes it, for the one thing a push server still needs it for: the accept
// key of the WebSocket handshake. It is broken as a signature and is used for nothing else here; in
// the handshake it only proves that the server read the key (RFC 6455 §1.3).
//
// It lives in this folder because no other technique needs it.

/// The SHA-1 hash function (FIPS 180-4 §6.1).
package enum SHA1 {
    /// The bytes of a digest: 160 bits.
    package static let digestBytes = 20

    /// The digest of `message`.
    package static func digest(of message: Span<UInt8>) -> [UInt8] {
        var state = initialState
        var offset = 0
        while message.count - offset >= blockBytes {
            absorb(message.extracting(offset..<offset + blockBytes), into: &state)
            offset += blockBytes
        }

        // The padding of FIPS 180-4 §5.1.1: what is left, a one bit, zeroes up to the last eight
        // bytes of a block, and the message's length in bits.
        var tail: [UInt8] = []
        for index in offset..<message.count { tail.append(message[index]) }
        tail.append(0x80)
        while tail.count % blockBytes != blockBytes - 8 { tail.append(0) }
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        for start in stride(from: 0, to: tail.count, by: blockBytes) {
            absorb(tail.span.extracting(start..<start + blockBytes), into: &state)
        }

        var digest: [UInt8] = []
        digest.reserveCapacity(digestBytes)
        for index in state.indices {
            for shift: UInt32 in [24, 16, 8, 0] {
                digest.append(UInt8(truncatingIfNeeded: state[index] >> shift))
            }
        }
        return digest
    }

    /// The bytes of a block: 512 bits.
    private static let blockBytes = 64

    /// The initial hash value (FIPS 180-4 §5.3.1).
    private static var initialState: InlineArray<5, UInt32> {
        [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
    }

    /// Mixes one block into the hash value (FIPS 180-4 §6.1.2).
    private static func absorb(_ block: Span<UInt8>, into state: inout InlineArray<5, UInt32>) {
        var schedule = InlineArray<80, UInt32>(repeating: 0)
        for index in 0..<16 {
            schedule[index] =
                UInt32(block[index * 4]) << 24 | UInt32(block[index * 4 + 1]) << 16
                | UInt32(block[index * 4 + 2]) << 8 | UInt32(block[index * 4 + 3])
        }
        for index in 16..<80 {
            let mixed =
                schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14]
                ^ schedule[index - 16]
            schedule[index] = rotateLeft(mixed, by: 1)
        }

        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for round in 0..<80 {
            let (choice, constant) = mixture(b, c, d, in: round)
            let next = rotateLeft(a, by: 5) &+ choice &+ e &+ constant &+ schedule[round]
            (a, b, c, d, e) = (next, a, rotateLeft(b, by: 30), c, d)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    /// The function and the constant of a round (FIPS 180-4 §4.1.1 and §4.2.1).
    private static func mixture(
        _ b: UInt32, _ c: UInt32, _ d: UInt32, in round: Int
    ) -> (function: UInt32, constant: UInt32) {
        switch round {
        case ..<20: ((b & c) | (~b & d), 0x5A82_7999)
        case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case ..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
    }

    private static func rotateLeft(_ word: UInt32, by bits: UInt32) -> UInt32 {
        word << bits | word >> (32 - bits)
    }
}
