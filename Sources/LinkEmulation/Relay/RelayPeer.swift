import Link
import Reactor

/// A relayed connection with its sockets, as the loop keeps it.
struct RelayPeer: ~Copyable {
    let door: Int
    let client: Socket
    /// Nil until it was dialled.
    var server: Socket?
    var connection: RelayedConnection
    var clientWatch = RelayWatch(stands: true)
    var serverWatch = RelayWatch(stands: false)
    /// The moment of the one timer that is armed.
    var timer = Instant.distantFuture

    init(door: Int, client: consuming Socket, connection: consuming RelayedConnection) {
        self.door = door
        self.client = client
        self.connection = connection
    }

    /// The socket of a side; nil while it has none.
    func descriptor(_ side: RelayedConnection.Side) -> Int32? {
        switch side {
        case .client: return client.descriptor
        case .server:
            switch server {
            case .some(let server): return server.descriptor
            case .none: return nil
            }
        }
    }

    /// What is known of a side's socket.
    subscript(watch side: RelayedConnection.Side) -> RelayWatch {
        get { side == .client ? clientWatch : serverWatch }
        set {
            switch side {
            case .client: clientWatch = newValue
            case .server: serverWatch = newValue
            }
        }
    }

    /// The direction that begins at a side.
    subscript(from side: RelayedConnection.Side) -> RelayDirection {
        _read {
            switch side {
            case .client: yield connection.up
            case .server: yield connection.down
            }
        }
        _modify {
            switch side {
            case .client: yield &connection.up
            case .server: yield &connection.down
            }
        }
    }

    /// Makes closing a reset on both sides.
    func resetWhenClosed() {
        client.setLinger(reset: true)
        switch server {
        case .some(let server): server.setLinger(reset: true)
        case .none: break
        }
    }
}

/// What a relay knows of one socket, and what the poller was told of it.
struct RelayWatch: Sendable {
    /// Whether the connection came to stand; until then only that is waited for.
    var stands: Bool
    /// Whether the kernel took less than it was given, and will say when it takes more.
    var isBlocked = false
    /// Whether our half was ended.
    var hasShutDown = false
    /// Whether the connection is gone.
    var isLost = false
    /// What the poller looks for; nil when it does not watch.
    var interest: Interest?

    /// What the poller should look for. A socket of which nothing is wanted is still watched for its
    /// loss, but not once both halves may have ended: the poller would tell that in every turn.
    func wanted(reading: Bool) -> Interest? {
        guard !isLost else { return nil }
        guard stands else { return .writable }
        var interest: Interest = []
        if reading { interest.insert(.readable) }
        if isBlocked { interest.insert(.writable) }
        return interest.isEmpty && hasShutDown ? nil : interest
    }
}

/// What a relay's loop knows of one door.
struct RelayDoor: Sendable {
    let listener: Int32
    var profile: LinkProfile
    /// When the last cut ends.
    var cutUntil = Instant.distantPast
    var isBlackhole = false
    var isFrozen = false
    var counts = RelayStatistics.Door()

    /// From when on the cable is plugged in.
    var pluggedAt: Instant { isBlackhole ? .distantFuture : cutUntil }

    /// Takes a change, for the connections to come.
    mutating func alter(by change: RelayCommand.Change, at now: Instant) {
        switch change {
        case .set(let profile): self.profile = profile
        case .cut(let moment): cutUntil = moment
        case .blackhole(let isOn):
            // What was held sets out when the cable is back, not when it came.
            if isBlackhole, !isOn { cutUntil = max(cutUntil, now) }
            isBlackhole = isOn
        case .freeze(let isOn): isFrozen = isOn
        case .reset: break
        }
    }
}
