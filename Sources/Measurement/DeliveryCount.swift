/// The delivery audit: what became of every event that was due at every client.
///
/// `expected = received + lost + missing` holds for every finished run; `isBalanced` checks it.
package struct DeliveryCount: Hashable, Sendable {
    /// Events published while a client was subscribed, summed over the clients.
    package var expected: Int
    /// Different events that arrived.
    package var received: Int
    /// Events that the server said, in-band, it could no longer deliver.
    package var lost: Int
    /// Events that neither arrived nor were said to be lost by the end of the drain.
    package var missing: Int
    /// Arrivals of an event that had already arrived.
    package var duplicate: Int
    /// Arrivals of an event after one with a greater id.
    package var reordered: Int
    /// Different events received a second, over all clients.
    package var perSecond: Double

    package init(
        expected: Int, received: Int, lost: Int = 0, missing: Int = 0, duplicate: Int = 0,
        reordered: Int = 0, perSecond: Double = 0
    ) {
        self.expected = expected
        self.received = received
        self.lost = lost
        self.missing = missing
        self.duplicate = duplicate
        self.reordered = reordered
        self.perSecond = perSecond
    }

    /// Everything that did not arrive, announced or not: what a reader of the record calls lost.
    package var undelivered: Int { lost + missing }

    /// Whether every expected event is accounted for exactly once.
    package var isBalanced: Bool { expected == received + lost + missing }
}

extension DeliveryCount: Codable {
    private enum CodingKeys: String, CodingKey {
        case expected
        case received
        case undelivered = "lost"
        case lost = "announced_lost"
        case missing
        case duplicate
        case reordered
        case perSecond = "per_second"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        expected = try values.decode(Int.self, forKey: .expected)
        received = try values.decode(Int.self, forKey: .received)
        lost = try values.decode(Int.self, forKey: .lost)
        missing = try values.decode(Int.self, forKey: .missing)
        duplicate = try values.decode(Int.self, forKey: .duplicate)
        reordered = try values.decode(Int.self, forKey: .reordered)
        perSecond = try values.decode(Double.self, forKey: .perSecond)
        let sum = try values.decode(Int.self, forKey: .undelivered)
        guard sum == undelivered else {
            throw DecodingError.dataCorruptedError(
                forKey: .undelivered, in: values,
                debugDescription: "\(sum) is not announced_lost + missing, \(lost) + \(missing)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(expected, forKey: .expected)
        try values.encode(received, forKey: .received)
        try values.encode(undelivered, forKey: .undelivered)
        try values.encode(lost, forKey: .lost)
        try values.encode(missing, forKey: .missing)
        try values.encode(duplicate, forKey: .duplicate)
        try values.encode(reordered, forKey: .reordered)
        try values.encode(perSecond, forKey: .perSecond)
    }
}
