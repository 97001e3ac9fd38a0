import Link
import Transports
import Wire

/// One client session and one server, joined in memory and driven in virtual time.
///
/// The pair does what the real drivers do: it carries bytes, cut as a feed pattern says, follows the
/// client's steps, opens the next connection when it is due, and lets deadlines pass. Nothing takes
/// time by itself, so that a conversation is settled when no byte is under way.
final class TransportPair {
    /// How bytes are cut into reads: the pattern, and which of its feeds.
    struct Feed {
        var pattern = FeedPattern.whole
        var index = 0

        func pieces(of bytes: [UInt8]) -> [[UInt8]] {
            let feeds = pattern.feeds(of: bytes)
            return feeds[feeds.index(feeds.startIndex, offsetBy: index % feeds.count)]
        }
    }

    /// What crossed the wire in one direction at one moment.
    struct Segment {
        var isFromClient: Bool
        var bytes: [UInt8]
    }

    let server: ServerPeer
    var feed = Feed()
    /// How many more bytes the client gets before the connection breaks.
    var bytesUntilCut: Int?
    /// What happens while the connection is broken.
    var whenCut: () -> Void = {}

    /// Everything that arrived, in order.
    private(set) var events: [DeliveredEvent] = []
    private(set) var payloads: [[UInt8]] = []
    /// What the client wrote, by class, and how much of it reached the server.
    private(set) var sent = ByteLedger()
    private(set) var bytesToServer = 0
    private(set) var bytesToClient = 0
    private(set) var segments: [Segment] = []
    /// The rules that the server broke in the client's eyes, other than by hanging up.
    private(set) var errors: [ProtocolError] = []
    private(set) var connections = 0
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var context = ClientContext(seed: 1, keepingPayloads: true)

    private let transport: Transport
    private var client: any ClientSession
    private var isConnected = false
    private var reconnectsAt: Instant?
    private var toServer: [UInt8] = []

    init(
        _ transport: Transport, profile: ClientProfile = ClientProfile(authority: "127.0.0.1:8080"),
        server: ServerPeer = ServerPeer()
    ) {
        self.transport = transport
        self.server = server
        client = transport.makeClient(profile)
        server.context.now = now
    }

    /// Opens a connection and carries what follows from it.
    func connect() {
        openConnection()
        settle()
    }

    /// Publishes a burst and carries what follows from it.
    func publish(_ data: [UInt8]...) {
        publish(data: data)
    }

    /// The same, of data in a list.
    func publish(data: [[UInt8]]) {
        server.publish(data)
        settle()
    }

    /// Lets the client leave for good.
    func leave() {
        act { client, context in
            client.leave(&context)
            return .carryOn
        }
        settle()
    }

    /// Carries bytes until none is under way, and opens connections that are due.
    func settle() {
        while true {
            carryToServer()
            let bytes = server.takeOutput()
            if !bytes.isEmpty {
                carryToClient(bytes)
            } else if isConnected, !server.isOpen {
                hangUp()
            } else if let due = reconnectsAt, due <= now {
                openConnection()
            } else if toServer.isEmpty {
                return
            }
        }
    }

    /// Lets `duration` pass, and everything that is due within it happen at its moment.
    func advance(by duration: Duration) {
        let end = now + duration
        while true {
            let session = isConnected ? client.deadline : .distantFuture
            let reconnection = reconnectsAt ?? .distantFuture
            let next = min(session, min(reconnection, server.deadline))
            guard next <= end else { break }
            now = max(now, next)
            server.context.now = now
            if server.deadline <= now {
                server.deadlineReached()
            } else if session <= now {
                act { client, context in client.deadlineReached(&context) }
            }
            settle()
        }
        now = end
        server.context.now = now
    }

    // MARK: - The wire

    private func openConnection() {
        precondition(connections < 10_000, "a conversation that goes round in circles")
        connections += 1
        reconnectsAt = nil
        isConnected = true
        toServer = []
        server.accept(transport)
        act { client, context in
            client.connected(&context)
            return .carryOn
        }
    }

    private func carryToServer() {
        guard !toServer.isEmpty else { return }
        let bytes = toServer
        toServer = []
        bytesToServer += bytes.count
        segments.append(Segment(isFromClient: true, bytes: bytes))
        for piece in feed.pieces(of: bytes) { server.receive(piece) }
    }

    private func carryToClient(_ bytes: [UInt8]) {
        var arriving = bytes[...]
        if let limit = bytesUntilCut { arriving = arriving.prefix(limit) }
        let isCut = bytesUntilCut.map { $0 <= bytes.count } ?? false
        bytesUntilCut = isCut ? nil : bytesUntilCut.map { $0 - bytes.count }
        bytesToClient += arriving.count
        segments.append(Segment(isFromClient: false, bytes: Array(arriving)))
        for piece in feed.pieces(of: Array(arriving)) where isConnected {
            act { client, context throws(ProtocolError) in
                try client.receive(piece.span, &context)
            }
        }
        if isCut, isConnected {
            toServer = []
            hangUp()
            whenCut()
        }
    }

    /// The connection is gone, whoever closed it; in the middle of something the client asks again.
    private func hangUp() {
        isConnected = false
        server.disconnect()
        context.startInput(now: now)
        do throws(ProtocolError) {
            follow(try client.peerClosed(&context))
        } catch {
            reconnectsAt = now
        }
        collect()
    }

    // MARK: - The client

    private func act(
        _ body: (inout any ClientSession, inout ClientContext) throws(ProtocolError) -> ClientStep
    ) {
        context.startInput(now: now)
        do throws(ProtocolError) {
            let step = try body(&client, &context)
            collect()
            follow(step)
        } catch {
            collect()
            errors.append(error)
            isConnected = false
            server.disconnect()
        }
    }

    private func collect() {
        events += context.events
        payloads += context.payloads
        toServer += context.output.bytes
        sent += context.output.ledger
    }

    private func follow(_ step: ClientStep) {
        switch step {
        case .carryOn:
            return
        case .reconnect(let moment):
            // What was written goes out before the connection closes; the answer finds nobody.
            carryToServer()
            reconnectsAt = moment
        case .finished:
            carryToServer()
        }
        isConnected = false
        server.disconnect()
    }
}
