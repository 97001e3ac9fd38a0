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

    /// Where the event's data lies in the bytes that were given to `next`; nil when it had several
    /// lines or came in several reads and was gathered in `data`.
    package private(set) var dataInPlace: Range<Int>?
    /// The event's data, a LF between its lines, unless it lies in place.
    package private(set) var data: [UInt8] = []
    /// The event's type; empty for the ordinary one.
    package private(set) var type: [UInt8] = []
    /// How many lines the event's data has.
    package private(set) var dataLines = 0
    /// What Last-Event-ID would say. It counts once its block has ended: a block that a lost
    /// connection cut short has not been received, and neither has its id.
    package var lastEventID: [UInt8] {
        guard let shortIDCount else { return longID }
        return (0..<shortIDCount).map { shortID[$0] }
    }
    /// The time to wait before reconnecting that the stream asked for, in milliseconds.
    package private(set) var retryMilliseconds: UInt64?

    /// The last id, at the beginning of sixteen bytes, and its length; nil when it is in `longID`. To
    /// keep the id of each event in an array costs as much as to read the event.
    private var shortID = SIMD16<UInt8>()
    private var shortIDCount: Int?
    private var longID: [UInt8] = []
    /// The id that the block being read names, which becomes the last id when the block ends.
    private var idBuffer: [UInt8] = []
    /// Whether the block being read names an id.
    private var isIDNamed = false
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
    /// What lies whole in one read, as nearly every event does, is told by where it lies.
    ///
    /// Everything but the data, and but the LFs within it, is charged to `ledger`; those are the
    /// caller's.
    package mutating func next(
        in bytes: Span<UInt8>, at offset: inout Int, ledger: inout ByteLedger
    ) throws(ProtocolError) -> Block? {
        while offset < bytes.count {
            if isBlockTold, takePlainBlock(bytes, at: &offset, &ledger) { return .event }
            if endedInCarriageReturn {
                endedInCarriageReturn = false
                if bytes[offset] == .lineFeed {
                    ledger[.messageFraming] += 1
                    offset += 1
                    continue
                }
            }
            let end = bytes.firstIndex(
                of: .lineFeed, or: .carriageReturn, from: offset, to: bytes.count)
            guard let end else {
                guard pending.count + bytes.count - offset <= limit else { throw .lineTooLong }
                pending.append(copying: bytes.extracting(offset..<bytes.count))
                offset = bytes.count
                break
            }
            let piece = offset..<end
            guard pending.count + piece.count <= limit else { throw .lineTooLong }
            offset = end + 1
            endedInCarriageReturn = bytes[end] == .carriageReturn
            if let block = try takePiece(bytes, piece, &ledger) { return block }
        }
        // The block goes on in the next read, and these bytes are gone by then.
        if !isBlockTold { gatherData(bytes) }
        return nil
    }

    /// Takes a block of an id, one line of data and an empty line, as a server writes an event, if
    /// the next one is such and lies whole in `bytes`, and nothing of it when it is another.
    ///
    ///     id: 17 LF
    ///     data: {"id":17,…} LF
    ///     LF
    private mutating func takePlainBlock(
        _ bytes: Span<UInt8>, at offset: inout Int, _ ledger: inout ByteLedger
    ) -> Bool {
        let start = offset
        guard !endedInCarriageReturn, pending.isEmpty, bytes.count - start >= 4 + 16 + 7,
            bytes.word(at: start) & 0xFFFF_FFFF == Self.idField,
            let idEnd = Self.endOfPlainLine(in: bytes, from: start + 4, to: start + 4 + 16),
            bytes.word(at: idEnd) & 0xFF_FFFF_FFFF_FFFF == Self.dataField,
            let dataEnd = Self.endOfPlainLine(in: bytes, from: idEnd + 7, to: bytes.count),
            dataEnd + 1 < bytes.count, bytes[dataEnd + 1] == .lineFeed
        else { return false }
        let value = idEnd + 7..<dataEnd
        let id = bytes.block(at: start + 4)
        // An id that holds NUL is ignored; one behind it in the block is looked at more closely.
        guard id.min() > 0, value.count + 6 <= limit else { return false }
        startBlock()
        isBlockTold = true
        (dataInPlace, dataLines) = (value, 1)
        (shortID, shortIDCount) = (id, idEnd - start - 4)
        offset = dataEnd + 2
        ledger[.messageFraming] += offset - start - value.count
        return true
    }

    /// `id: `, and LF and `data: `, the first byte in the lowest bits.
    private static var idField: UInt64 { 0x203A_6469 }
    private static var dataField: UInt64 { 0x20_3A61_7461_640A }

    /// Where the LF stands before `limit` that ends the line, if no CR does.
    private static func endOfPlainLine(
        in bytes: Span<UInt8>, from start: Int, to limit: Int
    ) -> Int? {
        let end = bytes.firstIndex(of: .lineFeed, or: .carriageReturn, from: start, to: limit)
        guard let end, bytes[end] == .lineFeed else { return nil }
        return end
    }

    /// Takes the last piece of a line, or a whole one.
    private mutating func takePiece(
        _ bytes: Span<UInt8>, _ piece: Range<Int>, _ ledger: inout ByteLedger
    ) throws(ProtocolError) -> Block? {
        guard !pending.isEmpty else { return try takeLine(bytes, piece, &ledger) }
        var line: [UInt8] = []
        swap(&line, &pending)
        line.append(copying: bytes.extracting(piece))
        let block = try takeLine(line.span, 0..<line.count, &ledger)
        // The line is not in the bytes that the caller has.
        gatherData(line.span)
        return block
    }

    /// Copies data that lies in place.
    private mutating func gatherData(_ bytes: Span<UInt8>) {
        guard let range = dataInPlace else { return }
        data.append(copying: bytes.extracting(range))
        dataInPlace = nil
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
            try takeData(bytes, value, &ledger)
            return
        }
        ledger[.messageFraming] += value.count
        if bytes.matches("id", in: name) {
            // An id that holds NUL is ignored.
            guard bytes.firstIndex(of: 0, from: value.lowerBound, to: value.upperBound) == nil
            else { return }
            idBuffer.removeAll(keepingCapacity: true)
            idBuffer.append(copying: bytes.extracting(value))
            isIDNamed = true
        } else if bytes.matches("retry", in: name) {
            retryMilliseconds = bytes.decimal(in: value) ?? retryMilliseconds
        } else if bytes.matches("event", in: name) {
            type = bytes.array(value)
        }
    }

    private mutating func takeData(
        _ bytes: Span<UInt8>, _ value: Range<Int>, _ ledger: inout ByteLedger
    ) throws(ProtocolError) {
        dataLines += 1
        guard dataLines > 1 else {
            guard value.count < limit else { throw .lineTooLong }
            dataInPlace = value
            return
        }
        gatherData(bytes)
        guard data.count + value.count < limit else { throw .lineTooLong }
        // This LF stood on the wire as the end of the line before, and was charged there.
        ledger[.messageFraming] -= 1
        data.append(.lineFeed)
        data.append(copying: bytes.extracting(value))
    }

    private mutating func endBlock() -> Block {
        isBlockTold = true
        if isIDNamed {
            // Both keep their memory, where an assignment would cost an allocation an event.
            swap(&longID, &idBuffer)
            (shortIDCount, isIDNamed) = (nil, false)
        }
        return dataLines > 0 ? .event : .fields
    }

    private mutating func startBlock() {
        isBlockTold = false
        dataInPlace = nil
        if !data.isEmpty { data.removeAll(keepingCapacity: true) }
        if !type.isEmpty { type.removeAll(keepingCapacity: true) }
        dataLines = 0
    }
}
