/// What became of a technique when its connections failed: who noticed, what piled up, and how soon
/// everybody had everything again. What was lost or repeated stands with the deliveries.
package struct FaultResult: Hashable, Sendable, Codable {
    /// What was done.
    package var kind: FaultKind
    /// What did it: a tier of link emulation that dropped packets, `clients`, or `server`.
    package var means: String
    /// When, from the beginning of the measured window.
    package var startNanoseconds: Int64
    /// How long it lasted.
    package var lengthNanoseconds: Int64
    /// How often a silent stream said that it was there; 0 for never.
    package var heartbeatNanoseconds: Int64
    /// The clients that took part.
    package var clients: Int
    /// When clients gave their connection up or found it gone, from the beginning of the fault; nil
    /// when none did. Each client counts once.
    package var clientNoticed: EventTimes?
    /// When the server gave connections up or found them gone, from the beginning of the fault; nil
    /// when it did not.
    package var serverNoticed: EventTimes?
    /// Why the server lost those connections, and how many.
    package var serverReasons: [String: Int]
    /// What waited at the server as the fault ended, in its process and in its kernel; nil when it
    /// could not be asked.
    package var held: HeldBytes?
    /// When clients had heard from the server again and had everything published until the fault
    /// ended, from that end on; nil when none had.
    package var recovered: EventTimes?

    package init(
        kind: FaultKind, means: String, startNanoseconds: Int64, lengthNanoseconds: Int64,
        heartbeatNanoseconds: Int64, clients: Int, clientNoticed: EventTimes? = nil,
        serverNoticed: EventTimes? = nil, serverReasons: [String: Int] = [:],
        held: HeldBytes? = nil, recovered: EventTimes? = nil
    ) {
        self.kind = kind
        self.means = means
        self.startNanoseconds = startNanoseconds
        self.lengthNanoseconds = lengthNanoseconds
        self.heartbeatNanoseconds = heartbeatNanoseconds
        self.clients = clients
        self.clientNoticed = clientNoticed
        self.serverNoticed = serverNoticed
        self.serverReasons = serverReasons
        self.held = held
        self.recovered = recovered
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case means
        case startNanoseconds = "at_ns"
        case lengthNanoseconds = "lasted_ns"
        case heartbeatNanoseconds = "heartbeat_ns"
        case clients
        case clientNoticed = "client_noticed_ns"
        case serverNoticed = "server_noticed_ns"
        case serverReasons = "server_reasons"
        case held = "held_bytes"
        case recovered = "recovered_ns"
    }
}

/// When something happened to one after the other: the first, the one in the middle, the last.
package struct EventTimes: Hashable, Sendable, Codable {
    /// To how many it happened.
    package var count: Int
    /// The first time, in nanoseconds.
    package var first: Int64
    /// The median; of two in the middle, the earlier.
    package var median: Int64
    /// The last.
    package var last: Int64

    package init(count: Int, first: Int64, median: Int64, last: Int64) {
        self.count = count
        self.first = first
        self.median = median
        self.last = last
    }

    /// The times in any order; nil when there are none.
    package init?(_ times: [Int64]) {
        guard !times.isEmpty else { return nil }
        let sorted = times.sorted()
        self.init(
            count: sorted.count, first: sorted[0], median: sorted[(sorted.count - 1) / 2],
            last: sorted[sorted.count - 1])
    }

    private enum CodingKeys: String, CodingKey {
        case count
        case first
        case median
        case last
    }
}

/// Bytes that wait for peers which do not take or acknowledge them.
package struct HeldBytes: Hashable, Sendable, Codable {
    /// A connection, on average over those that are open.
    package var mean: Double
    /// The connection with the most.
    package var most: Int

    package init(mean: Double, most: Int) {
        self.mean = mean
        self.most = most
    }

    private enum CodingKeys: String, CodingKey {
        case mean
        case most = "max"
    }
}

/// How the connections of a server are: what it holds for them, and which it has lost since a moment.
package struct ConnectionReport: Hashable, Sendable, Codable {
    /// Connections that are open.
    package var open: Int
    /// What is held for them.
    package var held: HeldBytes
    /// When connections were lost against the will of either side, counted from the moment asked for.
    package var lost: EventTimes?
    /// Why they were, and how many.
    package var reasons: [String: Int]

    package init(
        open: Int, held: HeldBytes, lost: EventTimes? = nil, reasons: [String: Int] = [:]
    ) {
        self.open = open
        self.held = held
        self.lost = lost
        self.reasons = reasons
    }

    private enum CodingKeys: String, CodingKey {
        case open
        case held = "held_bytes"
        case lost = "lost_ns"
        case reasons
    }
}
