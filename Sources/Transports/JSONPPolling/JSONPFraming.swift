import Wire

/// A batch as a function call: `/**/push({"cursor":17,"events":[…]});`
///
/// The empty comment in front keeps the first bytes of the answer out of the caller's hands, against
/// content that is meant to be taken for another type. The payload is escaped as `ScriptText` says.
package struct JSONPFraming: BatchFraming {
    /// The name that our own client asks for.
    private static let clientCallback: StaticString = "push"
    /// Bytes of a callback's name at most.
    private static let callbackLimit = 64

    package var contentType: StaticString { "text/javascript; charset=utf-8" }
    package var answersEmptyWithNoContent: Bool { false }

    package init() {}

    package func writeFields(into wire: inout WireBuffer) {
        wire.write("X-Content-Type-Options: nosniff\r\n", as: .responseHead)
    }

    // MARK: - Callback

    package func writeQuery(into wire: inout WireBuffer) {
        wire.write("callback=", as: .requestHead)
        wire.write(Self.clientCallback, as: .requestHead)
    }

    /// The callback that the query names.
    ///
    /// - Throws: `jsonpCallback` unless it matches `^[A-Za-z_$][A-Za-z0-9_$.]{0,63}$`: anything else
    ///   could be code.
    package func parameters(
        in bytes: Span<UInt8>, query: Range<Int>
    ) throws(ProtocolError) -> [UInt8] {
        guard let range = QueryString.value(of: "callback", in: bytes, query: query),
            let name = QueryString.decoded(bytes, in: range),
            let first = name.first, name.count <= Self.callbackLimit,
            Self.mayBegin(first), name.allSatisfy(Self.mayContinue)
        else { throw .jsonpCallback }
        return name
    }

    private static func mayBegin(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "_"), UInt8(ascii: "$"):
            true
        default: false
        }
    }

    private static func mayContinue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): true
        default: mayBegin(byte)
        }
    }

    // MARK: - Encoding

    package func write(
        _ batch: Batch, of log: borrowing EventLog, parameters callback: [UInt8],
        into wire: inout WireBuffer
    ) {
        wire.write("/**/", as: .messageFraming)
        wire.write(callback, as: .messageFraming)
        wire.write("(", as: .messageFraming)
        JSONBatchFraming.writeOpening(of: batch, into: &wire)
        if let ids = batch.ids {
            for id in ids {
                if id > ids.lowerBound { wire.write(",", as: .messageFraming) }
                ScriptText.write(log[id].payload, into: &wire)
            }
        }
        JSONBatchFraming.writeClosing(into: &wire)
        wire.write(");", as: .messageFraming)
    }

    // MARK: - Decoding

    package func read(
        _ content: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) {
        let start = 4 + Self.clientCallback.utf8CodeUnitCount + 1
        guard content.starts(with: "/**/", at: 0), content.starts(with: Self.clientCallback, at: 4),
            content.count >= start + 2, content[start - 1] == UInt8(ascii: "("),
            content.starts(with: ");", at: content.count - 2)
        else { throw .jsonpCall }
        context.received[.messageFraming] += start + 2
        try JSONBatchFraming.read(content, in: start..<content.count - 2, &context)
    }
}

extension ProtocolError {
    package static let jsonpCallback = ProtocolError(
        rule: "jsonp-callback",
        reason: "The query must have callback=NAME with NAME like push or app.push.",
        reference: "pushbench, JSONP answers")
    package static let jsonpCall = ProtocolError(
        rule: "jsonp-call", reason: "The content is not a call of the callback that was asked for.",
        reference: "pushbench, JSONP answers")
}
