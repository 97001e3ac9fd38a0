import Wire

/// One script element a line: what a forever iframe carries.
///
///     <script>parent.push({"cursor":16})</script> LF       where the stream begins
///     <script>parent.push({"id":17,…})</script> LF         an event
///     <script>/**/</script> LF                             a heartbeat
///
/// The payload is escaped as `ScriptText` says, so that nothing in it can end the element.
package struct ScriptFraming: MessageFraming {
    /// Bytes before the first message: WebKit of the time rendered nothing before 1,024 bytes, and
    /// Internet Explorer nothing before 256.
    package static let preludeBytes = 1024

    private static let prelude: [UInt8] = {
        let page = Array("<!DOCTYPE html><meta charset=\"utf-8\"><title>pushbench</title>".utf8)
        let padding = [UInt8](repeating: .space, count: preludeBytes - 1 - page.count)
        return page + padding + [.lineFeed]
    }()
    private static let opening: StaticString = "<script>parent.push("
    private static let closing: StaticString = ")</script>"
    private static let comment: StaticString = "<script>/**/</script>"

    package var contentType: StaticString { "text/html; charset=utf-8" }

    package init() {}

    // MARK: - Encoding

    package func writePrelude(into wire: inout WireBuffer) {
        wire.write(Self.prelude, as: .padding)
    }

    package func write(_ message: StreamMessage, into wire: inout WireBuffer) {
        switch message {
        case .event(let event):
            wire.write(Self.opening, as: .messageFraming)
            ScriptText.write(event.payload, into: &wire)
        case .position(let cursor, let lost):
            wire.write(Self.opening, as: .messageFraming)
            PositionNotice.write(cursor: cursor, lost: lost, into: &wire)
        case .heartbeat:
            wire.write(Self.comment, as: .heartbeat)
            wire.write("\n", as: .heartbeat)
            return
        }
        wire.write(Self.closing, as: .messageFraming)
        wire.write("\n", as: .messageFraming)
    }

    // MARK: - Decoding

    package func makeDecoder() -> Decoder { Decoder() }

    /// Reads the elements as what the server writes them: a line each, after a prelude of one line.
    package struct Decoder: MessageDecoder {
        private var lines = LineSplitter()
        private var isPreludeRead = false

        package mutating func receive(
            _ bytes: Span<UInt8>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            var offset = 0
            while let line = try lines.next(in: bytes, at: &offset) {
                switch line {
                case .inPlace(let range):
                    try take(bytes, range, &context)
                case .assembled:
                    let line = lines.assembled
                    try take(line.span, 0..<line.count, &context)
                }
            }
        }

        private mutating func take(
            _ bytes: Span<UInt8>, _ line: Range<Int>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            guard isPreludeRead else {
                isPreludeRead = true
                context.received[.padding] += line.count + 1
                return
            }
            if bytes.matches(ScriptFraming.comment, in: line) {
                context.received[.heartbeat] += line.count + 1
                return
            }
            let start = line.lowerBound + ScriptFraming.opening.utf8CodeUnitCount
            let end = line.upperBound - ScriptFraming.closing.utf8CodeUnitCount
            guard start < end, bytes.starts(with: ScriptFraming.opening, at: line.lowerBound),
                bytes.starts(with: ScriptFraming.closing, at: end)
            else { throw .scriptElement }
            try context.deliverMessage(bytes, in: start..<end)
            context.received[.messageFraming] += line.count + 1 - (end - start)
        }
    }
}

extension ProtocolError {
    package static let scriptElement = ProtocolError(
        rule: "script-element", reason: "A line is not a script element that calls parent.push.",
        reference: "pushbench, forever iframe")
}
