import LabServer
import Link
import Testing
import Transports

@testable import Demo

@Suite("The live text")
struct LiveTextRoomTests {
    /// A PNG of one pixel.
    private static let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    private static func say(
        _ driver: RoomDriver<LiveTextRoom>, _ session: String, _ text: String,
        image: String? = nil, ref: Int? = nil
    ) -> HostedAnswer? {
        var json = "{\"session\":\"\(session)\",\"text\":\"\(text)\""
        if let image { json += ",\"image\":\"\(image)\"" }
        if let ref { json += ",\"ref\":\(ref)" }
        return driver.post("/room/say", json + "}")
    }

    @Test("lets the host in who has the token, and post")
    func posting() throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        #expect(Self.say(driver, host, "kick-off")?.status == 200)
        #expect(driver.hear("{\"say\":\"goal\"}", session: host) != nil)
        let events = try driver.events()
        #expect(events.map(\.text) == ["kick-off", "goal"])
        #expect(events.map(\.number) == [1, 2])
        #expect(events.allSatisfy { $0.kind == "post" && $0.image == nil })
    }

    @Test("lets nobody else post, by whichever way")
    func readersPost() throws {
        let driver = RoomDriver.live()
        _ = try driver.login()
        driver.began("reader")
        #expect(Self.say(driver, "reader", "x")?.status == 403)
        #expect(Self.say(driver, "", "x")?.status == 403)
        #expect(
            try RoomContent(#require(driver.hear("{\"say\":\"x\"}", session: "reader"))).refused
                != nil)
        _ = driver.get("/room/say.js", query: "session=reader&text=x&callback=f")
        #expect(driver.published.isEmpty)
    }

    @Test(
        "keeps out who has another token",
        arguments: [
            "", "x", "0123456789abcdefABCDEG", "0123456789abcdefABCDEFG", "0123456789abcdefABCDE",
            "0123456789ABCDEFabcdef",
        ])
    func wrongToken(token: String) throws {
        let driver = RoomDriver.live()
        let answer = try #require(driver.post("/room/login", "{\"token\":\"\(token)\"}"))
        #expect(answer.status == 401)
        #expect(try answer.content().session == nil)
    }

    @Test("does not answer guesses for long, and lets the host in all the same")
    func guessing() throws {
        let driver = RoomDriver.live()
        func guess() -> Int? { driver.post("/room/login", "{\"token\":\"guess\"}")?.status }
        #expect((1...7).map { _ in guess() } == [401, 401, 401, 401, 401, 429, 429])
        _ = try driver.login()
        driver.pass(.seconds(10))
        #expect([guess(), guess()] == [401, 429])
    }

    @Test("gives who enters the last posts, and where to read on from")
    func history() throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        for number in 1...30 {
            driver.pass(.seconds(1))
            _ = Self.say(driver, host, "post \(number)")
        }
        let state = try #require(driver.get("/room/state")).content()
        #expect(state.cursor == 30)
        #expect(state.posts?.map(\.id) == Array(11...30))
    }

    @Test("counts the readers for the host, each once, and the host not")
    func readers() throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        func count() throws -> Int? {
            try #require(driver.post("/room/readers", "{\"session\":\"\(host)\"}")).content()
                .readers
        }
        driver.began(host)
        driver.began("a")
        driver.began("a", connection: 2)
        driver.began("b")
        #expect(try count() == 2)
        driver.ended("b")
        #expect(try count() == 2)
        driver.pass(.seconds(5))
        #expect(try count() == 1)
        #expect(driver.post("/room/readers", "{\"session\":\"a\"}")?.status == 403)
        #expect(driver.published.isEmpty)
    }

    @Test("counts no more readers than it has a mind to keep")
    func readerBound() throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        for number in 0...LiveTextRoom.readerLimit { driver.began("r\(number)") }
        driver.began("r0", connection: 2)
        let answer = try #require(driver.post("/room/readers", "{\"session\":\"\(host)\"}"))
        #expect(try answer.content().readers == LiveTextRoom.readerLimit)
    }

    @Test("takes a picture, and serves it as what it is and nothing else")
    func picture() throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        #expect(Self.say(driver, host, "", image: Self.pixel)?.status == 200)
        let image = try #require(try driver.events().first?.image)
        #expect(image.type == "image/png" && image.id == 1 && image.bytes == 70)
        let answer = try #require(driver.get("/room/image/1"))
        #expect(answer.contentType == "image/png" && answer.body.count == 70)
        for field in [
            "X-Content-Type-Options: nosniff\r\n", "Content-Disposition: inline\r\n",
            "Content-Security-Policy: default-src 'none'; sandbox\r\n",
        ] {
            #expect(answer.fields.contains(field))
        }
        for path in ["/room/image/2", "/room/image/", "/room/image/-1", "/room/image/1x"] {
            #expect(driver.get(path) == nil)
        }
    }

    @Test(
        "refuses what is no picture",
        arguments: [
            "", "!!!!", "PHN2Zz48L3N2Zz4=", "PGh0bWw+", "R0lGODg=", "iVBORw0KGgo", "UklGRgAAAAA=",
        ])
    func noPicture(base64: String) throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        let answer = try #require(Self.say(driver, host, "look", image: base64))
        #expect(answer.status == 400)
        #expect(try answer.content().code == "image")
        #expect(driver.published.isEmpty)
    }

    @Test(
        "knows a picture by its first bytes",
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], "image/png"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"), (Array("GIF89a".utf8), "image/gif"),
            (Array("GIF87a;".utf8), "image/gif"),
            (Array("RIFF\u{1}\u{2}\u{3}\u{4}WEBPVP8 ".utf8), "image/webp"),
            (Array("RIFF\u{1}\u{2}\u{3}\u{4}WAVEfmt ".utf8), nil), (Array("<svg>".utf8), nil),
            (Array("GIF88a".utf8), nil), ([], nil),
        ] as [([UInt8], String?)])
    func kinds(bytes: [UInt8], type: String?) {
        #expect(RoomImage.type(of: bytes) == type)
    }

    @Test("keeps the last pictures, none of which is large")
    func pictureBounds() throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        for _ in 0...LiveTextRoom.imageLimit {
            driver.pass(.seconds(1))
            #expect(Self.say(driver, host, "", image: Self.pixel)?.status == 200)
        }
        #expect(driver.get("/room/image/1") == nil)
        #expect(driver.get("/room/image/2") != nil)
        #expect(driver.get("/room/image/\(LiveTextRoom.imageLimit + 1)") != nil)
        var large = [UInt8](repeating: 0, count: RoomImage.byteLimit)
        large.replaceSubrange(0..<6, with: Array("GIF89a".utf8))
        let fits = String(decoding: Base64.encode(large.span), as: UTF8.self)
        #expect(throws: Never.self) { try RoomImage(id: 1, base64: fits) }
        large.append(0)
        let tooLarge = String(decoding: Base64.encode(large.span), as: UTF8.self)
        #expect(throws: RoomRefusal.image) { try RoomImage(id: 1, base64: tooLarge) }
    }

    @Test("limits how often the host posts, and knows a post that comes again")
    func rate() throws {
        let driver = RoomDriver.live()
        let host = try driver.login()
        for number in 1...5 {
            #expect(Self.say(driver, host, "post", ref: number)?.status == 200)
        }
        #expect(Self.say(driver, host, "post", ref: 6)?.status == 429)
        #expect(Self.say(driver, host, "post", ref: 5)?.status == 200)
        #expect(driver.published.count == 5)
    }

    @Test("logs the host out, and the oldest of too many hosts")
    func logout() throws {
        let driver = RoomDriver.live()
        let first = try driver.login()
        #expect(driver.post("/room/logout", "{\"session\":\"\(first)\"}")?.status == 204)
        #expect(Self.say(driver, first, "x")?.status == 403)
        let sessions = try (1...9).map { _ in try driver.login() }
        #expect(Self.say(driver, sessions[0], "x")?.status == 403)
        #expect(Self.say(driver, sessions[1], "x")?.status == 200)
    }

    @Test("makes secrets of 128 bits that are at home in a query")
    func secrets() {
        let secrets = (1...100).map { _ in TeachingRooms.makeSecret() }
        #expect(Set(secrets).count == 100)
        for secret in secrets {
            #expect(secret.utf8.count == 22)
            #expect(
                secret.allSatisfy {
                    $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
                })
        }
    }
}
