import Wire

/// What the chunked decoder makes of bytes that arrive in pieces.
struct ChunkedReading: Equatable {
    /// The content, its pieces joined.
    private(set) var content: [UInt8] = []
    /// What the decoder charged, which is everything but the content.
    private(set) var ledger = ByteLedger()
    /// The bytes that the decoder moved behind.
    private(set) var consumed = 0
    /// Whether the last chunk was read.
    private(set) var isFinished = false
    /// The rule that was broken; nothing is read after it.
    private(set) var error: ProtocolError?

    init(_ pieces: [[UInt8]]) {
        var decoder = ChunkedCoding.Decoder()
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
    }
}
