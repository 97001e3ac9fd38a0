// Base64 with the standard alphabet and padding (RFC 4648 §4), for the two fields of the WebSocket
// handshake that are written in it.

/// The base64 encoding of RFC 4648 §4.
package enum Base64 {
    /// The encoding of `bytes`, padded to a multiple of four characters.
    package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity((bytes.count + 2) / 3 * 4)
        var offset = 0
        while offset < bytes.count {
            let taken = min(3, bytes.count - offset)
            var group: UInt32 = 0
            for index in 0..<3 {
                group = group << 8 | (index < taken ? UInt32(bytes[offset + index]) : 0)
            }
            // A group of n bytes shows in n + 1 characters; padding stands for the others.
            for index in 0..<4 {
                let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * index)) & 0x3F
                encoded.append(index <= taken ? character(of: sextet) : padding)
            }
            offset += taken
        }
        return encoded
    }

    /// The bytes that `text` encodes, or `nil` if it is not exactly what `encode` would have written.
    ///
    /// Strict: no white space, no missing padding, and no bits set beyond the last byte, so that one
    /// sequence of bytes has one spelling (RFC 4648 §3.5).
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count / 4 * 3)
        for offset in stride(from: 0, to: text.count, by: 4) {
            let isLast = offset + 4 == text.count
            var padded = 0
            if isLast && text[offset + 3] == padding {
                padded = text[offset + 2] == padding ? 2 : 1
            }
            var group: UInt32 = 0
            for index in 0..<4 {
                guard index < 4 - padded else {
                    group <<= 6
                    continue
                }
                guard let sextet = sextet(of: text[offset + index]) else { return nil }
                group = group << 6 | UInt32(sextet)
            }
            let unused: UInt32 = (1 << UInt32(8 * padded)) - 1
            guard group & unused == 0 else { return nil }
            for index in 0..<3 - padded {
                decoded.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * index)))
            }
        }
        return decoded
    }

    private static var padding: UInt8 { UInt8(ascii: "=") }

    private static func character(of sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: UInt8(ascii: "A") + sextet
        case 26..<52: UInt8(ascii: "a") + (sextet - 26)
        case 52..<62: UInt8(ascii: "0") + (sextet - 52)
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func sextet(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
