// Text messages must be UTF-8 (RFC 6455 §8.1), and a fragment or a read may end in the middle of a
// character. The validator therefore keeps what the next byte may be, which Unicode's table 3-7 of
// well-formed sequences gives after every lead byte:
//
//     first byte   second     third      fourth
//     00..7F
//     C2..DF       80..BF
//     E0           A0..BF     80..BF                 no overlong forms
//     E1..EC       80..BF     80..BF
//     ED           80..9F     80..BF                 no surrogates
//     EE..EF       80..BF     80..BF
//     F0           90..BF     80..BF     80..BF      no overlong forms
//     F1..F3       80..BF     80..BF     80..BF
//     F4           80..8F     80..BF     80..BF      nothing above U+10FFFF
//
// Only the second byte's range ever differs, so three bytes of state are the whole automaton.

import Wire

/// Decides whether bytes that come in pieces are UTF-8, refusing at the first byte that cannot be.
package struct UTF8Validator: Sendable {
    /// How many bytes the character begun still needs.
    private var missing: UInt8 = 0
    /// The least value of the next byte, if any is missing.
    private var lowest: UInt8 = 0x80
    /// The greatest value of the next byte, if any is missing.
    private var highest: UInt8 = 0xBF

    package init() {}

    /// Whether the bytes so far end with a whole character.
    package var isComplete: Bool { missing == 0 }

    /// Takes the next bytes and says whether everything so far can begin a UTF-8 text.
    ///
    /// After a refusal the validator's state means nothing.
    package mutating func accept(_ bytes: Span<UInt8>) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if missing == 0 {
                // Events are JSON, which is nearly always ASCII: this is what a client's decoder spends
                // its time in.
                offset = bytes.endOfASCII(from: offset)
                guard offset < bytes.count else { return true }
            }
            guard accept(bytes[offset]) else { return false }
            offset += 1
        }
        return true
    }

    /// Takes one byte.
    private mutating func accept(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard lowest <= byte && byte <= highest else { return false }
            missing -= 1
            (lowest, highest) = (0x80, 0xBF)
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: expect(1)
        case 0xE0: expect(2, from: 0xA0)
        case 0xED: expect(2, through: 0x9F)
        case 0xE1...0xEF: expect(2)
        case 0xF0: expect(3, from: 0x90)
        case 0xF1...0xF3: expect(3)
        case 0xF4: expect(3, through: 0x8F)
        default: return false
        }
        return true
    }

    private mutating func expect(
        _ count: UInt8, from low: UInt8 = 0x80, through high: UInt8 = 0xBF
    ) {
        (missing, lowest, highest) = (count, low, high)
    }
}
