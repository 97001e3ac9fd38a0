/// What a server says on a stream.
package enum StreamMessage: Sendable {
    /// An event.
    case event(Event)
    /// The stream goes on after event `cursor`; `lost` events before it are no longer retained.
    ///
    /// On every technique this is the JSON `{"cursor":17}` or `{"cursor":17,"lost":3}`, wrapped as
    /// an event would be. It opens every stream, so that a client which is cut off before its first
    /// event still knows where to resume.
    case position(cursor: UInt64, lost: UInt64)
    /// Nothing to say, but still here.
    case heartbeat
}

/// Why a server ends a stream.
package enum EndReason: Sendable {
    /// The answer reached the response limit; the client asks again with its cursor.
    case recycled
    /// The server is stopping.
    case shutdown
    /// The client does not read and its backlog has passed the limit.
    case slowReader
}

/// How a stream's messages are carried; subscribers of one coding share their bytes.
package enum StreamCoding: Int, CaseIterable, Sendable {
    /// Each message in a chunk of its own.
    case chunked
    /// Bare messages: HTTP/1.0, `Connection: close`, WebSocket and raw sockets.
    case identity
    /// Each message deflated by itself, where that makes it shorter (RFC 7692), in a window of 32 KiB.
    case deflated
    /// The same in a window of 512 bytes, for clients that ask for a small one.
    case deflatedNarrowly

    /// The logarithm to the base 2 of the window in which messages are deflated; nil where they are
    /// not.
    package var windowBits: Int? {
        switch self {
        case .chunked, .identity: nil
        case .deflated: 15
        case .deflatedNarrowly: 9
        }
    }
}
