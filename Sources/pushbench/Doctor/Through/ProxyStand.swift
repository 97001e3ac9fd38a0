import LabServer
import Link
import LoadGen
import Reactor
import Transports
import Wire

/// Everything around the proxy: clients in front of it, the server behind it, on one thread and one
/// clock.
///
///     clients ── PROXY ── place ── server
final class ProxyStand {
    /// The user asked for the end.
    struct Interrupted: Error, CustomStringConvertible {
        let description = "interrupted before everything was looked at"
    }

    private enum Watched {
        case listener
        case proxySide(ServerPassage)
        case serverSide(ServerPassage)
        case client(ProbeClient)
    }

    /// A descriptor in the poller. Numbers come again: `generation` tells a client's next socket from
    /// the one before, which left the poller when it was closed.
    private struct Watch: Equatable {
        let descriptor: Int32
        let generation: Int
        var interest: Interest
    }

    /// What is looked at, and how it is asked.
    let order: ProxyOrder
    /// Where the server's place is, with the port that it has.
    let place: SocketAddress
    /// The requests that arrived there, in order.
    private(set) var requests: [SeenRequest] = []
    /// The id of the newest event.
    private(set) var newest: UInt64 = 0

    private var server: LabServer
    private let listener: Socket
    private var poller: Poller
    private var watched: [UInt64: Watched] = [:]
    /// What each token is watched for.
    private var watches: [UInt64: Watch] = [:]
    private var nextToken: UInt64 = 0
    private var passages = 0
    private let isInterrupted: () -> Bool
    private var random = SeededGenerator(seed: 1)
    /// What events are filled with.
    private static let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)

    /// Starts the server, and takes its place.
    ///
    /// - Throws: `LoadError` with what to do when something else is there.
    init(_ order: ProxyOrder, isInterrupted: @escaping () -> Bool = { false }) throws {
        self.order = order
        self.isInterrupted = isInterrupted
        poller = try Poller(capacity: 64)
        // Before the server's threads, so that none of them holds a copy.
        do throws(SystemError) {
            listener = try Socket.listen(on: order.place, backlog: 128, sharingPort: false)
        } catch {
            guard error.isAddressInUse else { throw error }
            throw LoadError(
                "\(error); the doctor takes the server's place: stop the server there for the "
                    + "checkup, or let the proxy pass to another port and give that with --server")
        }
        place = listener.localAddress
        server = try LabServer(order.configuration(isTrusting: false))
        watch(.listener)
    }

    deinit {
        // A server that stops waits for those who do not take its last bytes.
        watched.removeAll()
        _ = server.stop()
    }

    /// Puts a server in its place that answers every page and by every name, so that the rest can be
    /// looked at when the proxy hides who asks. It begins with no events.
    func trustEverybody() throws {
        for (token, entry) in watched {
            switch entry {
            case .listener: break
            case .client(let client): close(client)
            case .proxySide, .serverSide: forget(token)
            }
        }
        let trusting = try LabServer(order.configuration(isTrusting: true))
        _ = server.stop()
        server = trusting
        newest = 0
    }

    // MARK: - What is done with it

    /// Publishes an event of about `bytes`, and returns its id.
    @discardableResult
    func publish(bytes: Int = 100) -> UInt64 {
        // Head and quotes are some 44 bytes. What stands between cannot be compressed to nothing.
        var data: [UInt8] = [UInt8(ascii: "\"")]
        for _ in 0..<max(0, bytes - 44) {
            data.append(Self.digits[Int(random.next() % UInt64(Self.digits.count))])
        }
        data.append(UInt8(ascii: "\""))
        server.publish(data: data)
        newest += 1
        return newest
    }

    /// Notes that an event was published by POST.
    func noteOutsideEvent() {
        newest += 1
    }

    /// Opens a client: in front of the proxy, or with `directly` where the proxy itself would.
    func open(
        _ session: any ClientSession, directly: Bool = false, reconnects: Bool = false
    ) -> ProbeClient {
        let client = ProbeClient(
            session, to: directly ? place : order.address, reconnects: reconnects, seed: nextToken)
        client.connect(now: MonotonicClock.now())
        watch(.client(client))
        return client
    }

    /// The client leaves, as its technique does it.
    func close(_ client: ProbeClient) {
        for case (let token, .client(let other)) in watched where other === client {
            forget(token)
        }
        client.leave()
    }

    /// The last request for `path` that arrived as number `count` or later.
    func request(for path: String, from count: Int) -> SeenRequest? {
        requests[count...].last { $0.path == path }
    }

    /// Bytes that have left for the proxy on the connection of `request`.
    func bytesSent(on request: SeenRequest) -> Int {
        for case .proxySide(let passage) in watched.values
        where passage.number == request.connection {
            return passage.sentBytes
        }
        return 0
    }

    /// Lets everything go on until `condition` holds or `limit` is over; says whether it holds.
    ///
    /// - Throws: `Interrupted` when the user asks for the end.
    @discardableResult
    func wait(_ limit: Duration, until condition: () -> Bool = { false }) throws -> Bool {
        let deadline = MonotonicClock.now() + limit
        while !condition() {
            guard !isInterrupted() else { throw Interrupted() }
            let now = MonotonicClock.now()
            guard now < deadline else { return false }
            // A signal is looked for at least so often.
            try turn(until: min(deadline, now + .milliseconds(100)))
        }
        return true
    }

    // MARK: - One turn

    private func turn(until deadline: Instant) throws(SystemError) {
        let ready = try poller.wait(until: refreshWatches(until: deadline))
        for index in 0..<ready {
            let (token, readiness) = poller[index]
            // What was ready may have been forgotten by what was before it.
            guard let entry = watched[token] else { continue }
            switch entry {
            case .listener: try accept()
            case .client(let client): client.isReady(readiness, now: MonotonicClock.now())
            case .proxySide(let passage):
                pass(token) { () throws(SystemError) in
                    requests += try passage.proxyIsReady(readiness)
                }
            case .serverSide(let passage):
                pass(token) { () throws(SystemError) in try passage.serverIsReady(readiness) }
            }
        }
        let now = MonotonicClock.now()
        for case .client(let client) in watched.values where client.deadline <= now {
            client.deadlineReached(now: now)
        }
    }

    /// Brings what is watched up to date, and returns when the next turn must be at the latest.
    private func refreshWatches(until deadline: Instant) throws(SystemError) -> Instant {
        var next = deadline
        for (token, entry) in watched {
            switch entry {
            case .listener:
                try watch(token, listener.descriptor, .readable)
            case .client(let client):
                next = min(next, client.deadline)
                try watch(
                    token, client.descriptor, client.interest, generation: client.connections)
            case .proxySide(let passage):
                let isLive = passage.proxyIsOpen || passage.proxy.isBlocked
                try watch(
                    token, isLive ? passage.proxy.descriptor : nil, passage.proxyInterest)
            case .serverSide(let passage):
                let isLive = passage.serverIsOpen || passage.server.isBlocked
                try watch(
                    token, isLive ? passage.server.descriptor : nil, passage.serverInterest)
            }
        }
        return next
    }

    private func watch(
        _ token: UInt64, _ descriptor: Int32?, _ interest: Interest, generation: Int = 0
    ) throws(SystemError) {
        let present = watches[token]
        let wanted = descriptor.map {
            Watch(descriptor: $0, generation: generation, interest: interest)
        }
        guard wanted != present else { return }
        watches[token] = wanted
        guard let wanted else { return unwatch(present, token) }
        if let present, present.descriptor == wanted.descriptor,
            present.generation == generation
        {
            poller.modify(wanted.descriptor, interest, token: token)
        } else {
            try poller.add(wanted.descriptor, interest, token: token)
        }
    }

    /// Takes a side of a passage out of the poller; a client's socket leaves it by being closed.
    private func unwatch(_ watch: Watch?, _ token: UInt64) {
        guard let watch else { return }
        switch watched[token] {
        case .proxySide, .serverSide: poller.remove(watch.descriptor)
        case .listener, .client, nil: break
        }
    }

    private func watch(_ entry: Watched) {
        watched[nextToken] = entry
        nextToken += 1
    }

    private func forget(_ token: UInt64) {
        unwatch(watches.removeValue(forKey: token), token)
        watched[token] = nil
    }

    private func accept() throws(SystemError) {
        while let proxy = try listener.accept() {
            let passage = ServerPassage(
                number: passages, proxy: proxy, server: try Socket.connect(to: server.address))
            passages += 1
            watch(.proxySide(passage))
            watch(.serverSide(passage))
        }
    }

    /// Does something with a passage, and forgets it when both sides have ended or one is lost.
    private func pass(_ token: UInt64, _ body: () throws(SystemError) -> Void) {
        var isLost = false
        do throws(SystemError) { try body() } catch { isLost = true }
        let passage: ServerPassage
        switch watched[token] {
        case .proxySide(let one), .serverSide(let one): passage = one
        case .listener, .client, nil: return
        }
        let isBlocked = passage.proxy.isBlocked || passage.server.isBlocked
        guard isLost || (!passage.proxyIsOpen && !passage.serverIsOpen && !isBlocked) else {
            return
        }
        for (other, entry) in watched {
            switch entry {
            case .proxySide(let one) where one === passage: forget(other)
            case .serverSide(let one) where one === passage: forget(other)
            default: break
            }
        }
    }
}
