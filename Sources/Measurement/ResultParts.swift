/// The time between deliveries to one client while there is always something to deliver.
package struct GapResult: Hashable, Sendable, Codable {
    /// The smallest gap: what the technique can do at best.
    package var minimumNanoseconds: Int64
    /// The median gap.
    package var medianNanoseconds: Int64
    /// The median gap in effective round trips; without a round trip there is nothing to count in.
    package var inRoundTrips: Double?

    package init(minimumNanoseconds: Int64, medianNanoseconds: Int64, inRoundTrips: Double?) {
        self.minimumNanoseconds = minimumNanoseconds
        self.medianNanoseconds = medianNanoseconds
        self.inRoundTrips = inRoundTrips
    }

    private enum CodingKeys: String, CodingKey {
        case minimumNanoseconds = "minimum_ns"
        case medianNanoseconds = "median_ns"
        case inRoundTrips = "in_rtt"
    }
}

/// How fast deliveries went through their stations within the measured window: where one is slower
/// than the one before, a queue grows between them. What came to a client after the window, in the
/// drain, is in `DeliveryCount` and not in these.
package struct DeliveryFlow: Hashable, Sendable, Codable {
    /// Deliveries that came due a second: events published, times clients.
    package var duePerSecond: Double
    /// Those that the server handed to its kernel a second; nil when the server is someone else's.
    package var sentPerSecond: Double?
    /// Those that the clients read a second.
    package var readPerSecond: Double

    package init(duePerSecond: Double, sentPerSecond: Double? = nil, readPerSecond: Double) {
        self.duePerSecond = duePerSecond
        self.sentPerSecond = sentPerSecond
        self.readPerSecond = readPerSecond
    }

    private enum CodingKeys: String, CodingKey {
        case duePerSecond = "due_per_second"
        case sentPerSecond = "sent_per_second"
        case readPerSecond = "read_per_second"
    }
}

/// What a technique cost the server; unknown when the server is someone else's.
package struct ServerCost: Hashable, Sendable, Codable {
    /// Processor time of the server's process, user and system, a delivery.
    package var cpuNanosecondsPerDelivery: Double?
    /// Processor time in the measured window ÷ its length: 1 is one processor, and a server of
    /// several loops can have more.
    package var cpuShare: Double?
    /// Growth of the server's memory while clients connected, a connection.
    package var memoryBytesPerConnection: Double?
    /// What became of clients that did not take their bytes, until the end of the window; nil when
    /// the server is someone else's.
    package var slowReaders: SlowReaders?

    package init(
        cpuNanosecondsPerDelivery: Double? = nil, cpuShare: Double? = nil,
        memoryBytesPerConnection: Double? = nil, slowReaders: SlowReaders? = nil
    ) {
        self.cpuNanosecondsPerDelivery = cpuNanosecondsPerDelivery
        self.cpuShare = cpuShare
        self.memoryBytesPerConnection = memoryBytesPerConnection
        self.slowReaders = slowReaders
    }

    private enum CodingKeys: String, CodingKey {
        case cpuNanosecondsPerDelivery = "cpu_ns_per_delivery"
        case cpuShare = "cpu_share"
        case memoryBytesPerConnection = "memory_bytes_per_connection"
        case slowReaders = "slow_readers"
    }
}

/// What measuring cost the load generator: how far it is to be trusted.
package struct GeneratorCost: Hashable, Sendable, Codable {
    /// Processor time of the generator's process, user and system, a delivery.
    package var cpuNanosecondsPerDelivery: Double
    /// The busiest thread's share of one processor, from 0 to 1.
    package var cpuShare: Double
    /// How late the generator's own timers fired.
    package var loopLagP99Nanoseconds: Int64

    package init(cpuNanosecondsPerDelivery: Double, cpuShare: Double, loopLagP99Nanoseconds: Int64)
    {
        self.cpuNanosecondsPerDelivery = cpuNanosecondsPerDelivery
        self.cpuShare = cpuShare
        self.loopLagP99Nanoseconds = loopLagP99Nanoseconds
    }

    private enum CodingKeys: String, CodingKey {
        case cpuNanosecondsPerDelivery = "cpu_ns_per_delivery"
        case cpuShare = "cpu_share"
        case loopLagP99Nanoseconds = "loop_lag_p99_ns"
    }
}

/// How much later than intended events were published. It is part of every latency.
///
/// Most of it is usually the server at work: an event that falls due while the last one is still
/// being sent waits for that. What the machine adds, a free server being woken late, is told apart,
/// because only that makes a measurement doubtful.
package struct SourceLateness: Hashable, Sendable, Codable {
    /// The median lateness.
    package var p50Nanoseconds: Int64
    /// The lateness that 1 % of the events exceeded.
    package var p99Nanoseconds: Int64
    /// The same, counted from when the server was free if that was later than the event was due.
    package var wakeP99Nanoseconds: Int64
    /// Events that the server did not take, of the whole round; nil when it publishes them itself.
    package var refusedEvents: Int?

    package init(
        p50Nanoseconds: Int64, p99Nanoseconds: Int64, wakeP99Nanoseconds: Int64 = 0,
        refusedEvents: Int? = nil
    ) {
        self.p50Nanoseconds = p50Nanoseconds
        self.p99Nanoseconds = p99Nanoseconds
        self.wakeP99Nanoseconds = wakeP99Nanoseconds
        self.refusedEvents = refusedEvents
    }

    private enum CodingKeys: String, CodingKey {
        case p50Nanoseconds = "lateness_p50_ns"
        case p99Nanoseconds = "lateness_p99_ns"
        case wakeP99Nanoseconds = "wake_lateness_p99_ns"
        case refusedEvents = "refused_events"
    }
}
