import Link

/// What a server did with clients that did not take their bytes.
package struct SlowReaders: Hashable, Sendable, Codable {
    /// Connections that it ended for that reason.
    package var disconnected: Int
    /// Events that it let go of, counted once for each client.
    package var droppedEvents: Int
    /// The most bytes that one client was behind.
    package var backlogPeakBytes: Int
    /// The most memory that it held for all of them; nil where techniques shared the server.
    package var heldPeakBytes: Int?

    package init(
        disconnected: Int, droppedEvents: Int, backlogPeakBytes: Int, heldPeakBytes: Int? = nil
    ) {
        self.disconnected = disconnected
        self.droppedEvents = droppedEvents
        self.backlogPeakBytes = backlogPeakBytes
        self.heldPeakBytes = heldPeakBytes
    }

    private enum CodingKeys: String, CodingKey {
        case disconnected
        case droppedEvents = "dropped_events"
        case backlogPeakBytes = "backlog_peak_bytes"
        case heldPeakBytes = "held_peak_bytes"
    }
}

/// What a server has done up to a moment, technique by technique: two of them, one taken from the
/// other, say what it did between.
///
/// All but `subscribers` and `parked` only ever grow, on all of the server's loops together. Each
/// loop counts up to the moment at which it was asked; several are asked one after the other, some
/// ten microseconds apart.
package struct ServerSnapshot: Hashable, Sendable, Codable {
    /// What one technique did.
    package struct Technique: Hashable, Sendable, Codable {
        /// The technique's id.
        package var id: String
        /// Connections on its stream at the end.
        package var subscribers: Int
        /// Polls that wait for an answer at the end.
        package var parked: Int
        /// Requests, and subscriptions of a technique without requests.
        package var requests: Int
        /// Answers to polls; those to HEAD, which carry nothing, are none.
        package var answers: Int
        /// Those of the answers that carried no event.
        package var emptyAnswers: Int
        /// Events handed to the kernel, counted once for each client.
        package var deliveries: Int
        /// Calls of `send` that carried bytes.
        package var sends: Int
        /// Calls of `recv` that carried bytes. The pieces of a connection's first request are not
        /// among them unless they complete it: nobody knows yet for which technique they are.
        package var receives: Int
        /// The number of waiting polls, integrated over time: divided by the time, it is how many
        /// waited on average.
        package var parkedNanoseconds: Int64
        /// The number of waiting polls whose answer had room for an event at the moment when it was
        /// published, summed over the events.
        package var parkedAtPublish: Int
        /// What became of its slow readers since the server's start; nil when the server is older
        /// than the figure.
        package var slowReaders: SlowReaders?

        package init(
            id: String, subscribers: Int = 0, parked: Int = 0, requests: Int = 0, answers: Int = 0,
            emptyAnswers: Int = 0, deliveries: Int = 0, sends: Int = 0, receives: Int = 0,
            parkedNanoseconds: Int64 = 0, parkedAtPublish: Int = 0,
            slowReaders: SlowReaders? = nil
        ) {
            self.id = id
            self.subscribers = subscribers
            self.parked = parked
            self.requests = requests
            self.answers = answers
            self.emptyAnswers = emptyAnswers
            self.deliveries = deliveries
            self.sends = sends
            self.receives = receives
            self.parkedNanoseconds = parkedNanoseconds
            self.parkedAtPublish = parkedAtPublish
            self.slowReaders = slowReaders
        }

        private enum CodingKeys: String, CodingKey {
            case id
            case subscribers
            case parked
            case requests
            case answers
            case emptyAnswers = "empty_answers"
            case deliveries
            case sends
            case receives
            case parkedNanoseconds = "parked_ns"
            case parkedAtPublish = "parked_at_publish"
            case slowReaders = "slow_readers"
        }
    }

    /// When counting began: the server's start, or in a difference the earlier snapshot.
    package var since: Instant
    /// When the snapshot was taken.
    package var at: Instant
    /// Events published.
    package var events: Int
    /// One for each technique that the server speaks, in its order.
    package var techniques: [Technique]
    /// The most memory that it held for clients that did not take their bytes, since its start; nil
    /// when the server is older than the figure.
    package var heldPeakBytes: Int?

    package init(
        since: Instant, at: Instant, events: Int, techniques: [Technique],
        heldPeakBytes: Int? = nil
    ) {
        self.since = since
        self.at = at
        self.events = events
        self.techniques = techniques
        self.heldPeakBytes = heldPeakBytes
    }

    private enum CodingKeys: String, CodingKey {
        case since
        case at
        case events
        case techniques
        case heldPeakBytes = "held_peak_bytes"
    }

    /// The technique called `id`.
    package func technique(_ id: String) -> Technique? {
        techniques.first { $0.id == id }
    }

    /// What was done between the two; what is counted at the end is the later one's.
    package static func - (later: ServerSnapshot, earlier: ServerSnapshot) -> ServerSnapshot {
        var difference = later
        difference.since = earlier.at
        difference.events -= earlier.events
        for index in difference.techniques.indices {
            let id = difference.techniques[index].id
            guard let before = earlier.technique(id) else { continue }
            difference.techniques[index].requests -= before.requests
            difference.techniques[index].answers -= before.answers
            difference.techniques[index].emptyAnswers -= before.emptyAnswers
            difference.techniques[index].deliveries -= before.deliveries
            difference.techniques[index].sends -= before.sends
            difference.techniques[index].receives -= before.receives
            difference.techniques[index].parkedNanoseconds &-= before.parkedNanoseconds
            difference.techniques[index].parkedAtPublish -= before.parkedAtPublish
        }
        return difference
    }
}
