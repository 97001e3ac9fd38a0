/// What raw TCP must measure: one transit, and no request (see `Theory.streaming`): the law of all
/// streams with the fewest bytes.
///
/// Bytes: the payload and LF.
extension RawTCP {
    static let theory = Theory.streaming(isChunked: false) { _, _ in 1 }
}
