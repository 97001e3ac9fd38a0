import LabServer
import Link
import Reactor
import Testing
import Transports

@testable import Demo

@Suite("The chat room")
struct ChatRoomTests {
    @Test("tells everybody who comes, what is said and who goes")
    func course() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        let bob = try driver.enter("Bob")
        #expect(driver.say("hello", ann)?.status == 200)
        #expect(driver.hear("{\"say\":\"hi\"}", session: bob) != nil)
        #expect(driver.post("/room/leave", "{\"session\":\"\(ann)\"}")?.status == 204)
        #expect(
            try driver.story() == [
                "Ann joined (1)", "Bob joined (2)", "Ann said: hello (2)", "Bob said: hi (2)",
                "Ann left (1)",
            ])
    }

    @Test("tells who enters where to listen from and who is online already")
    func entering() throws {
        let driver = RoomDriver.chat()
        _ = try driver.enter("Ann")
        _ = try driver.join("Never There")
        let answer = try #require(driver.post("/room/join", "{\"name\":\" Bob \"}"))
        let content = try answer.content()
        #expect(content.session == "s3")
        #expect(content.user == .init(id: 3, name: "Bob"))
        #expect(content.cursor == 1)
        #expect(content.online == .users([.init(id: 1, name: "Ann")]))
        #expect(content.count == 1)
        let state = try #require(driver.get("/room/state")).content()
        #expect(state.online == content.online && state.cursor == 1)
    }

    @Test("lets several have the same name, and tells them apart by their ids")
    func sameNames() throws {
        let driver = RoomDriver.chat()
        let first = try driver.enter("Ann")
        let second = try driver.enter("Ann")
        #expect(first != second)
        _ = driver.say("which?", second)
        let said = try #require(try driver.events().last)
        #expect(said.user == .init(id: 2, name: "Ann"))
    }

    @Test("counts a session once, however many connections listen for it")
    func manyConnections() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        driver.began(ann, connection: 2)
        driver.ended(ann, connection: 1)
        driver.pass(.seconds(60))
        driver.ended(ann, connection: 2)
        #expect(try driver.story() == ["Ann joined (1)"])
        driver.pass(.seconds(60))
        #expect(try driver.story() == ["Ann joined (1)", "Ann left (0)"])
    }

    @Test("takes a pause of less than the grace for none, as between two polls")
    func grace() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        for _ in 0..<10 {
            driver.ended(ann)
            driver.pass(.milliseconds(4_999))
            driver.began(ann)
        }
        driver.ended(ann)
        driver.pass(.milliseconds(4_999))
        #expect(driver.published.count == 1)
        driver.pass(.milliseconds(1))
        #expect(try driver.story().last == "Ann left (0)")
    }

    @Test("knows who comes back after the grace, under the same session")
    func comingBack() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        driver.ended(ann)
        driver.pass(.seconds(10))
        driver.began(ann)
        #expect(driver.say("back", ann)?.status == 200)
        #expect(
            try driver.story() == [
                "Ann joined (1)", "Ann left (0)", "Ann joined (1)", "Ann said: back (1)",
            ])
        #expect(try driver.events().compactMap(\.user?.id) == [1, 1, 1, 1])
    }

    @Test("does not know who has left, nor who was never there")
    func strangers() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        _ = driver.post("/room/leave", "{\"session\":\"\(ann)\"}")
        let before = driver.published.count
        driver.began("s9")
        driver.ended("s9")
        driver.began(ann)
        _ = driver.post("/room/leave", "{\"session\":\"\(ann)\"}")
        #expect(driver.published.count == before)
        for session in [ann, "s9", ""] {
            let answer = try #require(driver.say("hello", session))
            #expect(answer.status == 403)
            #expect(try answer.content().code == "session")
        }
    }

    @Test("takes a message that comes again under its number for the same one")
    func again() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        let first = try #require(driver.say("once", ann, ref: 1)).content().receipt
        let again = try RoomContent(
            #require(driver.hear("{\"say\":\"once\",\"ref\":1}", session: ann))
        ).receipt
        #expect(first?.event == 2 && again?.event == 2)
        _ = driver.say("twice", ann, ref: 2)
        #expect(
            try driver.story() == ["Ann joined (1)", "Ann said: once (1)", "Ann said: twice (1)"])
    }

    @Test("tells by every way what a message took, itself included")
    func receipts() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        let post = try #require(driver.say("hi", ann, ref: 7))
        let posted = try #require(try post.content().receipt)
        #expect(posted.event == 2 && posted.ref == 7)
        #expect(posted.up == 100 + "{\"session\":\"s1\",\"text\":\"hi\",\"ref\":7}".utf8.count)
        let head = ServerContext.headBytes(
            200, contentType: post.contentType, fields: post.fields, bodyBytes: post.body.count,
            to: PlainRequest())
        #expect(posted.down == head + post.body.count)

        let frame = try #require(driver.hear("{\"say\":\"hi\"}", session: ann))
        let heard = try #require(try RoomContent(frame).receipt)
        #expect(heard.up == 12 + 6)
        // A server's frame of less than 126 bytes has a header of two.
        #expect(heard.down == frame.count + 2)

        let query = "session=\(ann)&text=hi%20there&ref=9&callback=app.push"
        let script = try #require(driver.get("/room/say.js", query: query))
        #expect(script.contentType.hasPrefix("text/javascript"))
        let call = String(decoding: script.body, as: UTF8.self)
        #expect(call.hasPrefix("/**/app.push({\"receipt\":{") && call.hasSuffix("}});"))
        #expect(try driver.story().last == "Ann said: hi there (1)")
    }

    @Test("answers a page that asks on its WebSocket whether anybody is there")
    func asking() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        let answer = try #require(driver.hear("{\"there\":4}", session: ann))
        #expect(try RoomContent(answer).there == 4)
        #expect(driver.published.count == 1)
    }

    @Test("lets a guest say five things at once, and then one a second")
    func rate() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("Ann")
        for number in 1...5 { #expect(driver.say("\(number)", ann)?.status == 200) }
        let refused = try #require(driver.say("6", ann))
        #expect(refused.status == 429)
        #expect(try refused.content().code == "rate")
        #expect(try refused.content().retry_s == 1)
        #expect(refused.fields.contains("Retry-After: 1\r\n"))
        #expect(
            try RoomContent(#require(driver.hear("{\"say\":\"7\"}", session: ann))).refused != nil)
        driver.pass(.seconds(1))
        #expect(driver.say("8", ann)?.status == 200)
        #expect(driver.published.count == 7)
    }

    @Test("limits what all say together")
    func roomRate() throws {
        let driver = RoomDriver.chat()
        let sessions = try (1...20).map { try driver.enter("Guest \($0)") }
        let said = sessions.flatMap { session in
            (1...5).map { driver.say("\($0)", session)?.status }
        }
        #expect(said.count { $0 == 200 } == 50)
        #expect(said.count { $0 == 429 } == 50)
    }

    @Test("lets a class come in at once, and not a thousand")
    func entranceRate() throws {
        let driver = RoomDriver.chat()
        for number in 1...100 { _ = try driver.join("\(number)") }
        #expect(driver.post("/room/join", "{\"name\":\"101\"}")?.status == 429)
        driver.pass(.milliseconds(100))
        _ = try driver.join("101")
    }

    @Test("forgets who has been away for longest when it is full, and nobody who is there")
    func bounds() throws {
        let driver = RoomDriver.chat()
        let here = try driver.enter("Here")
        let away = try driver.join("Away")
        for number in 3...ChatRoom.sessionLimit {
            driver.pass(.milliseconds(100))
            driver.began(try driver.join("\(number)"))
        }
        driver.pass(.seconds(1))
        let last = try driver.enter("One more")
        #expect(driver.say("hello", here)?.status == 200)
        #expect(driver.say("hello", last)?.status == 200)
        #expect(driver.say("hello", away)?.status == 403)
        let refused = try #require(driver.post("/room/join", "{\"name\":\"Too many\"}"))
        #expect(refused.status == 503)
    }

    @Test(
        "refuses what it does not understand, and says why",
        arguments: [
            ("/room/join", "", 400), ("/room/join", "{}", 400), ("/room/join", "[1]", 400),
            ("/room/join", "{\"name\":1}", 400), ("/room/join", "{\"name\":\"\"}", 400),
            ("/room/join", "{\"name\":\"\\ud800\"}", 400),
            ("/room/join", String(repeating: "[", count: 10_000), 400),
            ("/room/say", "{\"session\":\"s1\"}", 400),
            ("/room/say", "{\"session\":\"s1\",\"text\":\" \"}", 400),
            ("/room/say", "{\"session\":\"s1\",\"text\":\"a\",\"image\":\"\"}", 400),
            ("/room/leave", "{\"session\":3}", 400), ("/room/nothing", "{}", 0),
        ])
    func refusals(path: String, json: String, status: Int) throws {
        let driver = RoomDriver.chat()
        _ = try driver.enter("Ann")
        let answer = driver.post(path, json)
        #expect(answer?.status ?? 0 == status)
        if let answer { #expect(try answer.content().code != nil) }
        #expect(driver.published.count == 1)
    }

    @Test("takes orders only as JSON that is posted, which another site's page cannot send")
    func crossSite() throws {
        let driver = RoomDriver.chat()
        let session = try driver.enter("Ann")
        for type in ["text/plain", "", "application/x-www-form-urlencoded"] {
            for path in ["/room/join", "/room/say", "/room/leave"] {
                let json = "{\"name\":\"B\",\"session\":\"\(session)\",\"text\":\"x\"}"
                #expect(driver.post(path, json, type: type)?.status == 415)
                #expect(driver.get(path)?.status == 405)
            }
        }
        #expect(driver.published.count == 1)
    }

    @Test(
        "lets a script name only a function",
        arguments: ["", "callback=", "callback=a(b)", "callback=a%28b%29", "callback=1"])
    func callbacks(query: String) throws {
        let driver = RoomDriver.chat()
        let session = try driver.enter("Ann")
        let answer = try #require(
            driver.get("/room/say.js", query: "session=\(session)&text=x&\(query)"))
        #expect(answer.status == 400)
        #expect(driver.published.count == 1)
    }

    @Test(
        "tells a script in the script why not",
        arguments: ["text=x", "session=s1", "session=s9&text=x", "session=s1&text=%FF"])
    func scriptRefusals(query: String) throws {
        let driver = RoomDriver.chat()
        _ = try driver.enter("Ann")
        let answer = try #require(driver.get("/room/say.js", query: "\(query)&callback=f"))
        #expect(answer.status == 200)
        #expect(String(decoding: answer.body, as: UTF8.self).hasPrefix("/**/f({\"refused\":{"))
        #expect(driver.published.count == 1)
    }

    @Test("publishes markup as the text that it is, in one line of JSON")
    func markup() throws {
        let driver = RoomDriver.chat()
        let ann = try driver.enter("<img src=x>")
        _ = driver.say("</script>\\u2028\\\"\\n<b>", ann)
        let said = try #require(driver.published.last)
        #expect(!said.contains(UInt8(ascii: "\n")))
        #expect(try RoomContent(said).text == "</script>\n\"\n<b>")
        #expect(try RoomContent(said).user?.name == "<img src=x>")
    }

    @Test("tells when something was said by the wall clock")
    func time() throws {
        let page = RoomPage(file: "chat.html", clock: .init(nanoseconds: 1_795_262_400_000_000_000))
        let driver = RoomDriver(ChatRoom(page: page, makeSecret: countedSecrets()))
        _ = try driver.enter("Ann")
        #expect(try driver.events().first?.at == 1_795_262_401_000)
    }

    @Test("serves its page under a policy that lets nothing in from elsewhere")
    func page() throws {
        let driver = RoomDriver.chat()
        let page = try #require(driver.get("/"))
        #expect(page.body == Asset.all["chat.html"])
        #expect(page.fields.contains("Content-Security-Policy: default-src 'self';"))
        #expect(page.fields.ranges(of: "Content-Security-Policy").count == 1)
        #expect(!page.fields.contains("unsafe"))
        #expect(driver.get("/favicon.ico")?.status == 200)
        #expect(driver.get("/nothing.html") == nil)
    }
}
