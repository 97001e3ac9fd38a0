import Wire

/// A batch as JSON, what short and long polling answer with:
///
///     {"cursor":17,"events":[{"id":16,…},{"id":17,…}]}
///     {"cursor":17,"lost":3,"events":[…]}                events 13 to 15 were asked for and are gone
package struct JSONBatchFraming: BatchFraming {
    package var contentType: StaticString { "application/json" }

    package init() {}

    // MARK: - Encoding

    package func write(
        _ batch: Batch, of log: borrowing EventLog, parameters: [UInt8],
        into wire: inout WireBuffer
    ) {
        Self.writeOpening(of: batch, into: &wire)
        if let ids = batch.ids {
            for id in ids {
                if id > ids.lowerBound { wire.write(",", as: .messageFraming) }
                wire.write(log[id].payload, as: .payload)
            }
        }
        Self.writeClosing(into: &wire)
    }

    /// Writes everything before the first event.
    package static func writeOpening(of batch: Batch, into wire: inout WireBuffer) {
        wire.write("{\"cursor\":", as: .messageFraming)
        wire.write(decimal: batch.cursor, as: .messageFraming)
        if batch.lost > 0 {
            wire.write(",\"lost\":", as: .notice)
            wire.write(decimal: batch.lost, as: .notice)
        }
        wire.write(",\"events\":[", as: .messageFraming)
    }

    /// Writes everything after the last event.
    package static func writeClosing(into wire: inout WireBuffer) {
        wire.write("]}", as: .messageFraming)
    }

    // MARK: - Decoding

    package func read(
        _ content: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) {
        try Self.read(content, in: 0..<content.count, &context)
    }

    /// Reads the batch that the bytes of `range` are.
    package static func read(
        _ content: Span<UInt8>, in range: Range<Int>, _ context: inout ClientContext
    ) throws(ProtocolError) {
        guard content.starts(with: "{\"cursor\":", at: range.lowerBound) else {
            throw .malformedBatch
        }
        var index = range.lowerBound + 10
        let cursor = try number(content, at: &index, to: range.upperBound)
        var lost: UInt64 = 0
        var noticeBytes = 0
        if content.starts(with: ",\"lost\":", at: index) {
            let start = index
            index += 8
            lost = try number(content, at: &index, to: range.upperBound)
            noticeBytes = index - start
        }
        guard content.starts(with: ",\"events\":[", at: index) else { throw .malformedBatch }
        index += 11
        context.received[.notice] += noticeBytes
        context.received[.messageFraming] += index - range.lowerBound - noticeBytes
        context.notePosition(cursor: cursor, lost: lost)

        while index < range.upperBound, content[index] != UInt8(ascii: "]") {
            if content[index] == UInt8(ascii: ",") {
                context.received[.messageFraming] += 1
                index += 1
            }
            guard
                let end = JSONText.endOfTrustedObject(
                    in: content, at: index, to: range.upperBound)
            else { throw .malformedBatch }
            try context.deliver(content, in: index..<end)
            index = end
        }
        guard content.starts(with: "]}", at: index), index + 2 == range.upperBound else {
            throw .malformedBatch
        }
        context.received[.messageFraming] += 2
    }

    private static func number(
        _ content: Span<UInt8>, at index: inout Int, to end: Int
    ) throws(ProtocolError) -> UInt64 {
        let start = index
        while index < end, content[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
        guard let number = content.decimal(in: start..<index) else { throw .malformedBatch }
        return number
    }
}

extension ProtocolError {
    package static let malformedBatch = ProtocolError(
        rule: "batch", reason: "A batch is not {\"cursor\":N,\"events\":[…]}.",
        reference: "pushbench, polling answers")
}
