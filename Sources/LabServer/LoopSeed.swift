import Link
import Reactor
import Synchronization
import Transports

/// What a loop is told from outside its thread.
enum LoopCommand: Sendable {
    /// Start publishing; for the first loop.
    case start(PublishPlan)
    /// Publish this data now; for the first loop. Who asked is told the event's id.
    case publish([UInt8], replyTo: Requester?)
    /// Publish one event of this many bytes now, and tell its id; for the first loop.
    case step(payloadBytes: Int)
    /// Add what this loop has done to what those before it have, and pass it on; the last loop
    /// tells it.
    case snapshot(ServerCounters?)
    /// Look at every connection, add what is found to what the loops before have found, and pass
    /// it on; the last loop tells it.
    case inspect(Inspection)
    /// An event that the first loop has published.
    case event(Event)
    /// An event that a client of this loop asked for has this id.
    case published(id: UInt64, client: SlabKey)
    /// End every conversation and return.
    case stop
}

/// A client that waits to hear the id of its event.
struct Requester: Sendable {
    let loop: Int
    let client: SlabKey
}

/// A listening socket on its way to the loop that will own it.
struct DoorSeed: Sendable {
    let door: ServerConnection.Door
    let address: SocketAddress
    let descriptor: Int32

    /// Opens every loop's listeners: the first loop's get the ports, the others share them.
    static func open(
        _ configuration: ServerConfiguration, transports: [Transport]
    ) throws(SystemError) -> [[DoorSeed]] {
        var loops: [[DoorSeed]] = []
        for loop in 0..<configuration.loops {
            var doors: [DoorSeed] = []
            let http = loop == 0 ? configuration.address : loops[0][0].address
            doors.append(try listen(.http, on: http, configuration))
            var port = configuration.rawPort
            for (index, transport) in transports.enumerated() {
                guard case .bare = transport.server else { continue }
                let wanted = loop == 0 ? port : loops[0][doors.count].address.port
                guard let address = SocketAddress(configuration.address.host, port: wanted) else {
                    preconditionFailure("an address that was listened on is an address")
                }
                doors.append(try listen(.bare(index), on: address, configuration))
                if port > 0 { port += 1 }
            }
            loops.append(doors)
        }
        return loops
    }

    private static func listen(
        _ door: ServerConnection.Door, on address: SocketAddress,
        _ configuration: ServerConfiguration
    ) throws(SystemError) -> DoorSeed {
        // The kernel cuts the backlog to net.core.somaxconn, 4096 by default: a whole burst of
        // connecting clients may wait while the loop is busy.
        let socket = try Socket.listen(
            on: address, backlog: 4096, sharingPort: configuration.loops > 1)
        let actual = socket.localAddress
        return DoorSeed(door: door, address: actual, descriptor: socket.release())
    }
}

/// Everything that a loop is made of; all of it may cross to the loop's thread.
struct LoopSeed: Sendable {
    let index: Int
    let configuration: ServerConfiguration
    let transports: [Transport]
    let doors: [DoorSeed]
    let inbox: Inbox<LoopCommand>
    let siblings: [Inbox<LoopCommand>]
    let notices: Inbox<LabServer.Notice>
    let board: CounterBoard
    /// The connections of each address; nil where an address may have any number.
    let addresses: AddressCounter?
    let started: Instant
}

/// Where loops lay down their counters from time to time, for whoever asks.
final class CounterBoard: Sendable {
    private let counters: Mutex<[ServerCounters]>

    init(loops: Int, techniques: Int) {
        counters = Mutex(
            Array(repeating: ServerCounters(techniques: techniques), count: loops))
    }

    func set(_ own: ServerCounters, of loop: Int) {
        counters.withLock { $0[loop] = own }
    }

    var total: ServerCounters {
        counters.withLock { all in
            var sum = all[0]
            for other in all.dropFirst() { sum.add(other) }
            return sum
        }
    }
}
