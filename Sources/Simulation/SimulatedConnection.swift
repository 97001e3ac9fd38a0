import Link
import Transports
import Wire

/// One connection: TCP both ways, the server's half of the conversation, and where it stands.
///
/// A class, because a `ServerConnection` cannot be copied and arrays hold what can.
final class SimulatedConnection {
    /// What the server is doing with it, as a `Peer` of the lab server says.
    enum Role {
        /// Between requests, or in the middle of one.
        case requesting
        /// A poll waits until this moment at most.
        case parked(until: Instant)
        /// On the live stream of this coding; what is behind `recycleAt` bytes ends the answer.
        case subscribed(StreamCoding, recycleAt: Int)
        /// Everything was said.
        case closing
    }

    let number: Int
    let client: Int
    var up: TCPStream
    var down: TCPStream
    var server: ServerConnection
    var role = Role.requesting
    /// The poll that is parked, or was last.
    var poll = Poll()

    /// How often the client has asked to open it.
    var openings = 0
    /// Whether the client has heard that it stands.
    var isOpen = false

    /// Whether something has come to the client, and whether it answers what comes: such an end
    /// delays its acknowledgements in the hope of sending them along.
    var clientHasRead = false
    var clientIsInteractive = false
    /// When the client acknowledges, if it sends nothing before.
    var acknowledgementDue = Instant.distantFuture

    init(
        number: Int, client: Int, up: TCPStream, down: TCPStream, door: ServerConnection.Door
    ) {
        self.number = number
        self.client = client
        self.up = up
        self.down = down
        server = ServerConnection(door: door)
    }
}

/// A client: its session, the connection that it has at the moment, and what it has got.
struct SimulatedClient {
    var session: any ClientSession
    /// The connection's number; nil while there is none.
    var connection: Int?
    /// When the client next wants to act: to connect, or whatever its session waits for.
    var deadline = Instant.distantFuture
    /// Whether it is subscribed: it has had its first answer or message.
    var isReady = false
    var isFinished = false
    /// The greatest id that it has.
    var highest: UInt64 = 0
    var received: Set<UInt64> = []
    var lastDelivery: Instant?
}
