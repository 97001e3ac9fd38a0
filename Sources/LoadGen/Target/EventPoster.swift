import Link
import Reactor
import Transports
import Wire

/// Where events are posted.
package struct PublishTarget: Sendable {
    /// The address to connect to.
    let address: SocketAddress
    /// The URL, for the request and for messages.
    package let url: HTTPURL
    /// Connections that the events are spread over.
    let connections: Int
    /// What proves that we may, as a bearer token (RFC 6750 §2.1); nil where nothing is asked.
    let token: [UInt8]?

    package init(
        address: SocketAddress, url: HTTPURL, connections: Int = 1, token: [UInt8]? = nil
    ) {
        precondition(connections > 0, "events need a connection")
        self.token = token
        self.address = address
        self.url = url
        self.connections = connections
    }
}

/// What an `EventPoster` is told from outside its thread.
enum PosterOrder: Sendable {
    /// Post these, each when it is due.
    case publish(PublishOrder, firstID: UInt64)
    /// Say how it went, whether or not every answer has come.
    case report
    /// End.
    case stop
}

/// Posts events to somebody else's server on a schedule that was fixed beforehand, on a thread of its
/// own. A slow answer holds nothing up: the next request does not wait for it.
///
/// With one connection the events arrive in their order; on several, the server may take them in
/// another one.
struct EventPoster: ~Copyable {
    private static let inboxToken = UInt64.max
    /// How long after a failure the next connection is tried: not to storm a server that is gone.
    private static let retryDelay = Duration.milliseconds(100)
    /// Bytes of requests that are handed to the kernel in one call at most.
    private static let sendLimit = 64 * 1024

    private let target: PublishTarget
    private let orders: Inbox<PosterOrder>
    private let reports: Inbox<PublishReport>
    private let requestStart: [UInt8]
    private var poller: Poller
    private var connections: Slab<PostConnection>
    private var schedule: PostSchedule?
    /// Events that a closed connection gave back unread, to be sent again.
    private var returned: [PostedEvent] = []
    /// Since when a connection could take an event.
    private var freeSince = Instant.distantPast
    private var wasFree = true
    private var isStopped = false
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var ledger = ByteLedger()

    /// Runs until it is told to stop.
    static func run(
        _ target: PublishTarget, orders: Inbox<PosterOrder>, reports: Inbox<PublishReport>
    ) throws(SystemError) {
        // The clients' threads take copies of what is open; these connections are none of theirs.
        try unshareDescriptors()
        // It is mostly asleep, and often on a processor with the clients.
        shortenTurns()
        var poster = EventPoster(
            target, orders: orders, reports: reports, poller: try Poller(capacity: 64))
        try poster.run()
    }

    private init(
        _ target: PublishTarget, orders: Inbox<PosterOrder>, reports: Inbox<PublishReport>,
        poller: consuming Poller
    ) {
        self.target = target
        self.orders = orders
        self.reports = reports
        self.poller = poller
        connections = Slab(capacity: target.connections)
        for _ in 0..<target.connections { _ = connections.insert(PostConnection()) }
        let path = target.url.target.isEmpty ? "/" : target.url.target
        let credentials =
            target.token.map { "Authorization: Bearer \(String(decoding: $0, as: UTF8.self))\r\n" }
            ?? ""
        requestStart = Array(
            """
            POST \(path) HTTP/1.1\r
            Host: \(target.url.authority)\r
            \(credentials)Content-Type: application/json\r
            Content-Length:\u{20}
            """.utf8)
    }

    private mutating func run() throws(SystemError) {
        try poller.add(orders.descriptor, .readable, token: Self.inboxToken)
        connectWhereNeeded(MonotonicClock.now())
        while !isStopped {
            let ready = try poller.wait(until: nextMoment)
            let now = MonotonicClock.now()
            for index in 0..<ready {
                let (token, readiness) = poller[index]
                if token == Self.inboxToken {
                    for order in orders.drain() { obey(order) }
                } else if let slot = connections.slot(of: SlabKey(token: token)) {
                    isReady(slot, readiness, now)
                }
            }
            publishDue(now)
            finishIfAnswered()
        }
    }

