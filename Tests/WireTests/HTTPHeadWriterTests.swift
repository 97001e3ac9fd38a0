import Testing
import Wire

@Suite("HTTPHeadWriter")
struct HTTPHeadWriterTests {
    @Test("writes a head that the parser reads, every byte of it a response head")
    func roundTrip() throws {
        var wire = WireBuffer()
        HTTPHeadWriter.status(200, into: &wire)
        HTTPHeadWriter.field("Content-Type", "text/plain", into: &wire)
        HTTPHeadWriter.field("Content-Length", 17, into: &wire)
        HTTPHeadWriter.end(into: &wire)
        #expect(
            wire.bytes
                == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 17\r\n\r\n".bytes
        )
        #expect(wire.ledger[.responseHead] == wire.count)

        var parser = HTTPResponseParser()
        #expect(try parser.parse(wire.bytes.span) == wire.count)
        #expect(parser.status == 200)
        #expect(parser.body == .length(17))
        #expect(parser.fields.count == 2)
    }

    @Test("writes a handshake as a handshake")
    func handshake() {
        var wire = WireBuffer()
        HTTPHeadWriter.status(101, as: .handshake, into: &wire)
        HTTPHeadWriter.field("Upgrade", "websocket", as: .handshake, into: &wire)
        HTTPHeadWriter.field("Sec-WebSocket-Version", 13, as: .handshake, into: &wire)
        HTTPHeadWriter.end(as: .handshake, into: &wire)
        #expect(wire.ledger[.handshake] == wire.count)
    }

    @Test(
        "gives a code the reason of RFC 9110, and none to a code it does not know",
        arguments: [
            (100, "Continue"), (204, "No Content"), (413, "Content Too Large"),
            (505, "HTTP Version Not Supported"),
            (299, ""), (0, ""),
        ])
    func reasons(code: Int, reason: String) {
        #expect(HTTPStatus(code).reason.description == reason)
    }
}
