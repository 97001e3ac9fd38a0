/// What a page has measured, as it posts it to have a record made.
struct RecordOrder: LabOrder {
    static let fields = [
        "page", "user_agent", "clock_error_ns", "poll_ms", "measured_ns", "headers", "lanes",
    ]

    /// What a page has measured of one technique.
    struct Lane: Decodable {
        let technique: String
        let connection: String?
        let requests: Int
        let received: Int
        let lost: Int
        let duplicate: Int
        let reordered: Int
        /// From each event's due time to its arrival, by the page's clock aligned to the server's.
        let latencies: [Double]
        /// From opening the first connection to the first message on it.
        let firstEvent: Double?

        private enum CodingKeys: String, CodingKey {
            case technique
            case connection
            case requests
            case received
            case lost
            case duplicate
            case reordered
            case latencies = "latencies_ns"
            case firstEvent = "first_event_ns"
        }
    }

    let page: String
    let userAgent: String
    /// Half the best round trip of the exchanges by which the page set its clock.
    let clockError: Double
    /// The pause between two questions of short polling; a second when the page does not say.
    let pollInterval: Double?
    /// For how long the page measured; since it was first seen when it does not say.
    let measured: Double?
    /// The name of the set of header fields that it sends.
    let headers: String?
    let lanes: [Lane]

    private enum CodingKeys: String, CodingKey {
        case page
        case userAgent = "user_agent"
        case clockError = "clock_error_ns"
        case pollInterval = "poll_ms"
        case measured = "measured_ns"
        case headers
        case lanes
    }

    /// Nothing here lasts longer than a week, in nanoseconds.
    private static let longest = 604_800e9
    /// More than all lanes together get in a week.
    private static let mostEvents = 1_000_000_000
    /// Latencies of a lane at most: four percentiles' worth of p99.9.
    static let latencyLimit = 20_000

    /// Refuses what no page can have measured.
    func check() throws(LabRefusal) {
        try Self.check(page.utf8.count, "page", in: 1...64)
        try Self.check(userAgent.utf8.count, "user_agent", in: 0...1000)
        try Self.check(headers?.utf8.count ?? 0, "headers", in: 0...100)
        try Self.check(clockError, "clock_error_ns", in: 0...Self.longest)
        try Self.check(pollInterval ?? 1000, "poll_ms", in: LabLaw.pollIntervals)
        try Self.check(measured ?? 0, "measured_ns", in: 0...Self.longest)
        try Self.check(lanes.count, "lanes", in: 1...LabSite.transports.count)
        for (index, lane) in lanes.enumerated() {
            guard !lanes[..<index].contains(where: { $0.technique == lane.technique }) else {
                throw LabRefusal(
                    "\"lanes\" has \(lane.technique.prefix(40)) twice.", remedy: "Each lane once.")
            }
            try Self.check(lane)
        }
    }

    private static func check(_ lane: Lane) throws(LabRefusal) {
        let events = 0...mostEvents
        try check(lane.requests, "requests", in: events)
        try check(lane.received, "received", in: events)
        try check(lane.lost, "lost", in: events)
        try check(lane.duplicate, "duplicate", in: events)
        try check(lane.reordered, "reordered", in: events)
        try check(lane.latencies.count, "latencies_ns", in: 0...latencyLimit)
        // An aligned clock can be ahead by its error, so that a latency may be less than nothing.
        for latency in lane.latencies { try check(latency, "latencies_ns", in: -longest...longest) }
        try check(lane.firstEvent ?? 0, "first_event_ns", in: 0...longest)
    }

    private static func check<Number: Comparable>(
        _ value: Number, _ name: String, in range: ClosedRange<Number>
    ) throws(LabRefusal) {
        guard range.contains(value) else {
            throw LabRefusal(
                "\"\(name)\" is or has \(value).",
                remedy: "From \(range.lowerBound) to \(range.upperBound).")
        }
    }
}
