/// What a forever iframe must measure: one transit, and no request (see `Theory.streaming`).
///
/// Bytes: `<script>parent.push(` (20), `)</script>` (10) and LF around the payload, and a chunk
/// around that. The prelude is sent before the first message and is no event's.
extension ForeverIframe {
    static let theory = Theory.streaming(isChunked: true) { _, _ in 20 + 10 + 1 }
}
