import Link

/// One connection through a relay, without sockets and without a clock: its two directions, and how
/// it comes to stand.
///
/// With R for the round trip and u for half of it, of a connection that the relay's kernel accepted
/// at 0:
///
/// ```text
///   client          relay           server
///     │──── SYN ─────▶ 0              │
///     │               └── dialled ──▶ u      it learns of the client, or refuses it
///     │                R              │      here the client would know that it is connected:
///     │── request ───▶ └────────────▶ R + u  whatever it sent before sets out
///     │               ┌── answer ──── R + u  whatever was said before sets out here
///     │ ◀──────────── 2R              │
/// ```
struct RelayedConnection: Sendable {
    /// One of the two ends that a relay stands between.
    enum Side: Hashable, Sendable {
        case client, server
    }

    /// What goes to the server.
    var up: RelayDirection
    /// What goes to the client.
    var down: RelayDirection
    /// When the server is to be dialled; never once that was done.
    private(set) var dialAt = Instant.distantFuture

    private var profile: LinkProfile
    private var seeds: SeededGenerator
    private let acceptedAt: Instant
    private var dialledAt: Instant?
    /// When the client would know that it is connected.
    private var standsAt = Instant.distantFuture
    private var stands = false
    /// From when on the cable is plugged in; never, for a cable that was pulled for good.
    private var pluggedAt: Instant

    /// A connection that was accepted at `now`, over a cable that is plugged in from a moment on.
    init(_ profile: LinkProfile, seed: UInt64, pluggedAt: Instant, at now: Instant) {
        self.profile = profile
        self.pluggedAt = pluggedAt
        seeds = SeededGenerator(seed: seed)
        acceptedAt = now
        let own = seeds.next()
        up = RelayDirection(profile, .up, seed: own)
        down = RelayDirection(profile, .down, seed: own)
        open(at: now)
    }

    /// Whether both ends have been told of the end.
    var isOver: Bool { up.isDone && down.isDone }

    /// When something changes by itself after `now`.
    func next(after now: Instant) -> Instant {
        min(dialAt, min(up.next(after: now), down.next(after: now)))
    }

    /// Lets everything arrive that is due.
    mutating func advance(to now: Instant) {
        if standsAt <= now { stands = true }
        up.advance(to: now)
        down.advance(to: now)
    }

    /// Notes that the server was dialled.
    mutating func dialled(at now: Instant) {
        dialledAt = now
        dialAt = .distantFuture
    }

    /// Takes the loss of one side's connection: the other is told when that has crossed, and what
    /// was on its way to the lost side is forgotten.
    mutating func lose(_ side: Side, at now: Instant) {
        switch side {
        case .client:
            up.putEnd(.reset, at: now)
            down.close()
        case .server:
            down.putEnd(.reset, at: now)
            up.close()
        }
    }

    /// Takes another link, for what is on its way too.
    mutating func set(_ profile: LinkProfile, at now: Instant) {
        self.profile = profile
        restart(at: now)
    }

    /// Pulls the cable until a moment, or plugs it in again at once when that has passed.
    mutating func plug(at moment: Instant, now: Instant) {
        advance(to: now)
        pluggedAt = moment
        restart(at: now)
    }

    /// Takes everything back that has not arrived, and lets it set out anew.
    private mutating func restart(at now: Instant) {
        advance(to: now)
        let own = seeds.next()
        up.restart(over: profile, seed: own)
        down.restart(over: profile, seed: own)
        open(at: now)
    }

    /// Reckons when the connection stands, and lets what waits for that set out then.
    private mutating func open(at now: Instant) {
        guard pluggedAt < .distantFuture else {
            if dialledAt == nil { dialAt = .distantFuture }
            if !stands { standsAt = .distantFuture }
            up.open(from: .distantFuture, pluggedAt: pluggedAt, now: now)
            down.open(from: .distantFuture, pluggedAt: pluggedAt, now: now)
            return
        }
        if let dialledAt {
            if !stands { standsAt = down.open(at: max(dialledAt, pluggedAt)) }
        } else {
            dialAt = up.open(at: max(acceptedAt, pluggedAt))
            standsAt = down.open(at: dialAt)
        }
        up.open(from: standsAt, pluggedAt: pluggedAt, now: now)
        down.open(from: standsAt + profile.oneWayDelay, pluggedAt: pluggedAt, now: now)
    }
}
