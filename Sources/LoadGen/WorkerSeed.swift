import Link
import Measurement
import Reactor
import Transports

/// What a worker is made of; all of it may cross to the worker's thread.
struct WorkerSeed: Sendable {
    let transport: Transport
    let profile: ClientProfile
    /// The technique's server.
    let server: SocketAddress
    /// The clients of this worker, numbered among all of the run.
    let clients: Range<Int>
    /// Clients that one source address serves; 0 leaves the source to the kernel.
    let clientsPerSource: Int
    /// Connections opened a second by this worker.
    let connectRate: Double
    let seed: UInt64
    /// Whether the worker has a descriptor table of its own.
    let ownsDescriptors: Bool
    let inbox: Inbox<WorkerCommand>
    let status: WorkerStatus
    /// How long a connection's end is waited for: two crossings of the link and the server's turn.
    /// A second is plenty without a link; with one, four round trips if those are longer.
    var farewellLimit = Duration.seconds(1)
    /// Whether the sessions' own pace is suspended: those who wait for their interval to pass act
    /// when `WorkerCommand.poll` says so, once each.
    var isLockstep = false
    /// Measured deliveries that are kept with their event's id at most; 0 keeps none.
    var sampleLimit = DeliverySamples.limit
    /// Whether the gaps between deliveries are observed.
    var observesGaps = false
    /// Whether the first client's deliveries are kept with their moments.
    var observesDeliveries = false
    /// Clients whose receptions the kernel stamps, spread over all of them, since the first of a
    /// fan-out wait otherwise than the last: a sample suffices, and a stamp costs the kernel some
    /// time.
    var stampedClients = 16
    /// The link that the clients themselves make of their connections; nil for none.
    var link: LinkProfile?
    /// How long a silent connection is kept; nil for ever.
    var silence: SilenceRule?
    /// Whether a blackhole is made of the emulated links, and not below the connections.
    var cutsLinks = false
    /// What a client's kernel may hold unread, in bytes; nil leaves it to the kernel.
    var receiveBuffer: Int?
    /// Where the worker says that an awaited event has reached all of its clients; it must outlive
    /// the worker.
    var notices: Inbox<WorkerNotice>?
}
