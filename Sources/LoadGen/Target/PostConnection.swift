import Link
import Reactor
import Wire

/// An event on its way to a target: enough to write its request again.
struct PostedEvent: Equatable, Sendable {
    /// The event's number.
    let id: UInt64
    /// When it was due.
    let due: Instant
}

/// One connection that events are posted on. Requests follow each other without waiting for answers,
/// once an answer has shown that the server keeps the connection.
struct PostConnection: ~Copyable {
    /// Requests that may be without an answer at once: what a server leaves lying must be bounded.
    private static let unansweredLimit = 1024

    var socket: Socket?
    var isConnecting = false
    /// What the socket did not take.
    var output: [UInt8] = []
    /// The events whose requests were sent and not answered, in the order of sending.
    var unanswered: [PostedEvent] = []
    /// Whether an answer has said that the connection may be used again.
    var isKept = false
    /// When the next attempt to connect may be made.
    var retryAt = Instant.distantPast
    var reader = HTTPAnswerReader()

    /// The descriptor of the connection, where there is one.
    var descriptor: Int32? {
        switch socket {
        case .some(let socket): socket.descriptor
        case .none: nil
        }
    }

    /// Why the connection did not come to stand; nil when it did.
    var pendingError: SystemError? {
        switch socket {
        case .some(let socket): socket.pendingError()
        case .none: nil
        }
    }

    /// Whether an event could leave on it now.
    var isFree: Bool {
        descriptor != nil && !isConnecting && output.isEmpty
            && (unanswered.isEmpty || (isKept && unanswered.count < Self.unansweredLimit))
    }
}
