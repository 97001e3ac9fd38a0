import Link
import LinkEmulation
import Reactor
import Testing

@Suite("A relay with real sockets", .serialized, .tags(.live))
struct LinkRelayTests {
    private let link = LinkProfile(roundTripTime: .milliseconds(20))

    /// Bytes whose order shows: no two stretches of them are alike.
    private func pattern(_ count: Int) -> [UInt8] {
        var random = SeededGenerator(seed: 42)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    @Test("carries bytes unharmed both ways at once, and counts them")
    func carries() throws {
        let rig = try RelayRig(link)
        let (client, server) = try rig.pair()
        let bytes = pattern(1 << 20)
        client.say(bytes)
        server.say(Array(bytes.reversed()))
        try rig.run { client.received.count == 1 << 20 && server.received.count == 1 << 20 }
        #expect(server.received == bytes)
        #expect(client.received == bytes.reversed())
        let statistics = rig.relay.stop()
        #expect(statistics.failure == nil && statistics.doors.count == 1)
        #expect(statistics.total.bytesUp == 1 << 20 && statistics.total.bytesDown == 1 << 20)
        #expect(statistics.total.accepted == 1 && statistics.total.heldBytes == 0)
    }

    @Test("lets nothing arrive before its time, the handshake's time included")
    func delays() throws {
        let rig = try RelayRig(link)
        let start = MonotonicClock.now()
        let client = try rig.connect()
        client.say("question")
        let server = try rig.accept()
        #expect(MonotonicClock.now() >= start + .milliseconds(10))
        try rig.run { server.text == "question" }
        #expect(server.heardAt >= start + .milliseconds(30))
        let answered = MonotonicClock.now()
        server.say("answer")
        try rig.run { client.text == "answer" }
        #expect(client.heardAt >= answered + .milliseconds(10))
    }

    @Test("keeps the half of a connection that goes on")
    func halfClose() throws {
        let rig = try RelayRig(link)
        let (client, server) = try rig.pair()
        client.say("question")
        try rig.run { server.text == "question" }
        client.finish()
        try rig.run { server.state == .finished }
        #expect(client.state == .open)
        server.say("answer")
        try rig.run { client.text == "answer" }
        server.finish()
        try rig.run { client.state == .finished }
        try rig.run { rig.relay.statistics.total.connections == 0 }
    }

    @Test("passes a reset on, from either side, and a refusal")
    func resets() throws {
        let rig = try RelayRig(link)
        let first = try rig.pair()
        first.client.reset()
        try rig.run { first.server.state == .reset }
        let second = try rig.pair()
        second.server.reset()
        try rig.run { second.client.state == .reset }
        rig.stopListening()
        let refused = try rig.connect()
        try rig.run { refused.state == .reset }
        try rig.run { rig.relay.statistics.total.connections == 0 }
    }

    @Test("resets the connections of one door and leaves those of another")
    func resetsDoor() throws {
        let rig = try RelayRig(link, doors: 2)
        let first = try rig.pair(door: 0)
        let second = try rig.pair(door: 1)
        try rig.run { rig.relay.statistics.doors.map(\.connections) == [1, 1] }
        rig.relay.reset(door: 0)
        try rig.run { first.client.state == .reset && first.server.state == .reset }
        second.client.say("unharmed")
        try rig.run { second.server.text == "unharmed" }
        #expect(second.client.state == .open)
        try rig.run { rig.relay.statistics.doors.map(\.connections) == [0, 1] }
    }

    @Test("holds everything during a cut: bytes, an end, a new connection")
    func cut() throws {
        let rig = try RelayRig(link)
        let (client, server) = try rig.pair()
        client.say("before ")
        try rig.run { server.text == "before " }
        let mended = MonotonicClock.now() + .milliseconds(300)
        rig.relay.cut(for: .milliseconds(300))
        client.say("during")
        server.say("answer")
        let late = try rig.connect()
        late.say("hello")
        try rig.run { client.text == "answer" && server.text == "before during" }
        #expect(client.heardAt >= mended && server.heardAt >= mended)
        let other = try rig.accept()
        try rig.run { other.text == "hello" }
        #expect(other.heardAt >= mended + .milliseconds(30))
        #expect(client.state == .open && server.state == .open)
    }

    @Test("holds everything in a hole until it is closed, at one door of two")
    func blackhole() throws {
        let rig = try RelayRig(link, doors: 2)
        let (client, server) = try rig.pair(door: 0)
        let beside = try rig.pair(door: 1)
        rig.relay.blackhole(door: 0, true)
        client.say("held")
        client.finishWhenSaid()
        try rig.run { rig.relay.statistics.doors[0].heldUpBytes == 4 }
        beside.client.say("passes")
        try rig.run { beside.server.text == "passes" }
        #expect(server.received.isEmpty && server.state == .open)
        rig.relay.blackhole(door: 0, false)
        try rig.run { server.text == "held" && server.state == .finished }
    }

    @Test("makes a frozen client a slow reader, and fills it again when it thaws")
    func freeze() throws {
        let rig = try RelayRig(link)
        let (client, server) = try rig.pair()
        rig.relay.freeze(true)
        // The command is obeyed before what is said after it has crossed.
        client.say("going on")
        try rig.run { server.text == "going on" }
        // More than the kernel's buffers of two connections, each mebibyte with its number.
        let mebibyte = pattern(1 << 20)
        let bytes = (UInt8(0)..<16).flatMap { [$0] + mebibyte }
        server.say(bytes)
        try rig.run { server.wasBlocked }
        #expect(client.received.isEmpty && rig.relay.statistics.total.bytesDown == 0)
        rig.relay.freeze(false)
        try rig.run { client.received.count >= bytes.count }
        #expect(client.received == bytes)
    }

    @Test("keeps order when the link changes under what is on its way")
    func changes() throws {
        let rig = try RelayRig(LinkProfile(roundTripTime: .seconds(100)))
        let client = try rig.connect()
        client.say("one ")
        try rig.run { rig.relay.statistics.total.heldUpBytes == 4 }
        rig.relay.set(link)
        let server = try rig.accept()
        client.say("two ")
        try rig.run { server.text.hasSuffix("two ") }
        rig.relay.set(.loopback, door: 0)
        client.say("three")
        try rig.run { server.text.hasSuffix("three") }
        #expect(server.text == "one two three")
    }

    @Test("closes what comes beyond its bound, and takes others when there is room")
    func bound() throws {
        let rig = try RelayRig(.loopback, limit: 2)
        let first = try rig.pair()
        _ = try rig.pair()
        let third = try rig.connect()
        try rig.run { third.state != .open }
        try rig.run { rig.relay.statistics.total.refused == 1 }
        first.client.reset()
        try rig.run { rig.relay.statistics.total.connections == 1 }
        let fourth = try rig.pair()
        fourth.client.say("room")
        try rig.run { fourth.server.text == "room" }
    }

    @Test("says which door cannot be opened, and resets everybody when it ends")
    func opensAndStops() throws {
        let rig = try RelayRig(link)
        let taken = rig.relay.addresses[0]
        let refusal = #expect(throws: SystemError.self) {
            _ = try LinkRelay(
                doors: [.loopback(port: 0), taken], server: taken, profile: link, seed: 1)
        }
        #expect(refusal?.isAddressInUse == true)
        let (client, server) = try rig.pair()
        rig.relay.stop()
        rig.relay.stop()
        try rig.run { client.state == .reset && server.state == .reset }
        rig.relay.reset()
        #expect(rig.relay.statistics.total.connections == 0)
    }
}