    private mutating func obey(_ order: PosterOrder) {
        switch order {
        case .publish(let order, let firstID):
            schedule = PostSchedule(order, firstID: firstID)
        case .report:
            if let schedule { reports.post(schedule.report) }
            schedule = nil
        case .stop:
            isStopped = true
        }
    }

    /// When there is something to do of itself.
    private var nextMoment: Instant {
        guard let schedule else { return .distantFuture }
        let due = returned.isEmpty ? schedule.nextDue : .distantPast
        guard due < .distantFuture else { return .distantFuture }
        var retry = Instant.distantFuture
        for slot in 0..<target.connections {
            if connections[slot].isFree { return due }
            if connections[slot].descriptor == nil {
                retry = min(retry, connections[slot].retryAt)
            }
        }
        return max(due, retry)
    }

    // MARK: - Publishing

    private mutating func publishDue(_ now: Instant) {
        guard schedule != nil else { return }
        while let slot = freeSlot(now) {
            while connections[slot].output.count < Self.sendLimit, let event = nextEvent(now) {
                write(event, to: slot)
                // Until the server has shown that it keeps connections, one request is out.
                guard connections[slot].isKept else { break }
            }
            guard !connections[slot].output.isEmpty else { return }
            flush(slot, now)
        }
    }

    /// The connection with the fewest requests out that can take an event; where there is none, those
    /// that are closed are opened.
    private mutating func freeSlot(_ now: Instant) -> Int? {
        var best: Int?
        for slot in 0..<target.connections where connections[slot].isFree {
            guard let found = best else {
                best = slot
                continue
            }
            if connections[slot].unanswered.count < connections[found].unanswered.count {
                best = slot
            }
        }
        if best == nil { connectWhereNeeded(now) }
        if best != nil, !wasFree { freeSince = now }
        wasFree = best != nil
        return best
    }

    private mutating func nextEvent(_ now: Instant) -> PostedEvent? {
        if !returned.isEmpty { return returned.removeFirst() }
        return schedule?.next(now: now, freeSince: freeSince)
    }

    private mutating func write(_ event: PostedEvent, to slot: Int) {
        let payload = EventPayload.padded(
            id: event.id, intendedTime: event.due, size: schedule?.payloadBytes ?? 0)
        connections[slot].output += requestStart
        connections[slot].output += Array("\(payload.count)\r\n\r\n".utf8)
        connections[slot].output += payload
        connections[slot].unanswered.append(event)
    }

    private mutating func flush(_ slot: Int, _ now: Instant) {
        guard let descriptor = connections[slot].descriptor else { return }
        let output = connections[slot].output
        do throws(SystemError) {
            let sent =
                try output.span.withUnsafeBytes { (raw) throws(SystemError) in
                    try Socket.send(descriptor, raw)
                } ?? 0
            connections[slot].output = sent < output.count ? Array(output[sent...]) : []
            watch(slot)
        } catch {
            broke(slot, "\(error)", now)
        }
    }

    /// Looks for room as long as something waits for it.
    private mutating func watch(_ slot: Int) {
        guard let descriptor = connections[slot].descriptor else { return }
        poller.modify(
            descriptor, connections[slot].output.isEmpty ? .readable : [.readable, .writable],
            token: connections.key(at: slot).token)
    }

    /// Says how it went when nothing is under way any more.
    private mutating func finishIfAnswered() {
        guard let schedule, schedule.isHandedOver, returned.isEmpty else { return }
        for slot in 0..<target.connections where !connections[slot].unanswered.isEmpty { return }
        reports.post(schedule.report)
        self.schedule = nil
    }

    // MARK: - Connections

