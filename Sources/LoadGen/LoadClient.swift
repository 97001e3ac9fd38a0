import Link
import Reactor
import Transports

/// One client: a session, the connection that it has at the moment, and its audit.
struct LoadClient: ~Copyable {
    /// How far the connection is.
    enum State {
        /// There is none; the next one is due at the deadline.
        case waiting
        /// It was asked for and is not there yet.
        case connecting
        /// It stands, and the session does not know it yet: the handshake is on an emulated link.
        case opening
        /// It stands.
        case open
    }

    /// Whether the kernel stamps what the client receives.
    let isStamped: Bool
    var session: any ClientSession
    var socket: Socket?
    var state = State.waiting
    var audit = DeliveryAudit()
    /// Whether the client has had its first message.
    var isReady = false
    /// Whether the client has had the last event that is expected.
    var isCaughtUp = false
    /// Whether the server asked it not to come back.
    var isFinished = false
    var connectStarted = Instant.distantPast
    /// When the client next wants to act: to connect, or whatever its session waits for.
    var deadline = Instant.distantFuture
    /// When the client last got events, if gaps are observed; distant past before.
    var lastDelivery = Instant.distantPast
    /// The moment of the one timer that is armed for the client.
    var timer = Instant.distantFuture
    /// Whether the poller was told to forget the connection, because nobody reads.
    var isUnwatched = false
    /// Output that the socket did not take.
    var output: [UInt8] = []

    /// The descriptor of the connection, where there is one.
    var descriptor: Int32? {
        switch socket {
        case .some(let socket): socket.descriptor
        case .none: nil
        }
    }

    init(session: any ClientSession, isStamped: Bool) {
        self.session = session
        self.isStamped = isStamped
    }
}
