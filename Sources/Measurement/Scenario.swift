import Link

/// When events are due.
package enum Arrivals: String, Hashable, Sendable, Codable, CaseIterable {
    /// At seeded random times: the intervals are exponential, and no poller can lock to them.
    case poisson
    /// At equal intervals.
    case periodic
    /// As fast as the server can.
    case saturate
}

/// What a client that asks again does with its connection.
package enum ConnectionPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Keeps it for the next request.
    case keepAlive = "keep-alive"
    /// Opens a new one for each request.
    case close
}

/// What the server does to a client whose backlog reached the limit.
package enum SlowReaderPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Closes its connection; it may come back with its cursor.
    case disconnect
    /// Drops its oldest events and says so in-band.
    case drop
}

/// A classic mistake that the lab server makes when asked, because what it costs follows from the
/// laws and is worth seeing.
package enum ServerMistake: String, Hashable, Sendable, Codable, CaseIterable {
    /// TCP_NODELAY is not set: a stream of small events becomes a long poll, since at most one
    /// segment may be on its way unacknowledged (RFC 896).
    case nagle
    /// The head and the body of an answer are written apart, with Nagle's algorithm on: the body
    /// waits for the head's acknowledgement, which the client delays for 40 ms.
    case twoWrites = "two-writes"
}

/// Everything that a run was asked to do: the same scenario and seed ask for the same run.
package struct Scenario: Hashable, Sendable {
    /// The ids of the techniques, in the order they were asked for.
    package var transports: [String]
    /// Subscribers of each technique.
    package var clients: Int
    /// Events published a second; each goes to every client. Without meaning under `saturate`.
    package var ratePerSecond: Double
    /// When events are due.
    package var arrivals: Arrivals
    /// The length of an event's JSON, padded to this.
    package var payloadBytes: Int
    /// Connections opened a second while clients connect.
    package var connectRatePerSecond: Double
    /// How long deliveries are made but not counted.
    package var warmup: Duration
    /// How long events are published that count.
    package var duration: Duration
    /// The longest wait for the last of them to arrive.
    package var drainLimit: Duration
    /// The pause between two questions of a technique that asks at intervals.
    package var pollInterval: Duration
    /// The longest time that a server keeps a question without an answer.
    package var hold: Duration
    /// The most events in one answer; 0 for everything pending.
    package var batchLimit: Int
    /// What a client that asks again does with its connection.
    package var connection: ConnectionPolicy
    /// The name of the set of header fields that clients send.
    package var headers: String
    /// How often each technique is measured, in interleaved rounds.
    package var repeats: Int
    /// What everything random is drawn from.
    package var seed: UInt64
    /// Threads of the server.
    package var serverLoops: Int
    /// Threads of the load generator.
    package var clientLoops: Int
    /// Bytes that may wait for one slow client before `slowReaderPolicy` applies.
    package var backlogLimitBytes: Int
    /// What happens to a client whose backlog reached `backlogLimitBytes`.
    package var slowReaderPolicy: SlowReaderPolicy
    /// The address of someone else's server; without it the run starts its own.
    package var target: String?
    /// How that server is spoken to, by the name of its profile.
    package var targetProfile: String?
    /// Where events for it are posted.
    package var publishURL: String?
    /// The link asked for, as text; nil for the machine's own loopback.
    package var link: LinkProfile?
    /// The round trip of the gap probe; nil when it was not wanted.
    package var gapRoundTrip: Duration?
    /// Whether an event is published only when every client has had the one before.
    package var lockstep: Bool
    /// Whether all techniques were subscribed to the same events at the same time.
    package var sideBySide: Bool
    /// Mistakes that the server was asked to make.
    package var mistakes: Set<ServerMistake>
    /// The fault that was injected; nil for none.
    package var fault: FaultOrder?
    /// Whether WebSocket messages were compressed (permessage-deflate).
    package var deflates: Bool

    package init(
        transports: [String], clients: Int, ratePerSecond: Double, arrivals: Arrivals = .poisson,
        payloadBytes: Int, connectRatePerSecond: Double, warmup: Duration, duration: Duration,
        drainLimit: Duration, pollInterval: Duration, hold: Duration, batchLimit: Int = 0,
        connection: ConnectionPolicy = .keepAlive, headers: String, repeats: Int = 1, seed: UInt64,
        serverLoops: Int = 1, clientLoops: Int = 1, backlogLimitBytes: Int,
        slowReaderPolicy: SlowReaderPolicy = .disconnect, target: String? = nil,
        targetProfile: String? = nil, publishURL: String? = nil,
        link: LinkProfile? = nil, gapRoundTrip: Duration? = nil, lockstep: Bool = false,
        sideBySide: Bool = false, mistakes: Set<ServerMistake> = [],
        fault: FaultOrder? = nil, deflates: Bool = false
    ) {
        self.transports = transports
        self.clients = clients
        self.ratePerSecond = ratePerSecond
        self.arrivals = arrivals
        self.payloadBytes = payloadBytes
        self.connectRatePerSecond = connectRatePerSecond
        self.warmup = warmup
        self.duration = duration
        self.drainLimit = drainLimit
        self.pollInterval = pollInterval
        self.hold = hold
        self.batchLimit = batchLimit
        self.connection = connection
        self.headers = headers
        self.repeats = repeats
        self.seed = seed
        self.serverLoops = serverLoops
        self.clientLoops = clientLoops
        self.backlogLimitBytes = backlogLimitBytes
        self.slowReaderPolicy = slowReaderPolicy
        self.target = target
        self.targetProfile = targetProfile
        self.publishURL = publishURL
        self.link = link
        self.gapRoundTrip = gapRoundTrip
        self.lockstep = lockstep
        self.sideBySide = sideBySide
        self.mistakes = mistakes
        self.fault = fault
        self.deflates = deflates
    }
}

