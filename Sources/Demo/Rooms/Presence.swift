import Link

/// Who listens, by session: somebody is there from the first stream or poll on, until nothing of
/// theirs has listened for the grace.
///
/// The grace is what makes polling and presence agree: between two polls nobody listens, and a page
/// whose stream was recycled is back in a moment.
struct Presence: Sendable {
    private enum State {
        /// So many streams and polls listen.
        case listening(Int)
        /// None does, since then.
        case silent(Instant)
    }

    /// How long a silence is no absence: several round trips of the slowest link taught here, and the
    /// page's first attempts to reconnect.
    static let grace = Duration.seconds(5)

    private var states: [String: State] = [:]
    /// Not later than the moment at which the first silence is an absence.
    private(set) var deadline = Instant.distantFuture

    /// How many are there.
    var count: Int { states.count }

    /// Whether the session is there.
    func contains(_ session: String) -> Bool {
        states[session] != nil
    }

    /// A stream or poll of the session's listens; true when that brings it here.
    mutating func began(_ session: String) -> Bool {
        switch states[session] {
        case .listening(let count):
            states[session] = .listening(count + 1)
            return false
        case .silent:
            states[session] = .listening(1)
            return false
        case nil:
            states[session] = .listening(1)
            return true
        }
    }

    /// One of them listens no more.
    mutating func ended(_ session: String, at now: Instant) {
        guard case .listening(let count) = states[session] else { return }
        guard count <= 1 else {
            states[session] = .listening(count - 1)
            return
        }
        states[session] = .silent(now)
        deadline = min(deadline, now + Self.grace)
    }

    /// The session has said that it goes; true when it was here.
    mutating func remove(_ session: String) -> Bool {
        states.removeValue(forKey: session) != nil
    }

    /// Those who have been silent for the grace, who are gone now.
    mutating func expire(at now: Instant) -> [String] {
        var gone: [String] = []
        deadline = .distantFuture
        for (session, state) in states {
            guard case .silent(let since) = state else { continue }
            if since + Self.grace <= now {
                gone.append(session)
            } else {
                deadline = min(deadline, since + Self.grace)
            }
        }
        for session in gone { states[session] = nil }
        return gone
    }
}
