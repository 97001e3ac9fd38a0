import Link
import Testing
import Transports
import Wire

@Suite("Every technique")
struct ConformanceTests {
    @Test(
        "delivers every event once and in order, however its bytes are cut",
        arguments: Transport.all, FeedPattern.all)
    func delivers(transport: Transport, pattern: FeedPattern) throws {
        // Each of the pattern's feeds cuts every segment of a conversation of its own.
        for index in 0..<(pattern == .everySplit ? 256 : 1) {
            let pair = TransportPair(transport)
            pair.feed = TransportPair.Feed(pattern: pattern, index: index)
            try converse(pair)
        }
    }

    @Test("delivers over connections that close after each answer", arguments: Transport.all)
    func closes(transport: Transport) throws {
        let profile = ClientProfile(authority: "127.0.0.1:8080", keepsAlive: false)
        let pair = TransportPair(transport, profile: profile)
        try converse(pair)
        guard case .polling = transport.server else { return }
        #expect(pair.connections == pair.context.requests)
        #expect(pair.connections > 3)
    }

    @Test("delivers with a browser's header fields", arguments: Transport.all)
    func browser(transport: Transport) throws {
        let profile = ClientProfile(authority: "127.0.0.1:8080", headers: .browser)
        try converse(TransportPair(transport, profile: profile))
    }

    @Test("delivers what is retained when it is asked from the start", arguments: Transport.all)
    func replays(transport: Transport) throws {
        let profile = ClientProfile(authority: "127.0.0.1:8080", since: 0)
        let pair = TransportPair(transport, profile: profile)
        pair.server.publish(Array(SampleData.lines.prefix(5)))
        pair.connect()
        pair.publish(SampleData.lines[5])
        pair.advance(by: .seconds(3))
        #expect(pair.events.map(\.id) == Array(1...6))
        #expect(pair.context.announcedLost == 0)
    }

    @Test("delivers live events only when it is asked for nothing else", arguments: Transport.all)
    func live(transport: Transport) throws {
        let pair = TransportPair(transport)
        pair.server.publish(Array(SampleData.lines.prefix(3)))
        pair.connect()
        pair.publish(SampleData.lines[3])
        pair.advance(by: .seconds(3))
        #expect(pair.events.map(\.id) == [4])
        #expect(pair.context.announcedLost == 0)
    }

    @Test("goes on after the server has ended the stream", arguments: Transport.all)
    func recycled(transport: Transport) throws {
        guard transport.server.stream != nil else { return }
        for reason in [EndReason.recycled, .shutdown, .slowReader] {
            let pair = TransportPair(transport)
            pair.connect()
            pair.publish(SampleData.lines[0])
            pair.server.endStream(reason)
            // Nobody listens now.
            pair.server.publish([SampleData.lines[1]])
            pair.settle()
            pair.publish(SampleData.lines[2])
            #expect(pair.events.map(\.id) == [1, 2, 3])
            #expect(pair.connections == 2)
            #expect(pair.errors.isEmpty)
        }
    }

    @Test("outlives quiet times", arguments: Transport.all)
    func quiet(transport: Transport) throws {
        let pair = TransportPair(transport)
        pair.connect()
        for line in SampleData.lines.prefix(3) {
            for _ in 0..<5 {
                pair.advance(by: .seconds(15))
                pair.server.sendHeartbeat()
                pair.settle()
            }
            pair.publish(line)
        }
        pair.advance(by: .seconds(2))
        #expect(pair.events.map(\.id) == [1, 2, 3])
        #expect(pair.connections == 1)
        #expect(pair.errors.isEmpty)
    }

    /// Single events, a burst and a burst that finds a poll between two requests.
    private func converse(_ pair: TransportPair) throws {
        let lines = SampleData.lines
        pair.connect()
        pair.publish(lines[0])
        pair.publish(lines[1])
        pair.advance(by: .milliseconds(700))
        pair.server.publish(Array(lines[2..<6]))
        pair.settle()
        pair.server.sendHeartbeat()
        pair.settle()
        pair.advance(by: .milliseconds(1300))
        for line in lines[6...] { pair.publish(line) }
        pair.advance(by: .seconds(2))

        #expect(pair.errors.isEmpty)
        #expect(pair.events.map(\.id) == (1...UInt64(lines.count)).map { $0 })
        #expect(pair.context.announcedLost == 0)
        #expect(pair.payloads.count == lines.count)
        for (event, payload) in zip(pair.events, pair.payloads) {
            let published = pair.server.context.log[event.id]
            #expect(event.intendedTime == published.intendedTime)
            if payload != published.payload {
                #expect(
                    try SampleData.canonical(payload) == SampleData.canonical(published.payload))
            }
        }
    }
}
