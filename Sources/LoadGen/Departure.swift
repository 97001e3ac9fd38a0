import Link
import Reactor

/// A connection whose client has gone on without it, and whose end is still on its way.
///
/// What a connection put on the wire is known only when both ends were acknowledged, so that nobody
/// just closes: the client ends its half, reads what still comes until the server's end, asks the
/// kernel for its counts, and closes. Meanwhile the client itself may be on its next connection.
struct Departure: ~Copyable {
    let socket: Socket
    /// Whether the server's end was read; then only an acknowledgement may be missing.
    var hasSeenEnd: Bool
    /// When it is closed whatever has come.
    let deadline: Instant
}
