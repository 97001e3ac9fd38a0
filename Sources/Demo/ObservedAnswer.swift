import FoundationEssentials
import Link
import Wire

/// What the server saw of a page: the answer of `/lab/observed`.
struct ObservedAnswer: Encodable {
    /// One technique; with its last messages when they were asked for.
    struct Lane: Encodable {
        let account: LaneAccount
        /// What the relay holds of the lane, for all pages. A relay acknowledges at once what over a
        /// real link would wait at the server, unacknowledged, so that it counts as held there.
        let bytesOnTheirWay: Int
        let showsExchange: Bool

        private enum CodingKeys: String, CodingKey {
            case requests
            case connections
            case events
            case answers
            case emptyAnswers = "empty_answers"
            case up
            case down
            case heldBytes = "held_bytes"
            case ended
            case exchange
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(account.requests, forKey: .requests)
            try values.encode(account.connections, forKey: .connections)
            try values.encode(account.events, forKey: .events)
            try values.encode(account.answers, forKey: .answers)
            try values.encode(account.emptyAnswers, forKey: .emptyAnswers)
            try values.encode(account.up.byName, forKey: .up)
            try values.encode(account.down.byName, forKey: .down)
            try values.encode(account.heldBytes + bytesOnTheirWay, forKey: .heldBytes)
            try values.encode(account.ended, forKey: .ended)
            if showsExchange { try values.encode(account.exchange, forKey: .exchange) }
        }
    }

    let now: Int64
    let lanes: [String: Lane]

    private enum CodingKeys: String, CodingKey {
        case now = "now_ns"
        case lanes
    }
}

extension ByteLedger {
    /// The classes that occur, by their names in the record.
    var byName: [String: Int] {
        var names: [String: Int] = [:]
        for byteClass in ByteClass.allCases where self[byteClass] != 0 {
            names[byteClass.name] = self[byteClass]
        }
        return names
    }
}

/// `{"way":"up","at_ns":…,"count":472,"events":[17,18],"runs":[["request_head",472]],"base64":"…"}`
extension LaneAccount.Exchange: Encodable {
    private enum CodingKeys: String, CodingKey {
        case way
        case at = "at_ns"
        case count
        case events
        case runs
        case base64
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(way == .up ? "up" : "down", forKey: .way)
        try values.encode(at.nanoseconds, forKey: .at)
        try values.encode(count, forKey: .count)
        try values.encode(events.map { [$0.lowerBound, $0.upperBound] }, forKey: .events)
        var list = values.nestedUnkeyedContainer(forKey: .runs)
        for run in runs {
            var pair = list.nestedUnkeyedContainer()
            try pair.encode(run.byteClass.name)
            try pair.encode(run.count)
        }
        try values.encode(Data(bytes).base64EncodedString(), forKey: .base64)
    }
}
