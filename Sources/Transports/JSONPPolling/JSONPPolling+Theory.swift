/// What JSONP polling must measure: what any held poll does (see `Theory.heldPolling`), because a
/// script element is a request like another, and more bytes for it.
///
/// Bytes: the answer is a call, and `/**/push(` and `);` are 11 bytes around the batch; the request
/// says `callback=push`, and the answer has a field line more (`X-Content-Type-Options`). An answer
/// without events cannot be a 204, for a script needs content to run: it is a call with an empty
/// batch.
extension JSONPPolling {
    static let theory = Theory.heldPolling()
}
