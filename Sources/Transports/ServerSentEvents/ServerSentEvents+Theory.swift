/// What server-sent events must measure: one transit, and no request (see `Theory.streaming`).
///
/// Bytes: `id: ` (4), the id's digits, LF; `data: ` (6), the payload, LF LF; and a chunk around
/// that. An event's bytes therefore grow with its id, by one at each power of ten.
extension ServerSentEvents {
    static let theory = Theory.streaming(isChunked: true) { id, _ in
        4 + Digits.decimal(id) + 1 + 6 + 2
    }
}
