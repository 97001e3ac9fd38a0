import LabServer
import Link
import Measurement
import Reactor
import Testing
import Transports
import Wire

@testable import LoadGen

extension Live {
    /// What a worker's clients observe beside latency, and the link that they make themselves.
    @Suite("A worker's clients")
    struct WorkerTests {
        private static let clients = 3
        private static let link = LinkProfile(roundTripTime: .milliseconds(8))

        private func run(
            _ transport: Transport, keepsAlive: Bool = true, isLockstep: Bool = true,
            _ configure: (inout WorkerSeed) -> Void, _ body: (WorkerRun) throws -> Void
        ) throws -> Recorder {
            var recorder: Recorder?
            try withServer { server in
                let worker = try WorkerRun(
                    transport, of: server, clients: Self.clients, keepsAlive: keepsAlive,
                    isLockstep: isLockstep, configure)
                try worker.subscribe()
                try body(worker)
                recorder = try worker.finish()
            }
            return try #require(recorder)
        }

        @Test("keep each delivery with its event, and the kernel's stamp", arguments: Transport.all)
        func samples(transport: Transport) throws {
            let recorder = try run(transport) { _ in
            } _: {
                try $0.step(5)
            }
            #expect(recorder.samples.isComplete)
            #expect(recorder.samples.count == 5 * Self.clients)
            let means = recorder.samples.meanByEvent
            #expect(means.keys.sorted() == [1, 2, 3, 4, 5])
            #expect(means.values.allSatisfy { $0 > 0 })
            var sum: Int64 = 0
            recorder.samples.forEach { sum += $1 }
            #expect(Double(sum) / Double(5 * Self.clients) == recorder.latency.mean)
            // Each event was read by itself.
            #expect(recorder.receiveDelay.count == 5 * Self.clients)
            #expect(recorder.receiveDelay.negative == 0)
            #expect(recorder.receiveDelay.maximum < recorder.latency.maximum)
            #expect(recorder.gaps.moments == 0)
        }

