/// What HTTP streaming must measure: one transit, and no request (see `Theory.streaming`).
///
/// Bytes: the payload, LF, and a chunk around both: the size in hexadecimal and CR LF twice. An
/// event of 100 bytes is 100 + 1 + 2 + 4.
extension HTTPStreaming {
    static let theory = Theory.streaming(isChunked: true) { _, _ in 1 }
}
