import Link
import Reactor
import Testing
import Transports
import Wire

@testable import pushbench

/// A proxy of the tests' own, on a thread: it passes bytes on, and keeps what a stream says back until
/// so many bytes have gathered.
private final class HoldingProxy: Sendable {
    let address: SocketAddress
    private let end: Inbox<Bool>
    private let threads = ThreadGroup<Bool>()

    /// One connection and what is kept back of its answers.
    private final class Pair {
        let client: TracedSocket
        let server: TracedSocket
        var held: [UInt8] = []
        var isStream = false
        var isOver = false

        init(_ client: consuming Socket, _ server: consuming Socket) {
            self.client = TracedSocket(client)
            self.server = TracedSocket(server)
        }
    }

    init(to server: SocketAddress, holding limit: Int) throws {
        let listener = try Socket.listen(on: .loopback(port: 0), backlog: 64, sharingPort: false)
        address = listener.localAddress
        let inbox = try Inbox<Bool>()
        end = inbox
        let number = listener.release()
        try threads.start(name: "proxy", processor: nil) {
            let listener = Socket(adopting: number)
            var pairs: [Pair] = []
            while inbox.drain().isEmpty {
                while let near = try? listener.accept(), let far = try? Socket.connect(to: server) {
                    pairs.append(Pair(near, far))
                }
                for pair in pairs { Self.pass(pair, limit) }
                pairs.removeAll(where: \.isOver)
                // Often enough for a test, and no load.
                MonotonicClock.sleep(until: MonotonicClock.now() + .microseconds(200))
            }
            return true
        }
    }

    func stop() {
        end.post(true)
        _ = threads.joinAll()
    }

    private static func pass(_ pair: Pair, _ limit: Int) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        do throws(SystemError) {
            try pair.server.flush()
            try pair.client.flush()
            if let bytes = try pair.client.receive(into: &buffer) {
                guard !bytes.isEmpty else { return pair.isOver = true }
                try pair.server.send(Array(bytes))
            }
            if let bytes = try pair.server.receive(into: &buffer) {
                guard !bytes.isEmpty else { return pair.isOver = true }
                pair.held += bytes
                let text = String(decoding: bytes, as: UTF8.self)
                pair.isStream = pair.isStream || text.contains("Transfer-Encoding: chunked")
            }
            guard !pair.isStream || pair.held.count >= limit else { return }
            try pair.client.send(pair.held)
            pair.held = []
        } catch {
            pair.isOver = true
        }
    }
}

@Suite("The doctor, through real sockets", .serialized)
struct ProxyLiveTests {
    /// An order for a server's place on a port that was free a moment ago.
    private static func order(through proxy: SocketAddress? = nil) throws -> ProxyOrder {
        let place = try freePlace()
        let address = proxy ?? place
        let url = try HTTPURL(parsing: "http://\(address)")
        var origins = OriginPolicy.own
        origins.believesOwnHostsOnly = true
        return ProxyOrder(
            url: url, address: address, host: url.authority, place: place, origins: origins,
            idle: .milliseconds(100))
    }

    private static func freePlace() throws -> SocketAddress {
        let socket = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
        return socket.localAddress
    }

    @Test("finds nothing wrong where there is no proxy")
    func noProxy() throws {
        var steps: [String] = []
        let checkup = try ProxyCheckup.perform(try Self.order()) { steps.append($0) }
        // How long things take is another matter on a busy machine.
        let objections = checkup.checks.filter { $0.state != .good && $0.id != "latency" }
        #expect(objections.map(\.found) == [])
        #expect(checkup.ok)
        #expect(checkup.checks.count == 20)
        #expect(steps.contains("WebSocket"))
    }

    @Test("finds a proxy that keeps streams back, and the polls that it does not")
    func holdingProxy() throws {
        let order = try Self.order()
        let proxy = try HoldingProxy(to: order.place, holding: 4096)
        defer { proxy.stop() }
        let url = try HTTPURL(parsing: "http://\(proxy.address)")
        let through = ProxyOrder(
            url: url, address: proxy.address, host: url.authority, place: order.place,
            origins: order.origins, idle: order.idle)
        let checkup = try ProxyCheckup.perform(through)
        let missing = checkup.checks.filter { $0.state == .missing }
        #expect(missing.map(\.id) == ["http-streaming", "forever-iframe", "sse"])
        #expect(missing.allSatisfy { $0.found.contains("KiB have gathered") })
        #expect(!checkup.ok)
    }

    @Test("says what to do when nobody listens, and when somebody is in its place")
    func refused() throws {
        let nobody = try ProxyCheckup.perform(try Self.order(through: try Self.freePlace()))
        #expect(nobody.checks.map(\.id) == ["reach"])
        #expect(nobody.checks[0].remedy?.hasPrefix("Start the proxy") ?? false)
        let order = try Self.order()
        let other = try Socket.listen(on: order.place, backlog: 1, sharingPort: false)
        let error = try #require(throws: (any Error).self) { try ProxyCheckup.perform(order) }
        #expect("\(error)".contains("stop the server there for the checkup"))
        _ = other.localAddress
    }

    @Test("ends when it is asked to")
    func interrupted() throws {
        let order = try Self.order()
        #expect(throws: ProxyStand.Interrupted.self) {
            try ProxyCheckup.perform(order, isInterrupted: { true })
        }
    }
}
