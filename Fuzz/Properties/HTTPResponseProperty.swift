import Wire

extension DecoderProperty {
    /// Answers one behind the other, the last one ended by the connection's end.
    static let httpResponse = DecoderProperty(
        "http-response", "answers are the same however they are cut, and every byte is told"
    ) { (input) throws(Violation) in
        let (whole, pieces) = input.feeds
        let reference = try ReceivedAnswers(whole)
        try Violation.unlessEqual(
            reference, try ReceivedAnswers(pieces), "the reads change what was answered")
        try Rules.check(reference.error, among: Rules.response)
    }
}

extension Rules {
    /// What an HTTP answer can break.
    static let response: [ProtocolError] = [
        .httpMalformedStatusLine, .httpHeadTooLarge, .httpTooManyFields, .httpBareLineFeed,
        .httpMalformedField, .httpObsoleteFolding, .httpInvalidLength, .httpConflictingLength,
        .httpCodingInOldVersion, .httpUnknownCoding, .httpMalformedChunk, .httpChunkTooLarge,
        .httpMalformedTrailer, .httpTruncated, .answerTooLong,
    ]
}

/// What a client makes of the answers on one connection.
private struct ReceivedAnswers: Equatable {
    struct Answer: Equatable {
        var status: Int
        var isPersistent: Bool
        var head: [UInt8]
        var fields: [String]
        var content: [UInt8]

        init(_ answer: HTTPAnswer) {
            status = answer.status
            isPersistent = answer.isPersistent
            head = answer.head
            content = answer.content
            fields = []
            for index in 0..<answer.fields.count {
                let field = answer.fields[index]
                fields.append(head.span.text(field.name) + "=" + head.span.text(field.value))
            }
        }
    }

    private(set) var answers: [Answer] = []
    private(set) var error: ProtocolError?
    /// What was charged when the last answer was whole.
    private(set) var ledger = ByteLedger()

    init(_ pieces: [[UInt8]]) throws(Violation) {
        var reader = HTTPAnswerReader()
        var fed = 0
        do throws(ProtocolError) {
            for piece in pieces {
                fed += piece.count
                try reader.append(piece.span)
                while let answer = try reader.next(&ledger) { answers.append(Answer(answer)) }
            }
            if let answer = try reader.finish(&ledger) { answers.append(Answer(answer)) }
        } catch {
            self.error = error
        }
        let told = ledger.total + answers.reduce(0) { $0 + $1.content.count }
        try Violation.unless(
            error == nil ? told == fed && reader.isEmpty : told <= fed,
            "\(told) of \(fed) bytes are told")
    }
}
