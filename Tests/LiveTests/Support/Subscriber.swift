import LabServer
import Link
import Reactor
import Transports
import Wire

/// One client of a technique: its session, driven step by step by the test over a real connection.
final class Subscriber {
    /// The ids that arrived, in the order in which they did.
    private(set) var ids: [UInt64] = []
    /// What events carried, in the same order.
    private(set) var payloads: [String] = []
    /// Ledgers and counts of everything so far.
    private(set) var context = ClientContext(seed: 1, keepingPayloads: true)
    /// Whether the session has had its first message.
    private(set) var isSubscribed = false
    /// Connections that were made so far.
    private(set) var connections = 0

    private let address: SocketAddress
    private var session: any ClientSession
    private var visitor: Visitor?

    init(
        _ transport: Transport, of server: LabServer, since: UInt64? = nil,
        pollInterval: Duration = .milliseconds(20)
    ) throws {
        address = server.address(of: transport)
        session = transport.makeClient(
            ClientProfile(
                authority: address.description, pollInterval: pollInterval, since: since))
        try connect()
    }

    /// Makes the session's connection, as at the start or after one that broke.
    func connect() throws {
        visitor = try Visitor(address)
        connections += 1
        context.startInput(now: MonotonicClock.now())
        session.connected(&context)
        try visitor?.send(context.output.bytes)
    }

    /// Goes on with the conversation until `condition` holds.
    func converse(until condition: (Subscriber) -> Bool) throws {
        while !condition(self) {
            guard try step() else {
                throw Disappointment("the conversation ended after events \(ids.suffix(5))")
            }
        }
    }

    /// Waits for the first message, from which on no event passes the subscriber by.
    func subscribe() throws {
        try converse { $0.isSubscribed }
    }

    /// Ends this half of the connection, and says whether the server ended its half properly.
    func sayGoodbye() throws -> Bool {
        guard let visitor else { return false }
        visitor.finishSending()
        _ = try visitor.takeToEnd()
        return !visitor.wasReset
    }

    /// Takes one piece of input or one deadline; false when there is nobody to talk to any more.
    private func step() throws -> Bool {
        guard let visitor else { return false }
        let deadline = session.deadline
        let isTimed = deadline < .distantFuture
        let hasInput = try visitor.receiveMore(until: isTimed ? deadline : nil)
        context.startInput(now: MonotonicClock.now())
        let step: ClientStep
        if hasInput {
            let bytes = try visitor.take(visitor.arrived.count)
            step = try session.receive(bytes.span, &context)
        } else if visitor.hasEnded {
            step = try session.peerClosed(&context)
            guard step != .carryOn else { return false }
        } else {
            step = session.deadlineReached(&context)
        }
        if context.cursor != nil { isSubscribed = true }
        ids.append(contentsOf: context.events.map(\.id))
        payloads.append(contentsOf: context.payloads.map { String(decoding: $0, as: UTF8.self) })
        try visitor.send(context.output.bytes)
        switch step {
        case .carryOn: return true
        case .finished: return false
        case .reconnect(let moment):
            self.visitor = nil
            MonotonicClock.sleep(until: moment)
            try connect()
            return true
        }
    }
}
