import Reactor
import Transports

/// One client of a closed loop: a session and the connection that it has at the moment.
struct LoopClient: ~Copyable {
    var session: any ClientSession
    var socket: Socket?
    var isConnecting = false
    /// Output that the socket did not take.
    var output: [UInt8] = []
    /// The newest event that it has had.
    var highest: UInt64 = 0
    /// Whether it has had its first message.
    var isReady = false
    /// Whether it has had the event of this turn.
    var hasEvent = false

    init(session: any ClientSession) {
        self.session = session
    }

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
}

/// The connection that a closed loop posts its events on.
struct LoopPoster: ~Copyable {
    var socket: Socket?
    var isConnecting = false
    /// What the socket did not take of the request.
    var output: [UInt8] = []

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
}
