import Wire

/// What is the same in every lock-step run of one scenario, to the last bit: counts of the measured
/// events alone.
package struct ExactCounts: Hashable, Sendable, Codable {
    /// Events published and delivered to every client.
    package var events: Int
    /// Deliveries: events times clients.
    package var deliveries: Int
    /// Requests of all clients.
    package var requests: Int
    /// Answers of the server to polls.
    package var answers: Int
    /// Application bytes from clients to server.
    package var upBytes: Int
    /// Application bytes from server to clients.
    package var downBytes: Int
    /// Calls by which the server sent bytes.
    package var serverSends: Int?
    /// Calls by which the server received bytes.
    package var serverReceives: Int?
    /// Calls by which the clients sent bytes.
    package var clientSends: Int
    /// Calls by which the clients received bytes.
    package var clientReceives: Int
    /// The bytes above by what they are for.
    package var bytes: ExactTraffic?
    /// The bytes from the first connection to when every client waits for the first event: here,
    /// and not among those above, are the heads of techniques that ask only once.
    package var connectBytes: ExactTraffic?

    package init(
        events: Int, deliveries: Int, requests: Int, answers: Int, upBytes: Int, downBytes: Int,
        serverSends: Int? = nil, serverReceives: Int? = nil, clientSends: Int, clientReceives: Int,
        bytes: ExactTraffic? = nil, connectBytes: ExactTraffic? = nil
    ) {
        self.events = events
        self.deliveries = deliveries
        self.requests = requests
        self.answers = answers
        self.upBytes = upBytes
        self.downBytes = downBytes
        self.serverSends = serverSends
        self.serverReceives = serverReceives
        self.clientSends = clientSends
        self.clientReceives = clientReceives
        self.bytes = bytes
        self.connectBytes = connectBytes
    }

    private enum CodingKeys: String, CodingKey {
        case events
        case deliveries
        case requests
        case answers
        case upBytes = "up_bytes"
        case downBytes = "down_bytes"
        case serverSends = "server_sends"
        case serverReceives = "server_receives"
        case clientSends = "client_sends"
        case clientReceives = "client_receives"
        case bytes
        case connectBytes = "connect_bytes"
    }
}

/// Bytes of all clients by what they are for, in both directions, as whole numbers.
package struct ExactTraffic: Hashable, Sendable, Codable {
    /// From the server.
    package var down: ExactBytes
    /// To the server.
    package var up: ExactBytes

    package init(down: ByteLedger, up: ByteLedger) {
        self.down = ExactBytes(down)
        self.up = ExactBytes(up)
    }

    private enum CodingKeys: String, CodingKey {
        case down
        case up
    }
}

/// Bytes of one direction by what they are for; in the record, the classes that occur.
package struct ExactBytes: Hashable, Sendable, Codable {
    private var counts: [String: Int]

    /// The bytes of `ledger`.
    package init(_ ledger: ByteLedger) {
        counts = [:]
        for byteClass in ByteClass.allCases where ledger[byteClass] != 0 {
            counts[byteClass.name] = ledger[byteClass]
        }
    }

    /// The bytes of one class.
    package subscript(byteClass: ByteClass) -> Int {
        get { counts[byteClass.name] ?? 0 }
        set { counts[byteClass.name] = newValue == 0 ? nil : newValue }
    }

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        counts = try value.decode([String: Int].self).filter { $0.value != 0 }
        let known = Set(ByteClass.allCases.map(\.name))
        guard let unknown = counts.keys.sorted().first(where: { !known.contains($0) }) else {
            return
        }
        throw DecodingError.dataCorruptedError(
            in: value, debugDescription: "there is no class of bytes called \(unknown)")
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(counts)
    }
}
