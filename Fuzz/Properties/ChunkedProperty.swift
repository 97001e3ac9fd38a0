import Wire

extension DecoderProperty {
    /// Chunks as they come, and content that is written as chunks and read back.
    static let chunked = DecoderProperty(
        "chunked", "chunks are the same however they are cut; what is encoded is read back"
    ) { (input) throws(Violation) in
        let (whole, pieces) = input.feeds
        let reference = try ChunkedReading(whole, of: .response)
        try Violation.unlessEqual(
            reference, try ChunkedReading(pieces, of: .response), "the reads change the content")
        let rules: [ProtocolError] = [
            .httpMalformedChunk, .httpChunkTooLarge, .httpMalformedTrailer,
        ]
        try Rules.check(reference.error, among: rules)
        // What is borne of a server and not of a client is refused, and never read another way.
        let request = try ChunkedReading(whole, of: .request)
        try Violation.unlessEqual(
            request, try ChunkedReading(pieces, of: .request), "the reads change the content")
        try Violation.unless(
            request == reference || request.error == .httpMalformedChunk,
            "a client's chunks are read in another way")
        try Rules.check(request.error, among: rules)
        try roundTrip(pieces, input)
    }

    private static func roundTrip(
        _ messages: [[UInt8]], _ input: PropertyInput
    ) throws(Violation) {
        var wire = WireBuffer()
        for content in messages {
            var message = wire.makePart()
            message.write(content, as: .payload)
            ChunkedCoding.encode(message, into: &wire)
        }
        ChunkedCoding.encodeEnd(into: &wire)
        let read = try ChunkedReading(input.pieces(of: wire.bytes), of: .request)
        try Violation.unlessEqual(read.content, input.bytes, "encoded content comes back changed")
        try Violation.unless(
            read.isFinished && read.error == nil, "encoded chunks do not end: \(read)")
        for byteClass in [ByteClass.transferCoding, .closing] {
            try Violation.unlessEqual(
                read.ledger[byteClass], wire.ledger[byteClass], "\(byteClass.name)")
        }
    }
}

/// What the decoder makes of bytes in pieces.
private struct ChunkedReading: Equatable {
    private(set) var content: [UInt8] = []
    private(set) var ledger = ByteLedger()
    private(set) var consumed = 0
    private(set) var isFinished = false
    private(set) var error: ProtocolError?

    init(
        _ pieces: [[UInt8]], of source: ChunkedCoding.Decoder.Source
    ) throws(Violation) {
        var decoder = ChunkedCoding.Decoder(of: source)
        for piece in pieces where error == nil {
            var offset = 0
            do throws(ProtocolError) {
                while let range = try decoder.next(
                    in: piece.span, at: &offset, ledger: &ledger)
                {
                    content += piece[range]
                }
            } catch {
                self.error = error
            }
            consumed += offset
        }
        isFinished = decoder.isFinished
        let told = ledger.total + content.count
        // A line that is not whole is charged when it is.
        try Violation.unless(
            isFinished ? told == consumed : told <= consumed,
            "\(told) of \(consumed) bytes are told")
    }
}
