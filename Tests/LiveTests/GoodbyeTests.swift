import LabServer
import Link
import Reactor
import Testing
import Transports

extension Live {
    /// How connections end when the client ends its half first, or may still be sending: with an end
    /// and not with a reset, which would take bytes away that the client has not read yet.
    @Suite("A goodbye")
    struct GoodbyeTests {
        @Test(
            "of a client whose events have come is answered by the server's end",
            arguments: Transport.all)
        func halfClosed(transport: Transport) throws {
            let counters = try withServer { server in
                let subscriber = try Subscriber(transport, of: server)
                try subscriber.subscribe()
                server.publish(data: Array("1".utf8))
                try subscriber.converse { $0.ids == [1] }
                #expect(try subscriber.sayGoodbye())
                try server.waitUntil { $0.connections == 0 }
            }
            #expect(counters.disconnects == [.finished: 1])
        }

        @Test("comes after everything that the client had asked for")
        func owesAnswers() throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                let count = 3000
                try visitor.send(
                    String(repeating: Request.get("/"), count: count) + Request.get("/healthz"))
                visitor.finishSending()
                for _ in 0..<count { #expect(try visitor.takeAnswer().status == 200) }
                #expect(try visitor.takeAnswer().content == "ok\n")
                #expect(try visitor.takeToEnd().isEmpty)
                #expect(!visitor.wasReset)
            }
        }

        @Test("comes after an answer that the client is long in reading")
        func owesALargeAnswer() throws {
            // An answer has eight times that at most.
            try withServer({ $0.backlogLimit = 4 << 20 }) { server in
                // 16 MB, where the kernel grows a send buffer to 4 MB and a receive buffer to 6.
                let data = Array("\"\(String(repeating: "x", count: 256 * 1024))\"".utf8)
                let events = 64
                for _ in 0..<events { server.publish(data: data) }
                try server.waitUntil { $0.events == events }
                let visitor = try Visitor(server.address)
                try visitor.send(Request.get("/events/short-polling?since=0"))
                visitor.finishSending()
                // Turns in which the server could give up.
                let other = try Visitor(server.address)
                for _ in 0..<30 { _ = try other.ask(Request.get("/healthz")) }
                let answer = try visitor.takeAnswer()
                #expect(answer.content.hasPrefix("{\"cursor\":\(events),"))
                #expect(answer.content.utf8.count > events * data.count)
                #expect(try visitor.takeToEnd().isEmpty)
                #expect(!visitor.wasReset)
            }
        }

        @Test("comes after the number of an event, whichever loop gives it", arguments: [1, 2])
        func owesANumber(loops: Int) throws {
            try withServer {
                $0.loops = loops
            } _: { server in
                for number in 1...12 {
                    let visitor = try Visitor(server.address)
                    try visitor.send(Request.post("1") + Request.get("/healthz"))
                    visitor.finishSending()
                    #expect(try visitor.takeAnswer().content == "{\"id\":\(number)}\n")
                    #expect(try visitor.takeAnswer().content == "ok\n")
                    #expect(try visitor.takeToEnd().isEmpty)
                    #expect(!visitor.wasReset)
                }
            }
        }

        @Test("to a client that was turned away leaves it the word")
        func refused() throws {
            let counters = try withServer {
                $0.connectionLimit = 1
            } _: { server in
                let guest = try Visitor(server.address)
                _ = try guest.ask(Request.get("/healthz"))
                for _ in 0..<10 {
                    let visitor = try Visitor(server.address)
                    try visitor.send(Request.get("/"))
                    #expect(try visitor.takeAnswer().status == 503)
                    try visitor.send(Request.get("/"))
                    #expect(try visitor.takeToEnd().isEmpty)
                    #expect(!visitor.wasReset)
                }
            }
            #expect(counters.disconnects[.refused] == 10)
        }

        @Test("to a client that broke a rule leaves it the word, whatever it goes on to say")
        func brokenRule() throws {
            try withServer { server in
                let visitor = try Visitor(server.address)
                try visitor.send("how do you do\r\n\r\n")
                #expect(try visitor.takeAnswer().status == 400)
                for _ in 0..<10 { try visitor.send("very well, and you?\r\n\r\n") }
                #expect(try visitor.takeToEnd().isEmpty)
                #expect(!visitor.wasReset)
            }
        }

        @Test("on the server's part waits for the client's, but not for ever")
        func silentClient() throws {
            let counters = try withServer {
                $0.idleTimeout = .milliseconds(50)
            } _: { server in
                let silent = try Visitor(server.address)
                #expect(try silent.takeToEnd().isEmpty)
                try server.waitUntil { $0.connections == 0 }
                #expect(!silent.wasReset)
            }
            #expect(counters.disconnects == [.timeout: 1])
        }
    }
}
