import LabServer
import Link
import Reactor
import Testing
import Transports
import Wire

@testable import LoadGen

extension Live {
    /// A worker's clients, with one event at a time: every byte of them is accounted for.
    @Suite("A worker's wire")
    struct WireTests {
        private static let clients = 4
        private static let events = 12
        /// Each technique, and those that poll with a connection for each poll as well.
        static let cases: [(Transport, keepsAlive: Bool)] =
            Transport.all.map { ($0, true) }
            + Transport.all.filter { $0.server.stream == nil }.map { ($0, false) }

        private func run(
            _ transport: Transport, keepsAlive: Bool, isIPv6: Bool = false
        ) throws -> Recorder {
            var recorder: Recorder?
            try withServer {
                guard isIPv6, let host = SocketAddress("::1", port: 0) else { return }
                $0.address = host
            } _: { server in
                let worker = try WorkerRun(
                    transport, of: server, clients: Self.clients, keepsAlive: keepsAlive)
                try worker.subscribe()
                try worker.step(Self.events)
                recorder = try worker.finish()
            }
            return try #require(recorder)
        }

        /// Headers of every packet, and what the two that open a connection have on top: with
        /// timestamps, unless this machine has them switched off.
        private func headers(isIPv6: Bool) throws -> (every: Int, opening: Int) {
            let listener = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
            let visitor = try Socket.connect(to: listener.localAddress)
            var poller = try Poller(capacity: 1)
            try poller.add(visitor.descriptor, .writable, token: 0)
            _ = try poller.wait(until: limit())
            let plain = isIPv6 ? 60 : 40
            return try visitor.tcpInfo().hasTimestamps ? (plain + 12, 8) : (plain, 12)
        }

        private func expectSums(_ recorder: Recorder, isIPv6: Bool) throws {
            let wire = recorder.totals.wire
            let header = try headers(isIPv6: isIPv6)
            #expect(recorder.unread == [:])
            #expect(!wire.lossSeen)
            #expect(wire.connections >= Self.clients)
            #expect(
                wire.traffic.upBytes
                    == recorder.socketBytesUp + header.every * wire.traffic.upPackets
                    + header.opening * wire.connections)
            #expect(
                wire.traffic.downBytes
                    == recorder.socketBytesDown + recorder.totals.discardedBytesDown
                    + header.every * wire.traffic.downPackets + header.opening * wire.connections)
            // SYN, ACK, request, FIN, and the server's halves of these.
            #expect(wire.traffic.upPackets >= 4 * wire.connections)
            #expect(wire.traffic.downPackets >= 3 * wire.connections)
        }

        @Test("is its bytes and its headers, to the byte", arguments: cases)
        func sums(transport: Transport, keepsAlive: Bool) throws {
            let recorder = try run(transport, keepsAlive: keepsAlive)
            try expectSums(recorder, isIPv6: false)
            let window = recorder.window
            #expect(window.events == Self.events * Self.clients)
            #expect(recorder.received == Self.events * Self.clients)
            #expect(recorder.reconnects == 0 && recorder.brokenRules == [:])
            // The window is what crossed between two moments at rest, and less than everything.
            #expect(window.wire.traffic.downBytes > window.down.total)
            #expect(window.wire.traffic.downBytes < recorder.totals.wire.traffic.downBytes)
            #expect(window.wire.traffic.upPackets >= Self.events * Self.clients)
            guard transport.server.stream == nil else {
                #expect(window.requests == 0 && window.wire.connections == 0)
                return
            }
            #expect(window.requests == Self.events * Self.clients)
            #expect(window.answers == Self.events * Self.clients && window.emptyAnswers == 0)
            #expect(window.wire.connections == (keepsAlive ? 0 : window.requests))
        }

        @Test(
            "is the same bytes, requests and calls each time",
            arguments: cases)
        func deterministic(transport: Transport, keepsAlive: Bool) throws {
            let first = try run(transport, keepsAlive: keepsAlive).window
            let second = try run(transport, keepsAlive: keepsAlive).window
            #expect(first.up == second.up)
            #expect(first.down == second.down)
            #expect(first.requests == second.requests)
            #expect(first.answers == second.answers)
            #expect(first.emptyAnswers == second.emptyAnswers)
            #expect(first.sends == second.sends)
            #expect(first.receives == second.receives)
            #expect(first.wire.connections == second.wire.connections)
            #expect(first.receives == Self.events * Self.clients)
        }

        @Test("has the headers of IPv6", arguments: [Transport.serverSentEvents, .longPolling])
        func overIPv6(transport: Transport) throws {
            let recorder = try run(transport, keepsAlive: false, isIPv6: true)
            try expectSums(recorder, isIPv6: true)
        }
    }
}
