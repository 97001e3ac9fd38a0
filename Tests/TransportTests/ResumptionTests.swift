import Link
import Testing
import Transports
import Wire

@Suite("A client whose connection breaks")
struct ResumptionTests {
    @Test("and that is far behind is written what it missed in pieces")
    func pieces() throws {
        var settings = ServerContext.Settings()
        settings.pieceLimit = 250
        var limits = EventLog.Limits()
        limits.events = 6
        var context = ServerContext(
            transports: [.rawTCP], settings: settings, log: EventLog(limits: limits))
        func publish(_ ids: ClosedRange<UInt64>) {
            for id in ids {
                let payload = EventPayload.padded(
                    id: id, intendedTime: Instant(nanoseconds: 0), size: 100)
                context.log.append(
                    Event(id: id, intendedTime: Instant(nanoseconds: 0), payload: payload))
            }
        }
        func takeOutput() -> String {
            defer { context.output.removeAll() }
            return String(decoding: context.output.bytes, as: UTF8.self)
        }
        let stream = try #require(Transport.rawTCP.server.stream)
        publish(1...5)
        context.writeReplay(since: 0, of: stream, coding: .identity)
        #expect(context.replayed == 2)
        #expect(takeOutput().hasPrefix("{\"cursor\":0}\n{\"id\":1,"))
        #expect(context.continueReplay(after: 2, of: stream, coding: .identity) == 0)
        #expect(context.replayed == 4)
        #expect(takeOutput().hasPrefix("{\"id\":3,"))
        // Meanwhile the log lets go of events up to 6.
        publish(6...12)
        #expect(context.continueReplay(after: 4, of: stream, coding: .identity) == 2)
        #expect(context.replayed == 8)
        #expect(takeOutput().hasPrefix("{\"cursor\":6,\"lost\":2}\n{\"id\":7,"))
        #expect(context.continueReplay(after: 12, of: stream, coding: .identity) == 0)
        #expect(context.replayed == 12 && takeOutput().isEmpty)
    }

    @Test(
        "loses nothing and gets nothing twice, wherever it breaks",
        arguments: Transport.all)
    func cutAnywhere(transport: Transport) {
        let length = converse(transport, since: 0, cutAfter: nil).bytesToClient
        for position in 0...length {
            let pair = converse(transport, since: 0, cutAfter: position)
            #expect(pair.events.map(\.id) == Array(1...6), "cut after \(position) bytes")
            #expect(pair.context.announcedLost == 0)
            #expect(pair.connections >= 2)
            #expect(pair.errors.isEmpty)
        }
    }

    @Test(
        "that asked for live events loses nothing once it was told where they begin",
        arguments: Transport.all)
    func cutWithoutCursor(transport: Transport) {
        let whole = TransportPair(transport)
        whole.connect()
        let beginning = whole.bytesToClient
        let length = converse(transport, since: nil, cutAfter: nil).bytesToClient
        for position in 0...length {
            let pair = converse(transport, since: nil, cutAfter: position)
            let first = position >= beginning ? 1 : pair.events.first?.id ?? 7
            #expect(pair.events.map(\.id) == Array(first..<7), "cut after \(position) bytes")
            #expect(pair.context.announcedLost == 0)
        }
    }

    @Test(
        "is told how many events are gone, so that none is lost silently",
        arguments: Transport.all)
    func boundedLog(transport: Transport) {
        let length = converse(transport, since: 0, cutAfter: nil, retained: 1).bytesToClient
        var worst: UInt64 = 0
        for position in 0...length {
            let pair = converse(transport, since: 0, cutAfter: position, retained: 1)
            let ids = pair.events.map(\.id)
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }, "cut after \(position) bytes")
            #expect(
                UInt64(ids.count) + pair.context.announcedLost == 6, "cut after \(position) bytes")
            #expect(ids.last == 6)
            worst = max(worst, pair.context.announcedLost)
        }
        #expect(worst >= 2)
    }

    @Test("goes on with a server that was started anew", arguments: Transport.all)
    func cursorFromAnotherLife(transport: Transport) {
        let profile = ClientProfile(authority: "127.0.0.1:8080", since: 99)
        let pair = TransportPair(transport, profile: profile)
        pair.server.publish(Array(SampleData.lines.prefix(3)))
        pair.connect()
        pair.advance(by: .seconds(2))
        #expect(pair.events.isEmpty)
        pair.publish(SampleData.lines[3])
        pair.advance(by: .seconds(2))
        #expect(pair.events.map(\.id) == [4])
        #expect(pair.errors.isEmpty)
    }

    @Test("takes up where the last of many connections broke", arguments: Transport.all)
    func cutAgainAndAgain(transport: Transport) {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<30 {
            let profile = ClientProfile(authority: "127.0.0.1:8080", since: 0)
            let pair = TransportPair(transport, profile: profile)
            pair.connect()
            for line in SampleData.lines {
                pair.bytesUntilCut = Int.random(in: 0...1500, using: &generator)
                pair.publish(line)
                pair.advance(by: .milliseconds(400))
            }
            pair.bytesUntilCut = nil
            pair.advance(by: .seconds(2))
            #expect(pair.events.map(\.id) == Array(1...UInt64(SampleData.lines.count)))
        }
    }

    /// Five events and, where the connection breaks, one more while nobody listens.
    private func converse(
        _ transport: Transport, since: UInt64?, cutAfter position: Int?, retained: Int = 100
    ) -> TransportPair {
        var limits = EventLog.Limits()
        limits.events = retained
        let server = ServerPeer(logLimits: limits)
        let profile = ClientProfile(authority: "127.0.0.1:8080", since: since)
        let pair = TransportPair(transport, profile: profile, server: server)
        let line = Array("0".utf8)
        pair.bytesUntilCut = position
        pair.whenCut = { server.publish([line]) }
        pair.connect()
        pair.publish(line)
        pair.advance(by: .milliseconds(600))
        pair.publish(line, line, line)
        pair.advance(by: .milliseconds(600))
        pair.publish(line)
        pair.advance(by: .seconds(2))
        // A client that breaks off at the very end comes back at its next interval.
        if position != nil { pair.advance(by: .seconds(2)) }
        return pair
    }
}
