/// What the gap probe found: how often a technique can deliver at all when there is always something
/// to deliver, over a link with a round trip.
package struct GapProbe: Hashable, Sendable, Codable {
    /// The link, with the round trip that gaps are counted in.
    package var link: LinkResult
    /// One for each technique, connection policy and way of answering.
    package var rows: [GapRow]

    package init(link: LinkResult, rows: [GapRow]) {
        self.link = link
        self.rows = rows
    }

    /// The gap of a technique: with one event an answer where it answers, since nothing but the gap
    /// is in that.
    package func gap(of transport: String, _ connection: ConnectionPolicy) -> GapResult? {
        let own = rows.filter { $0.transport == transport }
        // A stream has a connection of its own whatever polls do with theirs.
        let suitable = own.filter { $0.connection == connection }
        return (suitable.isEmpty ? own : suitable).max { $0.batchLimit < $1.batchLimit }?.gap
    }

    private enum CodingKeys: String, CodingKey {
        case link
        case rows
    }
}

/// The gap of one technique under one connection policy.
package struct GapRow: Hashable, Sendable, Codable {
    /// The technique's id.
    package var transport: String
    /// What its client did with its connections.
    package var connection: ConnectionPolicy
    /// The most events in one answer that the server allowed; 0 for all that were pending.
    package var batchLimit: Int
    /// The time between deliveries.
    package var gap: GapResult
    /// The median of the time between deliveries, as theory has it.
    package var predictedNanoseconds: Int64?
    /// How the two agree.
    package var verdict: String?
    /// Deliveries that the figures are made of.
    package var deliveries: Int
    /// Events that came with one delivery.
    package var eventsPerDelivery: Double
    /// The longest that an event took which was published while nothing waited in front of it:
    /// counted in one-way transits, the three of RFC 6202 §2.2. Unknown where events queued.
    package var worstLatencyNanoseconds: Int64?
    package var worstLatencyInTransits: Double?
    /// How long the server could not reach the client, where it had to be asked.
    package var rearm: RearmWindow?

    package init(
        transport: String, connection: ConnectionPolicy, batchLimit: Int, gap: GapResult,
        predictedNanoseconds: Int64? = nil, verdict: String? = nil, deliveries: Int,
        eventsPerDelivery: Double, worstLatencyNanoseconds: Int64? = nil,
        worstLatencyInTransits: Double? = nil, rearm: RearmWindow? = nil
    ) {
        self.transport = transport
        self.connection = connection
        self.batchLimit = batchLimit
        self.gap = gap
        self.predictedNanoseconds = predictedNanoseconds
        self.verdict = verdict
        self.deliveries = deliveries
        self.eventsPerDelivery = eventsPerDelivery
        self.worstLatencyNanoseconds = worstLatencyNanoseconds
        self.worstLatencyInTransits = worstLatencyInTransits
        self.rearm = rearm
    }

    private enum CodingKeys: String, CodingKey {
        case transport
        case connection
        case batchLimit = "batch_limit"
        case gap
        case predictedNanoseconds = "predicted_ns"
        case verdict
        case deliveries
        case eventsPerDelivery = "events_per_delivery"
        case worstLatencyNanoseconds = "worst_latency_ns"
        case worstLatencyInTransits = "worst_latency_in_transits"
        case rearm
    }
}

/// The time in which a client that polls has no poll waiting at the server, as the server saw it.
package struct RearmWindow: Hashable, Sendable, Codable {
    /// From an answer to the client's next poll, on average.
    package var meanNanoseconds: Double
    /// Events that were published while the client had no poll waiting, of all events.
    package var shareOfEvents: Double

    package init(meanNanoseconds: Double, shareOfEvents: Double) {
        self.meanNanoseconds = meanNanoseconds
        self.shareOfEvents = shareOfEvents
    }

    private enum CodingKeys: String, CodingKey {
        case meanNanoseconds = "mean_ns"
        case shareOfEvents = "share_of_events"
    }
}
