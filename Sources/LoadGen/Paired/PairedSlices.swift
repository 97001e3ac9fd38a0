import Link
import Measurement
import Reactor
import Transports

/// A server that takes part in a comparison.
package struct PairedServer: Sendable {
    /// Where HTTP is spoken, and where raw TCP is, if it is.
    package var http: SocketAddress
    package var raw: SocketAddress?
    /// The process whose processor time is read; nil when it is not known.
    package var processID: Int32?

    package init(http: SocketAddress, raw: SocketAddress?, processID: Int32?) {
        self.http = http
        self.raw = raw
        self.processID = processID
    }
}

/// How two servers are driven in turn.
package struct PairedPlan: Sendable {
    /// The technique.
    package var transport: Transport
    /// Both servers.
    package var base: PairedServer
    package var change: PairedServer
    /// Clients of each.
    package var clients: Int
    /// Pairs of slices, and how long a slice is.
    package var pairs: Int
    package var slice: Duration
    /// The length of an event's JSON, about.
    package var payloadBytes: Int
    /// What the order inside the pairs is drawn from.
    package var seed: UInt64
    /// The processor that the clients run on; nil leaves it to the kernel.
    package var processor: Int?

    package init(
        transport: Transport, base: PairedServer, change: PairedServer, clients: Int, pairs: Int,
        slice: Duration, payloadBytes: Int, seed: UInt64, processor: Int?
    ) {
        self.transport = transport
        self.base = base
        self.change = change
        self.clients = clients
        self.pairs = pairs
        self.slice = slice
        self.payloadBytes = payloadBytes
        self.seed = seed
        self.processor = processor
    }
}

/// What two servers did in the same time, slice beside slice.
package struct PairedSlices: Sendable {
    /// The pairs in their order, whichever of the two came first in each.
    package private(set) var pairs: [(base: LoopSlice, change: LoopSlice)] = []
    /// How late the machine woke the clients' thread for what was due by the clock, in nanoseconds.
    package private(set) var lateness: [Int64] = []

    /// Drives both servers of `plan` on a thread of its own and waits for its end.
    package static func measure(_ plan: PairedPlan) throws -> PairedSlices {
        let thread = try WorkerThread.start(name: "paired", processor: plan.processor) {
            () -> Result<PairedSlices, LoadError> in
            do {
                var slices = PairedSlices()
                try slices.fill(plan)
                return .success(slices)
            } catch {
                return .failure(LoadError("\(error)"))
            }
        }
        return try thread.join().get()
    }

    private mutating func fill(_ plan: PairedPlan) throws {
        var base = try ClosedLoop.make(loop(around: plan.base, plan))
        var change = try ClosedLoop.make(loop(around: plan.change, plan))
        // One slice each that nobody looks at: a fresh process touches most of its pages in it.
        var unseen: [Int64] = []
        _ = try base.slice(lasting: plan.slice, of: nil, lateness: &unseen)
        _ = try change.slice(lasting: plan.slice, of: nil, lateness: &unseen)
        var random = SeededGenerator(seed: plan.seed)
        for _ in 0..<plan.pairs {
            if Bool.random(using: &random) {
                let first = try take(&base, plan.base, plan)
                let second = try take(&change, plan.change, plan)
                pairs.append((base: first, change: second))
            } else {
                let first = try take(&change, plan.change, plan)
                let second = try take(&base, plan.base, plan)
                pairs.append((base: second, change: first))
            }
        }
        base.leave()
        change.leave()
    }

    private mutating func take(
        _ loop: inout ClosedLoop, _ server: PairedServer, _ plan: PairedPlan
    ) throws -> LoopSlice {
        try loop.slice(lasting: plan.slice, of: server.processID, lateness: &lateness)
    }

    private func loop(around server: PairedServer, _ plan: PairedPlan) throws -> ClosedLoopPlan {
        guard let subscription = plan.transport.isHTTP ? server.http : server.raw else {
            throw LoadError("it is not known where \(server.http) speaks \(plan.transport.id)")
        }
        return ClosedLoopPlan(
            transport: plan.transport, http: server.http, subscription: subscription,
            clients: plan.clients, payloadBytes: plan.payloadBytes, seed: plan.seed)
    }
}
