import Link
import Transports
import Wire

extension Rules {
    /// What a message can break, whatever its framing.
    static let message: [ProtocolError] = [.lineTooLong, .eventPayload, .positionNotice]
}

extension DecoderProperty {
    /// Lines, objects without lines, and the subscription line of a bare socket.
    static let lines = DecoderProperty(
        "lines", "lines and objects are the same however they are cut; what is written is read back"
    ) { (input) throws(Violation) in
        try splitLines(input)
        let framing = LineFraming()
        try compare(input, framing.makeDecoder(), rules: Rules.message)
        try compare(
            input, ObjectFraming(after: UInt64(input.variant)).makeDecoder(),
            rules: Rules.message)
        let (payloads, wire) = writtenEvents(of: input, framing, data: jsonLine)
        let read = try MessageReading(
            input.pieces(of: wire.bytes), framing.makeDecoder(), rules: [])
        try Violation.unlessEqual(read.payloads, payloads, "events come back changed")
        try Violation.unlessEqual(read.ledger, wire.ledger, "the two ledgers differ")
        try readSubscription(input.bytes)
    }

    /// The splitter against splitting, with a limit that is met.
    private static func splitLines(_ input: PropertyInput) throws(Violation) {
        let limit = input.hasBit(0) ? 40 : 1 << 20
        let (whole, pieces) = input.feeds
        let reference = try SplitLines(whole, limit: limit)
        try Violation.unlessEqual(
            reference, try SplitLines(pieces, limit: limit), "the reads change the lines")
        guard reference.error == nil else { return }
        var expected = input.bytes.split(
            separator: .lineFeed, omittingEmptySubsequences: false
        ).map { Array($0) }
        let rest = expected.removeLast()
        try Violation.unlessEqual(reference.lines, expected, "not the lines that there are")
        try Violation.unlessEqual(reference.pendingCount, rest.count, "not the rest that there is")
    }

    private static func readSubscription(_ bytes: [UInt8]) throws(Violation) {
        var length: Int?
        do throws(ProtocolError) {
            length = try RawTCPServer().readSubscription(bytes.span)?.length
        } catch {
            try Rules.check(error, among: [.rawSubscription])
        }
        try Violation.unless(
            length.map { bytes[$0 - 1] == .lineFeed } ?? true, "a subscription without its end")
    }

    private static func compare(
        _ input: PropertyInput, _ decoder: some MessageDecoder, rules: [ProtocolError]
    ) throws(Violation) {
        let (whole, pieces) = input.feeds
        let reference = try MessageReading(whole, decoder, rules: rules)
        try Violation.unlessEqual(
            reference, try MessageReading(pieces, decoder, rules: rules),
            "the reads change what arrives")
    }

    /// Script elements, and events that must not end one.
    static let script = DecoderProperty(
        "script", "elements are the same however they are cut; no event ends its element"
    ) { (input) throws(Violation) in
        let framing = ScriptFraming()
        try compare(input, framing.makeDecoder(), rules: Rules.message + [.scriptElement])
        let (payloads, wire) = writtenEvents(of: input, framing, data: jsonLine)
        let read = try MessageReading(
            input.pieces(of: wire.bytes), framing.makeDecoder(), rules: [])
        try Violation.unlessEqual(
            read.payloads, payloads.map(escapedForScript), "events come back changed")
        try Violation.unlessEqual(read.ledger, wire.ledger, "the two ledgers differ")
        for payload in read.payloads {
            try Violation.unless(!payload.contains(UInt8(ascii: "<")), payload.visible)
        }
    }

    /// `json` as it may stand in a script, the plain way.
    static func escapedForScript(_ json: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        var index = 0
        while index < json.count {
            if json[index] == UInt8(ascii: "<") {
                escaped += Array("\\u003c".utf8)
            } else if json[index...].starts(with: [0xE2, 0x80, 0xA8]) {
                escaped += Array("\\u2028".utf8)
                index += 2
            } else if json[index...].starts(with: [0xE2, 0x80, 0xA9]) {
                escaped += Array("\\u2029".utf8)
                index += 2
            } else {
                escaped.append(json[index])
            }
            index += 1
        }
        return escaped
    }

