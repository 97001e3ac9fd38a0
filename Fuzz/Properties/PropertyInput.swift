import Link
import Wire

/// An input taken apart: what varies, how the bytes are cut into reads, and the bytes.
///
///     variant  cuts  bytes …
///
/// Both are plain bytes in front, so that a corpus file is text with two characters before it and
/// the fuzzer mutates the choice like everything else.
struct PropertyInput {
    /// Which limits, role or technique; each property takes the bits that it needs.
    let variant: UInt8
    /// How the bytes are cut: `1` byte by byte, anything else the seed of random lengths.
    let cuts: UInt8
    /// What the peer sends.
    let bytes: [UInt8]

    /// Nil for an input that is too short to say anything.
    init?(_ raw: [UInt8]) {
        guard raw.count >= 2 else { return nil }
        (variant, cuts, bytes) = (raw[0], raw[1], Array(raw[2...]))
    }

    /// Whether this bit of the variant is set.
    func hasBit(_ bit: UInt8) -> Bool { variant >> bit & 1 == 1 }

    /// The reads that are compared: everything at once, and in pieces.
    var feeds: (whole: [[UInt8]], pieces: [[UInt8]]) {
        (bytes.isEmpty ? [] : [bytes], pieces(of: bytes))
    }

    /// `bytes` in order, in the pieces that this input asks for; none of them empty.
    func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        guard cuts != UInt8(ascii: "1") else { return bytes.map { [$0] } }
        var generator = SeededGenerator(seed: UInt64(cuts))
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            // Short pieces find the faults; a few longer ones let whole lines through.
            let longest: UInt64 = generator.next().isMultiple(of: 2) ? 4 : 60
            let end = min(start + 1 + Int(generator.next() % longest), bytes.count)
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }
}

/// The rules that a decoder may say were broken, each with what answers it.
enum Rules {
    /// Nothing, if `error` is one of `rules` and can be answered.
    static func check(
        _ error: ProtocolError?, among rules: [ProtocolError]
    ) throws(Violation) {
        guard let error else { return }
        try Violation.unless(rules.contains(error), "the rule \(error.rule) is in no list")
        try Violation.unless(
            400...599 ~= error.status, "\(error.rule) is answered with status \(error.status)")
        try Violation.unless(
            1000...4999 ~= error.closeCode, "\(error.rule) is answered with \(error.closeCode)")
    }
}

extension [UInt8] {
    /// The bytes as text with escapes, for what a violation says.
    var visible: String {
        String(decoding: self, as: UTF8.self).debugDescription
    }
}
