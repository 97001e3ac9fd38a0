import Wire

/// What the driver of a server connection does next. What was written to the context's output is
/// sent first in every case.
package enum ServerStep: Sendable {
    /// Nothing before the client sends more.
    case awaitBytes
    /// A request is answered; a pipelined one may follow: call `proceed`.
    case answered
    /// Answer the poll when it has an answer or the hold time has passed, then `finishedAnswer`.
    case poll(transport: Int, Poll)
    /// Join the live stream of this technique and coding.
    case subscribe(transport: Int, StreamCoding)
    /// A subscriber has said this on its open stream.
    case heard([InboundMessage])
    /// Publish this data, one line of JSON, and answer with the event's id, then `finishedAnswer`.
    case publish([UInt8], PlainRequest)
    /// Answer a request that is no technique's, then `finishedAnswer`.
    case page(PlainRequest)
    /// Close the connection once everything is sent; the error, if any, was answered.
    case end(ProtocolError?)
}
