import LabServer
import Reactor
import Testing
import Transports
import Wire

@testable import Demo

/// The rooms over real sockets; no test asserts how long something takes.
@Suite("The rooms, live", .serialized)
struct RoomsLiveTests {
    private static func withRooms(_ body: (TeachingRooms) throws -> Void) throws {
        let any = SocketAddress.loopback(port: 0)
        let rooms = try TeachingRooms(chat: any, live: any, assets: nil)
        defer { rooms.stop() }
        try body(rooms)
    }

    @Test(
        "let two who are there by any of the fall-back ways miss nothing and hear nothing twice",
        arguments: [Transport.webSocket, .serverSentEvents, .longPolling, .jsonpPolling])
    func conversation(transport: Transport) throws {
        try Self.withRooms { rooms in
            let ann = try RoomGuest("Ann", transport, at: rooms.chat)
            let bob = try RoomGuest("Bob", .serverSentEvents, at: rooms.chat)
            try ann.listen()
            try ann.hear(1)
            try bob.listen()
            try ann.hear(2)
            try ann.say("one", ref: 1)
            try ann.hear(3)
            try bob.say("two", ref: 1)
            try ann.hear(4)
            ann.cut()
            try bob.say("while-you-were-away", ref: 2)
            try bob.hear(5)
            try ann.listen()
            try ann.hear(5)
            // What was sent before the connection broke, and not confirmed, is sent again.
            try ann.say("one", ref: 1)
            try ann.say("three", ref: 2)
            try ann.hear(6)
            try bob.leave()
            try ann.hear(7)
            try bob.hear(7)
            let story = ann.events.map {
                "\($0.content.user?.name ?? "?") \($0.content.text ?? $0.content.kind ?? "?")"
            }
            #expect(
                story == [
                    "Ann joined", "Bob joined", "Ann one", "Bob two", "Bob while-you-were-away",
                    "Ann three", "Bob left",
                ])
            #expect(ann.events.map(\.id) == Array(1...7))
            #expect(bob.events.map(\.id) == Array(1...7))
            #expect(bob.events.map(\.content) == ann.events.map(\.content))
        }
    }

    @Test("serve their pages, and every file that those load")
    func pages() throws {
        try Self.withRooms { rooms in
            for (address, page) in [(rooms.chat, "chat.html"), (rooms.live, "live.html")] {
                let html = try RoomGuest.ask(
                    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", at: address)
                #expect(html.hasSuffix(String(decoding: Asset.all[page] ?? [], as: UTF8.self)))
                for name in ["base.css", "room.css", "room-link.js", "room-panel.js", "i18n.js"] {
                    let file = try RoomGuest.ask(
                        "GET /\(name) HTTP/1.1\r\nHost: localhost\r\n\r\n", at: address)
                    #expect(file.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(name)")
                }
            }
        }
    }

    @Test("let nobody publish past them")
    func closedSource() throws {
        try Self.withRooms { rooms in
            for address in [rooms.chat, rooms.live] {
                let answer = try RoomGuest.ask(
                    "POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1",
                    at: address)
                #expect(answer.hasPrefix("HTTP/1.1 413"))
            }
        }
    }

    @Test("let the host in with the token that is printed, and show the picture of a post")
    func host() throws {
        try Self.withRooms { rooms in
            let login = try RoomGuest.post(
                "/room/login", "{\"token\":\"\(rooms.hostToken)\"}", at: rooms.live)
            let session = try #require(login.session)
            let image = String(
                decoding: Base64.encode(Array("GIF89a".utf8).span), as: UTF8.self)
            _ = try RoomGuest.post(
                "/room/say",
                "{\"session\":\"\(session)\",\"text\":\"goal\",\"image\":\"\(image)\"}",
                at: rooms.live)
            let picture = try RoomGuest.ask(
                "GET /room/image/1 HTTP/1.1\r\nHost: localhost\r\n\r\n", at: rooms.live)
            #expect(picture.contains("Content-Type: image/gif\r\n") && picture.hasSuffix("GIF89a"))
        }
    }
}
