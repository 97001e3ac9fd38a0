import Link

/// What a page must know of the lab: the answer of `/lab/state`.
struct LabState: Encodable {
    /// One technique.
    struct Lane: Encodable {
        let technique: String
        let title: String
        let summary: String
        let port: UInt16
        let path: String
        let frozen: Bool
        let blackholed: Bool
        /// Until when nothing passes; null when everything does.
        let cutUntil: Int64?

        private enum CodingKeys: String, CodingKey {
            case technique
            case title
            case summary
            case port
            case path
            case frozen
            case blackholed
            case cutUntil = "cut_until_ns"
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(technique, forKey: .technique)
            try values.encode(title, forKey: .title)
            try values.encode(summary, forKey: .summary)
            try values.encode(port, forKey: .port)
            try values.encode(path, forKey: .path)
            try values.encode(frozen, forKey: .frozen)
            try values.encode(blackholed, forKey: .blackholed)
            // A page reads null where a field that is missing would be a question.
            try values.encode(cutUntil, forKey: .cutUntil)
        }
    }

    let version: String
    let now: Int64
    let newest: UInt64
    let settings: LabSettings
    let lanes: [Lane]
    let rooms: [String: UInt16]
    let isHalfDead: Bool

    private enum CodingKeys: String, CodingKey {
        case version
        case now = "now_ns"
        case newest
        case settings
        case lanes
        case rooms
        case isHalfDead = "half_dead"
    }
}

/// The faults that a lane has been given.
struct LaneFaults: Hashable, Sendable {
    /// Whether its clients have stopped reading.
    var isFrozen = false
    /// Whether its cable is pulled without an end.
    var isBlackholed = false
    /// Until when its cable is pulled.
    var cutUntil = Instant.distantPast
}