        @Test("are observed in one, the first, where asked", arguments: Transport.all)
        func observed(transport: Transport) throws {
            let recorder = try run(transport) {
                $0.observesDeliveries = true
            } _: {
                try $0.step(3)
            }
            let timeline = try #require(
                recorder.observed.timeline(from: Instant(nanoseconds: 0)))
            #expect(timeline.deliveries.map(\.id) == [1, 2, 3])
            for delivery in timeline.deliveries {
                let latency = delivery.deliveredNanoseconds - delivery.dueNanoseconds
                #expect(latency >= recorder.latency.minimum && latency <= recorder.latency.maximum)
            }
            #expect(
                try run(transport, { _ in }, { try $0.step(1) }).observed.timeline(
                    from: .distantPast) == nil)
        }

        @Test("take no stamps beyond the sample, and observe gaps where asked")
        func gaps() throws {
            let recorder = try run(.longPolling) {
                $0.stampedClients = 1
                $0.observesGaps = true
                $0.sampleLimit = 2
            } _: {
                try $0.step(5)
            }
            #expect(recorder.receiveDelay.count == 5)
            #expect(!recorder.samples.isComplete && recorder.samples.count == 0)
            #expect(recorder.gaps.moments == 5 * Self.clients)
            #expect(recorder.gaps.events == 5 * Self.clients)
            #expect(recorder.gaps.gaps.count == 4 * Self.clients)
            #expect(recorder.gaps.gaps.minimum > 0)
        }

        @Test("wait for their link both ways, and lose nothing on it", arguments: WireTests.cases)
        func link(transport: Transport, keepsAlive: Bool) throws {
            let recorder = try run(transport, keepsAlive: keepsAlive) {
                $0.link = Self.link
            } _: {
                try $0.step(4)
            }
            let crossing = Self.link.oneWayDelay.nanoseconds
            #expect(recorder.received == 4 * Self.clients)
            #expect(recorder.connect.minimum >= 2 * crossing)
            #expect(recorder.firstEvent.minimum >= 4 * crossing)
            #expect(recorder.latency.minimum >= crossing)
            #expect(recorder.reconnects == 0 && recorder.brokenRules == [:])
            #expect(recorder.unread == [:])
            #expect(recorder.totals.up.total == recorder.socketBytesUp)
            #expect(recorder.totals.down.total == recorder.socketBytesDown)
            #expect(recorder.receiveDelay.count == 0)
        }

        @Test(
            "have the blind window of their connections",
            arguments: [true, false], [Transport.longPolling, .jsonpPolling])
        func blindWindow(keepsAlive: Bool, transport: Transport) throws {
            let recorder = try run(transport, keepsAlive: keepsAlive, isLockstep: false) {
                $0.link = Self.link
                $0.observesGaps = true
            } _: {
                try $0.publish(200, ratePerSecond: 2000)
                try $0.waitForAll($0.last)
            }
            // A round trip with a kept connection, two with a new one each: no gap is shorter.
            let roundTrip = Self.link.roundTripTime.nanoseconds
            #expect(recorder.gaps.gaps.count > 0)
            #expect(recorder.gaps.gaps.minimum >= (keepsAlive ? 1 : 2) * roundTrip)
            #expect(recorder.received == 200 * Self.clients)
            #expect(recorder.unread == [:])
        }

        @Test("with jitter, losses and little bandwidth get every event all the same")
        func badLink() throws {
            let recorder = try run(.serverSentEvents, isLockstep: false) {
                $0.link = LinkProfile(
                    roundTripTime: .milliseconds(4), jitter: .milliseconds(2), lossRate: 0.01,
                    down: Bandwidth(bitsPerSecond: 20_000_000))
            } _: {
                try $0.publish(100, ratePerSecond: 2000)
                try $0.waitForAll($0.last)
            }
            #expect(recorder.received == 100 * Self.clients)
            #expect(recorder.duplicate == 0 && recorder.reordered == 0)
        }

        @Test("end by a reset are counted apart")
        func reset() throws {
            // A server that is gone for good when it is asked to stop still says goodbye, so that
            // only a stranger resets.
            let listener = try Socket.listen(on: .loopback(port: 0), backlog: 8, sharingPort: false)
            let inbox: Inbox<WorkerCommand> = try Inbox()
            let status = WorkerStatus()
            let address = listener.localAddress
            var seed = WorkerSeed(
                transport: .rawTCP, profile: ClientProfile(authority: ""), server: address,
                clients: 0..<1, clientsPerSource: 0, connectRate: 1e6, seed: 1,
                ownsDescriptors: false, inbox: inbox, status: status)
            seed.farewellLimit = .milliseconds(20)
            let ready = seed
            let threads = ThreadGroup<Result<Recorder, SystemError>>()
            try threads.start(name: "worker", processor: nil) {
                do throws(SystemError) {
                    var worker = Worker(ready, poller: try Worker.makePoller(ready))
                    return .success(try worker.run())
                } catch {
                    return .failure(error)
                }
            }
            var poller = try Poller(capacity: 1)
            try poller.add(listener.descriptor, .readable, token: 0)
            // The first connection is reset; the client comes again, and that one is never ended.
            for turn in 0..<2 {
                _ = try poller.wait(until: limit())
                guard let accepted = try listener.accept() else {
                    throw Disappointment("nobody came")
                }
                // The client knows that it is connected once it has asked.
                var asked = try Poller(capacity: 1)
                try asked.add(accepted.descriptor, .readable, token: 0)
                _ = try asked.wait(until: limit())
                if turn == 0 {
                    accepted.setLinger(reset: true)
                } else {
                    inbox.post(.finish)
                    let recorder = try #require(threads.joinAll().first).get()
                    #expect(recorder.unread == [.reset: 1, .timedOut: 1])
                    #expect(recorder.totals.wire.connections == 2)
                    #expect(recorder.reconnects == 1)
                }
            }
        }
    }
}
