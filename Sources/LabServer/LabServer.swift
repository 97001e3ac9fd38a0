import Link
import Measurement
import Reactor
import Transports

/// The lab server: the one event source behind every technique, on one or more loops.
///
/// Each loop is a thread with a listener, connections, an event log and encoded streams of its own;
/// the first one also publishes, and hands every event once to each of the others. Loops share
/// nothing that a delivery touches.
package final class LabServer: Sendable {
    /// What a server tells whoever started it.
    package enum Notice: Sendable {
        /// A publishing plan is done.
        case published(PublishOutcome)
        /// The event of a `step` was published, and has this id.
        case stepped(id: UInt64)
        /// What all loops had done when they were asked.
        case snapshot(ServerSnapshot)
        /// How the connections of all loops were when they were looked at.
        case connections(ConnectionReport)
        /// A loop could not go on.
        case failed(SystemError)
    }

    /// Where HTTP is spoken.
    package let address: SocketAddress
    /// Where each bare technique is spoken, by its id.
    package let bareAddresses: [(id: String, address: SocketAddress)]
    /// What the server has to tell, in order; watch its descriptor.
    package let notices: Inbox<Notice>

    private let loops: [Inbox<LoopCommand>]
    private let threads = ThreadGroup<ServerCounters>()
    private let board: CounterBoard
    private let doors: [[DoorSeed]]

    /// Opens the ports and starts the loops.
    ///
    /// - Throws: `SystemError` when a port cannot be had or a thread not be started.
    package init(_ configuration: ServerConfiguration) throws(SystemError) {
        precondition(
            configuration.makeApplication == nil || configuration.loops == 1,
            "an application is one value, on one loop")
        let transports = Transport.all
        let started = MonotonicClock.now()
        notices = try Inbox()
        var inboxes: [Inbox<LoopCommand>] = []
        for _ in 0..<configuration.loops { inboxes.append(try Inbox()) }
        loops = inboxes
        board = CounterBoard(loops: configuration.loops, techniques: transports.count)
        doors = try DoorSeed.open(configuration, transports: transports)
        address = doors[0][0].address
        bareAddresses = doors[0].compactMap { door in
            guard case .bare(let index) = door.door else { return nil }
            return (transports[index].id, door.address)
        }
        let addresses =
            configuration.addressLimit > 0
            ? AddressCounter(limit: configuration.addressLimit) : nil
        let standing = try Inbox<Int>()
        for index in 0..<configuration.loops {
            let seed = LoopSeed(
                index: index, configuration: configuration, transports: transports,
                doors: doors[index], inbox: inboxes[index], siblings: inboxes, notices: notices,
                board: board, addresses: addresses, started: started)
            let processor = configuration.processor.map { ($0 + index) % Processors.count }
            try threads.start(name: "server-\(index)", processor: processor) {
                do throws(SystemError) {
                    let poller = try ServerLoop.makePoller(seed)
                    standing.post(index)
                    var loop = ServerLoop(seed, poller: poller)
                    return try loop.run()
                } catch {
                    seed.notices.post(.failed(error))
                    standing.post(index)
                    return ServerCounters(techniques: transports.count)
                }
            }
        }
        try Self.wait(for: standing, from: configuration.loops)
    }

    /// Waits until every loop has its descriptors: what the caller opened before that, a loop with a
    /// table of its own would hold a copy of, and the caller could not close it.
    private static func wait(for standing: Inbox<Int>, from loops: Int) throws(SystemError) {
        var poller = try Poller(capacity: 1)
        try poller.add(standing.descriptor, .readable, token: 0)
        var there: Set<Int> = []
        while there.count < loops {
            _ = try poller.wait(until: nil)
            there.formUnion(standing.drain())
        }
    }

    /// Starts publishing; `notices` says when it is done.
    package func publish(_ plan: PublishPlan) {
        loops[0].post(.start(plan))
    }

    /// Publishes one event now.
    package func publish(data: [UInt8]) {
        loops[0].post(.publish(data, replyTo: nil))
    }

    /// Publishes one event of `payloadBytes` now, due now; `notices` has its id once it is on its
    /// way to every loop.
    package func step(payloadBytes: Int) {
        loops[0].post(.step(payloadBytes: payloadBytes))
    }

    /// Asks every loop what it has done up to now; `notices` has the sum.
    package func takeSnapshot() {
        loops[0].post(.snapshot(nil))
    }

    /// Has every loop look at its connections; `notices` has what is held for them, and which were
    /// lost since `moment`. It costs a system call a connection.
    package func inspectConnections(since moment: Instant) {
        loops[0].post(.inspect(Inspection(since: moment)))
    }

    /// What all loops have done; each tells at least four times a second.
    package var counters: ServerCounters { board.total }

    /// Ends every conversation properly, waits for the loops, and returns what they have done; a
    /// client that does not take its last bytes holds this up for two seconds at most.
    package func stop() -> ServerCounters {
        for loop in loops { loop.post(.stop) }
        var total = ServerCounters(techniques: Transport.all.count)
        for counters in threads.joinAll() { total.add(counters) }
        // Loops that share our descriptors have closed their listeners; the others closed copies.
        if loops.count > 1 {
            for door in doors.joined() { _ = Socket(adopting: door.descriptor) }
        }
        return total
    }
}
