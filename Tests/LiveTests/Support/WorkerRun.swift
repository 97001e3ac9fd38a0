import LabServer
import Link
import Measurement
import Reactor
import Synchronization
import Testing
import Transports

@testable import LoadGen

/// A worker of the load generator on a thread of its own, led step by step by a test.
final class WorkerRun {
    private let server: LabServer
    private let commands: Inbox<WorkerCommand>
    private let notices: Inbox<WorkerNotice>
    private let threads = ThreadGroup<Result<Recorder, SystemError>>()
    private let isPolled: Bool
    private let clients: Int
    let status = WorkerStatus()
    /// The last event that was published.
    private(set) var last: UInt64 = 0

    init(
        _ transport: Transport, of server: LabServer, clients: Int,
        keepsAlive: Bool = true, isLockstep: Bool = true,
        _ configure: (inout WorkerSeed) -> Void = { _ in }
    ) throws {
        self.server = server
        self.clients = clients
        commands = try Inbox()
        notices = try Inbox()
        isPolled = isLockstep
        let address = server.address(of: transport)
        var seed = WorkerSeed(
            transport: transport,
            profile: ClientProfile(
                authority: address.description, keepsAlive: keepsAlive,
                pollInterval: .milliseconds(2)),
            server: address, clients: 0..<clients, clientsPerSource: 0, connectRate: 1e6, seed: 1,
            ownsDescriptors: false, inbox: commands, status: status)
        seed.isLockstep = isLockstep
        seed.notices = notices
        configure(&seed)
        let ready = seed
        try threads.start(name: "worker", processor: nil) {
            do throws(SystemError) {
                var worker = Worker(ready, poller: try Worker.makePoller(ready))
                return .success(try worker.run())
            } catch {
                return .failure(error)
            }
        }
    }

    func post(_ command: WorkerCommand) {
        commands.post(command)
    }

    /// Waits until every client has had its first message and is at rest.
    func subscribe() throws {
        let deadline = limit()
        while status.ready.load(ordering: .relaxed) < clients {
            guard MonotonicClock.now() < deadline else {
                throw Disappointment("nobody subscribed")
            }
            MonotonicClock.sleep(until: MonotonicClock.now() + .milliseconds(1))
        }
        try waitForAll(0)
        post(.subscribed)
        post(.measure(start: .min, end: .max))
        try waitForAll(0)
    }

    /// Publishes `count` events, each when the one before has reached everybody.
    func step(_ count: Int = 1, payload: Int = 100) throws {
        for _ in 0..<count {
            try publish(1, payload: payload)
            if isPolled { post(.poll) }
            try waitForAll(last)
        }
    }

    /// Publishes `count` events at once and waits until the server has done so.
    func publish(_ count: Int, payload: Int = 100, ratePerSecond: Double = 1e6) throws {
        var control = ControlledServer(server: server)
        control.publish(
            PublishOrder(
                ratePerSecond: ratePerSecond, arrivals: .periodic, seed: 1, payloadBytes: payload,
                events: count, start: MonotonicClock.now()))
        guard let ids = try control.outcome(until: limit())?.ids else {
            throw Disappointment("nothing was published")
        }
        last = ids.upperBound
    }

    /// Waits until every client has had event `id`.
    func waitForAll(_ id: UInt64) throws {
        post(.awaitEvent(id: id))
        var poller = try Poller(capacity: 1)
        try poller.add(notices.descriptor, .readable, token: 0)
        let deadline = limit()
        while MonotonicClock.now() < deadline {
            _ = try poller.wait(until: deadline)
            for case .delivered(id) in notices.drain() { return }
        }
        throw Disappointment("event \(id) did not reach everybody")
    }

    /// Has the clients leave.
    ///
    /// - Returns: what the worker recorded.
    func finish() throws -> Recorder {
        post(.measure(start: .min, end: .min))
        try waitForAll(0)
        post(.finish)
        return try #require(threads.joinAll().first).get()
    }
}
