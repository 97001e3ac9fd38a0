import Link
import Testing

@testable import LinkEmulation

/// A connection in virtual time: what comes out of each direction, and when.
private struct VirtualRelay {
    struct Arrival: Hashable {
        let milliseconds: Int64
        let text: String
    }

    var connection: RelayedConnection
    var up: [Arrival] = []
    var down: [Arrival] = []
    var dialled: Int64?
    private var now: Instant

    /// A connection that was accepted at 0.
    init(_ profile: LinkProfile, pluggedAt: Instant = .distantPast, seed: UInt64 = 1) {
        now = ms(0)
        connection = RelayedConnection(profile, seed: seed, pluggedAt: pluggedAt, at: now)
    }

    /// Lets time pass until a moment, and everything happen that is due until then.
    mutating func run(until milliseconds: Int64) {
        while true {
            connection.advance(to: now)
            if connection.dialAt <= now {
                connection.dialled(at: now)
                dialled = now.nanoseconds / 1_000_000
            }
            Self.collect(&connection.up, into: &up, now)
            Self.collect(&connection.down, into: &down, now)
            let next = connection.next(after: now)
            guard next <= ms(milliseconds) else { break }
            now = max(now, next)
        }
        now = ms(milliseconds)
    }

    private static func collect(
        _ direction: inout RelayDirection, into arrivals: inout [Arrival], _ now: Instant
    ) {
        let at = now.nanoseconds / 1_000_000
        let text = String(decoding: direction.output(at: now), as: UTF8.self)
        if !text.isEmpty { arrivals.append(Arrival(milliseconds: at, text: text)) }
        direction.sent(text.utf8.count)
        switch direction.takeEnd(at: now, canFinish: true) {
        case .finished: arrivals.append(Arrival(milliseconds: at, text: "FIN"))
        case .reset: arrivals.append(Arrival(milliseconds: at, text: "RST"))
        case nil: break
        }
    }

    mutating func say(_ text: String, at milliseconds: Int64, from side: RelayedConnection.Side) {
        run(until: milliseconds)
        switch (side, text) {
        case (.client, "FIN"): connection.up.putEnd(.finished, at: now)
        case (.server, "FIN"): connection.down.putEnd(.finished, at: now)
        case (_, "RST"): connection.lose(side, at: now)
        case (.client, _): connection.up.put(Array(text.utf8), at: now)
        case (.server, _): connection.down.put(Array(text.utf8), at: now)
        }
    }

    mutating func plug(at milliseconds: Int64?, now moment: Int64) {
        run(until: moment)
        connection.plug(at: milliseconds.map(ms) ?? .distantFuture, now: now)
    }

    mutating func set(_ profile: LinkProfile, at milliseconds: Int64) {
        run(until: milliseconds)
        connection.set(profile, at: now)
    }
}

private func ms(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
}

extension VirtualRelay.Arrival: ExpressibleByStringLiteral, CustomStringConvertible {
    /// `75 hello`: what arrived at which millisecond.
    init(stringLiteral value: String) {
        let parts = value.split(separator: " ", maxSplits: 1)
        self.init(milliseconds: Int64(parts[0]) ?? -1, text: String(parts[1]))
    }

    var description: String { "\(milliseconds) \(text)" }
}

private let link = LinkProfile(roundTripTime: .milliseconds(50))

@Suite("A relayed connection")
struct RelayedConnectionTests {
    /// What one side says at a moment, and what arrives at the other.
    struct Saying: Sendable {
        let side: RelayedConnection.Side
        let at: Int64
        let text: String
        let arrival: Int64
    }

    @Test(
        "is no sooner than its handshake would be",
        arguments: [
            Saying(side: .client, at: 0, text: "at once", arrival: 75),
            Saying(side: .client, at: 49, text: "in the handshake", arrival: 75),
            Saying(side: .client, at: 50, text: "when it stands", arrival: 75),
            Saying(side: .client, at: 51, text: "later", arrival: 76),
            Saying(side: .client, at: 0, text: "FIN", arrival: 75),
            Saying(side: .server, at: 25, text: "a greeting", arrival: 100),
            Saying(side: .server, at: 80, text: "an answer", arrival: 105),
            Saying(side: .server, at: 25, text: "RST", arrival: 100),
        ])
    func handshake(saying: Saying) {
        var relay = VirtualRelay(link)
        relay.say(saying.text, at: saying.at, from: saying.side)
        relay.run(until: 1000)
        #expect(relay.dialled == 25)
        let expected = [VirtualRelay.Arrival(milliseconds: saying.arrival, text: saying.text)]
        #expect((saying.side == .client ? relay.up : relay.down) == expected)
        #expect((saying.side == .client ? relay.down : relay.up).isEmpty)
    }

