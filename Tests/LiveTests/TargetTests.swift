import LabServer
import Link
import LoadGen
import Measurement
import Reactor
import Testing
import Transports
import Wire

extension Live {
    /// Rounds against a server that is not the generator's own.
    @Suite("A round with a target")
    struct TargetTests {
        private static let clients = 20

        /// About 36 events in less than a fifth of a second, of which the first sixth is warm-up.
        private static let scenario = Scenario(
            transports: [], clients: clients, ratePerSecond: 200, payloadBytes: 100,
            connectRatePerSecond: 10_000, warmup: .milliseconds(30),
            duration: .milliseconds(150), drainLimit: .seconds(10),
            pollInterval: .milliseconds(15), hold: .seconds(25), headers: "minimal", seed: 11,
            backlogLimitBytes: 1 << 20)

        private static let profiles: [(TargetProfile, Transport, String)] = [
            (.pushbench, .webSocket, ""), (.pushbench, .serverSentEvents, ""),
            (.pushbench, .httpStreaming, ""),
            (.plainWebSocket, .webSocket, "/events/websocket"),
            (.plainEventStream, .serverSentEvents, "/events/sse"),
        ]

        @Test(
            "measures every event that was posted, once and in order", arguments: profiles, [1, 2])
        func posted(_ target: (TargetProfile, Transport, String), clientLoops: Int) throws {
            let (profile, technique, path) = target
            try withServer { server in
                // An event of somebody else's, to be passed over.
                server.publish(
                    PublishPlan(
                        content: .padded(100), arrivals: .periodic, ratePerSecond: 100, seed: 1,
                        events: 20, start: MonotonicClock.now()))
                let base = "http://\(server.address)"
                let url = try HTTPURL(parsing: base + path)
                var control = try TargetServer(
                    PublishTarget(
                        address: server.address, url: try HTTPURL(parsing: base + "/events")))
                var scenario = Self.scenario
                scenario.clientLoops = clientLoops
                var plan = LoadPlan(
                    transport: try #require(profile.transport(technique.id, at: url)),
                    scenario: scenario, headers: .minimal, server: server.address)
                plan.foreignSince = control.since
                var generator = LoadGenerator([plan])
                let result = try #require(try generator.run(&control).first).result
                #expect(result.transport == technique.id)
                #expect(result.deliveries.expected > 15 * Self.clients)
                #expect(result.deliveries.received == result.deliveries.expected)
                #expect(result.deliveries.duplicate == 0)
                #expect(result.deliveries.reordered == 0)
                #expect(result.source.refusedEvents == 0)
                #expect(result.uncorrectedLatency != nil)
                #expect(result.firstEvent.count == Self.clients)
                // What the server alone knows is left out, and theory says nothing.
                #expect(result.server == ServerCost())
                #expect(result.prediction == nil)
                #expect(result.rearm == nil)
                let serious: Set = ["ledger-mismatch", "reconnects", "publish-refused"]
                #expect(result.warnings.filter { serious.contains($0.id) } == [])
            }
        }

        /// Has `events` posted to a server with this script, and returns how it went and what it read.
        private func post(
            _ events: Int, to answers: [String], connections: Int = 1
        ) throws -> (report: PublishReport?, requests: [String]) {
            let stand = try PostStand(answers)
            let url = try HTTPURL(parsing: "http://\(stand.address)/pub?id=1")
            do {
                var control = try TargetServer(
                    PublishTarget(address: stand.address, url: url, connections: connections))
                try control.publish(
                    PublishOrder(
                        ratePerSecond: 1e6, arrivals: .periodic, seed: 1, payloadBytes: 80,
                        events: events, start: MonotonicClock.now()))
                let report = try control.outcome(until: limit())
                return (report, stand.finish())
            } catch {
                _ = stand.finish()
                throw error
            }
        }

        private static func answer(_ status: String, _ fields: String = "") -> String {
            "HTTP/1.1 \(status)\r\n\(fields)Content-Length: 2\r\n\r\nok"
        }

        private static let created = answer("201 Created")
        private static let last = answer("200 OK", "Connection: close\r\n")

        @Test("posts in order, and sends again what a closing server has not read")
        func closing() throws {
            for answers in [[Self.created], [Self.last], [Self.created, Self.created, Self.last]] {
                let (report, requests) = try post(12, to: answers)
                let ids = try #require(report?.ids)
                #expect(ids.count == 12)
                #expect(report?.lateness.refusedEvents == 0)
                #expect(report?.refusal == nil)
                #expect(report?.latenessNanoseconds.count == 12)
                #expect(requests.count == 12)
                for (request, id) in zip(requests, ids) {
                    #expect(request.hasPrefix("POST /pub?id=1 HTTP/1.1\r\nHost: 127.0.0.1:"))
                    #expect(request.contains("\r\nContent-Length: 80\r\n\r\n{\"id\":\(id),\"t\":"))
                }
            }
        }

        @Test("counts what is refused, and says why")
        func refused() throws {
            let (report, _) = try post(
                5, to: [Self.created, Self.answer("429 Too Many Requests"), Self.created])
            #expect(report?.ids?.count == 5)
            #expect(report?.lateness.refusedEvents == 1)
            #expect(report?.refusal == "it answered with 429")
        }

        @Test("gives up the events of a connection that ends without an answer, and goes on")
        func broken() throws {
            let (report, requests) = try post(3, to: [Self.last, "", Self.created])
            #expect(report?.lateness.refusedEvents == 1)
            #expect(report?.refusal == "it ended the connection without an answer")
            #expect(requests.count == 3)
        }

        @Test("fails when nothing was taken, or nobody listens")
        func nothing() throws {
            let error = try #require(throws: LoadError.self) {
                _ = try post(3, to: [Self.answer("403 Forbidden")])
            }
            #expect(error.description.contains("it answered with 403; check --publish-url"))
            let rules = try #require(throws: LoadError.self) {
                _ = try post(1, to: ["SSH-2.0-OpenSSH_9.9\r\n\r\n"])
            }
            #expect(rules.description.contains("it broke a rule"))
            let listener = try Socket.listen(
                on: .loopback(port: 0), backlog: 1, sharingPort: false)
            let address = listener.localAddress
            _ = consume listener
            #expect(throws: LoadError.self) {
                _ = try TargetServer(
                    PublishTarget(
                        address: address, url: try HTTPURL(parsing: "http://\(address)/")))
            }
        }
    }
}
