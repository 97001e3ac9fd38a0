import Wire

/// Interprets an event stream as a browser does (WHATWG HTML §9.2.6), in place wherever a line lies
/// whole in one read.
///
/// It knows the format and nothing of what the events mean. Call `next` until it gives nil, then
/// again with the bytes of the next read:
///
///     var offset = 0
///     while let block = try interpreter.next(in: bytes, at: &offset, ledger: &ledger) { … }
package struct EventStreamInterpreter: Sendable {
    /// What an empty line has ended.
    package enum Block: Equatable, Sendable {
        /// An event, which `data` and `type` describe.
        case event
        /// Fields without data: no event, but an id among them counts from here on.
        case fields
    }

    /// Bytes of a line at most, and of the data of an event: 16 MiB, as on the other streams.
    private let limit: Int

    /// The event's data, a LF between its lines.
    package private(set) var data: [UInt8] = []
    /// The event's type; empty for the ordinary one.
    package private(set) var type: [UInt8] = []
    /// How many lines the event's data has.
    package private(set) var dataLines = 0
    /// What Last-Event-ID would say. It counts once its block has ended: a block that a lost
    /// connection cut short has not been received, and neither has its id.
    package private(set) var lastEventID: [UInt8] = []
    /// The time to wait before reconnecting that the stream asked for, in milliseconds.
    package private(set) var retryMilliseconds: UInt64?

    /// The id that the block being read names, which becomes `lastEventID` when the block ends.
    private var idBuffer: [UInt8] = []
    /// The beginning of a line that has not ended yet.
    private var pending: [UInt8] = []
    /// Whether the last line ended in CR, so that a LF may still belong to its end.
    private var endedInCarriageReturn = false
    private var isStart = true
    /// Whether `data` and `type` are those of a block that has ended.
    private var isBlockTold = false

    /// Makes an interpreter at the start of a stream.
    package init(limit: Int = 16 << 20) {
        self.limit = limit
    }

    /// The next block in `bytes` that ends at or after `offset`, which moves behind it; nil when the
    /// rest is the beginning of a block, which is kept.
    ///
    /// Everything but the data, and but the LFs within it, is charged to `ledger`; those are the
    /// caller's.
    package mutating func next(
        in bytes: Span<UInt8>, at offset: inout Int, ledger: inout ByteLedger
    ) throws(ProtocolError) -> Block? {
        while offset < bytes.count {
            if endedInCarriageReturn {
                endedInCarriageReturn = false
                if bytes[offset] == .lineFeed {
                    ledger[.messageFraming] += 1
                    offset += 1
                    continue
                }
            }
            guard let end = Self.endOfLine(in: bytes, from: offset) else {
                guard pending.count + bytes.count - offset <= limit else { throw .lineTooLong }
                pending.append(copying: bytes.extracting(offset..<bytes.count))
                offset = bytes.count
                return nil
            }
            let piece = offset..<end
            offset = end + 1
            endedInCarriageReturn = bytes[end] == .carriageReturn
            if let block = try takePiece(bytes, piece, &ledger) { return block }
        }
        return nil
    }

    private static func endOfLine(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == .lineFeed || bytes[index] == .carriageReturn { return index }
            index += 1
        }
        return nil
    }

    /// Takes the last piece of a line, or a whole one.
    private mutating func takePiece(
        _ bytes: Span<UInt8>, _ piece: Range<Int>, _ ledger: inout ByteLedger
    ) throws(ProtocolError) -> Block? {
        guard !pending.isEmpty else { return try takeLine(bytes, piece, &ledger) }
        var line: [UInt8] = []
        swap(&line, &pending)
        line.append(copying: bytes.extracting(piece))
        return try takeLine(line.span, 0..<line.count, &ledger)
    }

    private mutating func takeLine(
        _ bytes: Span<UInt8>, _ whole: Range<Int>, _ ledger: inout ByteLedger
    ) throws(ProtocolError) -> Block? {
        if isBlockTold { startBlock() }
        var line = whole
        // Its end; a LF that follows a CR was charged by itself.
        ledger[.messageFraming] += 1
        if isStart {
            isStart = false
            // One byte order mark may stand before everything (§9.2.5).
            let first = line.lowerBound
            if line.count >= 3, bytes[first] == 0xEF, bytes[first + 1] == 0xBB,
                bytes[first + 2] == 0xBF
            {
                ledger[.messageFraming] += 3
                line = first + 3..<line.upperBound
            }
        }
        guard !line.isEmpty else { return endBlock() }
        let colon = bytes.firstIndex(
            of: UInt8(ascii: ":"), from: line.lowerBound, to: line.upperBound)
        if colon == line.lowerBound {
            ledger[.messageFraming] -= 1
            ledger[.heartbeat] += line.count + 1
            return nil
        }
        let nameEnd = colon ?? line.upperBound
        var valueStart = colon.map { $0 + 1 } ?? line.upperBound
        if valueStart < line.upperBound, bytes[valueStart] == .space { valueStart += 1 }
        try takeField(
            bytes, name: line.lowerBound..<nameEnd, value: valueStart..<line.upperBound, &ledger)
        return nil
    }

    private mutating func takeField(
        _ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>, _ ledger: inout ByteLedger
    ) throws(ProtocolError) {
        ledger[.messageFraming] += value.lowerBound - name.lowerBound
        if bytes.matches("data", in: name) {
            guard data.count + value.count < limit else { throw .lineTooLong }
            if dataLines > 0 {
                // This LF stood on the wire as the end of the line before, and was charged there.
                ledger[.messageFraming] -= 1
                data.append(.lineFeed)
            }
            data.append(copying: bytes.extracting(value))
            dataLines += 1
            return
        }
        ledger[.messageFraming] += value.count
        if bytes.matches("id", in: name) {
            // An id that holds NUL is ignored.
            guard bytes.firstIndex(of: 0, from: value.lowerBound, to: value.upperBound) == nil
            else { return }
            idBuffer.removeAll(keepingCapacity: true)
            idBuffer.append(copying: bytes.extracting(value))
        } else if bytes.matches("retry", in: name) {
            retryMilliseconds = bytes.decimal(in: value) ?? retryMilliseconds
        } else if bytes.matches("event", in: name) {
            type = bytes.array(value)
        }
    }

    private mutating func endBlock() -> Block {
        isBlockTold = true
        if lastEventID != idBuffer { lastEventID = idBuffer }
        return dataLines > 0 ? .event : .fields
    }

    private mutating func startBlock() {
        isBlockTold = false
        data.removeAll(keepingCapacity: true)
        type.removeAll(keepingCapacity: true)
        dataLines = 0
    }
}
