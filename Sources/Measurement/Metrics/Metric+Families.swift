import Wire

/// The metrics, one list for each family: what a figure is called and where the result has it.
extension Metric {
    /// The statistics of a distribution of durations, and their places in its summary.
    private static let statistics: [(name: String, words: String, value: Statistic)] = [
        ("mean", "mean", { $0.mean }),
        ("p50", "median", { Double($0.p50) }),
        ("p90", "90th percentile", { Double($0.p90) }),
        ("p99", "99th percentile", { Double($0.p99) }),
        ("p99_9", "99.9th percentile", { Double($0.p99_9) }),
        ("max", "largest", { Double($0.max) }),
    ]

    private typealias Statistic = @Sendable (LatencySummary) -> Double

    /// The statistics of one distribution. Without a duration in it there is nothing to say.
    private static func durations(
        _ family: String, _ words: String,
        of summary: @escaping @Sendable (TransportResult) -> LatencySummary?
    ) -> [Metric] {
        statistics.map { statistic in
            Metric(
                "\(family).\(statistic.name)", .nanoseconds, "the \(statistic.words) of \(words)"
            ) { result in
                summary(result).flatMap { $0.count > 0 ? statistic.value($0) : nil }
            }
        }
    }

    /// Distributions of durations.
    static let latencies: [Metric] =
        durations("latency", "the time from an event's being due to a client's having it") {
            $0.latency
        }
        + durations(
            "uncorrected_latency",
            "the time from an event's being published to a client's having it"
        ) { $0.uncorrectedLatency }
        + durations("connect", "the time from opening a connection to its being established") {
            $0.connect
        }
        + durations("first_event", "the time from opening a connection to its first message") {
            $0.firstEvent
        }
        + durations("receive_delay", "the time from the kernel's receipt to the client's reading") {
            $0.receiveDelay
        }

    /// The delivery audit.
    static let deliveries: [Metric] = [
        Metric(
            "deliveries.expected", .count, "deliveries that were due", better: .none, isExact: true
        ) {
            Double($0.deliveries.expected)
        },
        Metric(
            "deliveries.received", .count, "deliveries that were made", better: .higher,
            isExact: true
        ) {
            Double($0.deliveries.received)
        },
        Metric(
            "deliveries.per_second", .perSecond, "deliveries a second, of all clients",
            better: .higher
        ) {
            $0.deliveries.perSecond
        },
        Metric("lost", .count, "deliveries that were not made, announced or not", isExact: true) {
            Double($0.deliveries.undelivered)
        },
        Metric("duplicate", .count, "arrivals of what had arrived already", isExact: true) {
            Double($0.deliveries.duplicate)
        },
        Metric("reordered", .count, "arrivals after an event with a greater id", isExact: true) {
            Double($0.deliveries.reordered)
        },
    ]

    /// Requests, answers and connections.
    static let exchanges: [Metric] = [
        Metric("requests", .count, "requests of all clients", better: .none, isExact: true) {
            Double($0.requests)
        },
        Metric("requests_per_event", .ratio, "requests a delivery", isExact: true) {
            $0.requestsPerEvent
        },
        Metric("answers", .count, "answers to polls", better: .none, isExact: true) {
            Double($0.answers)
        },
        Metric("empty_answers", .count, "answers without an event", isExact: true) {
            Double($0.emptyAnswers)
        },
        Metric(
            "events_per_answer", .ratio, "events in an answer with any", better: .none,
            isExact: true
        ) {
            $0.eventsPerAnswer
        },
        Metric("reconnects", .count, "connections that broke and were made again") {
            Double($0.reconnects)
        },
    ]

    /// Application bytes a delivery, and until a client is subscribed.
    static let bytes: [Metric] =
        [
            Metric("bytes.total_per_event", .bytes, "bytes a delivery, both ways", isExact: true) {
                $0.bytesPerEvent.total
            },
            Metric(
                "bytes.overhead_per_event", .bytes,
                "bytes a delivery, both ways, that are not the event", isExact: true
            ) { $0.bytesPerEvent.overhead },
        ]
        + directions.flatMap { direction in
            [
                Metric(
                    "bytes.\(direction.name).total", .bytes, "bytes a delivery \(direction.words)",
                    isExact: true
                ) { direction.count($0.bytesPerEvent).total }
            ]
                + ByteClass.allCases.map { byteClass in
                    Metric(
                        "bytes.\(direction.name).\(byteClass.name)", .bytes,
                        "bytes of class \(byteClass.name) a delivery \(direction.words)",
                        better: byteClass == .payload ? .none : .lower, isExact: true
                    ) { direction.count($0.bytesPerEvent)[byteClass] }
                }
        }
        + directions.map { direction in
            Metric(
                "bytes_at_connect.\(direction.name)", .bytes,
                "bytes \(direction.words) until a client is subscribed"
            ) { direction.count($0.bytesAtConnect).total }
        }

    private struct ByteDirection: Sendable {
        let name: String
        let words: String
        let count: @Sendable (ByteTraffic) -> ByteCount
    }

    private static let directions = [
        ByteDirection(name: "up", words: "from client to server") { $0.up },
        ByteDirection(name: "down", words: "from server to client") { $0.down },
    ]

