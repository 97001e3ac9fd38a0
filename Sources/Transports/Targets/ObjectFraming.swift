import Wire

/// JSON objects one behind the other, whatever stands between them: what a server streams that
/// passes messages on without a framing of its own.
///
///     {"id":17,"t":…,"data":"…"}{"id":18,"t":…,"data":"…"}
///
/// An answer of any Content-Type is taken, and one of none, since the server does not know what it
/// passes on. Only its client's half is ever used.
package struct ObjectFraming: MessageFraming {
    package var contentType: StaticString { "" }

    /// Events up to this id are not of this run.
    private let after: UInt64

    package init(after: UInt64) {
        self.after = after
    }

    package func write(_ message: StreamMessage, into wire: inout WireBuffer) {
        guard case .event(let event) = message else { return }
        wire.write(event.payload, as: .payload)
    }

    package func makeDecoder() -> Decoder { Decoder(after: after) }

    /// Cuts the stream where an object ends, in place wherever it lies whole in one piece.
    package struct Decoder: MessageDecoder {
        /// Bytes of an object at most: 16 MiB, as on the other streams.
        private static let limit = 16 << 20

        private let after: UInt64
        /// Objects and lists that are open; 0 between two objects.
        private var depth = 0
        private var isInString = false
        private var isEscaped = false
        /// The beginning of an object that came in pieces.
        private var pending: [UInt8] = []

        init(after: UInt64) {
            self.after = after
        }

        package mutating func receive(
            _ bytes: Span<UInt8>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            var start = 0
            for index in 0..<bytes.count {
                let wasOpen = depth > 0
                take(bytes[index])
                if depth > 0 {
                    if !wasOpen { start = index }
                } else if wasOpen {
                    deliver(bytes, start..<index + 1, &context)
                } else {
                    context.received[.messageFraming] += 1
                }
            }
            guard depth > 0 else { return }
            guard pending.count + bytes.count - start <= Self.limit else { throw .lineTooLong }
            pending.append(copying: bytes.extracting(start..<bytes.count))
        }

        private mutating func take(_ byte: UInt8) {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                return
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
            case UInt8(ascii: "\""): isInString = depth > 0
            default: break
            }
        }

        private mutating func deliver(
            _ bytes: Span<UInt8>, _ piece: Range<Int>, _ context: inout ClientContext
        ) {
            guard !pending.isEmpty else {
                return context.deliverRelayed(bytes, in: piece, after: after)
            }
            var object: [UInt8] = []
            swap(&object, &pending)
            object.append(copying: bytes.extracting(piece))
            context.deliverRelayed(object.span, in: 0..<object.count, after: after)
        }
    }
}
