import LabServer
import Reactor
import Testing
import Transports
import Wire

extension Live {
    /// The echo over real sockets: what conformance suites talk to.
    @Suite("At the echo")
    struct EchoTests {
        private static let handshake = Request.handshake.replacing(
            "/events/websocket", with: "/echo")

        private static func frame(_ payload: [UInt8]) -> [UInt8] {
            var wire = WireBuffer()
            WebSocketFrame.encode(.binary, payload.span, mask: 0x0102_0304, into: &wire)
            return wire.bytes
        }

        private static func open(_ server: LabServer) throws -> Visitor {
            let visitor = try Visitor(server.address)
            #expect(try visitor.ask(handshake).status == 101)
            return visitor
        }

        @Test("messages come back, small ones and ones that no socket holds")
        func echoes() throws {
            try withServer {
                $0.settings.echoes = true
                $0.settings.inboundLimit = 4 << 20
            } _: { server in
                let visitor = try Self.open(server)
                for size in [0, 1, 125, 126, 70_000, 4 << 20] {
                    let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                    try visitor.send(Self.frame(payload))
                    let header = WebSocketFrameHeader(opcode: .binary, payloadLength: size)
                    #expect(try visitor.take(header.encodedLength).first == 0x82)
                    #expect(try visitor.take(size) == payload)
                }
                try visitor.send([0x88, 0x80, 0, 0, 0, 0])
                #expect(try visitor.takeToEnd() == [0x88, 0x00])
                #expect(!visitor.wasReset)
            }
        }

        @Test("who sends and does not read is not read from, and gets everything when it reads")
        func bounded() throws {
            try withServer {
                $0.settings.echoes = true
            } _: { server in
                let visitor = try Self.open(server)
                let frame = Self.frame(Array(repeating: 0, count: 32))
                let batch = Array(repeatElement(frame, count: 2000).joined())
                // What the sockets hold in both directions is taken, a few megabytes, and no more.
                let sent = try visitor.sendUntilStuck(batch, limit: 256 << 20)
                #expect(sent < 256 << 20)
                let echo = sent / frame.count * (frame.count - 4)
                #expect(try visitor.take(echo).last == 0)
            }
        }

        @Test("nothing of it is published, and it is no technique's connection")
        func isNoTechnique() throws {
            let counters = try withServer {
                $0.settings.echoes = true
            } _: { server in
                let visitor = try Self.open(server)
                try visitor.send(Self.frame([1]))
                #expect(try visitor.take(3) == [0x82, 0x01, 0x01])
            }
            #expect(counters.events == 0)
            #expect(counters.techniques.allSatisfy { $0.requests == 0 && $0.sends == 0 })
        }
    }
}
