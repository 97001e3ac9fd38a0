import Link
import Measurement
import Reactor
import Wire

/// Somebody else's server, to which events are posted and of which nothing else is known. Posting ends
/// when this value does.
package struct TargetServer: ServerControl, ~Copyable {
    /// How long a connection to the server may take to be made, and the poster to say how it went.
    private static let patience = Duration.seconds(5)

    private let target: PublishTarget
    private let orders: Inbox<PosterOrder>
    private let reports: Inbox<PublishReport>
    private let thread: ThreadGroup<SystemError?>
    /// The server's process, where the user has told which it is.
    package let processID: Int32?
    /// The id before that of the first event.
    package let since: UInt64

    /// Starts the thread that posts.
    ///
    /// - Throws: `LoadError` when nobody listens there.
    package init(_ target: PublishTarget, processID: Int32? = nil) throws {
        try Self.requireListener(at: target)
        let orders: Inbox<PosterOrder> = try Inbox()
        let reports: Inbox<PublishReport> = try Inbox()
        let thread = ThreadGroup<SystemError?>()
        try thread.start(name: "poster") {
            do throws(SystemError) {
                try EventPoster.run(target, orders: orders, reports: reports)
                return nil
            } catch {
                return error
            }
        }
        self.target = target
        self.processID = processID
        // What a server retains of earlier runs must not be taken for this one's: an id is greater
        // than all before it as long as there are fewer than a million a second.
        let now = MonotonicClock.now().nanoseconds + WallClockOffset.measure().nanoseconds
        since = UInt64(max(now, 0)) / 1000
        self.orders = orders
        self.reports = reports
        self.thread = thread
    }

    deinit {
        orders.post(.stop)
        _ = thread.joinAll()
    }

    /// Makes a connection and lets go of it: a wrong port shall be told before clients are opened.
    private static func requireListener(at target: PublishTarget) throws {
        let refusal: (any Error)?
        do {
            let socket = try Socket.connect(to: target.address)
            var poller = try Poller(capacity: 1)
            try poller.add(socket.descriptor, .writable, token: 0)
            let ready = try poller.wait(until: MonotonicClock.now() + patience)
            refusal = ready == 0 ? LoadError("no answer within 5 s") : socket.pendingError()
        } catch {
            refusal = error
        }
        guard let refusal else { return }
        throw LoadError(
            "events cannot be posted to \(target.url) (\(refusal)); start the server, or check "
                + "--publish-url")
    }

    package mutating func publish(_ order: PublishOrder) throws {
        orders.post(.publish(order, firstID: since + 1))
    }

    package mutating func outcome(until deadline: Instant) throws -> PublishReport? {
        if let report = try report(until: deadline) { return report }
        orders.post(.report)
        return try report(until: MonotonicClock.now() + Self.patience)
    }

    private func report(until deadline: Instant) throws -> PublishReport? {
        var poller = try Poller(capacity: 1)
        try poller.add(reports.descriptor, .readable, token: 0)
        while true {
            if let report = reports.drain().first {
                guard report.ids == nil, let refusal = report.refusal else { return report }
                throw LoadError(
                    "the server took no event that was posted to \(target.url): \(refusal); check "
                        + "--publish-url and the server's log")
            }
            guard MonotonicClock.now() < deadline else { return nil }
            _ = try poller.wait(until: deadline)
        }
    }

    package mutating func step(payloadBytes: Int) throws -> UInt64 {
        throw LoadError("somebody else's server cannot be led step by step")
    }

    package mutating func snapshot() throws -> ServerSnapshot? { nil }

    package mutating func connections(since moment: Instant) throws -> ConnectionReport? { nil }

    package mutating func suspend() throws {
        throw LoadError("somebody else's server is not to be stopped")
    }

    package mutating func resume() throws {
        throw LoadError("somebody else's server is not to be stopped")
    }
}
