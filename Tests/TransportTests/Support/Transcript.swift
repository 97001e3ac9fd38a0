import Transports
import Wire

/// A conversation as readable text: `>` lines are the client's, `<` lines the server's.
///
/// A line that ends in CR LF stands as it is; one that ends in LF alone is marked with `␊`, so that
/// a change of line ends is seen. Long runs of spaces are counted. A WebSocket frame is its header
/// (and its payload, where that is masked) in hexadecimal, and its text.
struct Transcript {
    private(set) var text = ""

    /// Adds a remark on what happens.
    mutating func note(_ remark: String) {
        if !text.isEmpty { text += "\n" }
        text += "# \(remark)\n"
    }

    /// Adds what crossed the wire.
    mutating func add(_ segment: TransportPair.Segment, framed: Bool) {
        let prefix = segment.isFromClient ? ">" : "<"
        let bytes = segment.bytes
        var head = bytes.count
        if framed {
            let isHandshake =
                bytes.starts(with: Array("GET ".utf8)) || bytes.starts(with: Array("HTTP/".utf8))
            head = isHandshake ? bytes.span.endOfHead(from: 0) ?? bytes.count : 0
        }
        for line in Self.lines(of: bytes[..<head]) {
            text += line.isEmpty ? "\(prefix)\n" : "\(prefix) \(line)\n"
        }
        for frame in Self.frames(of: Array(bytes[head...])) { text += "\(prefix) \(frame)\n" }
    }

    private static func lines(of bytes: ArraySlice<UInt8>) -> [String] {
        var pieces = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let rest = pieces.removeLast()
        var lines = pieces.map { piece in
            piece.last == 0x0D ? readable(piece.dropLast()) : readable(piece) + "␊"
        }
        if !rest.isEmpty { lines.append(readable(rest)) }
        return lines
    }

    private static func readable(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let spaces = text.reversed().prefix { $0 == " " }.count
        return spaces < 4 ? text : text.dropLast(spaces) + " (and \(spaces) spaces)"
    }

    private static func frames(of bytes: [UInt8]) -> [String] {
        var frames: [String] = []
        var offset = 0
        while offset + 1 < bytes.count {
            let isMasked = bytes[offset + 1] & 0x80 != 0
            var length = Int(bytes[offset + 1] & 0x7F)
            var header = 2
            if length == 126 {
                length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
                header = 4
            }
            if isMasked { header += 4 }
            let end = offset + header + length
            let shown = isMasked || bytes[offset] & 0x0F == 8 ? end : offset + header
            let hex = bytes[offset..<shown].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            frames.append(
                (hex + [String(decoding: bytes[shown..<end], as: UTF8.self)])
                    .filter { !$0.isEmpty }.joined(separator: " "))
            offset = end
        }
        return frames
    }
}
