import Link
import Measurement
import Transports
import Wire

/// The client and server halves of a technique in virtual time: no sockets, no sleep, no threads.
///
/// The halves are the very ones that run under real sockets; only their drivers are others. Here a
/// queue of what happens next takes the place of the kernel, the clock and the network: the
/// simulation takes the next happening out of the queue, lets the half that it concerns act, and
/// puts what follows from it back with the moment at which it will happen. An hour of polling takes
/// as long as its arithmetic.
///
/// So there are three witnesses to what a technique does: the theory, which knows only the law; the
/// simulation, which knows the code and no machine; and the measurement.
package struct Simulation {
    /// What can happen.
    enum Happening {
        /// A client's deadline, if it still is that.
        case wake(client: Int, deadline: Instant)
        /// A client follows, after its turnaround, what its session said and wrote.
        case act(client: Int, connection: Int, step: ClientStep)
        /// The packets that open a connection.
        case opening(connection: Int)
        case acceptance(connection: Int)
        /// The first of them is sent again, unless the connection has come about.
        case openAgain(connection: Int)
        /// One of the connection's streams has an alarm.
        case stream(connection: Int, LinkDirection.Way, TCPStream.Alarm)
        /// The client's end acknowledges what came, if it still owes that.
        case acknowledge(connection: Int, due: Instant)
        /// The server's end learns what the client's has.
        case acknowledged(connection: Int, segments: Int)
        /// The server handles what came, after its turnaround.
        case serve(connection: Int, bytes: [UInt8], isEnd: Bool)
        /// A poll's hold time has passed.
        case hold(connection: Int, until: Instant)
        /// The schedule begins, and with it what is counted.
        case startSchedule
        /// Events are due.
        case publish
        /// A stream was silent for long, if it still is.
        case heartbeat(StreamCoding, due: Instant)
        /// What was published leaves.
        case flush
    }

    /// One coding of the live stream and what it has to send.
    struct LiveStream {
        var subscribers: [Int] = []
        var pending: [Piece] = []
        /// Bytes ever written on it.
        var written = 0
        var heartbeat = Instant.distantFuture
    }

    /// A message on its way into a connection.
    struct Piece {
        let bytes: [UInt8]
        let runs: [ByteRun]
        let label: String
        var ids: ClosedRange<UInt64>?
        /// Of a client's message: what its bytes are for, and how many requests it is.
        var ledger = ByteLedger()
        var requests = 0
    }

    let plan: SimulationPlan
    var queue = EventQueue<Happening>()
    var now: Instant
    var random: SeededGenerator
    var connections: [SimulatedConnection] = []
    var clients: [SimulatedClient] = []
    var clientContext: ClientContext
    var context: ServerContext
    var streams: [LiveStream]
    /// Connections on which a poll waits, in the order in which they came.
    var parked: [Int] = []
    var scratch: WireBuffer
    var flushIsScheduled = false
    var result = SimulationResult()

    /// The moments of the schedule, once it has begun, and how many have passed.
    private var due: [Instant] = []
    var published = 0
    var ready = 0
    private var caughtUp = 0
    private var connectionsAtStart = 0
    private var requestsAtStart = 0
    private var answersAtStart = (all: 0, empty: 0)
    private var upAtStart = ByteLedger()
    private var downAtStart = ByteLedger()
    var requests = 0
    var written = ByteLedger()
    /// What clients wrote and, for their turnaround, have not sent, by connection.
    var held: [Int: [Piece]] = [:]

    /// Simulates `plan` until every client has every event, and every answer to that has arrived.
    package static func run(_ plan: SimulationPlan) -> SimulationResult {
        var simulation = Simulation(plan)
        simulation.run()
        return simulation.result
    }

    private init(_ plan: SimulationPlan) {
        precondition(plan.clients > 0, "a simulation needs a client")
        self.plan = plan
        now = plan.start
        random = SeededGenerator(seed: plan.seed)
        let seed = random.next()
        clientContext = ClientContext(seed: seed)
        context = ServerContext(
            transports: [plan.transport], settings: plan.settings, log: EventLog())
        scratch = plan.recordsMessages ? .recordingRuns() : WireBuffer()
        clientContext.output = scratch
        context.output = scratch
        streams = StreamCoding.allCases.map { _ in LiveStream() }
        for _ in 0..<plan.history { appendEvent(due: now) }
        let prototype = plan.transport.makeClient(plan.profile)
        result.firstAsked = Array(repeating: .distantFuture, count: plan.clients)
        for index in 0..<plan.clients {
            clients.append(SimulatedClient(session: prototype))
            setDeadline(now, of: index)
        }
    }

    private mutating func run() {
        var end = plan.start + plan.limit
        var isOver = false
        while let (time, happening) = queue.next(), time <= end {
            now = time
            context.now = time
            handle(happening)
            if !isOver, !due.isEmpty, caughtUp == clients.count {
                isOver = true
                result.lastArrival = now
                closeWindow()
                // What was said to the last event is still on its way.
                end = now + plan.link.roundTripTime + plan.link.roundTripTime
                guard plan.recordsMessages else { break }
            }
        }
        if !isOver { closeWindow() }
        result.missing = due.count * clients.count - result.deliveries.count + result.duplicates
    }

    private mutating func handle(_ happening: Happening) {
        switch happening {
        case .wake(let client, let deadline): wake(client, deadline)
        case .act(let client, let connection, let step): act(client, on: connection, step)
        case .opening(let number): openingArrived(at: connections[number])
        case .acceptance(let number): acceptanceArrived(at: connections[number])
        case .openAgain(let number): sendOpening(of: connections[number])
        case .stream(let number, let way, let alarm):
            streamAlarm(alarm, way, of: connections[number])
        case .acknowledge(let number, let due): acknowledge(connections[number], due: due)
        case .acknowledged(let number, let segments):
            connections[number].down.acknowledge(segments)
            push(connections[number], .down)
        case .serve(let number, let bytes, let isEnd):
            serve(connections[number], bytes, isEnd: isEnd)
        case .hold(let number, let until): holdEnds(of: connections[number], until: until)
        case .startSchedule: startSchedule()
        case .publish: publishWhatIsDue()
        case .heartbeat(let coding, let due): beat(coding, due: due)
        case .flush: flush()
        }
    }

    // MARK: - The schedule

    /// Every client is subscribed: fixes when events are due.
    mutating func beginSchedule() {
        let start = now + (plan.leadIn ?? plan.link.roundTripTime * 4)
        switch plan.schedule {
        case .times(let times):
            due = times.map { start + $0 }
        case .arrivals(let arrivals, let rate, let events):
            var schedule = ArrivalSchedule(arrivals, ratePerSecond: rate, seed: plan.seed)
            due = (0..<events).map { _ in start + schedule.next() }
        }
        result.scheduleStart = start
        result.due = due
        result.firstID = context.log.newest + 1
        queue.schedule(.startSchedule, at: start)
    }

    private mutating func startSchedule() {
        requestsAtStart = requests
        connectionsAtStart = connections.count
        answersAtStart = (clientContext.answers, clientContext.emptyAnswers)
        upAtStart = written
        downAtStart = clientContext.received
        scheduleNextEvent()
    }

    private mutating func scheduleNextEvent() {
        guard published < due.count else { return }
        queue.schedule(.publish, at: due[published], rank: .publishing)
    }

    private mutating func publishWhatIsDue() {
        while published < due.count, due[published] <= now {
            appendEvent(due: due[published])
            published += 1
            spread(context.log[context.log.newest])
        }
        scheduleNextEvent()
        scheduleFlush()
    }

    private mutating func appendEvent(due: Instant) {
        let id = context.log.newest + 1
        let payload = EventPayload.padded(id: id, intendedTime: due, size: plan.payloadBytes)
        context.log.append(Event(id: id, intendedTime: due, payload: payload))
    }

    /// A client has the last event.
    mutating func noteProgress(of client: Int) {
        let last = result.firstID + UInt64(due.count) - 1
        guard !due.isEmpty, clients[client].received.count == due.count,
            clients[client].highest == last
        else { return }
        caughtUp += 1
    }

    private mutating func closeWindow() {
        result.requests = requests - requestsAtStart
        result.connections = connections.count - connectionsAtStart
        result.answers = clientContext.answers - answersAtStart.all
        result.emptyAnswers = clientContext.emptyAnswers - answersAtStart.empty
        result.up = written - upAtStart
        result.down = clientContext.received - downAtStart
    }
}
