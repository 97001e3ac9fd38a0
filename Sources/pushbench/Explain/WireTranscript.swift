import Link
import Reporting
import Simulation
import Wire

/// The bytes of messages, run by run: what each run is for, how long it is, and what it says.
///
///     client → server
///       request head       94 B │ GET /events/long-polling?since=16 HTTP/1.1\r\n
///                               │ Host: 127.0.0.1:8080\r\n
///
/// Text stands as it is, with its line ends written out; a run that is not text, as a WebSocket
/// frame's header is not, stands in hexadecimal.
struct WireTranscript {
    /// Cells before the bytes: two, the class, its length, and the bar.
    private static let margin = 28
    /// Bytes of a run shown at most; of a longer one the middle is left out.
    private static let runLimit = 400

    let width: Int
    private(set) var lines: [StyledLine] = []

    init(width: Int) {
        self.width = width
    }

    /// Adds a message, under its direction.
    mutating func add(_ message: SimulatedMessage, note: String = "") {
        var heading = StyledLine(
            message.way == .up ? "client ──▶ server" : "server ──▶ client", .bold)
        if !note.isEmpty { heading.add("   \(note)", .faint) }
        lines.append(heading)
        var start = 0
        for run in message.runs {
            add(message.bytes[start..<start + run.count], run.byteClass)
            start += run.count
        }
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>, _ byteClass: ByteClass) {
        let texts = Self.isText(bytes) ? text(of: bytes) : hexadecimal(of: bytes)
        for (index, text) in texts.enumerated() {
            var line = StyledLine("  ")
            if index == 0 {
                line.add(Self.name(of: byteClass), .of(byteClass))
                line.add("\(bytes.count) B", endingAt: Self.margin - 3)
            }
            line.pad(to: Self.margin - 2)
            line.add("│ ", .faint)
            for piece in text { line.add(piece.text, piece.isEscape ? .faint : .of(byteClass)) }
            lines.append(line)
        }
    }

    /// The class as people say it.
    static func name(of byteClass: ByteClass) -> String {
        byteClass.name.split(separator: "_").joined(separator: " ")
    }

    private typealias Piece = (text: String, isEscape: Bool)

    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { (0x20...0x7E).contains($0) || $0 == .carriageReturn || $0 == .lineFeed }
    }

    /// Lines as the text has them, cut where the page ends. What cannot be seen is written out: line
    /// ends, a space at the end of a line, and how many bytes were left out.
    private func text(of bytes: ArraySlice<UInt8>) -> [[Piece]] {
        let room = width - Self.margin
        var lines: [[Piece]] = [[]]
        var used = 0
        func add(_ text: String, isEscape: Bool) {
            if used + text.count > room {
                lines.append([])
                used = 0
            }
            lines[lines.count - 1].append((text, isEscape))
            used += text.count
        }
        for part in Self.parts(of: bytes) {
            if part.isLeftOut {
                let what = part.bytes.first == .space ? "spaces" : "bytes"
                add("⟨\(part.bytes.count) \(what)⟩", isEscape: true)
                continue
            }
            for (index, byte) in zip(part.bytes.indices, part.bytes) {
                switch byte {
                case .carriageReturn: add("\\r", isEscape: true)
                case .lineFeed:
                    add("\\n", isEscape: true)
                    lines.append([])
                    used = 0
                case .space where index + 1 == bytes.endIndex || bytes[index + 1] < .space:
                    add("␣", isEscape: true)
                default: add(String(UnicodeScalar(byte)), isEscape: false)
                }
            }
        }
        if lines.count > 1, lines[lines.count - 1].isEmpty { lines.removeLast() }
        return lines
    }

    /// A run as it is shown: long sequences of spaces, with which an old browser is made to render,
    /// and the middle of what is very long are left out.
    private static func parts(
        of bytes: ArraySlice<UInt8>
    ) -> [(bytes: ArraySlice<UInt8>, isLeftOut: Bool)] {
        let (first, last) = (runLimit / 2, 40)
        let spaces = longestSpaces(in: bytes)
        if spaces.count > last {
            return [
                (bytes[..<spaces.startIndex], false), (spaces, true),
                (bytes[spaces.endIndex...], false),
            ]
        }
        guard bytes.count > runLimit else { return [(bytes, false)] }
        return [
            (bytes.prefix(first), false),
            (bytes.dropFirst(first).dropLast(last), true), (bytes.suffix(last), false),
        ]
    }

    private static func longestSpaces(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var longest = bytes.prefix(0)
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let run = bytes[start...].prefix { $0 == .space }
            if run.count > longest.count { longest = run }
            start = run.endIndex + 1
        }
        return longest
    }

    private func hexadecimal(of bytes: ArraySlice<UInt8>) -> [[Piece]] {
        // Three cells a byte.
        let room = (width - Self.margin) / 3
        var lines: [[Piece]] = [[]]
        for byte in bytes {
            if lines[lines.count - 1].count == room { lines.append([]) }
            let digits = (byte < 16 ? "0" : "") + String(byte, radix: 16)
            lines[lines.count - 1].append((digits + " ", false))
        }
        return lines
    }
}

/// Bytes by class and direction as a table.
struct ByteSums {
    /// One pair of columns: what crossed up and down.
    struct Column {
        let title: String
        let messages: [SimulatedMessage]

        func sum(_ byteClass: ByteClass?, _ way: LinkDirection.Way) -> Int {
            messages.filter { $0.way == way }.flatMap(\.runs)
                .filter { byteClass == nil || $0.byteClass == byteClass }
                .reduce(0) { $0 + $1.count }
        }
    }

    let columns: [Column]

    func lines() -> [StyledLine] {
        var lines: [StyledLine] = []
        let classes = ByteClass.allCases.filter { byteClass in
            columns.contains { $0.sum(byteClass, .up) + $0.sum(byteClass, .down) > 0 }
        }
        var titles = StyledLine()
        var heads = StyledLine()
        for (index, column) in columns.enumerated() {
            titles.add(column.title, endingAt: Self.end(of: index, .down), .bold)
            heads.add("to server", endingAt: Self.end(of: index, .up), .faint)
            heads.add("to client", endingAt: Self.end(of: index, .down), .faint)
        }
        lines += [titles, heads]
        for byteClass in classes {
            lines.append(
                row(WireTranscript.name(of: byteClass), byteClass, .of(byteClass)))
        }
        var rule = StyledLine("  ")
        rule.add(
            String(repeating: "─", count: Self.end(of: columns.count - 1, .down) - 2), .faint)
        lines += [rule, row("all bytes", nil, .bold)]
        return lines
    }

    /// Where the column of that pair and direction ends.
    private static func end(of index: Int, _ way: LinkDirection.Way) -> Int {
        22 + 13 * (2 * index + (way == .up ? 1 : 2))
    }

    private func row(_ name: String, _ byteClass: ByteClass?, _ style: TextStyle) -> StyledLine {
        var line = StyledLine("  ")
        line.add(name, style)
        for (index, column) in columns.enumerated() {
            for way in LinkDirection.Way.allCases {
                let sum = column.sum(byteClass, way)
                line.add(
                    sum > 0 ? "\(sum) B" : Readable.nothing, endingAt: Self.end(of: index, way),
                    sum > 0 ? (byteClass == nil ? .bold : .plain) : .faint)
            }
        }
        return line
    }
}
