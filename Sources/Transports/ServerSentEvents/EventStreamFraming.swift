import Wire

/// The event stream format (WHATWG HTML §9.2.5 and §9.2.6).
///
/// MARK: Format
///
///     retry: 1000 LF              how long a client waits before it reconnects, in ms
///     id: 16 LF                   the cursor at which the stream begins; without data, no event
///     LF
///     id: 17 LF                   what Last-Event-ID will say after this event
///     data: {"id":17,…} LF        the payload; a payload of several lines takes several of these
///     LF                          dispatches the event
///     : hb LF                     a comment, which is a heartbeat
///     event: lost LF              the notice of events that are no longer retained
///     data: {"cursor":16,"lost":3} LF
///     id: 16 LF
///     LF
package struct EventStreamFraming: MessageFraming {
    /// How long a client waits before it reconnects, in milliseconds: long enough not to hammer a
    /// server that restarts, short enough that a reader hardly notices.
    private static let retryMilliseconds = 1000

    package var contentType: StaticString { "text/event-stream" }

    package init() {}

    // MARK: - Encoding

    package func write(_ message: StreamMessage, into wire: inout WireBuffer) {
        switch message {
        case .event(let event):
            writeID(event.id, into: &wire)
            wire.write("data: ", as: .messageFraming)
            writeData(event.payload, into: &wire)
            wire.write("\n\n", as: .messageFraming)
        case .position(let cursor, let lost):
            wire.write("retry: ", as: .messageFraming)
            wire.write(decimal: Self.retryMilliseconds, as: .messageFraming)
            wire.write("\n", as: .messageFraming)
            if lost > 0 {
                wire.write("event: lost\ndata: ", as: .messageFraming)
                PositionNotice.write(cursor: cursor, lost: lost, into: &wire)
                wire.write("\n", as: .messageFraming)
            }
            writeID(cursor, into: &wire)
            wire.write("\n", as: .messageFraming)
        case .heartbeat:
            wire.write(": hb\n", as: .heartbeat)
        }
    }

    private func writeID(_ id: UInt64, into wire: inout WireBuffer) {
        wire.write("id: ", as: .messageFraming)
        wire.write(decimal: id, as: .messageFraming)
        wire.write("\n", as: .messageFraming)
    }

    /// Writes the payload, a `data:` field for each of its lines. A bare CR ends a line for every
    /// reader of this format, so it must not pass into the stream as it is.
    private func writeData(_ payload: [UInt8], into wire: inout WireBuffer) {
        var start = 0
        for index in payload.indices
        where payload[index] == .lineFeed || payload[index] == .carriageReturn {
            wire.write(payload[start..<index], as: .payload)
            wire.write("\ndata: ", as: .messageFraming)
            start = index + 1
        }
        wire.write(payload[start...], as: .payload)
    }

    // MARK: - Decoding

    package func makeDecoder() -> Decoder { Decoder() }

    /// Interprets an event stream as a browser does, in place wherever a line lies whole in one read.
    package struct Decoder: MessageDecoder {
        /// Bytes of a line at most, and of the data of an event.
        private static let limit = 16 << 20

        /// The beginning of a line that has not ended yet.
        private var pending: [UInt8] = []
        /// The data of the event so far, a LF behind each line of it (§9.2.6).
        private var data: [UInt8] = []
        /// The event's type, when it is not the ordinary one.
        private var type: [UInt8] = []
        /// What Last-Event-ID would say.
        private var lastEventID: UInt64?
        /// Whether the last line of the last read ended in CR, so that a LF may still belong to it.
        private var endedInCarriageReturn = false
        private var isStart = true

        /// The time to wait before reconnecting that the stream asked for, in milliseconds.
        package private(set) var retryMilliseconds: UInt64?

        package init() {}

        package mutating func receive(
            _ bytes: Span<UInt8>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            var start = 0
            if endedInCarriageReturn, bytes.count > 0 {
                endedInCarriageReturn = false
                if bytes[0] == .lineFeed {
                    context.received[.messageFraming] += 1
                    start = 1
                }
            }
            var index = start
            while index < bytes.count {
                guard bytes[index] == .lineFeed || bytes[index] == .carriageReturn else {
                    index += 1
                    continue
                }
                var next = index + 1
                if bytes[index] == .carriageReturn {
                    if next == bytes.count {
                        endedInCarriageReturn = true
                    } else if bytes[next] == .lineFeed {
                        next += 1
                    }
                }
                if pending.isEmpty {
                    try take(bytes, start..<index, ending: next - index, &context)
                } else {
                    var line: [UInt8] = []
                    swap(&line, &pending)
                    line.append(copying: bytes.extracting(start..<index))
                    try take(line.span, 0..<line.count, ending: next - index, &context)
                }
                start = next
                index = next
            }
            guard pending.count + bytes.count - start <= Self.limit else { throw .lineTooLong }
            if start < bytes.count { pending.append(copying: bytes.extracting(start..<bytes.count)) }
        }

        /// Takes one line; `ending` is the length of what ended it.
        private mutating func take(
            _ bytes: Span<UInt8>, _ whole: Range<Int>, ending: Int,
            _ context: inout ClientContext
        ) throws(ProtocolError) {
            var line = whole
            context.received[.messageFraming] += ending
            if isStart {
                isStart = false
                // One byte order mark may stand before everything (§9.2.5).
                if line.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
                    context.received[.messageFraming] += 3
                    line = line.lowerBound + 3..<line.upperBound
                }
            }
            guard !line.isEmpty else { return try dispatch(&context) }
            let colon = bytes.firstIndex(
                of: UInt8(ascii: ":"), from: line.lowerBound, to: line.upperBound)
            if colon == line.lowerBound {
                context.received[.messageFraming] -= ending
                context.received[.heartbeat] += line.count + ending
                return
            }
            let nameEnd = colon ?? line.upperBound
            var valueStart = colon.map { $0 + 1 } ?? line.upperBound
            if valueStart < line.upperBound, bytes[valueStart] == .space { valueStart += 1 }
            try takeField(
                bytes, name: line.lowerBound..<nameEnd, value: valueStart..<line.upperBound,
                &context)
        }

        private mutating func takeField(
            _ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>,
            _ context: inout ClientContext
        ) throws(ProtocolError) {
            context.received[.messageFraming] += value.lowerBound - name.lowerBound
            if bytes.matches("data", in: name) {
                // The value is charged as payload or notice when the event is dispatched.
                guard data.count + value.count < Self.limit else { throw .lineTooLong }
                data.append(copying: bytes.extracting(value))
                data.append(.lineFeed)
                return
            }
            context.received[.messageFraming] += value.count
            if bytes.matches("id", in: name) {
                // An id that holds NUL is ignored (§9.2.6).
                guard bytes.firstIndex(of: 0, from: value.lowerBound, to: value.upperBound) == nil
                else { return }
                lastEventID = bytes.decimal(in: value)
                if data.isEmpty, let lastEventID {
                    context.notePosition(cursor: lastEventID, lost: 0)
                }
            } else if bytes.matches("retry", in: name) {
                retryMilliseconds = bytes.decimal(in: value) ?? retryMilliseconds
            } else if bytes.matches("event", in: name) {
                type = bytes.array(value)
            }
        }

        /// Dispatches the event that an empty line ends; without data there is none.
        private mutating func dispatch(_ context: inout ClientContext) throws(ProtocolError) {
            defer {
                data.removeAll(keepingCapacity: true)
                type.removeAll(keepingCapacity: true)
            }
            guard !data.isEmpty else { return }
            // The last LF is not part of the data; those between its lines were framing on the wire.
            let end = data.count - 1
            if type.isEmpty {
                try context.deliver(data.span, in: 0..<end)
            } else {
                try context.deliverMessage(data.span, in: 0..<end)
            }
        }
    }
}
