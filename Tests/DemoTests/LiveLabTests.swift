import Foundation
import Link
import Reactor
import Testing
import Transports
import Wire

@testable import Demo

extension Tag {
    /// Touches real sockets and threads instead of values alone.
    @Tag static var live: Self
}

/// The lab over real sockets. No test asserts how long something takes.
@Suite("The teaching lab, live", .serialized, .tags(.live))
struct LiveLabTests {
    /// Runs `body` against a lab in this process, which is stopped afterwards.
    private static func withLab(
        _ configure: (inout LabConfiguration) -> Void = { _ in },
        _ body: (TeachingLab) throws -> Void
    ) throws {
        var configuration = LabConfiguration()
        configuration.ratePerSecond = 50
        configure(&configuration)
        let lab = try TeachingLab(configuration)
        defer { lab.stop() }
        try body(lab)
    }

    /// What a JSON answer of the lab says, with its status.
    private static func json(
        _ lab: TeachingLab, _ method: String, _ path: String, _ content: String? = nil
    ) throws -> (status: Int, value: [String: Any]) {
        let answer = try Guest.ask(lab.address, method, path, content: content)
        let value = try JSONSerialization.jsonObject(with: Data(answer.content))
        return (Int(answer.head.dropFirst(9).prefix(3)) ?? 0, value as? [String: Any] ?? [:])
    }

    @Test("serves its page and all its files")
    func files() throws {
        try Self.withLab { lab in
            for name in Asset.all.keys.sorted() + [""] {
                let answer = try Guest.ask(lab.address, "GET", "/\(name)")
                #expect(answer.head.hasPrefix("HTTP/1.1 200 "), "\(name)")
                #expect(answer.content == Asset.travelling[name.isEmpty ? "index.html" : name])
            }
            let rooms = [lab.chatAddress, lab.liveAddress]
            for room in rooms {
                #expect(try Guest.ask(room, "GET", "/").head.hasPrefix("HTTP/1.1 200 "))
            }
        }
    }

    @Test("delivers through every lane, in order, and sees what it delivered")
    func lanes() throws {
        try Self.withLab { lab in
            let lanes = try #require(
                try Self.json(lab, "GET", "/lab/state").value["lanes"] as? [[String: Any]])
            #expect(lanes.count == LabSite.transports.count)
            for lane in lanes {
                let port = try #require(lane["port"] as? Int)
                let id = try #require(lane["technique"] as? String)
                let transport = try #require(Transport.named(id))
                let address = SocketAddress.loopback(port: UInt16(port))
                #expect(try Self.deliver(transport, through: address) == Array(1...20))
            }
        }
    }

    /// The first twenty events as a session of the technique gets them at that port.
    private static func deliver(
        _ transport: Transport, through address: SocketAddress
    ) throws -> [UInt64] {
        var session = transport.makeClient(
            ClientProfile(
                authority: address.description, pollInterval: .milliseconds(20), since: 0))
        var context = ClientContext(seed: 1)
        var guest = try Guest(address)
        var ids: [UInt64] = []
        session.connected(&context)
        try guest.send(context.output.bytes)
        while ids.count < 20 {
            let bytes = try guest.receive(until: session.deadline)
            context.startInput(now: MonotonicClock.now())
            var step = ClientStep.carryOn
            if !bytes.isEmpty {
                step = try session.receive(bytes.span, &context)
            } else if guest.hasEnded {
                step = try session.peerClosed(&context)
            } else {
                step = session.deadlineReached(&context)
            }
            ids += context.events.map(\.id)
            try guest.send(context.output.bytes)
            if case .reconnect = step {
                guest = try Guest(address)
                context.startInput(now: MonotonicClock.now())
                session.connected(&context)
                try guest.send(context.output.bytes)
            }
        }
        return Array(ids.prefix(20))
    }

    @Test("counts what it sees of a page")
    func observed() throws {
        try Self.withLab { lab in
            let state = try Self.json(lab, "GET", "/lab/state").value
            let lanes = try #require(state["lanes"] as? [[String: Any]])
            let port = try #require(lanes[1]["port"] as? Int)
            let answer = try Guest.ask(
                .loopback(port: UInt16(port)), "GET",
                "/events/long-polling?session=PAGE.long-polling&since=0&connection=close")
            let lane = try Self.json(lab, "GET", "/lab/observed?page=PAGE&lane=long-polling").value
                .object("lanes").object("long-polling")
            #expect(lane["requests"] as? Int == 1 && lane["answers"] as? Int == 1)
            let down = lane.object("down").values.compactMap { $0 as? Int }.reduce(0, +)
            #expect(down == answer.head.utf8.count + 4 + answer.content.count)
            #expect((lane["exchange"] as? [Any])?.count == 2)
        }
    }

    @Test("follows orders that are JSON, and no others")
    func orders() throws {
        try Self.withLab { lab in
            let stopped = try Self.json(lab, "POST", "/lab/settings", #"{"rate":0}"#)
            #expect(stopped.value.object("settings")["rate"] as? Double == 0)
            let before = try #require(stopped.value["newest"] as? Int)
            let burst = try Self.json(lab, "POST", "/lab/burst", #"{"count":20}"#)
            #expect(burst.value["newest"] as? Int == before + 20)
            let plain = try Guest.ask(
                lab.address, "POST", "/lab/burst", content: #"{"count":20}"#, type: "text/plain")
            #expect(plain.head.hasPrefix("HTTP/1.1 415 "))
            let preflight = try Guest.ask(lab.address, "OPTIONS", "/lab/burst")
            #expect(!preflight.head.lowercased().contains("access-control"))
            #expect(try Self.json(lab, "GET", "/lab/state").value["newest"] as? Int == before + 20)
        }
    }

    @Test("needs its ports for itself")
    func ports() throws {
        try Self.withLab { lab in
            #expect(throws: SystemError.self) {
                var configuration = LabConfiguration()
                configuration.address = lab.address
                try TeachingLab(configuration).stop()
            }
        }
    }
}
