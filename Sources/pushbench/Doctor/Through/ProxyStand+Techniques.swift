import Link
import Transports
import Wire

/// What becomes of each technique behind the proxy.
extension ProxyStand {
    /// How long an event may take before it counts as kept back. Buffers wait for bytes, not for
    /// time; a second is far beyond any delay on the way.
    private static let patience = Duration.seconds(1)
    /// Events published one by one.
    private static let singles = 5
    /// Events published at once, to see how they are cut into chunks.
    private static let burst = 20
    /// What is published behind a kept event until it comes: this much a time, and in all at most.
    /// nginx's buffers take 4 to 72 KiB.
    private static let pressure = 1024
    private static let mostPressure = 256 * 1024
    /// Between two requests of short polling: many polls in a short time.
    private static let pollInterval = Duration.milliseconds(20)
    /// What browsers say that they can unpack.
    private static let codings = "Accept-Encoding: gzip, deflate, br\r\n"

    /// Puts a client of the technique in front of the proxy. It says first that it can unpack what is
    /// compressed, as browsers do; when something then is, it asks again without.
    func observe(_ transport: Transport) throws -> TechniqueObservation {
        let accept = transport.id == "sse" ? "Accept: text/event-stream\r\n" : ""
        let coded = try attempt(transport, .custom(Array((accept + Self.codings).utf8)))
        guard let encoding = coded.encoding else { return coded }
        var plain = try attempt(transport, .minimal)
        plain.encoding = encoding
        plain.isFlushed = coded.isFlushed && coded.held == nil
        return plain
    }

    private func attempt(
        _ transport: Transport, _ headers: HeaderProfile
    ) throws -> TechniqueObservation {
        var observation = TechniqueObservation(transport: transport)
        publish()
        // The client has seen that one; the next is what it must be told when it resumes.
        observation.cursor = newest
        let missed = publish()
        let count = requests.count
        let profile = ClientProfile(
            authority: order.host, headers: headers, pollInterval: Self.pollInterval,
            since: observation.cursor)
        let client = open(
            transport.makeClient(profile), reconnects: !observation.isStream)
        defer { close(client) }
        try wait(Self.patience) {
            client.arrivals[missed] != nil || client.isOver || client.encoding != nil
        }
        observation.isResumed = client.arrivals[missed] != nil
        if client.encoding != nil {
            observation.isFlushed = try isFlushed(to: client, observation)
        } else {
            for _ in 0..<Self.singles where observation.held == nil && !client.isOver {
                try deliver(publish(), to: client, &observation)
            }
        }
        if observation.works, observation.isStream { try burst(client, &observation) }
        note(client, from: count, &observation)
        return observation
    }

    /// Waits for an event; when it does not come, publishes behind it until it does.
    private func deliver(
        _ id: UInt64, to client: ProbeClient, _ observation: inout TechniqueObservation
    ) throws {
        observation.published += 1
        try wait(Self.patience) {
            client.arrivals[id] != nil || client.isOver || client.encoding != nil
        }
        if let nanoseconds = client.arrivals[id] {
            observation.delivered += 1
            observation.slowest = max(observation.slowest, nanoseconds)
        } else if observation.isStream, !client.isOver {
            observation.held = try press(behind: id, client, observation.transport)
        }
    }

    /// Whether an event that is compressed on the way comes as bytes at once. What they say is the
    /// browser's to find out.
    private func isFlushed(
        to client: ProbeClient, _ observation: TechniqueObservation
    ) throws -> Bool {
        guard observation.isStream, !client.isOver else { return true }
        // What was on its way before is to be here.
        try wait(.milliseconds(50))
        let before = client.receivedBytes
        publish()
        return try wait(Self.patience) { client.receivedBytes > before }
    }

    private func press(
        behind id: UInt64, _ client: ProbeClient, _ transport: Transport
    ) throws -> TechniqueObservation.Held? {
        guard let request = request(for: transport.path, from: 0) else { return nil }
        var held = TechniqueObservation.Held(bytes: 0, wasReleased: false)
        var published = 0
        while published < Self.mostPressure {
            held.bytes = max(held.bytes, bytesSent(on: request) - client.receivedBytes)
            publish(bytes: Self.pressure)
            published += Self.pressure
            held.wasReleased = try wait(.milliseconds(5)) { client.arrivals[id] != nil }
            if held.wasReleased || client.isOver || client.encoding != nil { break }
        }
        return held
    }

    /// Publishes some events at once and counts the chunks in which they come.
    private func burst(
        _ client: ProbeClient, _ observation: inout TechniqueObservation
    ) throws {
        let before = client.survey.chunks
        for _ in 0..<Self.burst { publish() }
        let last = newest
        guard try wait(Self.patience, until: { client.arrivals[last] != nil || client.isOver })
        else { return }
        observation.burst = Self.burst
        observation.burstChunks = client.survey.chunks - before
    }

    /// Notes what can be told at the end.
    private func note(
        _ client: ProbeClient, from count: Int, _ observation: inout TechniqueObservation
    ) {
        let path = observation.transport.path
        let arrived = requests[count...].filter { $0.path == path }
        observation.arrived = arrived.first
        observation.requests = client.requests
        observation.connections = client.connections
        observation.serverConnections = Set(arrived.map(\.connection)).count
        observation.framing = client.heads.last?.body
        observation.encoding = client.encoding
        guard client.isOver || observation.delivered < observation.published else { return }
        observation.failure = failure(of: client, observation)
    }

    private func failure(
        of client: ProbeClient, _ observation: TechniqueObservation
    ) -> TechniqueObservation.Failure? {
        if let status = client.heads.last?.status, status != 200, status != 204, status != 101 {
            return .status(status)
        }
        switch client.endings.last?.ending {
        case .failed(let error): return .unreachable(error)
        // A handshake that is answered 200 is no handshake.
        case .broke(.httpUnexpectedStatus): return .status(client.heads.last?.status ?? 0)
        case .broke(let error): return .broke(error)
        case .cut: return .ended
        case .finished where client.isOver: return .ended
        case .finished, nil: return observation.held == nil ? .silent : nil
        }
    }
}
