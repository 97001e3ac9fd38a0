import Link
import Transports
import Wire

/// What a framing's decoder makes of bytes in pieces.
struct MessageReading: Equatable {
    private(set) var events: [DeliveredEvent] = []
    private(set) var payloads: [[UInt8]] = []
    private(set) var announcedLost: UInt64 = 0
    private(set) var ledger = ByteLedger()
    private(set) var error: ProtocolError?
    private(set) var fed = 0

    init(
        _ pieces: [[UInt8]], _ decoder: some MessageDecoder, rules: [ProtocolError]
    ) throws(Violation) {
        var decoder = decoder
        var context = ClientContext(seed: 1, keepingPayloads: true)
        for piece in pieces where error == nil {
            context.startInput(now: context.now)
            do throws(ProtocolError) {
                try decoder.receive(piece.span, &context)
            } catch {
                self.error = error
            }
            events += context.events
            payloads += context.payloads
            fed += piece.count
        }
        announcedLost = context.announcedLost
        ledger = context.received
        try Violation.unless(ledger.total <= fed, "\(ledger.total) of \(fed) bytes are told")
        for byteClass in ByteClass.allCases {
            try Violation.unless(ledger[byteClass] >= 0, "\(byteClass.name) is negative")
        }
        try Rules.check(error, among: rules)
        // How far the read that broke a rule was taken depends on the read.
        if error != nil { (ledger, fed) = (ByteLedger(), 0) }
    }
}

/// Writes the input as a framing's stream: each line an event's data, between a position notice and
/// heartbeats. Returns the payloads and the bytes.
func writtenEvents(
    of input: PropertyInput, _ framing: some MessageFraming, data: ([UInt8]) -> [UInt8]
) -> (payloads: [[UInt8]], wire: WireBuffer) {
    var wire = WireBuffer()
    framing.writePrelude(into: &wire)
    framing.write(.position(cursor: 6, lost: UInt64(input.variant & 3)), into: &wire)
    var payloads: [[UInt8]] = []
    for (index, line) in input.bytes.split(separator: 0).enumerated() {
        let id = UInt64(index + 7)
        let time = Instant(nanoseconds: Int64(index) << (input.variant & 31))
        let payload = EventPayload.carrying(data(Array(line)), id: id, intendedTime: time)
        framing.write(
            .event(Event(id: id, intendedTime: time, payload: payload)), into: &wire)
        if index.isMultiple(of: 2) { framing.write(.heartbeat, into: &wire) }
        payloads.append(payload)
    }
    return (payloads, wire)
}

/// `bytes` as one line of JSON, whatever they are.
func jsonLine(_ bytes: [UInt8]) -> [UInt8] {
    if let line = JSONText.singleLine(bytes.span) { return line }
    var string: [UInt8] = []
    JSONText.appendString(bytes.span, to: &string)
    return string
}
