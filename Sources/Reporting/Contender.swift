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

    /// The contenders of a record, in the order the scenario names their techniques.
    package static func all(in record: RunRecord) -> [Contender] {
        struct Identity: Hashable {
            let transport: String
            let connection: ConnectionPolicy
            let link: String
        }
        func identity(of result: TransportResult) -> Identity {
            let roundTrip = Readable.duration(nanoseconds: Double(result.link.rttNanoseconds))
            return Identity(
                transport: result.transport, connection: result.connection,
                link: result.link.rttNanoseconds == 0
                    ? result.link.tier : "\(result.link.tier) \(roundTrip)")
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
            let results = (rounds[identity] ?? []).sorted { $0.round < $1.round }
            return Contender(name: name, rounds: results)
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

    /// Everything that is not the event itself, in relation to it.
    package var overhead: Figure? {
        figure {
            let payload = $0.bytesPerEvent.payload
            return payload > 0 ? $0.bytesPerEvent.overhead / payload : nil
        }
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
