import Link
import Transports
import Wire

extension DecoderProperty {
    /// An event stream against the plainest reading of the standard, and events that are written
    /// and read back.
    static let eventStream = DecoderProperty(
        "event-stream", "a stream means what the standard's own steps say, however it is cut"
    ) { (input) throws(Violation) in
        let limit = input.hasBit(0) ? 48 : 1 << 20
        let (whole, pieces) = input.feeds
        let reference = try InterpretedStream(whole, limit: limit)
        try Violation.unlessEqual(
            reference, try InterpretedStream(pieces, limit: limit), "the reads change the stream")
        try Rules.check(reference.error, among: [.lineTooLong])
        if reference.error == nil {
            try Violation.unlessEqual(
                reference.blocks, PlainEventStream(input.bytes).blocks, "not what the standard says"
            )
        }
        try roundTrip(input)
    }

    private static func roundTrip(_ input: PropertyInput) throws(Violation) {
        let framing = EventStreamFraming()
        let (events, wire) = writtenEvents(of: input, framing) { $0 }
        let read = try MessageReading(
            input.pieces(of: wire.bytes), framing.makeDecoder(), rules: [])
        // A line end of any kind is LF on this wire; CR LF was two.
        let expected = events.map { $0.map { $0 == .carriageReturn ? .lineFeed : $0 } }
        try Violation.unlessEqual(read.payloads, expected, "events come back changed")
    }
}

/// What the interpreter makes of bytes in pieces.
private struct InterpretedStream: Equatable {
    private(set) var blocks: [PlainEventStream.Block] = []
    private(set) var retry: UInt64?
    private(set) var ledger = ByteLedger()
    private(set) var error: ProtocolError?

    init(_ pieces: [[UInt8]], limit: Int) throws(Violation) {
        var interpreter = EventStreamInterpreter(limit: limit)
        var (fed, data) = (0, 0)
        for piece in pieces where error == nil {
            var offset = 0
            do throws(ProtocolError) {
                while let block = try interpreter.next(
                    in: piece.span, at: &offset, ledger: &ledger)
                {
                    let text = interpreter.dataInPlace.map { Array(piece[$0]) } ?? interpreter.data
                    blocks.append(
                        .init(
                            isEvent: block == .event, type: interpreter.type, data: text,
                            lastEventID: interpreter.lastEventID))
                    data += text.count
                }
            } catch {
                self.error = error
            }
            fed += offset
        }
        retry = interpreter.retryMilliseconds
        try Violation.unless(
            ledger.total + data <= fed, "\(ledger.total) + \(data) of \(fed) bytes are told")
        for byteClass in ByteClass.allCases {
            try Violation.unless(ledger[byteClass] >= 0, "\(byteClass.name) is negative")
        }
        if error != nil { (ledger, retry) = (ByteLedger(), nil) }
    }
}

/// The steps of WHATWG HTML §9.2.6 as they stand there, over the whole stream and with no eye to
/// speed.
private struct PlainEventStream {
    struct Block: Equatable {
        var isEvent: Bool
        var type: [UInt8]
        var data: [UInt8]
        var lastEventID: [UInt8]
    }

    private(set) var blocks: [Block] = []
    private var data: [[UInt8]] = []
    private var type: [UInt8] = []
    private var idBuffer: [UInt8] = []

    init(_ stream: [UInt8]) {
        var rest = stream[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        while let end = rest.firstIndex(where: { $0 == .lineFeed || $0 == .carriageReturn }) {
            take(Array(rest[..<end]))
            let isPair =
                rest[end] == .carriageReturn
                && rest.dropFirst(end + 1 - rest.startIndex)
                    .first == .lineFeed
            rest = rest[(end + (isPair ? 2 : 1))...]
        }
    }

    private mutating func take(_ line: [UInt8]) {
        guard !line.isEmpty else {
            blocks.append(
                Block(
                    isEvent: !data.isEmpty, type: type,
                    data: Array(data.joined(separator: [.lineFeed])), lastEventID: idBuffer))
            (data, type) = ([], [])
            return
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        let name = line[..<(colon ?? line.endIndex)]
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == .space { value = value.dropFirst() }
        if name.elementsEqual("data".utf8) {
            data.append(Array(value))
        } else if name.elementsEqual("event".utf8) {
            type = Array(value)
        } else if name.elementsEqual("id".utf8), !value.contains(0) {
            idBuffer = Array(value)
        }
    }
}
