import Link
import Reactor
import Transports

/// One connection as its loop keeps it: the socket, the protocol, and what has not left yet.
///
/// Everything is inline but what a client causes by being slow: the output has memory only after a
/// short write.
struct Peer: ~Copyable {
    /// What the connection is doing.
    enum Role {
        /// Between requests, or in the middle of one.
        case requesting
        /// A poll waits, at this place among those of its technique.
        case parked(index: Int)
        /// On a shared stream, at this place among its subscribers.
        case subscribed(stream: Int, index: Int)
        /// On its way to a shared stream: it has what was retained up to this event, or is being
        /// sent it, and gets the next piece when it has taken that.
        case catchingUp(stream: Int, cursor: UInt64)
        /// An event of the client's is being published by another loop.
        indirect case publishing(PlainRequest)
        /// Everything was said: the rest of the output leaves, then the connection.
        case closing(DisconnectReason)
    }

    let socket: Socket
    /// Events that were dropped for it and that it was not told of yet.
    var untold: UInt32 = 0
    var connection: ServerConnection
    var role = Role.requesting
    /// The poll that is parked, or was last.
    var poll = Poll()
    /// The technique of the last request; -1 before the first.
    var technique: Int16 = -1
    /// Whether the poller was asked to tell when the socket takes more.
    var awaitsWritable = false
    /// Whether the output is answers to pipelined requests, on which more may follow at once.
    var isGathering = false
    /// Whether the deadline is that of a request which has begun.
    var owesRequest = false
    /// Whether our half was shut down and the client's end is awaited.
    var hasShutDown = false
    /// When the connection must have done something.
    var deadline = Instant.distantFuture
    /// The moment of the one timer that is armed for the connection.
    var timer = Instant.distantFuture
    /// What was read of a request that is not whole, where somebody is shown what connections carry.
    var unobserved: [UInt8] = []
    /// Output that the socket did not take, and how much of it has left since.
    var output: [UInt8] = []
    var outputSent = 0

    init(socket: consuming Socket, door: ServerConnection.Door) {
        self.socket = socket
        connection = ServerConnection(door: door)
    }

    var hasOutput: Bool { outputSent < output.count }
}
