import Wire

/// One JSON text a line (NDJSON): what HTTP streaming and raw sockets carry.
///
///     {"cursor":16} LF                    where the stream begins
///     {"id":17,"t":…,"data":"…"} LF       an event
///     LF                                  a heartbeat
package struct LineFraming: MessageFraming {
    package var contentType: StaticString { "application/x-ndjson" }

    package init() {}

    // MARK: - Encoding

    package func write(_ message: StreamMessage, into wire: inout WireBuffer) {
        switch message {
        case .event(let event):
            wire.write(event.payload, as: .payload)
            wire.write("\n", as: .messageFraming)
        case .position(let cursor, let lost):
            PositionNotice.write(cursor: cursor, lost: lost, into: &wire)
            wire.write("\n", as: .messageFraming)
        case .heartbeat:
            wire.write("\n", as: .heartbeat)
        }
    }

    // MARK: - Decoding

    package func makeDecoder() -> Decoder { Decoder() }

    /// Reads lines in place wherever they lie whole in one read.
    package struct Decoder: MessageDecoder {
        private var lines = LineSplitter()

        package mutating func receive(
            _ bytes: Span<UInt8>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            var offset = 0
            while let line = try lines.next(in: bytes, at: &offset) {
                switch line {
                case .inPlace(let range):
                    try take(bytes, range, &context)
                case .assembled:
                    try take(lines.assembled.span, 0..<lines.assembled.count, &context)
                }
            }
        }

        private func take(
            _ bytes: Span<UInt8>, _ line: Range<Int>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            guard !line.isEmpty else {
                context.received[.heartbeat] += 1
                return
            }
            try context.deliverMessage(bytes, in: line)
            context.received[.messageFraming] += 1
        }
    }
}
