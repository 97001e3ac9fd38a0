import Link
import Measurement
import Reactor
import Transports

/// When a loop lost connections, and why: only against the will of either side, and so many of the
/// latest that a crowd which breaks away at once is in it.
struct LossLog: Sendable {
    /// A connection that was lost.
    struct Loss: Sendable {
        let moment: Instant
        let reason: DisconnectReason
    }

    /// Losses that are kept at least: 16 bytes each, a third of a megabyte.
    static let limit = 20_000

    private var losses: [Loss] = []

    /// Keeps a loss, unless it was somebody's intention.
    mutating func note(_ reason: DisconnectReason, at moment: Instant) {
        switch reason {
        case .finished, .shutdown, .refused, .addressLimit: return
        case .lost, .dead, .slowReader, .protocolError, .timeout: break
        }
        // Half at a time, so that forgetting costs nothing on average.
        if losses.count == 2 * Self.limit { losses.removeFirst(Self.limit) }
        losses.append(Loss(moment: moment, reason: reason))
    }

    /// Those of `start` and later.
    func since(_ start: Instant) -> [Loss] {
        losses.filter { $0.moment >= start }
    }
}

/// What loop after loop finds when it looks at its connections.
struct Inspection: Sendable {
    /// Losses count from here.
    let since: Instant
    private var losses: [LossLog.Loss] = []
    private var connections = 0
    private var heldBytes = 0
    private var heldMost = 0

    init(since: Instant) {
        self.since = since
    }

    /// Adds a connection for which so many bytes are held.
    mutating func add(heldBytes bytes: Int) {
        connections += 1
        heldBytes += bytes
        heldMost = max(heldMost, bytes)
    }

    /// Adds what a loop has lost.
    mutating func add(_ log: LossLog) {
        losses += log.since(since)
    }

    /// All of it, for whoever asked.
    var report: ConnectionReport {
        ConnectionReport(
            open: connections,
            held: HeldBytes(mean: Double(heldBytes) / Double(max(connections, 1)), most: heldMost),
            lost: EventTimes(losses.map { $0.moment.nanoseconds(since: since) }),
            reasons: losses.reduce(into: [:]) { $0[$1.reason.rawValue, default: 0] += 1 })
    }
}

extension ServerLoop {
    /// Keeps when a connection was lost: when it was given up, however long its end takes then.
    mutating func noteLoss(of slot: Int, _ reason: DisconnectReason) {
        guard configuration.keepsLosses else { return }
        if case .closing = peers[slot].role { return }
        losses.note(reason, at: context.now)
    }

    /// Adds what this loop finds to what those before it have found, and hands it to the next.
    mutating func inspect(_ before: Inspection) {
        var inspection = before
        inspection.add(losses)
        var next = peers.nextOccupied(after: -1)
        while let slot = next {
            inspection.add(heldBytes: heldBytes(for: slot))
            next = peers.nextOccupied(after: slot)
        }
        let loop = seed.index + 1
        guard loop == seed.siblings.count else {
            return seed.siblings[loop].post(.inspect(inspection))
        }
        seed.notices.post(.connections(inspection.report))
    }

    /// What waits for the connection in this process, and in the kernel unsent or unacknowledged.
    private func heldBytes(for slot: Int) -> Int {
        var bytes = peers[slot].socket.bytesNotSent()
        bytes += peers[slot].output.count - peers[slot].outputSent
        if case .subscribed(let stream, let index) = peers[slot].role {
            bytes += streams[stream].end - streams[stream].subscribers[index].position
        }
        return bytes
    }
}
