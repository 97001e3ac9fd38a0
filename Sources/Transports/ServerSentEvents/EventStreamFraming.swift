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

    /// Whose streams are read.
    private let origin: StreamOrigin

    package init(origin: StreamOrigin = .lab) {
        self.origin = origin
    }

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
        let bytes = payload.span
        var start = 0
        while let end = bytes.firstIndex(
            of: .lineFeed, or: .carriageReturn, from: start, to: bytes.count)
        {
            wire.write(bytes.extracting(start..<end), as: .payload)
            wire.write("\ndata: ", as: .messageFraming)
            start = end + 1
        }
        wire.write(bytes.extracting(start...), as: .payload)
    }

    // MARK: - Decoding

    package func makeDecoder() -> Decoder { Decoder(origin: origin) }

    /// Reads the events and position notices out of what the interpreter dispatches.
    package struct Decoder: MessageDecoder {
        private var interpreter = EventStreamInterpreter()
        private let origin: StreamOrigin

        package init(origin: StreamOrigin = .lab) {
            self.origin = origin
        }

        package var lastEventID: [UInt8]? {
            interpreter.lastEventID.isEmpty ? nil : interpreter.lastEventID
        }

        /// The time to wait before reconnecting that the stream asked for, in milliseconds.
        package var retryMilliseconds: UInt64? { interpreter.retryMilliseconds }

        package mutating func receive(
            _ bytes: Span<UInt8>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            var offset = 0
            while let block = try interpreter.next(
                in: bytes, at: &offset, ledger: &context.received)
            {
                switch block {
                case .event: try deliver(bytes, &context)
                case .fields: noteCursor(&context)
                }
            }
        }

        private func deliver(
            _ bytes: Span<UInt8>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            if let range = interpreter.dataInPlace {
                try deliver(bytes, in: range, &context)
            } else {
                let data = interpreter.data
                try deliver(data.span, in: 0..<data.count, &context)
            }
            guard interpreter.dataLines > 1, origin == .lab else { return }
            // The server cut the payload where it had line ends, and wrote those as framing.
            context.received[.payload] -= interpreter.dataLines - 1
            context.received[.messageFraming] += interpreter.dataLines - 1
        }

        private func deliver(
            _ bytes: Span<UInt8>, in range: Range<Int>, _ context: inout ClientContext
        ) throws(ProtocolError) {
            if case .foreign(let after) = origin {
                context.deliverRelayed(bytes, in: range, after: after)
            } else if interpreter.type.isEmpty {
                try context.deliver(bytes, in: range)
            } else {
                try context.deliverMessage(bytes, in: range)
            }
        }

        private func noteCursor(_ context: inout ClientContext) {
            guard origin == .lab else { return }
            let id = interpreter.lastEventID
            guard let cursor = id.span.decimal(in: 0..<id.count) else { return }
            context.notePosition(cursor: cursor, lost: 0)
        }
    }
}