    private mutating func connectWhereNeeded(_ now: Instant) {
        for slot in 0..<target.connections
        where connections[slot].descriptor == nil && connections[slot].retryAt <= now {
            do throws(SystemError) {
                let socket = try Socket.connect(to: target.address)
                try poller.add(
                    socket.descriptor, [.readable, .writable],
                    token: connections.key(at: slot).token)
                connections[slot].socket = consume socket
                connections[slot].isConnecting = true
            } catch {
                broke(slot, "\(error)", now)
            }
        }
    }

    private mutating func isReady(_ slot: Int, _ readiness: Readiness, _ now: Instant) {
        if connections[slot].isConnecting {
            if let error = connections[slot].pendingError { return broke(slot, "\(error)", now) }
            guard readiness.writable else { return }
            connections[slot].isConnecting = false
            return watch(slot)
        }
        if readiness.writable, !connections[slot].output.isEmpty { flush(slot, now) }
        if readiness.readable || readiness.hungUp || readiness.failed { read(slot, now) }
    }

    private mutating func read(_ slot: Int, _ now: Instant) {
        guard let descriptor = connections[slot].descriptor else { return }
        do throws(SystemError) {
            guard let count = try fillBuffer(from: descriptor) else { return }
            guard count > 0 else { return ended(slot, now) }
            try takeAnswers(count, slot, now)
        } catch {
            broke(slot, "\(error)", now)
        }
    }

    private mutating func fillBuffer(from descriptor: Int32) throws(SystemError) -> Int? {
        var room = buffer.mutableSpan
        return try room.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try Socket.receive(descriptor, into: bytes)
        }
    }

    private mutating func takeAnswers(
        _ count: Int, _ slot: Int, _ now: Instant
    ) throws(SystemError) {
        let received = buffer
        do throws(ProtocolError) {
            try connections[slot].reader.append(received.span.extracting(0..<count))
            while let answer = try connections[slot].reader.next(&ledger) {
                guard take(answer, slot, now) else { return }
            }
        } catch {
            broke(slot, "it broke a rule: \(error)", now)
        }
    }

    /// Takes an answer; false when the connection is over with it.
    private mutating func take(_ answer: HTTPAnswer, _ slot: Int, _ now: Instant) -> Bool {
        // An interim answer goes before the answer itself (RFC 9110 §15.2).
        guard answer.status >= 200 else { return true }
        guard !connections[slot].unanswered.isEmpty else {
            broke(slot, "there was an answer without a request", now)
            return false
        }
        let event = connections[slot].unanswered.removeFirst()
        if answer.status < 300 {
            schedule?.take(event)
        } else {
            schedule?.refuse("it answered with \(answer.status)")
        }
        connections[slot].isKept = answer.isPersistent
        guard !answer.isPersistent else { return true }
        // A server that says so reads no further request (RFC 9112 §9.6): they may go again.
        returned = connections[slot].unanswered + returned
        connections[slot].unanswered = []
        close(slot)
        connectWhereNeeded(now)
        return false
    }

    /// The server has ended the connection.
    private mutating func ended(_ slot: Int, _ now: Instant) {
        do throws(ProtocolError) {
            if let answer = try connections[slot].reader.finish(&ledger) {
                _ = take(answer, slot, now)
                return
            }
        } catch {
            return broke(slot, "it broke a rule: \(error)", now)
        }
        guard !connections[slot].unanswered.isEmpty else { return close(slot) }
        broke(slot, "it ended the connection without an answer", now)
    }

    /// The connection failed: of what has no answer nobody knows whether it was taken, and a POST is
    /// not to be repeated then (RFC 9110 §9.2.2).
    private mutating func broke(_ slot: Int, _ reason: String, _ now: Instant) {
        schedule?.refuse(reason)
        connections[slot].unanswered = []
        connections[slot].retryAt = now + Self.retryDelay
        close(slot)
    }

    private mutating func close(_ slot: Int) {
        // Another thread's descriptor table may have a copy, which would keep the watch alive.
        if let descriptor = connections[slot].descriptor { poller.remove(descriptor) }
        connections[slot].socket = nil
        connections[slot].isConnecting = false
        connections[slot].isKept = false
        connections[slot].output = []
        connections[slot].reader = HTTPAnswerReader()
    }
}
