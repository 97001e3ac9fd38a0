import Link

/// What a run does to its connections to see who notices, and when.
package enum FaultKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Every packet in both directions is dropped without a word, as behind a pulled cable or a
    /// middlebox that forgot the connection.
    case blackhole
    /// The clients stop reading, as a suspended process or a page in the background does; their
    /// kernels go on acknowledging until their buffers are full.
    case stall
    /// Every connection is reset (RFC 9293 §3.5.3); there is an end to it, and nothing to wait for.
    case reset
    /// The server's process is stopped and goes on later; its kernel goes on acknowledging.
    case freezeServer = "freeze-server"

    /// Whether it lasts, as opposed to being over when it has happened.
    package var lasts: Bool { self != .reset }
}

/// The fault that a run was asked for.
package struct FaultOrder: Hashable, Sendable {
    /// What is done.
    package var kind: FaultKind
    /// When, counted from the beginning of the measured window.
    package var start: Duration
    /// How long it lasts; zero for one that does not last.
    package var length: Duration
    /// The settings of the heartbeat to try, each in a round of its own; zero is none.
    package var heartbeats: [Duration]

    package init(kind: FaultKind, start: Duration, length: Duration, heartbeats: [Duration]) {
        self.kind = kind
        self.start = start
        self.length = length
        self.heartbeats = heartbeats
    }

    /// Heartbeats that have to be missed before a peer is taken for dead: two may be lost or late,
    /// and half an interval is room for the third to be on its way.
    package static let missedHeartbeats = 2.5

    /// How long either side waits for a sign of life when it is sent one every `heartbeat`; zero,
    /// for ever, when it is sent none.
    package static func patience(with heartbeat: Duration) -> Duration {
        heartbeat * missedHeartbeats
    }
}

/// Durations are whole nanoseconds in the record, so the coding is written out.
extension FaultOrder: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind
        case start = "at_ns"
        case length = "length_ns"
        case heartbeats = "heartbeats_ns"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decode(FaultKind.self, forKey: .kind)
        start = .nanoseconds(try values.decode(Int64.self, forKey: .start))
        length = .nanoseconds(try values.decode(Int64.self, forKey: .length))
        heartbeats = try values.decode([Int64].self, forKey: .heartbeats)
            .map { .nanoseconds($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        try values.encode(start.nanoseconds, forKey: .start)
        try values.encode(length.nanoseconds, forKey: .length)
        try values.encode(heartbeats.map(\.nanoseconds), forKey: .heartbeats)
    }
}
