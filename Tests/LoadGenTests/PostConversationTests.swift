import Link
import Testing
import Transports
import Wire

@testable import LoadGen

@Suite("Posting events")
struct PostConversationTests {
    private func conversation() -> PostConversation {
        PostConversation(authority: "127.0.0.1:80", payloadBytes: 100)
    }

    @Test("sends a JSON string that makes an event of the size asked for")
    func request() throws {
        let text = String(decoding: conversation().request, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n").map(String.init)
        #expect(parts[0].hasPrefix("POST /events HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"))
        #expect(parts[0].hasSuffix("Content-Length: \(parts[1].utf8.count)"))
        let event = EventPayload.carrying(
            Array(parts[1].utf8), id: 1234, intendedTime: .init(nanoseconds: 123_456_789_012_345))
        #expect(event.count == 100)
        #expect(JSONText.singleLine(Array(parts[1].utf8).span) != nil)
    }

    private static let answers: [(text: String, keeps: Bool)] = [
        ("HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{\"id\":17}", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true),
        ("HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", true),
    ]

    @Test("takes any success, whole or byte by byte", arguments: answers)
    func answer(text: String, keeps: Bool) throws {
        let bytes = Array(text.utf8)
        var whole = conversation()
        #expect(try whole.receive(bytes.span))
        #expect(whole.keepsConnection == keeps)
        var bytewise = conversation()
        for (index, byte) in bytes.enumerated() {
            let one = [byte]
            #expect(try bytewise.receive(one.span) == (index == bytes.count - 1))
        }
        // The next answer is read as the first one was.
        #expect(try whole.receive(bytes.span))
    }

    @Test("takes an answer that the end of the connection ends")
    func untilClose() throws {
        var conversation = conversation()
        let bytes = Array("HTTP/1.0 201 Created\r\n\r\ndone".utf8)
        #expect(try !conversation.receive(bytes.span))
        #expect(try conversation.peerClosed())
        #expect(!conversation.keepsConnection)
        #expect(try !conversation.peerClosed())
    }

    @Test("says what the server has to do when it refuses")
    func refusal() {
        var conversation = conversation()
        let bytes = Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8)
        let error = #expect(throws: LoadError.self) { try conversation.receive(bytes.span) }
        #expect(error?.description.contains("answers POST /events with 404") == true)
    }
}