    /// Batches, bare and in a call, as answers to polls.
    static let jsonp = DecoderProperty(
        "jsonp", "a batch is told to the byte or refused; what is written is read back"
    ) { (input) throws(Violation) in
        try readBatch(input.bytes, JSONPFraming(), rules: [.jsonpCall])
        try readBatch(input.bytes, JSONBatchFraming(), rules: [])
        try readCallback(input.bytes)
        let log = log(of: input)
        try roundTrip(log, JSONPFraming(), callback: "push") { escapedForScript($0) }
        try roundTrip(log, JSONBatchFraming(), callback: "") { $0 }
    }

    private static func readBatch(
        _ content: [UInt8], _ framing: some BatchFraming, rules: [ProtocolError]
    ) throws(Violation) {
        var context = ClientContext(seed: 1, keepingPayloads: true)
        do throws(ProtocolError) {
            try framing.read(content.span, &context)
        } catch {
            try Rules.check(
                error, among: rules + [.malformedBatch, .eventPayload, .positionNotice])
            return
        }
        try Violation.unlessEqual(context.received.total, content.count, "bytes are not told")
    }

    /// A callback's name is a name, so that nothing of a request comes back as code.
    private static func readCallback(_ query: [UInt8]) throws(Violation) {
        guard
            let name = try? JSONPFraming().parameters(in: query.span, query: 0..<query.count)
        else { return }
        let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$".utf8)
        let isName = name.allSatisfy { letters.contains($0) || "0123456789.".utf8.contains($0) }
        try Violation.unless(
            isName && 1...64 ~= name.count && name.first.map(letters.contains) == true,
            "\(name.visible) is no callback")
    }

    private static func log(of input: PropertyInput) -> EventLog {
        var limits = EventLog.Limits()
        limits.events = 4
        var log = EventLog(limits: limits)
        for line in input.bytes.split(separator: .lineFeed) {
            let (id, time) = (log.newest + 1, Instant(nanoseconds: Int64(input.cuts) << 20))
            let payload = EventPayload.carrying(jsonLine(Array(line)), id: id, intendedTime: time)
            log.append(Event(id: id, intendedTime: time, payload: payload))
        }
        return log
    }

    /// Answers a poll for everything, and reads the answer.
    private static func roundTrip(
        _ log: EventLog, _ framing: some BatchFraming, callback: String,
        escaping: ([UInt8]) -> [UInt8]
    ) throws(Violation) {
        // A first poll gets content even when there is no event.
        var poll = Poll(since: log.newest > 0 ? 0 : nil)
        poll.parameters = Array(callback.utf8)
        var wire = WireBuffer()
        PollingServer(framing: framing, hold: .none).writeAnswer(
            to: poll, from: log, limits: BatchLimits(), date: [], into: &wire)
        var context = ClientContext(seed: 1, keepingPayloads: true)
        do throws(ProtocolError) {
            var reader = HTTPAnswerReader()
            try reader.append(wire.bytes.span)
            guard let answer = try reader.next(&context.received) else {
                throw .httpTruncated
            }
            try framing.read(answer.content.span, &context)
        } catch {
            throw Violation(description: "what was written is refused: \(error)")
        }
        let payloads =
            log.newest > 0 ? (log.oldest...log.newest).map { escaping(log[$0].payload) } : []
        try Violation.unlessEqual(context.payloads, payloads, "events come back changed")
        try Violation.unlessEqual(context.received, wire.ledger, "the two ledgers differ")
        try Violation.unlessEqual(
            context.announcedLost, log.newest - UInt64(log.retained), "the loss is another")
    }
}

/// What the splitter makes of bytes in pieces.
private struct SplitLines: Equatable {
    private(set) var lines: [[UInt8]] = []
    private(set) var pendingCount = 0
    private(set) var error: ProtocolError?

    init(_ pieces: [[UInt8]], limit: Int) throws(Violation) {
        var splitter = LineSplitter(limit: limit)
        for piece in pieces where error == nil {
            var offset = 0
            do throws(ProtocolError) {
                while let line = try splitter.next(in: piece.span, at: &offset) {
                    switch line {
                    case .inPlace(let range): lines.append(Array(piece[range]))
                    case .assembled: lines.append(splitter.assembled)
                    }
                }
            } catch {
                self.error = error
            }
            try Violation.unless(
                splitter.pendingCount <= limit, "\(splitter.pendingCount) bytes are held")
        }
        pendingCount = error == nil ? splitter.pendingCount : 0
        try Rules.check(error, among: [.lineTooLong])
    }
}
