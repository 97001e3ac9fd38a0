import LabServer
import Link
import LoadGen
import Measurement
import Reactor
import Testing
import Transports

extension Tag {
    /// Touches real sockets and threads instead of values alone.
    @Tag static var live: Self
}

/// The suites over real sockets on loopback, one test after the other. No test asserts how long
/// something takes; deadlines only bound what a failure costs.
@Suite("The lab, live", .serialized, .tags(.live))
struct Live {}

/// A moment that comes only if something hangs; no passing test waits for it.
func limit() -> Instant {
    MonotonicClock.now() + .seconds(10)
}

/// Something did not come in time, or not as it should.
struct Disappointment: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Runs `body` against a server in this process, which is stopped afterwards.
///
/// - Returns: what the server did, all loops together.
@discardableResult
func withServer(
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (LabServer) throws -> Void
) throws -> ServerCounters {
    var configuration = ServerConfiguration()
    configure(&configuration)
    let server = try LabServer(configuration)
    do {
        try body(server)
    } catch {
        _ = server.stop()
        throw error
    }
    return server.stop()
}

extension LabServer {
    /// Where `transport` is spoken.
    func address(of transport: Transport) -> SocketAddress {
        bareAddresses.first { $0.id == transport.id }?.address ?? address
    }

    /// Waits until the counters say what is expected of them.
    func waitUntil(_ condition: (ServerCounters) -> Bool) throws {
        let deadline = limit()
        while !condition(counters) {
            guard MonotonicClock.now() < deadline else {
                throw Disappointment("the counters stayed at \(counters)")
            }
            MonotonicClock.sleep(until: MonotonicClock.now() + .milliseconds(2))
        }
    }

    /// Waits until `count` connections have asked for `transport`.
    func waitForRequests(_ count: Int, of transport: Transport) throws {
        let index = try #require(Transport.all.firstIndex(of: transport))
        try waitUntil { $0.techniques[index].requests >= count }
    }
}

/// A lab server as the load generator controls one, in the same process.
struct ControlledServer: ServerControl, ~Copyable {
    let server: LabServer
    private var published: PublishReport?
    private var stepped: UInt64?
    private var snapshotTaken: ServerSnapshot?
    private var reported: ConnectionReport?

    init(server: LabServer) {
        self.server = server
    }

    var processID: Int32? { nil }

    mutating func publish(_ order: PublishOrder) {
        server.publish(
            PublishPlan(
                content: .padded(order.payloadBytes), arrivals: order.arrivals,
                ratePerSecond: order.ratePerSecond, seed: order.seed, events: order.events,
                start: order.start))
    }

    mutating func outcome(until deadline: Instant) throws -> PublishReport? {
        while published == nil {
            guard try takeNotices(until: deadline) else { return nil }
        }
        defer { published = nil }
        return published
    }

    mutating func step(payloadBytes: Int) throws -> UInt64 {
        server.step(payloadBytes: payloadBytes)
        while true {
            if let id = stepped.take() { return id }
            guard try takeNotices(until: limit()) else { throw Disappointment("no step") }
        }
    }

    mutating func snapshot() throws -> ServerSnapshot? {
        server.takeSnapshot()
        while snapshotTaken == nil {
            guard try takeNotices(until: limit()) else { throw Disappointment("no snapshot") }
        }
        defer { snapshotTaken = nil }
        return snapshotTaken
    }

    mutating func connections(since moment: Instant) throws -> ConnectionReport? {
        server.inspectConnections(since: moment)
        while reported == nil {
            guard try takeNotices(until: limit()) else { throw Disappointment("no report") }
        }
        defer { reported = nil }
        return reported
    }

    func suspend() throws {
        throw Disappointment("a server in this process cannot be stopped")
    }

    func resume() throws {
        throw Disappointment("a server in this process cannot be stopped")
    }

    /// Waits for notices and keeps what they say; false when none came by `deadline`.
    private mutating func takeNotices(until deadline: Instant) throws -> Bool {
        var poller = try Poller(capacity: 1)
        try poller.add(server.notices.descriptor, .readable, token: 0)
        while try poller.wait(until: deadline) == 0 {
            guard MonotonicClock.now() < deadline else { return false }
        }
        for notice in server.notices.drain() {
            switch notice {
            case .published(let outcome):
                published = PublishReport(
                    ids: outcome.ids,
                    lateness: SourceLateness(
                        p50Nanoseconds: outcome.latenessP50Nanoseconds,
                        p99Nanoseconds: outcome.latenessP99Nanoseconds,
                        wakeP99Nanoseconds: outcome.wakeLatenessP99Nanoseconds),
                    latenessNanoseconds: outcome.latenessNanoseconds)
            case .stepped(let id): stepped = id
            case .snapshot(let snapshot): snapshotTaken = snapshot
            case .connections(let report): reported = report
            case .failed(let error): throw error
            }
        }
        return true
    }
}
