import Measurement

/// All rounds of one technique over one connection policy and link: what a table has a row for.
///
/// Reporting knows no technique: the name shown is the id in the record, with whatever tells it from
/// its namesakes in the same record.
package struct Contender: Sendable {
    /// The technique's id, and what tells it from others of the same id.
    package let name: String
    /// Its results, by round; never empty.
    package let rounds: [TransportResult]
    /// What the gap probe found for this technique and connection policy; the probe's own link, and
    /// so its round trip, may be another than that of the rounds.
    package let probedGap: GapRow?
    /// The effective round trip that gaps are counted in; 0 when there is none.
    package let gapRoundTripNanoseconds: Double

    /// The contenders of a record, in the order the scenario names their techniques.
    package static func all(in record: RunRecord) -> [Contender] {
        struct Identity: Hashable {
            let transport: String
            let connection: ConnectionPolicy
            let link: String
            let heartbeat: Int64?
        }
        func identity(of result: TransportResult) -> Identity {
            let roundTrip = Readable.duration(nanoseconds: Double(result.link.rttNanoseconds))
            return Identity(
                transport: result.transport, connection: result.connection,
                link: result.link.rttNanoseconds == 0
                    ? result.link.tier : "\(result.link.tier) \(roundTrip)",
                heartbeat: result.fault?.heartbeatNanoseconds)
        }
        var order: [Identity] = []
        var rounds: [Identity: [TransportResult]] = [:]
        for result in record.results {
            let identity = identity(of: result)
            if rounds[identity] == nil { order.append(identity) }
            rounds[identity, default: []].append(result)
        }
        func place(of identity: Identity) -> Int {
            record.scenario.transports.firstIndex(of: identity.transport) ?? .max
        }
        let sorted = order.enumerated().sorted {
            (place(of: $0.element), $0.offset) < (place(of: $1.element), $1.offset)
        }
        return sorted.map { _, identity in
            let namesakes = order.filter { $0.transport == identity.transport }
            var name = identity.transport
            if namesakes.contains(where: { $0.connection != identity.connection }) {
                name += " (\(identity.connection.rawValue))"
            }
            if namesakes.contains(where: { $0.link != identity.link }) {
                name += " (\(identity.link))"
            }
            if namesakes.contains(where: { $0.heartbeat != identity.heartbeat }) {
                let heartbeat = Double(identity.heartbeat ?? 0)
                name += " (heartbeat \(Readable.duration(nanoseconds: heartbeat)))"
            }
            let results = (rounds[identity] ?? []).sorted { $0.round < $1.round }
            let probed = record.gapProbe?.row(for: identity.transport, identity.connection)
            let ownRoundTrips = results.map { Double($0.link.rttEffectiveNanoseconds) }
            return Contender(
                name: name, rounds: results, probedGap: probed,
                gapRoundTripNanoseconds: probed == nil
                    ? Statistics.median(of: ownRoundTrips) ?? 0
                    : Double(record.gapProbe?.link.rttEffectiveNanoseconds ?? 0))
        }
    }

    /// A number of every round that has it; `nil` when none does.
    package func figure(_ number: (TransportResult) -> Double?) -> Figure? {
        Figure(rounds.compactMap(number))
    }

    /// A point of the latency distribution of every round in which anything arrived.
    package func latency(_ point: (LatencySummary) -> Int64) -> Figure? {
        figure { $0.latency.count > 0 ? Double(point($0.latency)) : nil }
    }

    /// A whole number, summed over the rounds.
    package func sum(_ number: (TransportResult) -> Int) -> Int {
        rounds.reduce(0) { $0 + number($1) }
    }

    /// Bytes an event, both ways, of the rounds in which anything arrived.
    package func bytes(_ part: (ByteTraffic) -> Double) -> Figure? {
        figure { $0.deliveries.received > 0 ? part($0.bytesPerEvent) : nil }
    }

    /// Bytes an event as the kernel sent them, headers of TCP and IP included; of the rounds in which
    /// they were counted and anything arrived.
    package var wireBytes: Figure? {
        figure { $0.wireBytes }
    }

    /// Everything on the wire that is not the event itself, in relation to it.
    package var wireOverhead: Figure? {
        figure { result in
            let payload = result.bytesPerEvent.payload
            return result.wireBytes.flatMap { payload > 0 ? ($0 - payload) / payload : nil }
        }
    }

    /// The gap between deliveries in effective round trips: of the rounds, or else of the probe.
    package var gapInRoundTrips: Figure? {
        let trip = gapRoundTripNanoseconds
        func ratio(_ gap: GapResult?) -> Double? {
            guard let gap, let ratio = gap.inRoundTrips else { return nil }
            guard trip > 0, gap.isStream(roundTripNanoseconds: trip) else { return ratio }
            return Double(gap.minimumNanoseconds) / trip
        }
        return figure { ratio($0.gap) } ?? Figure([ratio(probedGap?.gap)].compactMap(\.self))
    }

    /// Whether its gap was probed.
    package var hasGap: Bool {
        probedGap != nil || rounds.contains { $0.gap != nil }
    }

    /// Everything that is not the event itself, in relation to it.
    package var overhead: Figure? {
        figure {
            let payload = $0.bytesPerEvent.payload
            return payload > 0 ? $0.bytesPerEvent.overhead / payload : nil
        }
    }
}

extension TransportResult {
    /// Bytes an event on the wire, both ways.
    fileprivate var wireBytes: Double? {
        guard deliveries.received > 0, let wire = wirePerEvent else { return nil }
        return wire.upBytes + wire.downBytes
    }
}

extension GapProbe {
    /// The row of a technique and connection policy, which a stream has only one of; with one event an
    /// answer where that was probed, since nothing but the gap is in it.
    fileprivate func row(for transport: String, _ connection: ConnectionPolicy) -> GapRow? {
        let own = rows.filter { $0.transport == transport }
        let suitable = own.filter { $0.connection == connection }
        return (suitable.isEmpty ? own : suitable).max { $0.batchLimit < $1.batchLimit }
    }
}

extension GapResult {
    /// Below this share of a round trip, no question lay between two deliveries.
    private static let noQuestion = 0.1

    /// Whether deliveries follow each other as fast as there are events: the median is then the
    /// source's, and says nothing about the technique. A stream that Nagle's algorithm holds up is
    /// none: its first deliveries are close, and all others a round trip apart.
    package func isStream(roundTripNanoseconds: Double) -> Bool {
        Double(medianNanoseconds) < Self.noQuestion * roundTripNanoseconds
    }

    /// The gap that the technique answers for, in nanoseconds: the median, which no stall moves, or
    /// the smallest where deliveries follow each other at once.
    package func ownNanoseconds(roundTripNanoseconds: Double) -> Double {
        Double(
            isStream(roundTripNanoseconds: roundTripNanoseconds)
                ? minimumNanoseconds : medianNanoseconds)
    }
}

/// One number over the rounds: its median, and how far it went.
package struct Figure: Hashable, Sendable {
    /// The middle of the rounds.
    package let median: Double
    /// The lowest round.
    package let lowest: Double
    /// The highest round.
    package let highest: Double

    /// `nil` when there are no values.
    package init?(_ values: [Double]) {
        guard let median = Statistics.median(of: values), let lowest = values.min(),
            let highest = values.max()
        else { return nil }
        self.median = median
        self.lowest = lowest
        self.highest = highest
    }

    /// Whether some round of one would fit among the rounds of the other.
    package func overlaps(_ other: Figure) -> Bool {
        lowest <= other.highest && other.lowest <= highest
    }
}