    @Test("passes at once over no link at all")
    func loopback() {
        var relay = VirtualRelay(.loopback)
        relay.say("a", at: 0, from: .client)
        relay.say("b", at: 3, from: .server)
        relay.run(until: 10)
        #expect(relay.dialled == 0 && relay.up == ["0 a"] && relay.down == ["3 b"])
    }

    @Test("ends one half like bytes, keeps the other, and is over after both")
    func halfClose() {
        var relay = VirtualRelay(link)
        relay.say("question", at: 100, from: .client)
        relay.say("FIN", at: 101, from: .client)
        relay.run(until: 130)
        #expect(relay.up == ["125 question", "126 FIN"])
        #expect(relay.connection.up.isDone && !relay.connection.isOver)
        #expect(relay.connection.up.room == 0)
        relay.say("answer", at: 200, from: .server)
        relay.say("FIN", at: 200, from: .server)
        relay.run(until: 224)
        #expect(!relay.connection.isOver)
        relay.run(until: 225)
        #expect(relay.down == ["225 answer", "225 FIN"] && relay.connection.isOver)
    }

    @Test("carries a reset behind what came before, and forgets what went the other way")
    func reset() {
        var relay = VirtualRelay(link)
        relay.say("last words", at: 100, from: .client)
        relay.say("unheard", at: 110, from: .server)
        relay.say("RST", at: 112, from: .client)
        relay.run(until: 500)
        #expect(relay.up == ["125 last words", "137 RST"] && relay.down.isEmpty)
        #expect(relay.connection.down.room == 0 && relay.connection.isOver)
    }

    @Test("carries a reset behind an end that was told before")
    func resetAfterEnd() {
        var relay = VirtualRelay(link)
        relay.say("FIN", at: 100, from: .client)
        relay.say("RST", at: 105, from: .client)
        relay.run(until: 500)
        #expect(relay.up == ["125 FIN", "130 RST"])
    }

    // Cuts.

    @Test("holds what is said during a cut, and lets it set out when the cable is back")
    func cut() {
        var relay = VirtualRelay(link)
        relay.say("arrived ", at: 170, from: .client)
        relay.say("under way ", at: 190, from: .client)
        relay.plug(at: 5200, now: 200)
        relay.say("held", at: 1000, from: .client)
        relay.say("held", at: 1000, from: .server)
        relay.say("FIN", at: 1001, from: .client)
        relay.run(until: 5224)
        #expect(relay.up == ["195 arrived "] && relay.down.isEmpty)
        relay.run(until: 9000)
        #expect(relay.up == ["195 arrived ", "5225 under way held", "5225 FIN"])
        #expect(relay.down == ["5225 held"])
        relay.say("later", at: 9000, from: .server)
        relay.run(until: 9100)
        #expect(relay.down == ["5225 held", "9025 later"])
    }

    /// When a cut begins, in each stage of opening, and when the server is dialled and hears.
    struct OpeningCut: Sendable {
        let cutAt: Int64
        let dialled: Int64
        let heard: Int64
    }

    @Test(
        "opens no connection during a cut",
        arguments: [
            OpeningCut(cutAt: 10, dialled: 1025, heard: 1075),
            OpeningCut(cutAt: 30, dialled: 25, heard: 1050),
            OpeningCut(cutAt: 60, dialled: 25, heard: 1025),
        ])
    func cutOpening(row: OpeningCut) {
        var relay = VirtualRelay(link)
        relay.say("hello", at: 0, from: .client)
        relay.plug(at: 1000, now: row.cutAt)
        relay.run(until: 2000)
        #expect(relay.dialled == row.dialled)
        #expect(relay.up.map(\.milliseconds) == [row.heard])
    }

    @Test("holds a connection that comes during a cut or into a hole")
    func comesDuringCut() {
        var cut = VirtualRelay(link, pluggedAt: ms(1000))
        cut.say("hello", at: 0, from: .client)
        cut.run(until: 2000)
        #expect(cut.dialled == 1025 && cut.up == ["1075 hello"])
        var hole = VirtualRelay(link, pluggedAt: .distantFuture)
        hole.say("hello", at: 0, from: .client)
        hole.run(until: 100_000)
        #expect(hole.dialled == nil && hole.up.isEmpty)
        #expect(hole.connection.next(after: ms(100_000)) == .distantFuture)
        hole.plug(at: 100_000, now: 100_000)
        hole.run(until: 200_000)
        #expect(hole.dialled == 100_025 && hole.up == ["100075 hello"])
    }

