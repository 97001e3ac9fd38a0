import Link
import Wire

/// The server's side of polling: a request is answered once, at once or when there is something to
/// say. Short polling, long polling and JSONP polling are this conversation with another framing.
package struct PollingServer: Sendable {
    /// How long a poll with nothing to answer waits.
    package enum Hold: Sendable {
        /// Not at all: the answer is that there is nothing.
        case none
        /// Until the next event, or until the server's hold time has passed.
        case untilEvent
    }

    /// How a batch is wrapped.
    package let framing: any BatchFraming
    /// How long a poll with nothing to answer waits.
    package let hold: Hold

    package init(framing: some BatchFraming, hold: Hold) {
        self.framing = framing
        self.hold = hold
    }

    /// Whether `poll` can be answered now: there is an event after its cursor, it asked for none,
    /// or some that it asked for are lost.
    package func hasAnswer(_ poll: Poll, in log: borrowing EventLog) -> Bool {
        guard let since = poll.since, hold == .untilEvent, !poll.isHead else { return true }
        let resumption = log.resume(since: since)
        return resumption.lost > 0 || resumption.cursor < log.newest || since > log.newest
    }

    /// Writes the answer to `poll`: everything pending within `limits`, or nothing new. The answer
    /// is dated `date`, an HTTP date.
    ///
    /// - Returns: how many events it has.
    @discardableResult
    package func writeAnswer(
        to poll: Poll, from log: borrowing EventLog, limits: BatchLimits, date: [UInt8],
        into wire: inout WireBuffer
    ) -> Int {
        let batch = Self.batch(for: poll, in: log, limits)
        // A first poll has no cursor yet: it needs the content even when there is no event.
        let isFirst = poll.since == nil || poll.since != batch.cursor
        if batch.ids == nil, !isFirst, framing.answersEmptyWithNoContent {
            HTTPHeadWriter.status(204, into: &wire)
            writeCommonFields(of: poll, date: date, into: &wire)
            HTTPHeadWriter.end(into: &wire)
            return 0
        }
        var content = wire.makePart()
        framing.write(batch, of: log, parameters: poll.parameters, into: &content)
        HTTPHeadWriter.status(200, into: &wire)
        writeCommonFields(of: poll, date: date, into: &wire)
        wire.write("Content-Type: ", as: .responseHead)
        wire.write(framing.contentType, as: .responseHead)
        wire.write("\r\n", as: .responseHead)
        framing.writeFields(into: &wire)
        HTTPHeadWriter.field("Content-Length", content.count, into: &wire)
        HTTPHeadWriter.end(into: &wire)
        if !poll.isHead { wire.append(content) }
        return batch.ids?.count ?? 0
    }

    private static func batch(
        for poll: Poll, in log: borrowing EventLog, _ limits: BatchLimits
    ) -> Batch {
        let resumption = log.resume(since: poll.since)
        let pending = log.newest - resumption.cursor
        guard pending > 0 else {
            return Batch(cursor: resumption.cursor, lost: resumption.lost, ids: nil)
        }
        var last = log.reach(after: resumption.cursor, bytes: limits.bytes)
        if limits.events > 0 { last = min(last, resumption.cursor + UInt64(limits.events)) }
        return Batch(cursor: last, lost: resumption.lost, ids: resumption.cursor + 1...last)
    }

    private func writeCommonFields(of poll: Poll, date: [UInt8], into wire: inout WireBuffer) {
        wire.write("Date: ", as: .responseHead)
        wire.write(date, as: .responseHead)
        wire.write("\r\nCache-Control: no-store\r\n", as: .responseHead)
        OriginPolicy.writeFields(allowing: poll.origin, into: &wire)
        switch (poll.keepsAlive, poll.minorVersion) {
        case (true, 0): wire.write("Connection: keep-alive\r\n", as: .responseHead)
        case (true, _): break
        case (false, _): wire.write("Connection: close\r\n", as: .responseHead)
        }
    }
}

/// Bounds on one answer to a poll; the next poll gets what follows.
package struct BatchLimits: Sendable {
    /// Events; 0 for all that are pending.
    package var events = 0
    /// Bytes of their payloads, unless the first alone has more.
    package var bytes = Int.max

    package init(events: Int = 0, bytes: Int = Int.max) {
        self.events = events
        self.bytes = bytes
    }
}

/// What a poll asked for. Two equal polls have equal answers, so that one answer built serves every
/// client which waits at the same cursor.
package struct Poll: Hashable, Sendable {
    /// The id of the last event the client has; nil on a first poll.
    package var since: UInt64?
    /// Whether only the head is wanted.
    package var isHead = false
    /// Whether the connection stays open after the answer.
    package var keepsAlive = true
    /// 0 for HTTP/1.0, which must be told that the connection stays open.
    package var minorVersion = 1
    /// The origin whose page may read the answer; empty for none but the server's own.
    package var origin: [UInt8] = []
    /// What the query asked of the framing: JSONP's callback.
    package var parameters: [UInt8] = []

    package init(since: UInt64? = nil) {
        self.since = since
    }
}
