/// What one round measured of one technique.
///
/// "An event" in a name means one delivery: one event at one client. What is optional was not
/// measured in this run, or does not exist for the technique.
package struct TransportResult: Hashable, Sendable {
    /// The technique's id.
    package var transport: String
    /// What its clients did with their connections.
    package var connection: ConnectionPolicy
    /// The round of the run, from 1.
    package var round: Int
    /// The clients that took part.
    package var clients: Int
    /// The link it was measured over.
    package var link: LinkResult
    /// What became of every event.
    package var deliveries: DeliveryCount
    /// How fast events came due, were sent and were read in the measured window.
    package var flow: DeliveryFlow?
    /// From the intended time of publishing to the event in the client's hands.
    package var latency: LatencySummary
    /// All of those latencies.
    package var latencyHistogram: EncodedHistogram?
    /// The first of them in the order of time, at one client.
    package var timeline: DeliveryTimeline?
    /// From opening a connection to its being established.
    package var connect: LatencySummary
    /// From opening a connection to the first message on it: the notice or batch that says where the
    /// stream begins, which an event would have followed or been part of.
    package var firstEvent: LatencySummary
    /// The time between deliveries under saturation, where the gap was probed.
    package var gap: GapResult?
    /// Requests a delivery.
    package var requestsPerEvent: Double
    /// Events in an answer that had any; for techniques that answer more than once.
    package var eventsPerAnswer: Double?
    /// Answers without an event.
    package var emptyAnswers: Int
    /// All answers.
    package var answers: Int
    /// All requests.
    package var requests: Int
    /// Connections that had to be made again, other than by the connection policy.
    package var reconnects: Int
    /// Bytes that the technique wrote while events were delivered, a delivery.
    package var bytesPerEvent: ByteTraffic
    /// Bytes until a client is subscribed, a client.
    package var bytesAtConnect: ByteTraffic
    /// From the moment at which an event was really published to the event in the client's hands:
    /// what a source that waits for its server would report. Never the figure, only beside it.
    package var uncorrectedLatency: LatencySummary?
    /// From the kernel's receipt of an event's last segment to the client's reading it, on a sample
    /// of clients: the generator's own part of the latency.
    package var receiveDelay: LatencySummary?
    /// What the kernel sent in the measured window, a delivery.
    package var wirePerEvent: WireCount?
    /// What the kernel sent in the whole round.
    package var wire: WireResult?
    /// The counts that are the same in every run, when events went in lock-step.
    package var exact: ExactCounts?
    /// How long the server could not reach a client, where it had to be asked.
    package var rearm: RearmWindow?
    /// What became of its connections when they failed, where that was tried.
    package var fault: FaultResult?
    /// What it cost the server.
    package var server: ServerCost
    /// What it cost the load generator.
    package var generator: GeneratorCost
    /// How punctual the source of events was.
    package var source: SourceLateness
    /// What theory says, where it says anything.
    package var prediction: Prediction?
    /// Reasons not to trust this result, or not all of it.
    package var warnings: [RecordedWarning]
    /// Whether the round ended before its time.
    package var partial: Bool

    package init(
        transport: String, connection: ConnectionPolicy = .keepAlive, round: Int = 1, clients: Int,
        link: LinkResult = .loopback, deliveries: DeliveryCount, flow: DeliveryFlow? = nil,
        latency: LatencySummary,
        latencyHistogram: EncodedHistogram? = nil, timeline: DeliveryTimeline? = nil,
        connect: LatencySummary = .none, firstEvent: LatencySummary = .none, gap: GapResult? = nil,
        requestsPerEvent: Double = 0, eventsPerAnswer: Double? = nil, emptyAnswers: Int = 0,
        answers: Int = 0, requests: Int = 0, reconnects: Int = 0,
        bytesPerEvent: ByteTraffic = ByteTraffic(), bytesAtConnect: ByteTraffic = ByteTraffic(),
        uncorrectedLatency: LatencySummary? = nil, receiveDelay: LatencySummary? = nil,
        wirePerEvent: WireCount? = nil, wire: WireResult? = nil, exact: ExactCounts? = nil,
        rearm: RearmWindow? = nil, fault: FaultResult? = nil, server: ServerCost = ServerCost(),
        generator: GeneratorCost,
        source: SourceLateness, prediction: Prediction? = nil, warnings: [RecordedWarning] = [],
        partial: Bool = false
    ) {
        self.transport = transport
        self.connection = connection
        self.round = round
        self.clients = clients
        self.link = link
        self.deliveries = deliveries
        self.flow = flow
        self.latency = latency
        self.latencyHistogram = latencyHistogram
        self.timeline = timeline
        self.connect = connect
        self.firstEvent = firstEvent
        self.gap = gap
        self.requestsPerEvent = requestsPerEvent
        self.eventsPerAnswer = eventsPerAnswer
        self.emptyAnswers = emptyAnswers
        self.answers = answers
        self.requests = requests
        self.reconnects = reconnects
        self.bytesPerEvent = bytesPerEvent
        self.bytesAtConnect = bytesAtConnect
        self.uncorrectedLatency = uncorrectedLatency
        self.receiveDelay = receiveDelay
        self.wirePerEvent = wirePerEvent
        self.wire = wire
        self.exact = exact
        self.rearm = rearm
        self.fault = fault
        self.server = server
        self.generator = generator
        self.source = source
        self.prediction = prediction
        self.warnings = warnings
        self.partial = partial
    }
}

extension TransportResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case transport
        case connection
        case round
        case clients
        case link
        case deliveries
        case flow
        case latency = "latency_ns"
        case latencyHistogram = "latency_histogram"
        case timeline
        case connect = "connect_ns"
        case firstEvent = "first_event_ns"
        case gap
        case requestsPerEvent = "requests_per_event"
        case eventsPerAnswer = "events_per_answer"
        case emptyAnswers = "empty_answers"
        case answers
        case requests
        case reconnects
        case bytesPerEvent = "bytes_per_event"
        case bytesAtConnect = "bytes_at_connect"
        case uncorrectedLatency = "latency_uncorrected_ns"
        case receiveDelay = "receive_delay_ns"
        case wirePerEvent = "wire_per_event"
        case wire
        case exact
        case rearm
        case fault
        case server
        case generator
        case source
        case prediction
        case warnings
        case partial
    }
}
