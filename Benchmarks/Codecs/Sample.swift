import Link
import Transports
import Wire

/// What the workloads are made from: events, and conversations in which the two halves of a
/// technique wrote the bytes themselves.
enum Sample {
    /// Payloads measured: a short message, a long one, and one that fills seven segments.
    static let payloadSizes = [100, 1024, 10_240]
    /// The number of events that stand in a log.
    static let logLength: UInt64 = 1000
    /// The moment at which everything happens: a machine that has been up for a day.
    static let now = Instant(nanoseconds: 81_234_567_890_123)
    /// What a client says that it asks.
    static let authority = "127.0.0.1:8080"

    /// An event that pads its payload to `size` bytes.
    static func event(_ id: UInt64, size: Int) -> Event {
        let due = Instant(nanoseconds: now.nanoseconds + Int64(id) * 1_000_000)
        return Event(
            id: id, intendedTime: due,
            payload: EventPayload.padded(id: id, intendedTime: due, size: size))
    }

    /// A server's context that serves `transport` and retains 1,000 events.
    static func serverContext(for transport: Transport, payloadBytes: Int) -> ServerContext {
        var log = EventLog()
        for id in 1...logLength { log.append(event(id, size: payloadBytes)) }
        var context = ServerContext(transports: [transport], settings: .init(), log: log)
        context.now = now
        return context
    }

    /// A client's context, as new.
    static func clientContext() -> ClientContext {
        var context = ClientContext(seed: 1)
        context.startInput(now: now)
        return context
    }

    /// A server's connection for `transport`.
    static func connection(for transport: Transport) -> ServerConnection {
        ServerConnection(door: transport.isHTTP ? .http : .bare(0))
    }

    /// The profile of a client that goes on behind the event `since`.
    static func profile(
        _ headers: HeaderProfile = .minimal, since: UInt64? = nil
    ) -> ClientProfile {
        ClientProfile(authority: authority, headers: headers, since: since)
    }

    /// What a client of `transport` says first.
    static func request(_ transport: Transport, _ profile: ClientProfile) -> [UInt8] {
        var context = clientContext()
        var session = transport.makeClient(profile)
        session.connected(&context)
        return context.output.bytes
    }

    /// What the server answers to what a client of `transport` says first.
    static func opening(of transport: Transport) -> [UInt8] {
        var context = serverContext(for: transport, payloadBytes: 100)
        var connection = connection(for: transport)
        _ = connection.receive(request(transport, profile()).span, &context)
        return context.output.bytes
    }
}

/// Something went otherwise than a workload expects: what it measured means nothing.
extension ProtocolError {
    static let workload = ProtocolError(
        rule: "workload", reason: "A workload did not run as it was made to.",
        reference: "pushbench, Benchmarks/Codecs")
}
