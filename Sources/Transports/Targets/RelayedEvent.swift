import Wire

/// Events that came by way of somebody else's server, which passes on what was posted to it: as it
/// was, or in a wrapping of its own.
extension EventPayload {
    /// How far into a message an event may begin: envelopes are shorter, and a long message of
    /// another kind shall not be searched through.
    private static let searchLimit = 1024
    /// Digits of an event's number at most: 19 always fit into 64 bits.
    private static let digitLimit = 19

    /// Where in `range` an event lies that was posted to the server: all of it, or the innermost
    /// object that begins as an event does. Nil when there is none.
    ///
    ///     {"id":1,"t":5,"data":"x"}                               an event
    ///     {"channel":"a","data":{"id":1,"t":5,"data":"x"}}        in an envelope
    ///     {"id":9,"t":7,"data":{"id":1,"t":5,"data":"x"}}         in that of a lab server
    package static func relayed(in bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        let limit = min(range.upperBound, range.lowerBound + searchLimit)
        var candidate = range.lowerBound
        while let start = bytes.firstIndex(of: UInt8(ascii: "{"), from: candidate, to: limit) {
            candidate = start + 1
            guard let data = dataStart(in: bytes, at: start, to: range.upperBound) else { continue }
            // What begins in its data as an event does is the one that was posted.
            guard data >= limit || dataStart(in: bytes, at: data, to: range.upperBound) == nil
            else { continue }
            if start == range.lowerBound { return range }
            let end = JSONText.endOfTrustedObject(in: bytes, at: start, to: range.upperBound)
            return end.map { start..<$0 }
        }
        return nil
    }

    /// Where the data of the event that begins at `start` begins; nil when none begins there.
    private static func dataStart(in bytes: Span<UInt8>, at start: Int, to end: Int) -> Int? {
        guard start + 6 < end, bytes.starts(with: "{\"id\":", at: start) else { return nil }
        var index = start + 6
        skipDigits(bytes, &index, end)
        guard 1...digitLimit ~= index - start - 6, bytes.starts(with: ",\"t\":", at: index)
        else { return nil }
        let time = index + 5
        index = time
        skipDigits(bytes, &index, end)
        guard index > time, bytes.starts(with: ",\"data\":", at: index), index + 8 < end
        else { return nil }
        return index + 8
    }

    private static func skipDigits(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) {
        while index < end, bytes[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
    }
}

extension ClientContext {
    /// Takes the bytes of `range` as what a foreign server made of an event. What it wrapped around
    /// the event is framing. A message without one is its own talk, and so is an event that is not
    /// of this run, with an id up to `after`: both are passed over as notices. It took `wireBytes`, if
    /// not as many as `range` has.
    package mutating func deliverRelayed(
        _ bytes: Span<UInt8>, in range: Range<Int>, after: UInt64, wireBytes: Int? = nil
    ) {
        let wireBytes = wireBytes ?? range.count
        do throws(ProtocolError) {
            if let event = EventPayload.relayed(in: bytes, range),
                try EventPayload.header(of: bytes, in: event).id > after
            {
                // What compression saved was saved on the event, as far as that goes.
                let payload = max(0, event.count - (range.count - wireBytes))
                try deliver(bytes, in: event, wireBytes: payload)
                received[.messageFraming] += wireBytes - payload
                return
            }
        } catch {
            // Its number is none that an event can have.
        }
        received[.notice] += wireBytes
    }

    /// A foreign server says nothing of where its stream stands: it begins with this run.
    mutating func subscribe(to origin: StreamOrigin) {
        if case .foreign(let after) = origin { notePosition(cursor: after, lost: 0) }
    }
}
