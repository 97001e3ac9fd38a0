import Link
import Reactor
import Transports

/// What becomes of connections on which nothing is said, and of an event's latency.
extension ProxyStand {
    /// How long connecting, and an event, may take.
    private static let patience = Duration.seconds(1)
    /// Series of events past the proxy, and as many through it, and events in each: 60 each way.
    private static let series = 5
    private static let eventsOfSeries = 12

    /// Keeps a client of each technique silent for as long as ordered, all at once, and then publishes
    /// an event for those whose connection stands.
    func keepSilent(
        _ transports: [Transport], progress: (Duration) -> Void
    ) throws -> [SilenceObservation] {
        let count = requests.count
        let clients = transports.map { transport in
            open(
                transport.makeClient(
                    ClientProfile(authority: order.host, since: newest)), reconnects: false)
        }
        defer { for client in clients { close(client) } }
        try wait(Self.patience) {
            transports.allSatisfy { request(for: $0.path, from: count) != nil }
        }
        let start = MonotonicClock.now()
        let end = start + order.idle
        while MonotonicClock.now() < end, clients.contains(where: { !$0.isOver }) {
            progress(end - MonotonicClock.now())
            try wait(min(.milliseconds(500), end - MonotonicClock.now())) {
                clients.allSatisfy(\.isOver)
            }
        }
        let id = publish()
        try wait(Self.patience) {
            clients.allSatisfy { $0.isOver || $0.arrivals[id] != nil }
        }
        return zip(transports, clients).map { transport, client in
            var observation = SilenceObservation(transport: transport, idle: order.idle)
            observation.cameAfter = client.arrivals[id] != nil
            if !observation.cameAfter, let cut = client.endings.first {
                observation.cutAfter = max(.zero, cut.moment - start)
                let status = client.heads.last?.status
                observation.status = status == 200 || status == 101 ? nil : status
            }
            return observation
        }
    }

    /// Measures how long an event takes past the proxy and through it, in turns.
    func measureLatency(
        of transport: Transport, progress: (Int) -> Void
    ) throws -> LatencyObservation {
        var observation = LatencyObservation(transport: transport)
        for series in 0..<2 * Self.series {
            progress(series * Self.eventsOfSeries)
            let isDirect = series.isMultiple(of: 2)
            let count = requests.count
            let client = open(
                transport.makeClient(ClientProfile(authority: order.host, since: newest)),
                directly: isDirect, reconnects: true)
            defer { close(client) }
            try waitUntilSubscribed(client, transport, from: count)
            // The first event finds the way; it is not counted.
            for number in 0...Self.eventsOfSeries {
                let id = publish()
                try wait(Self.patience) { client.arrivals[id] != nil || client.isOver }
                guard let nanoseconds = client.arrivals[id] else { break }
                // A poll must be back before the next event.
                try wait(.milliseconds(2))
                guard number > 0 else { continue }
                if isDirect {
                    observation.direct.append(nanoseconds)
                } else {
                    observation.through.append(nanoseconds)
                    observation.roundTrip = client.roundTrip ?? observation.roundTrip
                }
            }
        }
        return observation
    }

    /// Waits until events reach the client, or its poll the server.
    private func waitUntilSubscribed(
        _ client: ProbeClient, _ transport: Transport, from count: Int
    ) throws {
        let isStream = transport.server.stream != nil
        try wait(Self.patience) {
            client.isOver
                || (isStream
                    ? !client.heads.isEmpty : request(for: transport.path, from: count) != nil)
        }
    }
}
