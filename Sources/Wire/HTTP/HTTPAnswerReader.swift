/// An answer that has come whole.
package struct HTTPAnswer: Sendable {
    /// The status code.
    package let status: Int
    /// Whether the connection may be used again.
    package let isPersistent: Bool
    /// Start line and fields, with the empty line.
    package let head: [UInt8]
    /// The field lines, as ranges of `head`.
    package let fields: HTTPFields
    /// The content, its transfer coding taken off.
    package let content: [UInt8]

    /// The value of the first field called `name` (lower case).
    package func value(of name: StaticString) -> ArraySlice<UInt8>? {
        fields.value(of: name, in: head.span).map { head[$0] }
    }
}

/// Reads whole answers off a connection, one behind the other: for exchanges whose answers are
/// short and may come several at once, since requests may have been sent several at once.
///
///     reader.append(bytes)
///     while let answer = try reader.next(&ledger) { … }
package struct HTTPAnswerReader: Sendable {
    /// Bytes that may be held until an answer is whole: the largest event and a head.
    private static let limit = (16 << 20) + (64 << 10)

    private var pending: [UInt8] = []
    private var parser = HTTPResponseParser()

    package init() {}

    /// Whether nothing is held: every byte belonged to an answer that was handed out.
    package var isEmpty: Bool { pending.isEmpty }

    /// Takes what the server sent.
    ///
    /// - Throws: `answerTooLong` when an answer passes 16 MiB.
    package mutating func append(_ bytes: Span<UInt8>) throws(ProtocolError) {
        guard pending.count + bytes.count <= Self.limit else { throw .answerTooLong }
        pending.append(copying: bytes)
    }

    /// The next answer; nil when it is not whole. Head and transfer coding are charged to `ledger`,
    /// the content is the caller's.
    package mutating func next(_ ledger: inout ByteLedger) throws(ProtocolError) -> HTTPAnswer? {
        guard !pending.isEmpty else { return nil }
        let held = pending
        guard let head = try parser.parse(held.span) else { return nil }
        switch parser.body {
        case .none:
            return take(head: head, content: [], end: head, &ledger)
        case .length(let length):
            guard held.count - head >= length else { return nil }
            let content = Array(held[head..<head + length])
            return take(head: head, content: content, end: head + length, &ledger)
        case .chunked:
            var decoder = ChunkedCoding.Decoder()
            var coding = ByteLedger()
            var content: [UInt8] = []
            var offset = head
            while let piece = try decoder.next(in: held.span, at: &offset, ledger: &coding) {
                content.append(contentsOf: held[piece])
            }
            guard decoder.isFinished else { return nil }
            ledger += coding
            return take(head: head, content: content, end: offset, &ledger)
        case .untilClose:
            return nil
        }
    }

    /// The answer that the end of the connection completes; nil when nothing was begun.
    ///
    /// - Throws: `httpTruncated` when it came in the middle of one.
    package mutating func finish(
        _ ledger: inout ByteLedger
    ) throws(ProtocolError) -> HTTPAnswer? {
        guard !pending.isEmpty else { return nil }
        let held = pending
        guard let head = try parser.parse(held.span), parser.body == .untilClose else {
            throw .httpTruncated
        }
        return take(head: head, content: Array(held[head...]), end: held.count, &ledger)
    }

    private mutating func take(
        head: Int, content: [UInt8], end: Int, _ ledger: inout ByteLedger
    ) -> HTTPAnswer {
        ledger[.responseHead] += head
        let answer = HTTPAnswer(
            status: parser.status, isPersistent: parser.isPersistent, head: Array(pending[..<head]),
            fields: parser.fields, content: content)
        pending.removeFirst(end)
        return answer
    }
}

extension ProtocolError {
    package static let answerTooLong = ProtocolError(
        rule: "answer-too-long", reason: "An answer passes 16 MiB.",
        reference: "pushbench, the largest event")
}
