import Link
import Measurement
import Reactor
import Transports
import Wire

/// Why a server lost a connection.
package enum DisconnectReason: String, CaseIterable, Sendable {
    /// The client closed it, or was told that it may.
    case finished
    /// The client was gone: its connection was reset.
    case lost
    /// The client acknowledged nothing for as long as the configuration allows.
    case dead
    /// The client did not read and its backlog passed the limit.
    case slowReader = "slow-reader"
    /// The client broke a rule.
    case protocolError = "protocol-error"
    /// A request did not come, or did not end, in time.
    case timeout
    /// The server stopped.
    case shutdown
    /// There were too many connections already.
    case refused
    /// There were too many connections from the same address already.
    case addressLimit = "address-limit"

    /// What an error of the connection's socket says.
    init(_ error: SystemError) {
        self = error.isTimeout ? .dead : .lost
    }
}

/// What one loop has done so far; plain numbers that only its own thread touches.
package struct ServerCounters: Sendable {
    /// Per technique, by its index.
    package struct Technique: Sendable {
        /// Connections whose last request was for this technique.
        package var connections = 0
        /// Connections on its streams.
        package var subscribers = 0
        /// Polls that wait.
        package var parked = 0
        package var requests = 0
        /// Answers to polls; those to HEAD are none.
        package var answers = 0
        /// Answers to polls that carried no event.
        package var emptyAnswers = 0
        /// Events handed to the kernel, counted once for each client.
        package var deliveries = 0
        /// Events that the slow-reader policy `drop` let go of, counted once for each client.
        package var dropped = 0
        /// Connections that were ended because they did not read.
        package var slowReaders = 0
        /// The most bytes that one client was behind.
        package var backlogPeakBytes = 0
        package var sentBytes = 0
        /// System calls that sent something.
        package var sends = 0
        /// System calls that received something, once it is known that it was for this technique.
        package var receives = 0
        /// The number of waiting polls, integrated over time. It wraps around after 2⁶³ ns: with
        /// 100,000 polls that is a day, and differences stay right even then.
        package var parkedNanoseconds: Int64 = 0
        /// Waiting polls that an event found when it was published and that had room for it, summed
        /// over the events.
        package var parkedAtPublish = 0

        fileprivate mutating func add(_ other: Technique) {
            connections += other.connections
            subscribers += other.subscribers
            parked += other.parked
            requests += other.requests
            answers += other.answers
            emptyAnswers += other.emptyAnswers
            deliveries += other.deliveries
            dropped += other.dropped
            slowReaders += other.slowReaders
            backlogPeakBytes = max(backlogPeakBytes, other.backlogPeakBytes)
            sentBytes += other.sentBytes
            sends += other.sends
            receives += other.receives
            parkedNanoseconds &+= other.parkedNanoseconds
            parkedAtPublish += other.parkedAtPublish
        }
    }

    /// What each technique did, by its index.
    package var techniques: [Technique]
    /// Connections of any kind that are open.
    package var connections = 0
    /// Connections accepted so far.
    package var accepted = 0
    /// Events published so far.
    package var events = 0
    /// Bytes received from all clients.
    package var receivedBytes = 0
    /// Bytes that wait in the process for clients that do not take them.
    package var backlogBytes = 0
    /// Memory that it takes to hold them, now and at most: what a stream's subscribers have in common
    /// is held once. The most of several loops is the sum of each one's most.
    package var heldBytes = 0
    package var heldPeakBytes = 0
    package var disconnects: [DisconnectReason: Int] = [:]
    package var protocolErrors: [String: Int] = [:]

    package init(techniques count: Int) {
        techniques = Array(repeating: Technique(), count: count)
    }

    /// Adds what another loop has done; events are the same ones on every loop and are not added.
    package mutating func add(_ other: ServerCounters) {
        for index in techniques.indices {
            techniques[index].add(other.techniques[index])
        }
        connections += other.connections
        accepted += other.accepted
        events = max(events, other.events)
        receivedBytes += other.receivedBytes
        backlogBytes += other.backlogBytes
        heldBytes += other.heldBytes
        heldPeakBytes += other.heldPeakBytes
        disconnects.merge(other.disconnects, uniquingKeysWith: +)
        protocolErrors.merge(other.protocolErrors, uniquingKeysWith: +)
    }
    /// The counters of all loops as others see them, taken at `moment`.
    func snapshot(
        of transports: [Transport], since start: Instant, at moment: Instant
    ) -> ServerSnapshot {
        ServerSnapshot(
            since: start, at: moment, events: events,
            techniques: zip(transports, techniques).map { transport, technique in
                ServerSnapshot.Technique(
                    id: transport.id, subscribers: technique.subscribers, parked: technique.parked,
                    requests: technique.requests, answers: technique.answers,
                    emptyAnswers: technique.emptyAnswers, deliveries: technique.deliveries,
                    sends: technique.sends, receives: technique.receives,
                    parkedNanoseconds: technique.parkedNanoseconds,
                    parkedAtPublish: technique.parkedAtPublish,
                    slowReaders: SlowReaders(
                        disconnected: technique.slowReaders, droppedEvents: technique.dropped,
                        backlogPeakBytes: technique.backlogPeakBytes))
            }, heldPeakBytes: heldPeakBytes)
    }
}
