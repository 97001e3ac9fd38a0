import Transports
import Wire

/// What a message is in a few words, for diagrams.
package enum MessageLabel {
    /// What a client said: `GET ?since=16`, `SUBSCRIBE since=16`, `pong`.
    package static func ofClient(_ bytes: Span<UInt8>) -> String {
        guard let lineFeed = bytes.firstIndex(of: .lineFeed, from: 0, to: bytes.count),
            bytes[0] < 0x80
        else { return frame(bytes) }
        let line = bytes.text(0..<lineFeed).split(separator: " ")
        guard line.first == "GET", line.count > 1 else {
            return line.joined(separator: " ")
        }
        var words = ["GET"]
        let target = line[1].split(separator: "?", maxSplits: 1)
        if target.count > 1 { words.append("?\(target[1])") }
        var fields = HTTPRequestParser()
        if case .head? = try? fields.parse(bytes, scanned: 0, limits: .init()) {
            if let id = fields.fields.value(of: "last-event-id", in: bytes) {
                words.append("Last-Event-ID: \(bytes.text(id))")
            }
            if fields.fields.value(of: "upgrade", in: bytes) != nil {
                words.append("Upgrade: websocket")
            }
        }
        return words.joined(separator: " ")
    }

    /// A WebSocket frame, by its opcode (RFC 6455 §5.2).
    private static func frame(_ bytes: Span<UInt8>) -> String {
        switch bytes[0] & 0x0F {
        case 0x8: "close"
        case 0x9: "ping"
        case 0xA: "pong"
        default: "frame"
        }
    }

    /// How a stream begins: `200, from event 17 on`.
    static func ofOpening(_ context: borrowing ServerContext) -> String {
        let bytes = context.output.bytes
        return words(status(bytes.span), "cursor \(context.log.newest)")
    }

    /// The answer to a poll: `200 with events 17–19`, `204, nothing new`.
    package static func ofAnswer(
        _ bytes: Span<UInt8>, ids: ClosedRange<UInt64>?, cursor: UInt64
    ) -> String {
        let status = status(bytes)
        guard let ids else {
            return status == "204" ? "204, nothing new" : words(status, "cursor \(cursor)")
        }
        return ids.count == 1
            ? "\(status) with event \(ids.lowerBound)"
            : "\(status) with events \(ids.lowerBound)–\(ids.upperBound)"
    }

    private static func words(_ status: String, _ rest: String) -> String {
        status.isEmpty ? rest : "\(status), \(rest)"
    }

    private static func status(_ bytes: Span<UInt8>) -> String {
        bytes.starts(with: "HTTP/1.1 ", at: 0) && bytes.count > 12 ? bytes.text(9..<12) : ""
    }

    /// The runs before and behind `offset`.
    static func split(_ runs: [ByteRun], at offset: Int) -> (before: [ByteRun], behind: [ByteRun]) {
        var before: [ByteRun] = []
        var behind: [ByteRun] = []
        var position = 0
        for run in runs {
            let first = min(max(offset - position, 0), run.count)
            if first > 0 { before.append(ByteRun(byteClass: run.byteClass, count: first)) }
            if first < run.count {
                behind.append(ByteRun(byteClass: run.byteClass, count: run.count - first))
            }
            position += run.count
        }
        return (before, behind)
    }
}
