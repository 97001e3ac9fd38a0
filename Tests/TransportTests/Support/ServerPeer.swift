import Link
import Transports
import Wire

/// The server's end of a connection in memory: a `ServerConnection` and what a driver owes it.
///
/// It keeps the log, parks polls and answers them, sends subscribers the shared frames, publishes
/// and answers pages, in virtual time. Connections come and go by `accept`; log and clock stay.
final class ServerPeer {
    /// The loop's shared state, with every technique.
    var context: ServerContext
    /// What the bytes sent so far were for.
    private(set) var sent = ByteLedger()
    /// Whether the connection is open; a test that takes the last output sees it close.
    private(set) var isOpen = false
    /// The rule for which the connection was ended.
    private(set) var refusal: ProtocolError?
    /// The paths that were asked for and are no technique's.
    private(set) var pages: [String] = []
    /// Those requests themselves.
    private(set) var requests: [PlainRequest] = []
    /// What subscribers said on their open streams.
    private(set) var heard: [InboundMessage] = []
    /// The stream that is open.
    private(set) var coding: StreamCoding?

    /// Whose the last request was.
    var session: [UInt8] { connection.session }

    private var connection = ServerConnection(door: .http)
    private var output: [UInt8] = []
    private var parked: (poll: Poll, server: PollingServer, holdEnds: Instant)?
    private var stream: (any StreamingServer)?

    init(settings: ServerContext.Settings = .init(), logLimits: EventLog.Limits = .init()) {
        context = ServerContext(
            transports: Transport.all, settings: settings, log: EventLog(limits: logLimits))
        // 21 November 2026, noon: any date would do, as long as it is always the same.
        context.date = HTTPDate.bytes(secondsSince1970: 1_795_262_400)
    }

    /// Opens a connection on the port through which `transport` is reached.
    func accept(_ transport: Transport? = nil) {
        var door = ServerConnection.Door.http
        if let transport, case .bare = transport.server,
            let index = context.transports.firstIndex(of: transport)
        {
            door = .bare(index)
        }
        disconnect()
        connection = ServerConnection(door: door)
        isOpen = true
        refusal = nil
    }

    /// The client is gone.
    func disconnect() {
        connection.end()
        isOpen = false
        parked = nil
        stream = nil
        coding = nil
        output = []
    }

    /// Takes what the client sent.
    func receive(_ bytes: [UInt8]) {
        follow(connection.receive(bytes.span, &context))
    }

    /// The client's request took too long.
    func timeOut() {
        follow(connection.timeOut(&context))
    }

    /// What was written since the last call.
    func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Publishes events as one burst: nobody is told before all of them are in the log.
    func publish(_ data: [[UInt8]]) {
        for line in data {
            let id = context.log.newest + 1
            let payload = EventPayload.carrying(line, id: id, intendedTime: context.now)
            let event = Event(id: id, intendedTime: context.now, payload: payload)
            context.log.append(event)
            if let stream, let coding {
                stream.write(.event(event), coding: coding, into: &context.output)
            }
        }
        flush()
        if let parked, parked.server.hasAnswer(parked.poll, in: context.log) { answerPoll() }
    }

    /// Tells a subscriber that the stream is alive.
    func sendHeartbeat() {
        guard let stream, let coding else { return }
        stream.write(.heartbeat, coding: coding, into: &context.output)
        flush()
    }

    /// Ends the stream.
    func endStream(_ reason: EndReason) {
        guard let stream, let coding else { return }
        stream.writeEnd(reason, coding: coding, into: &context.output)
        flush()
        close()
    }

    /// When the poll that is parked must be answered.
    var deadline: Instant { parked?.holdEnds ?? .distantFuture }

    /// The hold time has passed.
    func deadlineReached() {
        answerPoll()
    }

    // MARK: - Steps

    private func follow(_ step: ServerStep) {
        flush()
        switch step {
        case .awaitBytes:
            break
        case .answered:
            follow(connection.proceed(&context))
        case .poll(let index, let poll):
            guard case .polling(let server) = context.transports[index].server else { return }
            parked = (poll, server, context.now + context.settings.hold)
            if server.hasAnswer(poll, in: context.log) { answerPoll() }
        case .subscribe(let index, let coding):
            stream = context.transports[index].server.stream
            self.coding = coding
        case .heard(let messages):
            heard += messages
            if connection.isLeaving { follow(connection.proceed(&context)) }
        case .publish(let data, let request):
            publish([data])
            context.writeAnswer(
                201, contentType: "text/plain", body: Array("\(context.log.newest)".utf8),
                to: request)
            finishAnswer(keepingAlive: request.keepsAlive)
        case .page(let request):
            pages.append(request.path)
            requests.append(request)
            context.writeAnswer(
                404, contentType: "text/plain", body: Array("no page\n".utf8), to: request)
            finishAnswer(keepingAlive: request.keepsAlive)
        case .end(let error):
            refusal = error
            close()
        }
    }

    private func answerPoll() {
        guard let (poll, server, _) = parked else { return }
        parked = nil
        context.writeAnswer(to: poll, of: server)
        finishAnswer(keepingAlive: poll.keepsAlive)
    }

    private func finishAnswer(keepingAlive: Bool) {
        flush()
        guard keepingAlive else { return close() }
        connection.finishedAnswer()
        follow(connection.proceed(&context))
    }

    private func flush() {
        output += context.output.bytes
        sent += context.output.ledger
        context.output.removeAll()
    }

    private func close() {
        connection.end()
        isOpen = false
        stream = nil
        coding = nil
    }
}
