import Link
import Measurement
import Wire

/// What a simulation measured, in the terms of a run but exact: nothing is sampled or rounded.
///
/// Requests, answers and bytes are those between the moment at which every client was subscribed and
/// the arrival of the last event.
package struct SimulationResult: Equatable, Sendable {
    /// When every client was subscribed and the schedule began; nil when that never came.
    package var scheduleStart: Instant?
    /// When each client wrote its first request, from which those that ask at intervals count.
    package var firstAsked: [Instant] = []
    /// When the last event arrived.
    package var lastArrival: Instant?
    /// When each event was due, in order of ids.
    package var due: [Instant] = []
    /// The id of the first event of the schedule; the next ones follow.
    package var firstID: UInt64 = 1
    /// Every event at every client, in order of arrival.
    package var deliveries: [SimulatedDelivery] = []
    /// Between two inputs that brought events to the same client, in nanoseconds.
    package var gaps: [Int64] = []
    /// Requests that clients wrote.
    package var requests = 0
    /// Connections that clients opened.
    package var connections = 0
    /// Answers to polls that clients read, and those of them without an event.
    package var answers = 0
    package var emptyAnswers = 0
    /// What clients wrote, by class.
    package var up = ByteLedger()
    /// What clients read, by class.
    package var down = ByteLedger()
    /// Events that arrived twice, after a later one, or never.
    package var duplicates = 0
    package var reordered = 0
    package var missing = 0
    /// The rules that somebody broke; none, unless the halves disagree.
    package var brokenRules: [String] = []
    /// Everything that was said, in the order in which it was; empty unless the plan asked for it.
    package var messages: [SimulatedMessage] = []

    /// From each event's due time to its arrival, in nanoseconds, in order of arrival.
    package var latencies: [Int64] {
        deliveries.map { $0.arrived.nanoseconds(since: $0.due) }
    }

    /// The mean of the latencies in nanoseconds; nil without deliveries.
    package var meanLatency: Double? {
        guard !deliveries.isEmpty else { return nil }
        return latencies.reduce(0.0) { $0 + Double($1) } / Double(deliveries.count)
    }

    /// The shortest time between two deliveries at one client.
    package var minimumGap: Int64? { gaps.min() }

    /// Requests a delivery.
    package var requestsPerEvent: Double? { perEvent(requests) }

    /// Events in an answer that has any; nil where nothing is answered.
    package var eventsPerAnswer: Double? {
        let filled = answers - emptyAnswers
        return filled > 0 ? Double(deliveries.count) / Double(filled) : nil
    }

    /// Bytes a delivery, by class, both ways.
    package var bytesPerEvent: ByteTraffic {
        ByteTraffic(down: down, up: up, per: deliveries.count)
    }

    private func perEvent(_ count: Int) -> Double? {
        deliveries.isEmpty ? nil : Double(count) / Double(deliveries.count)
    }
}

/// One event at one client.
package struct SimulatedDelivery: Hashable, Sendable {
    /// The client, counted from 0.
    package let client: Int
    /// The event.
    package let id: UInt64
    /// When it was due.
    package let due: Instant
    /// When the client had read it.
    package let arrived: Instant
}

/// Something that one end said and the other heard.
package struct SimulatedMessage: Equatable, Sendable {
    /// What it is to TCP.
    package enum Kind: Equatable, Sendable {
        /// Opens a connection: SYN.
        case opening
        /// The server's part of opening it: SYN, ACK. The client's own ACK leaves together with what
        /// it says first, and is not told apart.
        case acceptance
        /// Bytes of the technique.
        case content
        /// Nothing but an acknowledgement. Told only where it matters, that is with Nagle's
        /// algorithm.
        case acknowledgement
        /// The end of one half of the connection: FIN.
        case end
    }

    /// The connection, numbered in the order of opening.
    package let connection: Int
    /// The client that it belongs to.
    package let client: Int
    /// Towards the server, or from it.
    package let way: LinkDirection.Way
    /// What it is to TCP.
    package let kind: Kind
    /// What it is in words: `GET ?since=16`, `200 with events 17–19`, `event 20`.
    package let label: String
    /// The events that it carries.
    package let ids: ClosedRange<UInt64>?
    /// What was sent, and which of it is of which class.
    package let bytes: [UInt8]
    package let runs: [ByteRun]
    /// When it was written.
    package let written: Instant
    /// When the last of it left; nil when it had not at the end.
    package internal(set) var sent: Instant?
    /// When the other end could read all of it; nil when it could not at the end.
    package internal(set) var arrived: Instant?
}