    @Test("may be mended early, cut for longer, and fall into a hole in between")
    func changedCuts() {
        var relay = VirtualRelay(link)
        relay.plug(at: 5000, now: 100)
        relay.say("a", at: 200, from: .client)
        relay.plug(at: nil, now: 300)
        relay.say("b", at: 400, from: .client)
        relay.plug(at: 500, now: 500)
        relay.say("c", at: 501, from: .client)
        relay.plug(at: 600, now: 510)
        relay.run(until: 5000)
        #expect(relay.up == ["625 abc"])
    }

    // Freezing.

    @Test("gives nothing to a frozen client and takes nothing for it, and lets it speak")
    func freeze() {
        var relay = VirtualRelay(link)
        relay.say("under way", at: 190, from: .server)
        relay.run(until: 200)
        relay.connection.down.isFrozen = true
        #expect(relay.connection.down.room == 0)
        relay.say("still here", at: 210, from: .client)
        relay.run(until: 1000)
        #expect(relay.up == ["235 still here"] && relay.down.isEmpty)
        #expect(relay.connection.down.heldBytes == 9)
        relay.connection.down.isFrozen = false
        relay.run(until: 1000)
        #expect(relay.down == ["1000 under way"] && relay.connection.down.heldBytes == 0)
    }

    // Other links.

    /// A change of link at 110 ms while something is on its way since 100 ms, and when that and what
    /// is said at 120 ms arrive.
    struct Change: Sendable {
        let roundTrip: Int64
        let first: String
        let second: String
    }

    @Test(
        "takes another link for what is on its way too, and lets nothing overtake",
        arguments: [
            Change(roundTrip: 0, first: "110 one", second: "120 two"),
            Change(roundTrip: 10, first: "110 one", second: "125 two"),
            Change(roundTrip: 30, first: "115 one", second: "135 two"),
            Change(roundTrip: 50, first: "125 one", second: "145 two"),
            Change(roundTrip: 2000, first: "1100 one", second: "1120 two"),
        ])
    func change(row: Change) {
        var relay = VirtualRelay(link)
        relay.say("one", at: 100, from: .client)
        relay.set(LinkProfile(roundTripTime: .milliseconds(row.roundTrip)), at: 110)
        relay.say("two", at: 120, from: .client)
        relay.run(until: 5000)
        let expected = [row.first, row.second].map(VirtualRelay.Arrival.init(stringLiteral:))
        #expect(relay.up == expected)
    }

    @Test("is not delayed by being given the same link again and again")
    func dragging() {
        var relay = VirtualRelay(link)
        relay.say("one", at: 100, from: .client)
        for moment in Int64(101)...124 { relay.set(link, at: moment) }
        relay.run(until: 500)
        #expect(relay.up == ["125 one"])
    }

    @Test("keeps every byte and its order through whatever befalls it", arguments: 0..<64)
    func disorder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var relay = VirtualRelay(link, seed: seed)
        var said = ""
        for step in Int64(1)...200 {
            let now = step * 7
            switch UInt8.random(in: 0..<12, using: &random) {
            case 0: relay.plug(at: now + Int64.random(in: 0...90, using: &random), now: now)
            case 1: relay.plug(at: nil, now: now)
            case 2:
                let half = Int64.random(in: 0...100, using: &random)
                let profile = LinkProfile(
                    roundTripTime: .milliseconds(2 * half), jitter: .milliseconds(half),
                    lossRate: 0.1, up: Bandwidth(bitsPerSecond: 1 << (12 + step % 12)))
                relay.set(profile, at: now)
            default:
                said += "\(step) "
                relay.say("\(step) ", at: now, from: .client)
            }
        }
        relay.say("FIN", at: 1500, from: .client)
        relay.plug(at: 1600, now: 1600)
        relay.run(until: 4_000_000)
        #expect(relay.up.map(\.text).joined() == said + "FIN")
        #expect(relay.connection.up.heldBytes == 0)
        #expect(
            zip(relay.up, relay.up.dropFirst()).allSatisfy { $0.milliseconds <= $1.milliseconds })
    }
}
