import Link
import Testing
import Transports
import Wire

/// Valid conversations with a few bytes changed: nothing a peer sends may trap, and everything it
/// sends ends in a step or in a rule that it broke.
@Suite("Bytes that went wrong on the way")
struct FuzzTests {
    private static let rounds = 400

    @Test(
        "end in a step or a broken rule at the server", arguments: Transport.all, [UInt64](1...3))
    func server(transport: Transport, seed: UInt64) {
        var mutation = Mutation(seed: seed)
        let extra = [
            RequestText.request(
                "POST", "/events", ["Transfer-Encoding: chunked"],
                content: "3\r\n{\"a\r\n6\r\n\":\"b\"}\r\n0\r\n\r\n"),
            RequestText.request("POST", "/events", ["Content-Length: 2"], content: "12"),
            RequestText.get("/healthz"), RequestText.request("HEAD", transport.path),
        ]
        let upstream = Self.conversation(of: transport).filter(\.isFromClient).map(\.bytes)
        for _ in 0..<Self.rounds {
            var corpus = upstream
            corpus.append(Array(extra[mutation.number(below: extra.count)].utf8))
            if mutation.number(below: 3) == 0 { corpus.swapAt(0, corpus.count - 1) }
            let server = ServerPeer()
            server.accept(transport)
            server.publish([Array("0".utf8)])
            var written = 0
            for piece in mutation.pieces(of: mutation.mutate(corpus.flatMap { $0 })) {
                server.receive(piece)
                written += server.takeOutput().count
            }
            server.publish([Array("0".utf8)])
            written += server.takeOutput().count
            #expect(server.sent.total == written)
            if server.refusal != nil { #expect(!server.isOpen) }
        }
    }

    @Test(
        "end in a step or a broken rule at the client", arguments: Transport.all, [UInt64](1...3))
    func client(transport: Transport, seed: UInt64) {
        var mutation = Mutation(seed: seed)
        let downstream = Self.conversation(of: transport).filter { !$0.isFromClient }.map(\.bytes)
        for _ in 0..<Self.rounds {
            var client = transport.makeClient(ClientProfile(authority: "127.0.0.1:8080", since: 0))
            var context = ClientContext(seed: 1, keepingPayloads: true)
            client.connected(&context)
            var fed = 0
            do throws(ProtocolError) {
                // A poll's answer comes alone; what belongs to the next one is out of turn.
                for segment in downstream {
                    for piece in mutation.pieces(of: mutation.mutate(segment)) {
                        context.startInput(now: context.now)
                        fed += piece.count
                        let step = try client.receive(piece.span, &context)
                        if step != .carryOn { client.connected(&context) }
                        if client.deadline < .distantFuture { _ = client.deadlineReached(&context) }
                    }
                }
                _ = try client.peerClosed(&context)
            } catch {
                #expect(!error.rule.isEmpty)
            }
            #expect(context.received.total <= fed)
            for byteClass in ByteClass.allCases { #expect(context.received[byteClass] >= 0) }
        }
    }

    /// A conversation with everything in it that a technique can say.
    private static func conversation(of transport: Transport) -> [TransportPair.Segment] {
        var limits = EventLog.Limits()
        limits.events = 8
        let profile = ClientProfile(authority: "127.0.0.1:8080", since: 0)
        let pair = TransportPair(
            transport, profile: profile, server: ServerPeer(logLimits: limits))
        pair.server.publish(SampleData.lines)
        pair.connect()
        pair.publish(SampleData.lines[2], SampleData.lines[4])
        pair.advance(by: .seconds(26))
        pair.server.sendHeartbeat()
        pair.settle()
        pair.server.endStream(.shutdown)
        pair.settle()
        return pair.segments
    }
}