/// Durations are whole nanoseconds in the record, so the coding is written out.
extension Scenario: Codable {
    private enum CodingKeys: String, CodingKey {
        case transports
        case clients
        case ratePerSecond = "rate_per_second"
        case arrivals
        case payloadBytes = "payload_bytes"
        case connectRatePerSecond = "connect_rate_per_second"
        case warmup = "warmup_ns"
        case duration = "duration_ns"
        case drainLimit = "drain_limit_ns"
        case pollInterval = "poll_interval_ns"
        case hold = "hold_ns"
        case batchLimit = "batch_limit"
        case connection
        case headers
        case repeats
        case seed
        case serverLoops = "server_loops"
        case clientLoops = "client_loops"
        case backlogLimitBytes = "backlog_limit_bytes"
        case slowReaderPolicy = "slow_reader_policy"
        case target
        case targetProfile = "target_profile"
        case publishURL = "publish_url"
        case link
        case gapRoundTrip = "gap_rtt_ns"
        case lockstep
        case sideBySide = "side_by_side"
        case mistakes
        case fault
        case deflates = "deflate"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func duration(_ key: CodingKeys) throws -> Duration {
            .nanoseconds(try values.decode(Int64.self, forKey: key))
        }
        transports = try values.decode([String].self, forKey: .transports)
        clients = try values.decode(Int.self, forKey: .clients)
        ratePerSecond = try values.decode(Double.self, forKey: .ratePerSecond)
        arrivals = try values.decode(Arrivals.self, forKey: .arrivals)
        payloadBytes = try values.decode(Int.self, forKey: .payloadBytes)
        connectRatePerSecond = try values.decode(Double.self, forKey: .connectRatePerSecond)
        warmup = try duration(.warmup)
        self.duration = try duration(.duration)
        drainLimit = try duration(.drainLimit)
        pollInterval = try duration(.pollInterval)
        hold = try duration(.hold)
        batchLimit = try values.decode(Int.self, forKey: .batchLimit)
        connection = try values.decode(ConnectionPolicy.self, forKey: .connection)
        headers = try values.decode(String.self, forKey: .headers)
        repeats = try values.decode(Int.self, forKey: .repeats)
        seed = try values.decode(UInt64.self, forKey: .seed)
        serverLoops = try values.decode(Int.self, forKey: .serverLoops)
        clientLoops = try values.decode(Int.self, forKey: .clientLoops)
        backlogLimitBytes = try values.decode(Int.self, forKey: .backlogLimitBytes)
        slowReaderPolicy = try values.decode(SlowReaderPolicy.self, forKey: .slowReaderPolicy)
        target = try values.decodeIfPresent(String.self, forKey: .target)
        targetProfile = try values.decodeIfPresent(String.self, forKey: .targetProfile)
        publishURL = try values.decodeIfPresent(String.self, forKey: .publishURL)
        link = try values.decodeIfPresent(String.self, forKey: .link).map { text in
            do {
                return try LinkProfile(parsing: text)
            } catch {
                throw DecodingError.dataCorruptedError(
                    forKey: .link, in: values, debugDescription: "\(error)")
            }
        }
        gapRoundTrip = try values.decodeIfPresent(Int64.self, forKey: .gapRoundTrip)
            .map { .nanoseconds($0) }
        lockstep = try values.decodeIfPresent(Bool.self, forKey: .lockstep) ?? false
        sideBySide = try values.decodeIfPresent(Bool.self, forKey: .sideBySide) ?? false
        mistakes = Set(try values.decodeIfPresent([ServerMistake].self, forKey: .mistakes) ?? [])
        fault = try values.decodeIfPresent(FaultOrder.self, forKey: .fault)
        deflates = try values.decodeIfPresent(Bool.self, forKey: .deflates) ?? false
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(transports, forKey: .transports)
        try values.encode(clients, forKey: .clients)
        try values.encode(ratePerSecond, forKey: .ratePerSecond)
        try values.encode(arrivals, forKey: .arrivals)
        try values.encode(payloadBytes, forKey: .payloadBytes)
        try values.encode(connectRatePerSecond, forKey: .connectRatePerSecond)
        try values.encode(warmup.nanoseconds, forKey: .warmup)
        try values.encode(duration.nanoseconds, forKey: .duration)
        try values.encode(drainLimit.nanoseconds, forKey: .drainLimit)
        try values.encode(pollInterval.nanoseconds, forKey: .pollInterval)
        try values.encode(hold.nanoseconds, forKey: .hold)
        try values.encode(batchLimit, forKey: .batchLimit)
        try values.encode(connection, forKey: .connection)
        try values.encode(headers, forKey: .headers)
        try values.encode(repeats, forKey: .repeats)
        try values.encode(seed, forKey: .seed)
        try values.encode(serverLoops, forKey: .serverLoops)
        try values.encode(clientLoops, forKey: .clientLoops)
        try values.encode(backlogLimitBytes, forKey: .backlogLimitBytes)
        try values.encode(slowReaderPolicy, forKey: .slowReaderPolicy)
        try values.encodeIfPresent(target, forKey: .target)
        try values.encodeIfPresent(targetProfile, forKey: .targetProfile)
        try values.encodeIfPresent(publishURL, forKey: .publishURL)
        try values.encodeIfPresent(link?.description, forKey: .link)
        try values.encodeIfPresent(gapRoundTrip?.nanoseconds, forKey: .gapRoundTrip)
        try values.encode(lockstep, forKey: .lockstep)
        try values.encode(sideBySide, forKey: .sideBySide)
        try values.encode(ServerMistake.allCases.filter(mistakes.contains), forKey: .mistakes)
        try values.encodeIfPresent(fault, forKey: .fault)
        try values.encodeIfPresent(deflates ? true : nil, forKey: .deflates)
    }
}