    /// What the kernel sent, headers of TCP and IP included.
    static let wire: [Metric] = [
        Metric("wire.up_bytes", .bytes, "IP bytes a delivery from client to server") {
            $0.wirePerEvent?.upBytes
        },
        Metric("wire.down_bytes", .bytes, "IP bytes a delivery from server to client") {
            $0.wirePerEvent?.downBytes
        },
        Metric("wire.up_packets", .ratio, "packets a delivery from client to server") {
            $0.wirePerEvent?.upPackets
        },
        Metric("wire.down_packets", .ratio, "packets a delivery from server to client") {
            $0.wirePerEvent?.downPackets
        },
        Metric(
            "wire.difference", .bytes,
            "IP bytes of the round that the interface counted beyond the connections", better: .none
        ) { $0.wire?.differenceBytes.map(Double.init) },
        Metric("wire.retransmits", .count, "segments of the round that clients sent again") {
            ($0.wire?.retransmits).map(Double.init)
        },
    ]

    /// How long a technique cannot deliver.
    static let gaps: [Metric] = [
        Metric("gap.minimum", .nanoseconds, "the shortest time between deliveries, saturated") {
            ($0.gap?.minimumNanoseconds).map(Double.init)
        },
        Metric("gap.median", .nanoseconds, "the median time between deliveries, saturated") {
            ($0.gap?.medianNanoseconds).map(Double.init)
        },
        Metric("gap.in_rtt", .ratio, "the median gap in effective round trips") {
            $0.gap?.inRoundTrips
        },
        Metric("rearm.mean", .nanoseconds, "the mean time from an answer to the next poll") {
            $0.rearm?.meanNanoseconds
        },
        Metric("rearm.share", .share, "events published while a client had no poll waiting") {
            $0.rearm?.shareOfEvents
        },
    ]

    /// What it cost, and how punctual the source was.
    static let costs: [Metric] = [
        Metric("server.cpu_per_delivery", .nanoseconds, "processor time of the server a delivery") {
            $0.server.cpuNanosecondsPerDelivery
        },
        Metric("server.memory_per_connection", .bytes, "memory of the server a connection") {
            $0.server.memoryBytesPerConnection
        },
        Metric(
            "generator.cpu_per_delivery", .nanoseconds, "processor time of the generator a delivery"
        ) { $0.generator.cpuNanosecondsPerDelivery },
        Metric("generator.cpu_share", .share, "the busiest generator thread's part of a processor")
        {
            $0.generator.cpuShare
        },
        Metric("generator.loop_lag_p99", .nanoseconds, "how late the generator's timers fired") {
            Double($0.generator.loopLagP99Nanoseconds)
        },
        Metric("source.lateness_p50", .nanoseconds, "how late events were published, the median") {
            Double($0.source.p50Nanoseconds)
        },
        Metric("source.lateness_p99", .nanoseconds, "how late events were published, p99") {
            Double($0.source.p99Nanoseconds)
        },
        Metric("source.wake_lateness_p99", .nanoseconds, "how late a free server was woken, p99") {
            Double($0.source.wakeP99Nanoseconds)
        },
    ]

    /// The whole numbers of a lock-step run: what an exact gate compares.
    static let exactCounts: [Metric] =
        [
            exact("events", .count, .none, "events published") { $0.events },
            exact("deliveries", .count, .none, "events times clients") { $0.deliveries },
            exact("requests", .count, .lower, "requests") { $0.requests },
            exact("answers", .count, .lower, "answers to polls") { $0.answers },
            exact("up_bytes", .bytes, .lower, "bytes from clients to server") { $0.upBytes },
            exact("down_bytes", .bytes, .lower, "bytes from server to clients") { $0.downBytes },
            exact("server_sends", .count, .lower, "calls by which the server sent") {
                $0.serverSends
            },
            exact("server_receives", .count, .lower, "calls by which the server received") {
                $0.serverReceives
            },
            exact("client_sends", .count, .lower, "calls by which the clients sent") {
                $0.clientSends
            },
            exact("client_receives", .count, .lower, "calls by which the clients received") {
                $0.clientReceives
            },
        ]
        + exactBytes("bytes", "") { $0.bytes }
        + exactBytes("connect_bytes", " until every client waits for the first event") {
            $0.connectBytes
        }

    private static func exact(
        _ name: String, _ unit: MetricUnit, _ direction: Direction, _ summary: String,
        value: @escaping @Sendable (ExactCounts) -> Int?
    ) -> Metric {
        Metric("exact.\(name)", unit, summary + ", in lock-step", better: direction, isExact: true)
        {
            $0.exact.flatMap(value).map(Double.init)
        }
    }

    private static func exactBytes(
        _ family: String, _ when: String,
        of traffic: @escaping @Sendable (ExactCounts) -> ExactTraffic?
    ) -> [Metric] {
        let directions: [(String, String, @Sendable (ExactTraffic) -> ExactBytes)] = [
            ("up", "from clients to server", { $0.up }),
            ("down", "from server to clients", { $0.down }),
        ]
        return directions.flatMap { name, words, bytes in
            ByteClass.allCases.map { byteClass in
                exact(
                    "\(family).\(name).\(byteClass.name)", .bytes,
                    byteClass == .payload ? .none : .lower,
                    "bytes of class \(byteClass.name) \(words)\(when)"
                ) { counts in traffic(counts).map { bytes($0)[byteClass] } }
            }
        }
    }
}
