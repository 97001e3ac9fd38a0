import Link
import Transports
import Wire

/// Writes the answer to a poll.
private struct EncodeAnswer: Workload {
    let server: PollingServer
    var context: ServerContext
    let poll: Poll

    mutating func run(times: Int) {
        for _ in 0..<times {
            context.output.removeAll()
            context.writeAnswer(to: poll, of: server)
        }
    }
}

/// Reads a poll and, if it is to, answers it: the whole of a server's part but for the system calls.
private struct ServePoll: Workload, ~Copyable {
    let server: PollingServer
    var connection: ServerConnection
    var context: ServerContext
    let request: [UInt8]
    let answers: Bool

    mutating func run(times: Int) throws(ProtocolError) {
        let request = request
        for _ in 0..<times {
            context.output.removeAll()
            guard case .poll(_, let poll) = connection.receive(request.span, &context) else {
                throw .workload
            }
            if answers { context.writeAnswer(to: poll, of: server) }
            connection.finishedAnswer()
        }
    }
}

/// Reads an answer, in reads of one length, and writes the next request.
private struct DecodeAnswer: Workload {
    var session: any ClientSession
    var context: ClientContext
    let answer: [UInt8]
    let readBytes: Int
    let events: Int

    mutating func run(times: Int) throws(ProtocolError) {
        let answer = answer
        var delivered = 0
        for _ in 0..<times {
            var offset = 0
            while offset < answer.count {
                let end = min(offset + readBytes, answer.count)
                context.startInput(now: Sample.now)
                _ = try session.receive(answer.span.extracting(offset..<end), &context)
                delivered += context.events.count
                offset = end
            }
            if session.deadline < .distantFuture { _ = session.deadlineReached(&context) }
        }
        guard delivered == events * times else { throw .workload }
    }
}

extension CodecCase {
    /// Events in an answer: none, one, and a batch as it gathers behind a slow link.
    private static let batches = [0, 1, 100]
    /// Bytes of one read of a client that is behind.
    private static let longRead = 64 * 1024

    /// The cases of the polling technique `transport`.
    static func polling(_ transport: Transport, _ server: PollingServer) -> [CodecCase] {
        var cases: [CodecCase] = []
        for (index, size) in Sample.payloadSizes.enumerated() {
            // An empty answer has no payload, and is the same for all of them.
            for events in batches where events > 0 || index == 0 {
                cases += answering(transport, server, payloadBytes: size, events: events)
            }
        }
        cases.append(reading(transport, server, "read-minimal", .minimal))
        cases.append(reading(transport, server, "read-browser", .browser))
        return cases
    }

    /// Everything about answers with so many events.
    private static func answering(
        _ transport: Transport, _ server: PollingServer, payloadBytes size: Int, events: Int
    ) -> [CodecCase] {
        let since = Sample.logLength - UInt64(events)
        let request = Sample.request(transport, Sample.profile(since: since))
        let context = Sample.serverContext(for: transport, payloadBytes: size)
        var asking = context
        var connection = Sample.connection(for: transport)
        guard case .poll(_, let poll) = connection.receive(request.span, &asking) else { return [] }
        asking.writeAnswer(to: poll, of: server)
        let answer = asking.output.bytes
        let payloadBytes = events == 0 ? 0 : size

        var cases = [
            CodecCase(
                transport.id, "encode-\(events)", payloadBytes: payloadBytes, events: events,
                wireBytes: answer.count
            ) {
                EncodeAnswer(server: server, context: context, poll: poll)
            },
            decoding(transport, "decode-\(events)", answer, size, events, read: answer.count),
        ]
        if answer.count > longRead {
            cases.append(
                decoding(
                    transport, "decode-\(events)-64k", answer, size, events, read: longRead))
        }
        if events < 100 {
            cases.append(
                CodecCase(
                    transport.id, "serve-\(events)", payloadBytes: payloadBytes, events: events,
                    wireBytes: request.count + answer.count
                ) {
                    ServePoll(
                        server: server, connection: Sample.connection(for: transport),
                        context: context, request: request, answers: true)
                })
        }
        return cases
    }

    private static func decoding(
        _ transport: Transport, _ name: String, _ answer: [UInt8], _ size: Int, _ events: Int,
        read: Int
    ) -> CodecCase {
        CodecCase(
            transport.id, name, payloadBytes: events == 0 ? 0 : size, events: events,
            wireBytes: answer.count
        ) {
            var context = Sample.clientContext()
            var session = transport.makeClient(Sample.profile(since: Sample.logLength))
            session.connected(&context)
            return DecodeAnswer(
                session: session, context: context, answer: answer, readBytes: read,
                events: events)
        }
    }

    private static func reading(
        _ transport: Transport, _ server: PollingServer, _ name: String, _ headers: HeaderProfile
    ) -> CodecCase {
        let request = Sample.request(
            transport, Sample.profile(headers, since: Sample.logLength))
        return CodecCase(transport.id, name, wireBytes: request.count) {
            ServePoll(
                server: server, connection: Sample.connection(for: transport),
                context: Sample.serverContext(for: transport, payloadBytes: 100),
                request: request, answers: false)
        }
    }
}
