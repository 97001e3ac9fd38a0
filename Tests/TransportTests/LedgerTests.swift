import Link
import Testing
import Transports
import Wire

@Suite("The ledger of every technique")
struct LedgerTests {
    @Test(
        "closes: what the server wrote is what the client read, class by class",
        arguments: Transport.all, FeedPattern.all)
    func closes(transport: Transport, pattern: FeedPattern) {
        // Conformance tries every split; the ledger needs some of each kind.
        for index in 0..<(pattern == .everySplit ? 16 : 1) {
            let pair = TransportPair(transport)
            pair.feed = TransportPair.Feed(pattern: pattern, index: index * 17)
            pair.connect()
            for line in SampleData.lines { pair.publish(line) }
            pair.advance(by: .seconds(30))
            pair.server.publish(SampleData.lines)
            pair.settle()
            pair.server.sendHeartbeat()
            pair.settle()
            pair.server.endStream(.recycled)
            pair.settle()
            pair.publish(SampleData.lines[0])
            pair.advance(by: .seconds(3))

            #expect(pair.errors.isEmpty)
            #expect(pair.context.received == pair.server.sent)
            #expect(pair.context.received.total == pair.bytesToClient)
            #expect(pair.sent.total == pair.bytesToServer)
        }
    }

    @Test("closes when events are lost", arguments: Transport.all)
    func closesWithNotice(transport: Transport) {
        var limits = EventLog.Limits()
        limits.events = 2
        let server = ServerPeer(logLimits: limits)
        let profile = ClientProfile(authority: "127.0.0.1:8080", since: 0)
        let pair = TransportPair(transport, profile: profile, server: server)
        server.publish(SampleData.lines)
        pair.connect()
        #expect(pair.context.announcedLost == UInt64(SampleData.lines.count - 2))
        #expect(pair.context.received == server.sent)
        #expect(pair.context.received[.notice] > 0)
        #expect(pair.context.received.total == pair.bytesToClient)
    }

    @Test("closes over an identity-coded answer", arguments: Transport.all)
    func closesWithoutChunks(transport: Transport) throws {
        guard case .streaming(let stream) = transport.server, transport != .webSocket else {
            return
        }
        // A server that speaks HTTP/1.0 to the same client.
        var server = ServerContext(transports: [transport], settings: .init(), log: EventLog())
        var connection = ServerConnection(door: .http)
        let request = Array("GET \(transport.path)?since=0 HTTP/1.0\r\n\r\n".utf8)
        let payload = EventPayload.padded(id: 1, intendedTime: server.now, size: 100)
        server.log.append(Event(id: 1, intendedTime: server.now, payload: payload))
        _ = connection.receive(request.span, &server)
        stream.write(.heartbeat, coding: .identity, into: &server.output)

        var client = transport.makeClient(ClientProfile(authority: "lab", since: 0))
        var context = ClientContext(seed: 1)
        client.connected(&context)
        _ = try client.receive(server.output.bytes.span, &context)
        #expect(context.received == server.output.ledger)
        #expect(context.received[.transferCoding] == 0)
        #expect(context.events.map(\.id) == [1])
        context.startInput(now: server.now)
        #expect(try client.peerClosed(&context) == .reconnect(at: server.now))
    }

    /// Bytes around one event's payload, by hand: the message's framing, and what the framed message
    /// of so many bytes costs in chunks.
    private static func framing(of transport: Transport, id: Int, payload: Int) -> Int? {
        switch transport {
        case .rawTCP, .httpStreaming: 1  // LF
        case .webSocket: payload < 126 ? 2 : 4  // RFC 6455 §5.2
        case .foreverIframe: 20 + 10 + 1  // <script>parent.push( … )</script> LF
        case .serverSentEvents: 4 + "\(id)".utf8.count + 1 + 6 + 2  // id: 1 LF data: … LF LF
        default: nil
        }
    }

    @Test(
        "has the overhead an event that the format says",
        arguments: Transport.all, [62, 99, 125, 126, 127, 255, 256, 1000, 4096, 65_535])
    func overhead(transport: Transport, size: Int) throws {
        guard let stream = transport.server.stream else { return }
        for id in [1, 9, 10, 12_345] {
            let payload = EventPayload.padded(
                id: UInt64(id), intendedTime: Instant(nanoseconds: 1), size: size)
            #expect(payload.count == size)
            let event = Event(
                id: UInt64(id), intendedTime: Instant(nanoseconds: 1), payload: payload)
            let framing = try #require(
                Self.framing(of: transport, id: id, payload: size), "say the figure by hand")
            for coding in [StreamCoding.chunked, .identity] {
                var wire = WireBuffer()
                stream.write(.event(event), coding: coding, into: &wire)
                let isChunked = coding == .chunked && Self.knowsChunks(transport)
                // RFC 9112 §7.1: the size in hexadecimal, and CR LF twice.
                let chunk = isChunked ? String(size + framing, radix: 16).utf8.count + 4 : 0
                #expect(wire.ledger[.payload] == size)
                #expect(wire.ledger[.messageFraming] == framing)
                #expect(wire.ledger[.transferCoding] == chunk)
                #expect(wire.ledger.overhead == framing + chunk)
                #expect(wire.ledger.total == wire.count)
            }
        }
    }

    private static func knowsChunks(_ transport: Transport) -> Bool {
        transport != .webSocket && transport != .rawTCP
    }

    @Test(
        "has the framing of a batch that the format says",
        arguments: Transport.all, [1, 2, 10])
    func batch(transport: Transport, count: Int) {
        guard case .polling = transport.server else { return }
        let profile = ClientProfile(authority: "127.0.0.1:8080", since: 0)
        let pair = TransportPair(transport, profile: profile)
        pair.server.publish((0..<count).map { _ in Array("0".utf8) })
        pair.connect()
        // {"cursor":N,"events":[ … ]} and commas between; /**/push( … ); around it for a script.
        let json = 10 + "\(count)".utf8.count + 11 + 2 + count - 1
        let call = transport == .jsonpPolling ? 9 + 2 : 0
        #expect(pair.context.received[.messageFraming] == json + call)
        #expect(pair.context.answers == 1)
        #expect(pair.context.emptyAnswers == 0)
    }
}
